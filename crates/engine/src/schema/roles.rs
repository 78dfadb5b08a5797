//! Roles on the target: made first, with what an RDS master may give them.

use std::collections::{BTreeSet, HashSet};

use super::{
    refused::Finding,
    rights::Names,
    statement::{Statement, settle},
};
use crate::{
    catalog::roles::{Membership, Role, Roles, Setting},
    error::Result,
    pg::{
        client::Client,
        ident::{Ident, Literal},
    },
    sql::sql,
    target::state::{self, Joined},
};

/// Names of roles on the target.
pub async fn present(target: &Client) -> Result<HashSet<String>> {
    let rows =
        target.query("list the target's roles", "select rolname::text from pg_catalog.pg_roles", &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Roles of the source that the target lacks. The bootstrap superuser never counts: the master stands for it.
pub fn missing<'a>(roles: &'a Roles, present: &HashSet<String>) -> Vec<&'a Role> {
    roles.roles.iter().filter(|role| !role.bootstrap && !present.contains(&role.name)).collect()
}

/// Makes the roles that are missing and everything between roles. `ours` are those that this run makes or made: only
/// they get attributes, passwords and settings; a role that somebody else made is left as it is. `present`: what
/// [`present`] told before.
pub async fn make(
    target: &Client,
    roles: &Roles,
    ours: &HashSet<String>,
    present: &HashSet<String>,
) -> Result<Vec<Finding>> {
    let major = target.version().major();
    let mut findings = Vec::new();
    let mut statements = Vec::new();
    for role in roles.roles.iter().filter(|role| ours.contains(&role.name)) {
        if !present.contains(&role.name) {
            statements.push(create(role, roles));
        }
        findings.extend(lost_attributes(role, None));
        findings.extend(password_finding(role, roles));
        statements.extend(role.comment.as_ref().map(|comment| {
            let sql = format!("comment on role {} is {}", Ident::new(&role.name), Literal(comment));
            Statement::new(format!("comment on role {}", role.name), sql)
        }));
        statements.push(own_membership(&role.name, major));
    }
    statements.extend(
        roles.memberships.iter().filter(|one| ours.contains(&one.member)).map(|one| grant(one, major)),
    );
    statements.extend(roles.settings.iter().filter(|one| !one.here).filter_map(|one| {
        let role = one.role.as_ref().filter(|role| ours.contains(*role))?;
        Some(set(&format!("role {}", Ident::new(role)), one))
    }));
    findings.extend(settle(target, &statements).await?);
    Ok(findings)
}

fn create(role: &Role, roles: &Roles) -> Statement {
    let mut sql = format!("create role {} with", Ident::new(&role.name));
    let mut add =
        |wanted: bool, yes: &str, no: &str| sql.push_str(&format!(" {}", if wanted { yes } else { no }));
    add(role.login, "login", "nologin");
    add(role.inherit, "inherit", "noinherit");
    add(role.createdb, "createdb", "nocreatedb");
    add(role.createrole, "createrole", "nocreaterole");
    sql.push_str(&format!(" connection limit {}", role.connection_limit));
    if let Some(until) = &role.valid_until {
        sql.push_str(&format!(" valid until {}", Literal(until)));
    }
    if let Some(password) = roles.passwords.get(&role.name) {
        sql.push_str(&format!(" password {}", Literal(password.reveal())));
    }
    Statement::new(format!("role {}", role.name), sql)
}

/// Attributes that nobody but a superuser may give, and that the role therefore loses.
fn lost_attributes(role: &Role, there: Option<&Role>) -> Option<Finding> {
    let lacks = |attribute: fn(&Role) -> bool| attribute(role) && !there.is_some_and(attribute);
    let lost = [
        (lacks(|role| role.superuser), "SUPERUSER"),
        (lacks(|role| role.replication), "REPLICATION"),
        (lacks(|role| role.bypassrls), "BYPASSRLS"),
    ];
    let lost: Vec<&str> = lost.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
    (!lost.is_empty()).then(|| Finding {
        object: format!("role {}", role.name),
        reason: format!("{} cannot be given by an RDS master", lost.join(", ")),
        sqlstate: "42501".to_owned(),
        instead: Some(
            "the role is without it; grant rds_superuser or rds_replication if it is needed".to_owned(),
        ),
    })
}

