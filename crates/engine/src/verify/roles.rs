//! What a server keeps beside its databases: roles, their settings, and who is a member of what.
//!
//! Other databases have roles too. Compared are those that have something in the source database, their groups and
//! members, and those that the run made. Left out, as the copy documents: what no RDS master can give, passwords (which
//! the target shows nobody), whatever is the master's or the bootstrap superuser's, and so our own memberships.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{BuildHasher, RandomState},
};

use super::diff::Difference;
use crate::{
    catalog::roles::{Membership, Role, Roles, Setting},
    error::Result,
    pg::client::Client,
    schema::rights::Names,
    sql::sql,
    target::state,
};

/// A fact's object and property.
type Place = (String, String);

/// Facts of one side.
pub type Facts = BTreeMap<Place, String>;

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
    // what an application made up by itself may be a secret
    let hidden = RandomState::new();
    let meaning = |one: &Setting| match one.is_custom() {
        true => format!("a value (hash {:x})", hidden.hash_one(&one.value)),
        false => one.meaning(),
    };
    let mut facts = [Facts::new(), Facts::new()];
    for (facts, roles) in facts.iter_mut().zip([&ours, &theirs]) {
        roles.roles.iter().filter(|role| compared.contains(&role.name)).for_each(|role| of_role(role, facts));
        let counts = |one: &&Membership| compared.contains(&one.member) && !names.is_master(&one.role);
        facts.extend(roles.memberships.iter().filter(counts).map(|one| of_membership(one, options)));
        let settings = roles.settings.iter().filter(|one| !one.here);
        facts.extend(settings.filter_map(|one| {
            let role = one.role.as_ref().filter(|role| compared.contains(*role))?;
            Some(((format!("role {role}"), format!("setting {}", one.name)), meaning(one)))
        }));
    }
    let [ours, theirs] = facts;
    Ok((ours.len() as u64, different(&ours, &theirs)))
}

/// Where facts differ, or are on one side only.
pub fn different(ours: &Facts, theirs: &Facts) -> Vec<Difference> {
    let places: BTreeSet<&Place> = ours.keys().chain(theirs.keys()).collect();
    let different = places.into_iter().filter(|place| ours.get(*place) != theirs.get(*place));
    let difference = |place: &Place| Difference {
        object: place.0.clone(),
        key: place.1.clone(),
        column: None,
        source: ours.get(place).cloned(),
        target: theirs.get(place).cloned(),
    };
    different.map(difference).collect()
}

fn of_role(role: &Role, facts: &mut Facts) {
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
