//! The target. What mends a finding here is run there.

use super::{
    super::{
        Evidence,
        facts::{Facts, Need},
        finding::{
            Due, Severities, Severity,
            Severity::{Blocker, Change, Note, Warning},
        },
        rule::{Answer, Ask, Hit, Rule},
    },
    ask,
    rights::connections_of_a_copy,
};
use crate::{error::Side, sql::sql};

/// A question about the target.
const TARGET: Rule = Rule { side: Side::Target, ..Rule::BASE };

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "target-not-empty",
        code: "PF2501",
        title: "a target that holds something",
        severity: Severities::all(Blocker),
        effect: "rows of two databases are mixed, and names collide",
        advice: "create a new database; nothing is dropped unasked",
        ask: ask!("assess/target_not_empty"),
        ..TARGET
    },
    Rule {
        name: "target-engine",
        code: "PF2502",
        title: "a target older than the source",
        severity: Severities::all(Blocker),
        effect: "the dump does not load",
        advice: "take the source's major version or a newer one, in its newest minor version",
        ask: Ask::Judge(|evidence| {
            both_sides(evidence, |source, target| {
                let older = target.version.major() < source.version.major();
                Answer::when(older, || {
                    Hit::new("server", format!("{}, the source is {}", target.version, source.version))
                })
            })
        }),
        ..TARGET
    },
    Rule {
        name: "target-encoding",
        code: "PF2503",
        title: "a database of another encoding or locale",
        severity: Severities::all(Blocker),
        effect: "texts are refused or converted, and sort in another order",
        advice: "create the database anew from template0, with the source's encoding and locale",
        ask: Ask::Judge(|evidence| {
            both_sides(evidence, |source, target| Answer::Hits(encoding(source, target)))
        }),
        ..TARGET
    },
    Rule {
        name: "target-rights",
        code: "PF2504",
        title: "triggers that our role cannot silence",
        severity: Severities::all(Blocker),
        effect: "triggers fire and foreign keys refuse rows while they are loaded",
        advice: "make the role a member of rds_superuser, or grant SET ON PARAMETER session_replication_role (15 and newer)",
        due: Due::Grant,
        ask: Ask::Judge(|evidence| {
            both_sides(evidence, |_, target| {
                let refused = target.silences_triggers == Some(false);
                Answer::when(refused, || Hit::new(&target.role_object, "session_replication_role is refused"))
            })
        }),
        ..TARGET
    },
    Rule {
        name: "target-way-back",
        code: "PF2505",
        title: "no way back from the target",
        severity: Severities::new(Change, Severity::None, Severity::None),
        needs: &[Need::Statistics],
        effect: "after the cutover no change can be sent back to the old server without a restart of the new one",
        advice: "on RDS set rds.logical_replication = 1 in the parameter group before the instance is created; elsewhere \
                 set wal_level = logical, and restart",
        ask: ask!("assess/target_way_back"),
        ..TARGET
    },
    Rule {
        name: "target-tls",
        code: "PF2506",
        title: "a target that wants TLS",
        severity: Severities::all(Change),
        effect: "clients without TLS get \"no pg_hba.conf entry … no encryption\", which looks like a firewall",
        advice: "give the application sslmode=verify-full and the bundle of authorities, before the cutover",
        ask: Ask::Judge(|evidence| both_sides(evidence, |_, target| demands(target, "rds.force_ssl"))),
        ..TARGET
    },
    Rule {
        name: "target-passwords",
        code: "PF2507",
        title: "a target that refuses passwords of roles",
        severity: Severities::all(Change),
        effect: "roles arrive without their passwords",
        advice: "set rds.restrict_password_commands = 0 in the parameter group, and restart",
        due: Due::Restart,
        ask: Ask::Judge(|evidence| {
            both_sides(evidence, |_, target| demands(target, "rds.restrict_password_commands"))
        }),
        ..TARGET
    },
    Rule {
        name: "target-storage",
        code: "PF2508",
        title: "too little storage",
        severity: Severities::all(Blocker),
        effect: "the storage is full midway",
        advice: "let it grow first: RDS lets storage grow once in six hours",
        ask: Ask::Judge(storage),
        ..TARGET
    },
    Rule {
        name: "target-io",
        code: "PF2509",
        title: "slow storage while loading",
        severity: Severities::all(Warning),
        effect: "the load takes twice the time",
        advice: "on RDS take 400 GiB of gp3 or more, no burstable class, and load before backups and Multi-AZ; raise \
                 max_wal_size while loading",
        ask: Ask::Judge(|evidence| both_sides(evidence, |_, target| io(target))),
        ..TARGET
    },
    Rule {
        name: "target-connections",
        code: "PF2510",
        title: "fewer connections than the application has",
        severity: Severities::all(Change),
        effect: "clients are refused after the cutover",
        advice: "take a larger class, or raise max_connections in the parameter group, and restart",
        due: Due::Restart,
        ask: Ask::Judge(connections),
        ..TARGET
    },
    Rule {
        name: "target-upgrade-trap",
        code: "PF2511",
        title: "what bars the next major upgrade",
        severity: Severities::all(Note),
        effect: "RDS refuses the next upgrade to a newer major version",
        advice: "keep the list for that day",
        ask: ask!("assess/target_upgrade_trap"),
        ..TARGET
    },
];

