//! The server: which engine, which version, what answers on its port.

use super::{
    super::{
        facts::Facts,
        finding::{
            Severities, Severity,
            Severity::{Blocker, Note, Warning},
        },
        rule::{Answer, Ask, Hit, Rule},
        trial::Trial,
    },
    ask,
};
use crate::{
    pg::version::{MAJOR_NEWEST, MAJOR_OLDEST, Version},
    sql::sql,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "engine-not-postgres",
        code: "PF1101",
        title: "not a PostgreSQL server",
        severity: Severities::all(Blocker),
        effect: "something else answers on this port, and every error that follows would mislead",
        advice: "check host and port; another engine needs a tool that knows it",
        // seen while connecting, which ends with PF0212 before there is anything to report
        ask: Ask::Judge(|_| Answer::none()),
        ..Rule::BASE
    },
    Rule {
        name: "engine-fork",
        code: "PF1102",
        title: "a relative of PostgreSQL",
        severity: Severities::all(Blocker),
        effect: "its WAL, its catalogs and some of its types are others than PostgreSQL's",
        advice: "dump it with its own tools, and load the result by hand",
        ask: Ask::Judge(|evidence| {
            let fork = fork(&evidence.source.banner);
            Answer::Hits(fork.map(|fork| Hit::new("server", fork)).into_iter().collect())
        }),
        ..Rule::BASE
    },
    Rule {
        name: "engine-managed",
        code: "PF1103",
        title: "a server run by a provider",
        severity: Severities::all(Warning),
        effect: "no password hashes, no ALTER SYSTEM, and rights that come by membership: the attributes of a role \
                 say no where the answer is yes",
        advice: "make each change of settings and rights in the provider's own console",
        ask: ask!("assess/engine_managed"),
        ..Rule::BASE
    },
    Rule {
        name: "version-unsupported",
        code: "PF1104",
        title: "a version that pgferry does not know, or the community no longer mends",
        severity: Severities::all(Blocker),
        effect: "the catalogs of an unknown version may mean something else; an old one gets no fixes, and RDS bills \
                 extended support for it",
        advice: "upgrade; or go on with --untested-version",
        ask: Ask::Judge(|evidence| {
            let hit = unsupported(evidence.source.version);
            Answer::Hits(hit.into_iter().collect())
        }),
        ..Rule::BASE
    },
    Rule {
        name: "minor-decoding-bugs",
        code: "PF1105",
        title: "a minor version with bugs in logical decoding",
        severity: Severities::new(Warning, Severity::None, Warning),
        effect: "a slot's position may run backwards, and WAL may be removed while a stream still needs it",
        advice: "update to the newest minor version, which takes one restart",
        ask: Ask::Judge(|evidence| {
            let hit = decoding_bugs(evidence.source.version);
            Answer::Hits(hit.into_iter().collect())
        }),
        ..Rule::BASE
    },
    Rule {
        name: "server-in-recovery",
        code: "PF1106",
        title: "a standby",
        severity: Severities::new(Blocker, Warning, Blocker),
        effect: "a standby takes no publication and no lock against writers, up to 15 it decodes nothing, and it may \
                 cancel a dump that conflicts with what it replays",
        advice: "connect to the primary; for a dump from here, set hot_standby_feedback = on first",
        ask: ask!("assess/server_in_recovery"),
        ..Rule::BASE
    },
    Rule {
        name: "pooler-on-port",
        code: "PF1107",
        title: "a connection pooler on the port",
        severity: Severities::all(Blocker),
        effect: "snapshots, locks and settings land in the sessions of others",
        advice: "give the host and port of the server itself",
        ask: Ask::Judge(|evidence| {
            let pooler = evidence.source.trial.as_ref().and_then(Trial::pooler);
            Answer::Hits(pooler.map(|proof| Hit::new("server", proof)).into_iter().collect())
        }),
        ..Rule::BASE
    },
    Rule {
        name: "build-differs",
        code: "PF1108",
        title: "a server built with other limits",
        severity: Severities::all(Warning),
        effect: "rows, index entries or names may be too large for the target",
        advice: "restore the schema and the widest rows there as a test, before the move",
        ask: Ask::Judge(|evidence| Answer::Hits(build(&evidence.source))),
        ..Rule::BASE
    },
    Rule {
        name: "database-others",
        code: "PF1109",
        title: "other databases on the server",
        severity: Severities::all(Note),
        effect: "they are left behind; an invalid one is of no use to anybody, and bars upgrades on RDS",
        advice: "move each by a run of its own; drop what is invalid",
        ask: ask!("assess/database_others"),
        ..Rule::BASE
    },
];

