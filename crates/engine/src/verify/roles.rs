//! What a server keeps beside its databases: roles, who is a member of what, and the database's own owner and rights.
//!
//! Other databases have roles too. Compared are those that have something in the source database, their groups and
//! members, and those that the run made. Left out, as the copy documents: what no RDS master can give, passwords (which
//! the target shows nobody), whatever is the master's or the bootstrap superuser's, and so our own memberships.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::diff::Difference;
use crate::{
    catalog::{
        self, Database,
        roles::{DatabaseGrant, Membership, Role, Roles},
    },
    error::Result,
    pg::client::Client,
    schema::rights::{self, Names},
    sql::sql,
    target::state,
};

/// A fact's object and property.
type Place = (String, String);

/// How many facts the source has, and where the target differs.
pub async fn differences(
    source: &Client,
    target: &Client,
    names: &Names<'_>,
) -> Result<(u64, Vec<Difference>)> {
    let rows = source.query("list the roles in use", sql!("roles_involved"), &[]).await?;
    let mut compared: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
    compared.extend(state::read(target).await?.map(|row| row.roles_created).unwrap_or_default());
    let (ours, theirs) = (Roles::read(source).await?, Roles::read(target).await?);
    // a role that is gone on the source is nobody's business
    compared.retain(|name| !names.is_master(name) && ours.roles.iter().any(|role| role.name == *name));
    let options = [source, target].iter().all(|client| 16 <= client.version().major());
    let mut facts = [BTreeMap::new(), BTreeMap::new()];
    for (facts, (client, roles)) in facts.iter_mut().zip([(source, &ours), (target, &theirs)]) {
        roles.roles.iter().filter(|role| compared.contains(&role.name)).for_each(|role| of_role(role, facts));
        let counts = |one: &&Membership| compared.contains(&one.member) && !names.is_master(&one.role);
        facts.extend(roles.memberships.iter().filter(counts).map(|one| of_membership(one, options)));
        of_database(client, names, facts).await?;
    }
    let [ours, theirs] = facts;
    let places: BTreeSet<&Place> = ours.keys().chain(theirs.keys()).collect();
    let different = places.into_iter().filter(|place| ours.get(*place) != theirs.get(*place));
    let difference = |place: &Place| Difference {
        object: place.0.clone(),
        key: place.1.clone(),
        column: None,
        source: ours.get(place).cloned(),
        target: theirs.get(place).cloned(),
    };
    Ok((ours.len() as u64, different.map(difference).collect()))
}

fn of_role(role: &Role, facts: &mut BTreeMap<Place, String>) {
    let mut add = |property: &str, value: String| {
        facts.insert((format!("role {}", role.name), property.to_owned()), value);
    };
    add("login", role.login.to_string());
    add("inherit", role.inherit.to_string());
    add("createdb", role.createdb.to_string());
    add("createrole", role.createrole.to_string());
    add("connection limit", role.connection_limit.to_string());
    if let Some(until) = &role.valid_until {
        add("valid until", until.clone());
    }
    if let Some(comment) = &role.comment {
        add("comment", comment.clone());
    }
}

/// INHERIT and SET count where both sides know them.
fn of_membership(one: &Membership, options: bool) -> (Place, String) {
    let mut value = format!("admin {}", one.admin);
    if let (true, Some(inherit), Some(set)) = (options, one.inherit, one.set) {
        value.push_str(&format!(" inherit {inherit} set {set}"));
    }
    ((format!("role {}", one.member), format!("membership in {}", one.role)), value)
}

async fn of_database(client: &Client, names: &Names<'_>, facts: &mut BTreeMap<Place, String>) -> Result<()> {
    let owner = Database::read(client).await?.owner;
    let owner = if names.is_master(&owner) { names.master.to_owned() } else { owner };
    let mut add =
        |property: String, value: String| facts.insert(("the database".to_owned(), property), value);
    add("owner".to_owned(), owner);
    if let Some(comment) = catalog::database_comment(client).await? {
        add("comment".to_owned(), comment);
    }
    let grants = catalog::roles::database_grants(client).await?;
    for DatabaseGrant { grantee, privilege, grantable } in grants.unwrap_or_else(rights::default_grants) {
        let who = grantee.as_deref().unwrap_or("public");
        // a grantee without a name is a role that is gone
        if !who.is_empty() && !names.is_master(who) {
            add(format!("right {privilege} to {who}"), format!("with grant option {grantable}"));
        }
    }
    Ok(())
}
