//! Roles, their passwords and memberships, rights, and the settings that are kept with them.

use super::{
    super::{
        Evidence,
        facts::{Facts, Need},
        finding::{
            Severities,
            Severity::{Change, Note, Warning},
        },
        rule::{Answer, Ask, Hit, Rule},
    },
    ask,
};
use crate::{
    error::Side,
    pg::ident::{Ident, Literal},
    sql::sql,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "owner-superuser",
        code: "PF2101",
        title: "superusers that own something",
        severity: Severities::all(Change),
        effect: "a managed target has no superuser to own it: each object costs an error in a plain restore, and views \
                 and SECURITY DEFINER functions lose the powers of their owner",
        advice: "pgferry gives them to the target's master, or to whom your owner map names; better, give them to a role of \
                 the application here",
        ask: ask!("assess/owner_superuser"),
        ..Rule::BASE
    },
    Rule {
        name: "role-attributes",
        code: "PF2102",
        title: "roles with rights that a managed target does not give",
        severity: Severities::all(Change),
        effect: "the target answers \"permission denied\", and the role or its right is missing",
        advice: "pgferry replaces SUPERUSER by rds_superuser and REPLICATION by rds_replication where you consent; files \
                 of the server and BYPASSRLS need another way",
        ask: ask!("assess/role_attributes"),
        ..Rule::BASE
    },
    Rule {
        name: "role-reserved",
        code: "PF2103",
        title: "roles whose names are taken on the target",
        severity: Severities::all(Change),
        effect: "they collide with roles of RDS or with its master, whose rights and password they would share",
        advice: "give them other names on the target, by the role map",
        ask: Ask::Judge(reserved),
        ..Rule::BASE
    },
    Rule {
        name: "role-grantor",
        code: "PF2104",
        title: "memberships that a dump of roles ties to their grantors",
        severity: Severities::all(Change),
        effect: "pg_dumpall writes GRANTED BY, which the target allows superusers alone: the memberships are lost",
        advice: "pgferry grants them without a grantor",
        ask: ask!("assess/role_grantor"),
        ..Rule::BASE
    },
    Rule {
        name: "password-md5",
        code: "PF2105",
        title: "passwords kept as MD5",
        severity: Severities::all(Warning),
        effect: "a server that asks for SCRAM refuses them; they are bound to the role's name and cannot be renamed; 18 \
                 announces their end",
        advice: "set a new password while password_encryption is scram-sha-256",
        ask: ask!("assess/password_md5"),
        ..Rule::BASE
    },
    Rule {
        name: "password-not-carried",
        code: "PF2106",
        title: "roles without a password that could be carried",
        severity: Severities::all(Change),
        effect: "nobody logs in as them on the target: peer, trust, certificates and LDAP are not there, and a password that \
                 we may not read cannot be carried",
        advice: "give each a new password on the target and keep it with your secrets, or assess and move as a superuser",
        ask: Ask::Query(|facts| {
            Some(if facts.has(Need::Superuser) {
                sql!("assess/password_not_carried")
            } else {
                sql!("assess/password_not_carried_unread")
            })
        }),
        ..Rule::BASE
    },
    Rule {
        name: "grant-dangling",
        code: "PF2107",
        title: "rights of roles that are gone",
        severity: Severities::all(Change),
        effect: "a dump writes GRANT … TO a number, which breaks its restore, and no REVOKE can name it",
        advice: "pgferry leaves them out",
        ask: ask!("assess/grant_dangling"),
        ..Rule::BASE
    },
    Rule {
        name: "grant-on-system",
        code: "PF2108",
        title: "rights on objects of the system, or on settings",
        severity: Severities::all(Change),
        effect: "a managed target refuses them, and monitoring that rests on them breaks",
        advice: "grant pg_monitor in their place, and store settings by ALTER ROLE … SET",
        ask: Ask::Query(|facts| {
            Some(if facts.version.major() >= 15 {
                concat!(sql!("assess/grant_on_system"), sql!("assess/grant_on_parameter"))
            } else {
                sql!("assess/grant_on_system")
            })
        }),
        ..Rule::BASE
    },
    Rule {
        name: "public-schema-open",
        code: "PF2109",
        title: "a schema in which everybody may create",
        severity: Severities::all(Warning),
        effect: "usual up to 14; a dump carries it to newer majors, where it is closed for good reason",
        advice: "decide whether to keep it; REVOKE CREATE ON SCHEMA public FROM PUBLIC closes it",
        ask: ask!("assess/public_schema_open"),
        ..Rule::BASE
    },
    Rule {
        name: "settings-stored",
        code: "PF2110",
        title: "settings kept with roles or with the database",
        severity: Severities::all(Change),
        effect: "a plain pg_dump leaves them out, and a managed target refuses those that are a superuser's to store",
        advice: "pgferry carries what it may; put the rest into the target's parameter group",
        ask: ask!("assess/settings_stored"),
        ..Rule::BASE
    },
    Rule {
        name: "settings-behaviour",
        code: "PF2111",
        title: "settings that change answers, and differ between the sides",
        severity: Severities::all(Warning),
        side: Side::Target,
        effect: "the same statement gives another answer after the cutover",
        advice: "set them on the target's database as they are on the source",
        ask: Ask::Judge(behaviour),
        ..Rule::BASE
    },
];

