//! Settings of the source.

use super::{
    super::{
        Evidence,
        facts::Facts,
        finding::{
            Due, Severities, Severity,
            Severity::{Blocker, Change, Note, Warning},
        },
        rule::{Answer, Ask, Hit, Rule},
    },
    ask,
};
use crate::sql::sql;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "wal-level",
        code: "PF1301",
        title: "no logical replication",
        severity: Severities::new(Change, Severity::None, Change),
        effect: "no replication slot can be created, so no change of the application can be followed",
        advice: "set wal_level = logical and restart; where ALTER SYSTEM is barred, in the file or the provider's console",
        due: Due::Restart,
        ask: Ask::Judge(|evidence| {
            let level = evidence.source.setting("wal_level");
            Answer::when(level != "logical", || {
                set(&evidence.source, "wal_level", "logical", format!("it is {level}"))
            })
        }),
        ..Rule::BASE
    },
    Rule {
        name: "slots-exhausted",
        code: "PF1302",
        title: "too few replication slots or senders",
        severity: Severities::new(Change, Severity::None, Change),
        effect: "the slot or the stream is refused; each task of DMS needs one more",
        advice: "raise both settings, and restart",
        due: Due::Restart,
        ask: ask!("assess/slots_exhausted"),
        ..Rule::BASE
    },
    Rule {
        name: "slot-limits",
        code: "PF1303",
        title: "limits that may take a slot away",
        severity: Severities::new(Warning, Severity::None, Change),
        effect: "the slot may be lost after days of copying, and the move starts again",
        advice: "lift the limit and reload for the time of the move; pgferry itself watches how much WAL its slot holds",
        ask: Ask::Judge(|evidence| Answer::Hits(slot_limits(evidence))),
        ..Rule::BASE
    },
    Rule {
        name: "sender-timeout",
        code: "PF1304",
        title: "a timeout of streams that does not fit",
        severity: Severities::all(Note),
        effect: "the server cuts the stream while the reader is busy",
        advice: "set it for the role of the move alone, to a value that fits both pgferry and DMS",
        ask: Ask::Judge(|evidence| Answer::Hits(sender_timeout(&evidence.source).into_iter().collect())),
        ..Rule::BASE
    },
    Rule {
        name: "plugin-forbidden",
        code: "PF1305",
        title: "output plugins that the server bars",
        severity: Severities::new(Blocker, Severity::None, Blocker),
        effect: "the slot is refused",
        advice: "add the plugin to output_plugin_libraries and reload; a server of an older minor does not know the \
                 setting and would not start with it",
        ask: Ask::Judge(|evidence| {
            let setting = evidence.source.settings.get("output_plugin_libraries");
            let barred = setting.and_then(|setting| plugins(&setting.value));
            Answer::Hits(barred.into_iter().collect())
        }),
        ..Rule::BASE
    },
    Rule {
        name: "snapshot-too-old",
        code: "PF1306",
        title: "snapshots that grow too old",
        severity: Severities::all(Change),
        effect: "rows are vacuumed away under the snapshot that a copy reads",
        advice: "set old_snapshot_threshold = -1, and restart",
        due: Due::Restart,
        ask: Ask::Judge(|evidence| {
            let threshold = evidence.source.number("old_snapshot_threshold").unwrap_or(-1);
            Answer::when(threshold != -1, || {
                set(&evidence.source, "old_snapshot_threshold", "-1", format!("{threshold} minutes"))
            })
        }),
        ..Rule::BASE
    },
    Rule {
        name: "sync-standby",
        code: "PF1307",
        title: "commits or streams that wait for a standby",
        severity: Severities::new(Warning, Severity::None, Warning),
        effect: "a change may be decoded before it is visible, and a standby that is missing stops commits or our stream",
        advice: "pgferry copes; keep an eye on the standbys while the move runs",
        ask: Ask::Judge(|evidence| {
            let waits = ["synchronous_standby_names", "synchronized_standby_slots"].into_iter();
            let hits = waits.filter_map(|name| {
                let value = evidence.source.setting(name);
                (!value.is_empty()).then(|| Hit::new(name, value))
            });
            Answer::Hits(hits.collect())
        }),
        ..Rule::BASE
    },
    Rule {
        name: "pending-restart",
        code: "PF1308",
        title: "changes that wait for a restart",
        severity: Severities::new(Warning, Severity::None, Warning),
        effect: "a restart for the move switches on what somebody else has changed",
        advice: "ask who changed it and whether it is still wanted, before any restart",
        due: Due::First,
        ask: Ask::Judge(|evidence| {
            let pending = evidence.source.settings.iter().filter(|(_, setting)| setting.pending_restart);
            let hits = pending.map(|(name, setting)| Hit::new(name, format!("still {}", setting.value)));
            Answer::Hits(hits.collect())
        }),
        ..Rule::BASE
    },
    Rule {
        name: "config-file-broken",
        code: "PF1309",
        title: "configuration files with errors",
        severity: Severities::new(Blocker, Severity::None, Blocker),
        effect: "the server does not come back from the restart that a move asks for; one bad line also hides others",
        advice: "mend the line before anything is restarted or reloaded",
        due: Due::First,
        ask: ask!("assess/config_file_broken"),
        ..Rule::BASE
    },
    Rule {
        name: "hba-refuses",
        code: "PF1310",
        title: "a stream of changes that is refused",
        severity: Severities::new(Change, Severity::None, Change),
        effect: "no change of the application can be followed",
        advice: "let the role in by a line as 'hostssl DATABASE ROLE ADDRESS/32 scram-sha-256' (such a stream is matched \
                 by the name of the database, not by the word replication) and reload; see also role-no-replication",
        ask: Ask::Judge(stream),
        ..Rule::BASE
    },
    Rule {
        name: "objects-many",
        code: "PF1311",
        title: "more tables than locks",
        severity: Severities::new(Warning, Warning, Severity::None),
        effect: "\"out of shared memory\", in pg_dump and in the sessions of others too",
        advice: "raise max_locks_per_transaction, and restart",
        due: Due::Restart,
        ask: ask!("assess/objects_many"),
        ..Rule::BASE
    },
    Rule {
        name: "settings-unsafe",
        code: "PF1312",
        title: "settings that give up safety",
        severity: Severities::all(Blocker),
        effect: "damaged pages are copied as empty ones, or a crash midway ruins the source",
        advice: "set them back to their defaults and reload",
        ask: Ask::Judge(|evidence| Answer::Hits(unsafe_settings(&evidence.source))),
        ..Rule::BASE
    },
];