fn fork(banner: &str) -> Option<&'static str> {
    const FORKS: [(&str, &str); 7] = [
        ("CockroachDB", "CockroachDB"),
        ("-YB-", "YugabyteDB"),
        ("Redshift", "Amazon Redshift"),
        ("Greenplum", "Greenplum"),
        ("openGauss", "openGauss"),
        ("EnterpriseDB", "EDB Postgres Advanced Server"),
        ("Materialize", "Materialize"),
    ];
    FORKS.iter().find(|(mark, _)| banner.contains(mark)).map(|(_, name)| *name)
}

fn unsupported(version: Version) -> Option<Hit> {
    let detail = match version.major() {
        major if major < MAJOR_OLDEST => format!("{version} is older than {MAJOR_OLDEST}"),
        major if MAJOR_NEWEST < major => format!("{version} is newer than {MAJOR_NEWEST}, the newest tested"),
        major @ (13 | 14) => {
            let end = if major == 13 { "November 2025" } else { "November 2026" };
            let hit = Hit::new("server", format!("{version}: the community's support ends in {end}"));
            return Some(hit.graded(Severities::all(Note)));
        }
        _ => return None,
    };
    Some(Hit::new("server", detail))
}

/// Source: release notes of 17.6, 16.10, 15.14, 14.19, 13.22.
fn decoding_bugs(version: Version) -> Option<Hit> {
    const MENDED: [u32; 5] = [130_022, 140_019, 150_014, 160_010, 170_006];
    let mended =
        MENDED.iter().map(|mended| Version(*mended)).find(|mended| mended.major() == version.major())?;
    if mended <= version {
        return None;
    }
    let memory = if version == Version(170_005) {
        "; this one fails with \"invalid memory alloc request size\""
    } else {
        ""
    };
    Some(Hit::new("server", format!("{version}: mended in {mended}{memory}")))
}

fn build(facts: &Facts) -> Vec<Hit> {
    [("block_size", 8192), ("max_identifier_length", 63), ("max_index_keys", 32)]
        .into_iter()
        .filter_map(|(name, usual)| {
            let here = facts.number(name).filter(|here| *here != usual)?;
            Some(Hit::new(name, format!("{here}, not {usual}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_known_by_its_banner() {
        assert_eq!(fork("PostgreSQL 11.2-YB-2.20.1.0-b0 on x86_64-pc-linux-gnu"), Some("YugabyteDB"));
        assert_eq!(fork("PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu"), None);
    }

    #[test]
    fn versions_outside_of_those_tested_block_and_old_ones_are_noted() {
        let grade = |number| unsupported(Version(number)).map(|hit| hit.severity);
        assert_eq!(grade(120_022), Some(None));
        assert_eq!(grade(190_000), Some(None));
        assert_eq!(grade(140_023), Some(Some(Severities::all(Note))));
        assert_eq!(grade(150_018), None);
    }

    #[test]
    fn decoding_is_sound_from_the_minors_of_august_2025_on() {
        assert!(decoding_bugs(Version(150_013)).is_some());
        assert_eq!(decoding_bugs(Version(150_014)), None);
        assert_eq!(decoding_bugs(Version(180_000)), None);
        assert!(decoding_bugs(Version(170_005)).unwrap().detail.unwrap().contains("memory alloc"));
    }
}