fn password_finding(role: &Role, roles: &Roles) -> Option<Finding> {
    let verifier = roles.passwords.get(&role.name).map(crate::pg::secret::Secret::reveal);
    let (reason, instead) = match verifier {
        _ if !role.login => return None,
        Some(verifier) if verifier.starts_with("md5") => (
            "its password is stored as an md5 hash",
            "carried as it is; servers that take SCRAM alone will refuse it: set the password anew",
        ),
        Some(_) => return None,
        None if roles.passwords_readable => {
            ("it has no password on the source", "made without one: it cannot log in yet")
        }
        None => ("the source does not let us read its verifier", "made without a password: set one"),
    };
    Some(Finding {
        object: format!("role {}", role.name),
        reason: reason.to_owned(),
        sqlstate: String::new(),
        instead: Some(instead.to_owned()),
    })
}

/// Makes us a member, so that we may give objects to the role; stays until `pgferry finish`.
fn own_membership(role: &str, major: u32) -> Statement {
    let options = if 16 <= major { " with set true, inherit true" } else { "" };
    Statement::new(
        format!("our own membership in role {role}"),
        format!("grant {} to current_user{options}", Ident::new(role)),
    )
}

fn grant(membership: &Membership, major: u32) -> Statement {
    let word = |value: bool| if value { "true" } else { "false" };
    let mut options = Vec::new();
    match (membership.inherit, membership.set) {
        (Some(inherit), Some(set)) if 16 <= major => {
            options.push(format!("admin {}", word(membership.admin)));
            options.push(format!("inherit {}", word(inherit)));
            options.push(format!("set {}", word(set)));
        }
        _ if membership.admin => options.push("admin option".to_owned()),
        _ => {}
    }
    let with = if options.is_empty() { String::new() } else { format!(" with {}", options.join(", ")) };
    Statement::new(
        format!("membership of role {} in {}", membership.member, membership.role),
        format!("grant {} to {}{with}", Ident::new(&membership.role), Ident::new(&membership.member)),
    )
}

/// Makes us a member of those of `roles` whose part we may not take yet. They are noted on the target before, so that the
/// end of the run leaves exactly these.
pub async fn join(target: &Client, epoch: i32, roles: &BTreeSet<String>) -> Result<Vec<Finding>> {
    let roles: Vec<String> = roles.iter().cloned().collect();
    let sql = sql!(target.version(), "roles_to_join", 16);
    let rows = target.query("look which roles have to be joined", sql, &[&roles]).await?;
    let joined: Vec<Joined> = rows.iter().map(|row| Joined { role: row.get(0), leave: row.get(1) }).collect();
    if joined.is_empty() {
        return Ok(vec![]);
    }
    state::note_joined(target, epoch, &joined).await?;
    let (mut findings, mut refused) = (Vec::new(), Vec::new());
    for one in joined {
        let statement = own_membership(&one.role, target.version().major());
        let finding = settle(target, &[statement]).await?.pop();
        findings.extend(finding.map(|finding| {
            refused.push(one.role.clone());
            let grant = format!("grant {} to the target's role", Ident::new(&one.role));
            Finding { instead: Some(format!("what is the role's stays ours, and what it granted is not granted; before a copy: {grant}")), ..finding }
        }));
    }
    state::forget_joined(target, &refused).await?;
    Ok(findings)
}