/// Judges where a target was given.
fn both_sides(evidence: &Evidence, judge: fn(&Facts, &Facts) -> Answer) -> Answer {
    evidence.target.as_ref().map_or_else(Answer::none, |target| judge(&evidence.source, target))
}

fn encoding(source: &Facts, target: &Facts) -> Vec<Hit> {
    let (there, here) = (&source.database, &target.database);
    // an ICU or builtin locale decides the order, and libc's names only what is left
    let pairs = [
        ("encoding", &there.encoding, &here.encoding),
        ("lc_collate", &there.collate, &here.collate),
        ("lc_ctype", &there.ctype, &here.ctype),
        ("provider", &there.provider, &here.provider),
    ];
    let locale = |locale: &Option<String>| locale.clone().unwrap_or_default();
    let locales = ("locale", &locale(&there.locale), &locale(&here.locale));
    let differing = pairs.into_iter().chain([locales]).filter(|(_, there, here)| there != here);
    differing
        .map(|(what, there, here)| {
            Hit::new(&target.database_object, format!("{what} is {here}, {there} on the source"))
        })
        .collect()
}

fn demands(target: &Facts, name: &str) -> Answer {
    let on = ["on", "1"].contains(&target.setting(name));
    Answer::when(on, || Hit::new(name, "on"))
}

/// In megabytes: the server's own is 1 GB, and a load wants checkpoints further apart than that.
const WAL_SMALL_MB: i64 = 4096;

fn io(target: &Facts) -> Answer {
    match target.number("max_wal_size").filter(|size| *size < WAL_SMALL_MB) {
        Some(size) => Answer::Hits(vec![Hit::new("max_wal_size", format!("{size} MB"))]),
        None if target.is_rds() => Answer::Unknown {
            because: "SQL does not show volumes and classes".to_owned(),
            lifted_by: "the AWS side".to_owned(),
        },
        None => Answer::none(),
    }
}

/// While rows are copied, and afterwards: beside the sessions that the source serves now one lane for each pair, and ten for
/// those who look after it.
fn connections(evidence: &Evidence) -> Answer {
    let Some(target) = &evidence.target else { return Answer::none() };
    let most = target.number("max_connections").unwrap_or(i64::MAX);
    let (jobs, copying) = (evidence.jobs, connections_of_a_copy(evidence.jobs).1);
    let [jobs, copying] = [jobs, copying].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let sessions = evidence.source.sessions;
    Answer::when(most < copying.max(sessions.saturating_add(jobs).saturating_add(10)), || {
        Hit::new(
            "max_connections",
            format!("{most}; a copy needs {copying}, and the source serves {sessions} sessions now"),
        )
    })
}

/// Of what the source holds; indexes that are built and rows that are changed need room beside it.
const STORAGE_MARGIN: f64 = 1.3;

fn storage(evidence: &Evidence) -> Answer {
    let (Some(target), Some(local)) = (&evidence.target, &evidence.local) else { return Answer::none() };
    let Some(copied) = local.copied_bytes else {
        return Answer::unknown("nobody weighed the source", "pgferry assess");
    };
    // in megabytes
    let wal_kept = target.number("max_wal_size").unwrap_or(0) as f64 * f64::from(1 << 20);
    let wal = wal_kept.max(local.wal_held_bytes.unwrap_or(0) as f64);
    let needed = copied as f64 * STORAGE_MARGIN + wal;
    let needs = format!(
        "{:.1} GB are needed: {STORAGE_MARGIN} times the {:.1} GB of rows and indexes, and {:.1} GB of WAL",
        needed / 1e9,
        copied as f64 / 1e9,
        wal / 1e9
    );
    match local.target_storage_bytes {
        Some(there) => Answer::when((there as f64) < needed, || {
            Hit::new("storage", format!("{:.1} GB are there; {needs}", there as f64 / 1e9))
        }),
        None => Answer::unknown(
            format!("SQL does not show how much storage the target has; {needs}"),
            "--target-storage SIZE: on RDS what is allocated (the console, or AllocatedStorage of `aws rds \
             describe-db-instances`), on a server of your own what df says",
        ),
    }
}
