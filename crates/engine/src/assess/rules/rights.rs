//! What our role may do on the source.

use super::{
    super::{
        facts::Need,
        finding::{
            Due, Severities, Severity,
            Severity::{Blocker, Change, Note, Warning},
        },
        rule::{Ask, Question, Rule},
    },
    ask,
};
use crate::{limits, sql::sql};

/// Connections that a copy with `--jobs` opens at a time: on the source those of the pairs, the two keepers of the
/// snapshot, one for questions and one more for a reader, `pg_dump` or a stream; on the target those of the pairs, as
/// many that build indexes, one for questions, one that vacuums, and two in passing.
pub(super) const fn connections_of_a_copy(jobs: usize) -> (usize, usize) {
    let pairs = jobs + limits::PAIRS_SPARE;
    (pairs + 4, pairs + jobs + 4)
}

/// A change that only strategy live asks for.
const LIVE: Severities = Severities::new(Change, Severity::None, Severity::None);

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "role-no-replication",
        code: "PF1401",
        title: "our role may not stream",
        severity: Severities::new(Change, Severity::None, Change),
        effect: "no replication slot and no stream of changes",
        advice: "give the role the attribute REPLICATION, or on RDS the membership of rds_replication",
        due: Due::Grant,
        ask: ask!("assess/role_no_replication"),
        ..Rule::BASE
    },
    Rule {
        name: "role-rls-blind",
        code: "PF1402",
        title: "tables whose rows are hidden from our role",
        severity: Severities::all(Blocker),
        effect: "no rows and no error: an empty table that looks like a success",
        advice: "give the role BYPASSRLS, or use the owner of the tables",
        due: Due::Grant,
        ask: Ask::Query(|facts| (!facts.has(Need::Superuser)).then_some(sql!("assess/role_rls_blind"))),
        ..Rule::BASE
    },
    Rule {
        name: "role-no-select",
        code: "PF1403",
        title: "what our role may not read",
        severity: Severities::all(Blocker),
        effect: "pg_dump dies at its first lock; a sequence that cannot be read looks unused",
        advice: "grant pg_read_all_data (14 and newer) or SELECT on each; large objects need a grant of their own",
        due: Due::Grant,
        ask: Ask::Query(|facts| (!facts.has(Need::Superuser)).then_some(sql!("assess/role_no_select"))),
        ..Rule::BASE
    },
    Rule {
        name: "role-not-owner",
        code: "PF1404",
        title: "tables of others",
        severity: LIVE,
        effect: "\"must be owner of table\" when the publication is made",
        advice: "make our role a member of the owner; where that is a superuser, change the owner or use a superuser",
        due: Due::Grant,
        ask: Ask::Query(|facts| (!facts.has(Need::Superuser)).then_some(sql!("assess/role_not_owner"))),
        ..Rule::BASE
    },
    Rule {
        name: "role-no-lock",
        code: "PF1405",
        title: "tables that our role may not lock",
        severity: LIVE,
        effect: "writers cannot be held off for the moment of the cutover; INSERT alone does not give the right",
        advice: "grant UPDATE on the table, or MAINTAIN (17 and newer)",
        due: Due::Grant,
        ask: Ask::Query(|facts| (!facts.has(Need::Superuser)).then_some(sql!("assess/role_no_lock"))),
        ..Rule::BASE
    },
    Rule {
        name: "role-no-fence",
        code: "PF1406",
        title: "a fence that others pass",
        severity: LIVE,
        effect: "closing the database at the cutover only warns, ends no session of others, or does not stop superusers",
        advice: "use the database's owner or a superuser for the cutover, and keep superusers out of the application",
        due: Due::Grant,
        ask: ask!("assess/role_no_fence"),
        ..Rule::BASE
    },
    Rule {
        name: "role-shared",
        code: "PF1407",
        title: "a role that others use too",
        severity: Severities::new(Change, Severity::None, Warning),
        effect: "the fence that keeps this role out at the cutover hits ourselves",
        advice: "give the move a role of its own",
        due: Due::Grant,
        ask: ask!("assess/role_shared"),
        ..Rule::BASE
    },
    Rule {
        name: "role-settings",
        code: "PF1408",
        title: "settings stored for our role",
        severity: Severities::new(Note, Warning, Note),
        effect: "a timeout cuts the copy, and a path or another role makes names mean something else; pgferry sets its \
                 own, pg_dump by hand and DMS do not",
        advice: "take the timeouts away for the role of the move",
        ask: ask!("assess/role_settings"),
        ..Rule::BASE
    },
    Rule {
        name: "connections-short",
        code: "PF1409",
        title: "too few connections left",
        severity: Severities::new(Change, Change, Warning),
        effect: "our sessions, or worse those of the application, are refused",
        advice: "copy with fewer pairs (--jobs), or raise the limit; max_connections takes a restart",
        ask: Ask::Question(|evidence| {
            let needed = i64::try_from(connections_of_a_copy(evidence.jobs).0).unwrap_or(i64::MAX);
            Some(Question { sql: sql!("assess/connections_short"), parameters: vec![Box::new(needed)] })
        }),
        ..Rule::BASE
    },
];