/// A hit on a setting, with the statement that changes it where that is ours to run.
fn set(facts: &Facts, name: &str, value: &str, detail: String) -> Hit {
    let hit = Hit::new(name, detail);
    if facts.is_managed() || facts.setting("allow_alter_system") == "off" {
        return hit;
    }
    hit.mended_by(format!("ALTER SYSTEM SET {name} = '{value}'"))
}

/// A limit above what a move is thought to hold takes no slot away; one may where that is not known.
fn slot_limits(evidence: &Evidence) -> Vec<Hit> {
    let facts = &evidence.source;
    let held = evidence.local.as_ref().and_then(|local| local.wal_held_bytes);
    let held_mb = held.map(|bytes| bytes as f64 / f64::from(1 << 20));
    let mut hits = Vec::new();
    let most = facts.number("max_slot_wal_keep_size").filter(|most| 0 <= *most);
    if let Some(most) = most.filter(|most| held_mb.is_none_or(|held| *most as f64 <= held)) {
        let held = held_mb.map_or("what a move holds is not known".to_owned(), |held| {
            format!("a move is thought to hold {held:.0} MB")
        });
        let detail = format!("a slot may hold {most} MB of WAL; {held}");
        hits.push(set(facts, "max_slot_wal_keep_size", "-1", detail));
    }
    if let Some(idle) = facts.number("idle_replication_slot_timeout").filter(|idle| 0 < *idle) {
        let unit = facts.settings["idle_replication_slot_timeout"].unit.as_deref().unwrap_or("");
        hits.push(set(facts, "idle_replication_slot_timeout", "0", format!("{idle} {unit}")));
    }
    hits
}

/// The reader reports every ten seconds; DMS wants none, or between ten seconds and five minutes.
fn sender_timeout(facts: &Facts) -> Option<Hit> {
    let timeout_ms = facts.number("wal_sender_timeout")?;
    let (short, odd) =
        ((1..30_000).contains(&timeout_ms), timeout_ms != 0 && !(10_000..=300_000).contains(&timeout_ms));
    if !short && !odd {
        return None;
    }
    let live = if short { Note } else { Severity::None };
    let dms = if odd { Change } else { Severity::None };
    let sql = format!("ALTER ROLE {} SET wal_sender_timeout = '60s'", facts.role_object);
    let hit = Hit::new("wal_sender_timeout", format!("{timeout_ms} ms"));
    Some(hit.mended_by(sql).graded(Severities::new(live, Severity::None, dms)))
}

/// What `output_plugin_libraries` leaves out of what the two ways that stream need.
fn plugins(allowed: &str) -> Option<Hit> {
    let has = |plugin: &str| allowed.split(',').any(|one| one.trim().trim_matches('"') == plugin);
    let live = if has("pgoutput") { Severity::None } else { Blocker };
    let dms = if has("test_decoding") || has("pglogical") { Severity::None } else { Blocker };
    if live.max(dms) == Severity::None {
        return None;
    }
    Some(Hit::new("output_plugin_libraries", format!("allows {allowed:?}")).graded(Severities::new(
        live,
        Severity::None,
        dms,
    )))
}

fn stream(evidence: &Evidence) -> Answer {
    let Some(trial) = &evidence.source.trial else {
        return Answer::Unknown {
            because: "no login as a stream was tried".to_owned(),
            lifted_by: "pgferry assess".to_owned(),
        };
    };
    // another protocol's answer is the pooler's
    let refused = trial.stream_refused.as_ref().filter(|_| trial.pooler().is_none());
    let hit = refused.map(|refused| Hit::new(&evidence.source.role_object, refused.message.clone()));
    Answer::Hits(hit.into_iter().collect())
}

fn unsafe_settings(facts: &Facts) -> Vec<Hit> {
    let blind = ["zero_damaged_pages", "ignore_checksum_failure", "ignore_system_indexes"];
    let on = blind.into_iter().filter(|name| facts.is_on(name));
    let mut hits: Vec<Hit> = on.map(|name| set(facts, name, "off", "on".to_owned())).collect();
    let off = ["fsync", "full_page_writes"].into_iter().filter(|name| facts.setting(name) == "off");
    hits.extend(off.map(|name| set(facts, name, "on", "off".to_owned()).graded(Severities::all(Warning))));
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_plugins_bars_one_way_or_the_other() {
        assert_eq!(plugins("pgoutput, test_decoding"), None);
        let grade = |allowed| plugins(allowed).and_then(|hit| hit.severity);
        assert_eq!(grade("\"pgoutput\""), Some(Severities::new(Severity::None, Severity::None, Blocker)));
        assert_eq!(grade("wal2json"), Some(Severities::new(Blocker, Severity::None, Blocker)));
    }
}