/// What RDS keeps for itself; on RDS its own roles begin so, too.
fn reserved(evidence: &Evidence) -> Answer {
    let names = evidence.source.roles.iter();
    let taken =
        names.filter(|name| name.as_str() == "admin" || name.starts_with("rds") && !evidence.source.is_rds());
    let mut hits: Vec<_> = taken.map(|name| Hit::named(name, "RDS keeps the name for itself")).collect();
    let master = evidence.target.as_ref().filter(|target| target.is_rds()).map(|target| &target.role);
    if let Some(master) = master.filter(|master| evidence.source.roles.contains(*master)) {
        let hit = Hit::named(master, "the target's master has this name, and takes its place");
        // a source's first superuser usually has this name, and its place is the master's anyway
        hits.push(if master == "postgres" { hit.graded(Severities::all(Note)) } else { hit });
    }
    Answer::Hits(hits)
}

/// Settings on which answers depend.
const BEHAVIOUR: &[&str] = &[
    "DateStyle",
    "IntervalStyle",
    "TimeZone",
    "bytea_output",
    "default_text_search_config",
    "default_transaction_isolation",
    "lc_messages",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "search_path",
    "standard_conforming_strings",
    "xmloption",
];

fn behaviour(evidence: &Evidence) -> Answer {
    let Some(target) = &evidence.target else { return Answer::none() };
    let hits = BEHAVIOUR.iter().filter_map(|name| {
        let (here, there) = (starts_with(&evidence.source, name)?, starts_with(target, name)?);
        if spelt_alike(here) == spelt_alike(there) {
            return None;
        }
        // search_path is a list of names, and as one text would be one name
        let value = if *name == "search_path" && !here.is_empty() {
            here.to_owned()
        } else {
            Literal(here).to_string()
        };
        let database = Ident::new(&target.database.name);
        let hit = Hit::new(*name, format!("{here:?} on the source, {there:?} on the target"));
        Some(hit.mended_by(format!("ALTER DATABASE {database} SET {name} = {value}")))
    });
    Answer::Hits(hits.collect())
}

fn starts_with<'a>(facts: &'a Facts, setting: &str) -> Option<&'a str> {
    facts.settings.get(setting).map(|setting| setting.session.as_str())
}

/// `Etc/UTC` is `UTC`, and `en_US.utf8` is `en_US.UTF-8`.
fn spelt_alike(value: &str) -> String {
    let value = value.to_lowercase().replace("utf-8", "utf8");
    value.strip_prefix("etc/").map_or(value.clone(), str::to_owned)
}