/// What is otherwise with roles that were on the target before this run, which are left as they are: each with the
/// statement that would make it the source's. `ours` are those that this run makes or made.
pub fn differences(
    source: &Roles,
    target: &Roles,
    ours: &HashSet<String>,
    names: &Names<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let others =
        source.roles.iter().filter(|role| !names.is_master(&role.name) && !ours.contains(&role.name));
    for role in others {
        let Some(there) = target.roles.iter().find(|there| there.name == role.name) else { continue };
        findings.extend(lost_attributes(role, Some(there)));
        findings.extend(other_attributes(role, there));
        findings.extend(other_comment(role, there));
        findings.extend(other_settings(&role.name, source, target));
        findings.extend(other_memberships(&role.name, source, target, names));
    }
    let of_all = |one: &&Setting| one.role.is_none() && !one.here;
    let missing = source
        .settings
        .iter()
        .filter(of_all)
        .filter(|one| !target.settings.iter().any(|there| there.is(one)));
    findings.extend(missing.map(|one| Finding {
        object: format!("setting {} of all roles", one.name),
        reason: "it holds for every database of the source's server, by ALTER ROLE ALL".to_owned(),
        sqlstate: String::new(),
        instead: Some(format!("left out; put it into the parameter group, or: {}", one.shown("role all"))),
    }));
    findings
}

fn left(object: String, reason: String, statement: &str) -> Finding {
    let instead = Some(format!("left as it is; as on the source: {statement}"));
    Finding {
        object,
        reason: format!("the role was on the target before, {reason}"),
        sqlstate: String::new(),
        instead,
    }
}

fn other_attributes(role: &Role, there: &Role) -> Option<Finding> {
    let until = |role: &Role| role.valid_until.clone().unwrap_or_else(|| "infinity".to_owned());
    let words = |role: &Role| {
        let word = |has: bool, name: &str| format!("{}{name}", if has { "" } else { "NO" });
        [
            word(role.login, "LOGIN"),
            word(role.inherit, "INHERIT"),
            word(role.createdb, "CREATEDB"),
            word(role.createrole, "CREATEROLE"),
            format!("CONNECTION LIMIT {}", role.connection_limit),
            format!("VALID UNTIL {}", Literal(&until(role))),
        ]
    };
    let different = words(role).into_iter().zip(words(there)).filter(|(here, there)| here != there);
    let (here, there): (Vec<String>, Vec<String>) = different.unzip();
    let statement = format!("alter role {} with {}", Ident::new(&role.name), here.join(" "));
    (!here.is_empty())
        .then(|| left(format!("role {}", role.name), format!("with {}", there.join(" ")), &statement))
}

fn other_comment(role: &Role, there: &Role) -> Option<Finding> {
    let comment = role.comment.as_ref().filter(|_| role.comment != there.comment)?;
    let statement = format!("comment on role {} is {}", Ident::new(&role.name), Literal(comment));
    Some(left(
        format!("comment on role {}", role.name),
        "with another comment or none".to_owned(),
        &statement,
    ))
}

fn other_settings(role: &str, source: &Roles, target: &Roles) -> Vec<Finding> {
    let whose = format!("role {}", Ident::new(role));
    let of_role = |one: &&Setting| !one.here && one.role.as_deref() == Some(role);
    let named =
        |settings: &[Setting], name: &str| settings.iter().filter(of_role).any(|one| one.name == name);
    let finding = |one: &Setting, reason: &str, statement: &str| {
        left(format!("setting {} of role {role}", one.name), reason.to_owned(), statement)
    };
    let ours = source
        .settings
        .iter()
        .filter(of_role)
        .filter(|one| !target.settings.iter().any(|there| there.is(one)));
    let mut findings: Vec<Finding> = ours
        .map(|one| {
            let other = named(&target.settings, &one.name);
            finding(one, if other { "with another value" } else { "without it" }, &one.shown(&whose))
        })
        .collect();
    let theirs = target.settings.iter().filter(of_role).filter(|one| !named(&source.settings, &one.name));
    findings.extend(theirs.map(|one| finding(one, "with it, and the source has none", &one.reset(&whose))));
    findings
}

