//! Roles on the target: made first, with what an RDS master may give them.

use std::collections::HashSet;

use super::{
    refused::Finding,
    statement::{Statement, settle},
};
use crate::{
    catalog::roles::{Membership, Role, Roles, Setting},
    error::Result,
    pg::{
        client::Client,
        ident::{Ident, Literal},
    },
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
        findings.extend(lost_attributes(role));
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
fn lost_attributes(role: &Role) -> Option<Finding> {
    let lost =
        [(role.superuser, "SUPERUSER"), (role.replication, "REPLICATION"), (role.bypassrls, "BYPASSRLS")];
    let lost: Vec<&str> = lost.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
    (!lost.is_empty()).then(|| Finding {
        object: format!("role {}", role.name),
        reason: format!("{} cannot be given by an RDS master", lost.join(", ")),
        sqlstate: "42501".to_owned(),
        instead: Some(
            "the role is made without it; grant rds_superuser or rds_replication if it is needed".to_owned(),
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

/// `ALTER {whose} SET …`.
pub(super) fn set(whose: &str, setting: &Setting) -> Statement {
    Statement {
        label: format!("setting {} of {whose}", setting.name),
        sql: setting.set(whose),
        otherwise: "the setting is left out; put it into the parameter group if it is needed".to_owned(),
    }
}