fn other_memberships(role: &str, source: &Roles, target: &Roles, names: &Names<'_>) -> Vec<Finding> {
    let ours = source.memberships.iter().filter(|one| one.member == role && !names.is_master(&one.role));
    let finding = |one: &Membership| {
        let there =
            target.memberships.iter().find(|there| (&there.role, &there.member) == (&one.role, &one.member));
        let known =
            |here: Option<bool>, there: Option<bool>| here.is_none() || there.is_none() || here == there;
        let reason = match there {
            None => "and is no member there",
            Some(there)
                if there.admin == one.admin
                    && known(one.inherit, there.inherit)
                    && known(one.set, there.set) =>
            {
                return None;
            }
            Some(_) => "and is a member with other options",
        };
        // the newest form; what no source of an older major says is left to the server
        let statement = grant(one, if one.set.is_some() { 16 } else { 15 });
        Some(left(statement.label, reason.to_owned(), &statement.sql))
    };
    ours.filter_map(finding).collect()
}

/// `ALTER {whose} SET …`.
pub(super) fn set(whose: &str, setting: &Setting) -> Statement {
    Statement {
        label: format!("setting {} of {whose}", setting.name),
        sql: setting.set(whose),
        otherwise: "the setting is left out; put it into the parameter group if it is needed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Role {
        Role {
            name: name.to_owned(),
            bootstrap: false,
            superuser: false,
            inherit: true,
            createrole: false,
            createdb: false,
            login: true,
            replication: false,
            bypassrls: false,
            connection_limit: -1,
            valid_until: None,
            comment: None,
        }
    }

    fn setting(role: Option<&str>, name: &str, value: &str) -> Setting {
        Setting { role: role.map(str::to_owned), here: false, name: name.to_owned(), value: value.to_owned() }
    }

    fn roles(roles: Vec<Role>, settings: Vec<Setting>) -> Roles {
        let passwords = std::collections::HashMap::new();
        Roles { roles, passwords, passwords_readable: false, memberships: vec![], settings }
    }

    const NAMES: Names<'static> = Names { bootstrap: Some("postgres"), master: "master" };

    #[test]
    fn a_role_that_was_there_is_named_with_what_would_make_it_the_sources() {
        let source = roles(
            vec![role("app")],
            vec![setting(Some("app"), "search_path", "a, b"), setting(Some("app"), "app.key", "secret")],
        );
        let there = Role { login: false, connection_limit: 5, ..role("app") };
        let target = roles(vec![there], vec![setting(Some("app"), "work_mem", "4MB")]);
        let findings = differences(&source, &target, &HashSet::new(), &NAMES);
        let told: Vec<&str> = findings
            .iter()
            .filter_map(|one| one.instead.as_deref()?.split_once("source: "))
            .map(|(_, sql)| sql)
            .collect();
        assert_eq!(
            told,
            [
                "alter role \"app\" with LOGIN CONNECTION LIMIT -1",
                "alter role \"app\" set \"search_path\" to 'a', 'b'",
                "alter role \"app\" set \"app\".\"key\" to …",
                "alter role \"app\" reset \"work_mem\"",
            ]
        );
    }

    #[test]
    fn a_role_that_is_the_same_or_ours_or_the_masters_is_not_named() {
        let same = roles(vec![role("app")], vec![setting(Some("app"), "search_path", "\"a\", b")]);
        let target = roles(vec![role("app")], vec![setting(Some("app"), "search_path", "a, \"b\"")]);
        assert_eq!(differences(&same, &target, &HashSet::new(), &NAMES), []);
        let other = roles(vec![Role { login: false, ..role("app") }], target.settings.clone());
        assert_eq!(differences(&same, &other, &HashSet::from(["app".to_owned()]), &NAMES), []);
        let (ours, theirs) = (
            roles(vec![role("master")], vec![]),
            roles(vec![Role { createdb: true, ..role("master") }], vec![]),
        );
        assert_eq!(differences(&ours, &theirs, &HashSet::new(), &NAMES), []);
    }

    #[test]
    fn a_setting_of_all_roles_is_named() {
        let source = roles(vec![], vec![setting(None, "work_mem", "64MB")]);
        let findings = differences(&source, &roles(vec![], vec![]), &HashSet::new(), &NAMES);
        assert_eq!(findings[0].object, "setting work_mem of all roles");
        assert_eq!(differences(&source, &source, &HashSet::new(), &NAMES), []);
    }
}
