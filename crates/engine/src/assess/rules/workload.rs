//! What the application does: transactions, locks, rates, and who is connected.
//!
//! One look shows the sessions of that moment; what has to move to be seen is judged by two reads a window apart.

use super::{
    super::{
        Evidence,
        facts::Need,
        finding::{Due, Severities, Severity::*},
        moved::Moved,
        rule::{Answer, Ask, Hit, Rule},
    },
    ask,
};
use crate::sql::sql;

/// WAL a second from which a move is in doubt: a segment of 16 MiB each second, 60 GB an hour that a slot holds back.
const WAL_PER_SECOND: f64 = (16 << 20) as f64;
/// Subtransactions of one transaction that a server before 16 keeps at hand.
const SAVEPOINTS_KEPT: i64 = 64;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "xact-long",
        code: "PF2301",
        title: "transactions that are open for long",
        severity: Severities::new(Warning, Note, Warning),
        needs: &[Need::Statistics],
        effect: "a replication slot is created only when every transaction of the server that was open has ended; DMS \
                 gives up after ten minutes",
        advice: "end it, or begin when no report or batch runs",
        ask: ask!("assess/xact_long"),
        ..Rule::BASE
    },
    Rule {
        name: "xact-idle",
        code: "PF2302",
        title: "sessions that are idle in a transaction",
        severity: Severities::new(Warning, Note, Warning),
        needs: &[Need::Statistics],
        effect: "its locks keep the fence of a cutover out, and nobody knows when it ends",
        advice: "mend the application, or set idle_in_transaction_session_timeout for its role",
        ask: ask!("assess/xact_idle"),
        ..Rule::BASE
    },
    Rule {
        name: "xact-prepared",
        code: "PF2303",
        title: "prepared transactions",
        severity: Severities::new(Blocker, Warning, Blocker),
        needs: &[Need::Primary],
        effect: "creating a slot waits for it without end, and there is no session to see it by; what it wrote is not in \
                 the copy",
        advice: "ask whoever prepared it, then COMMIT PREPARED or ROLLBACK PREPARED in its own database",
        ask: ask!("assess/xact_prepared"),
        ..Rule::BASE
    },
    Rule {
        name: "xact-savepoints",
        code: "PF2304",
        title: "transactions with many savepoints",
        severity: Severities::new(Warning, None, Note),
        effect: "the first snapshot of a slot can be refused as too large",
        advice: "pgferry tries again by itself; it helps to begin when such batches do not run",
        ask: Ask::Judge(savepoints),
        ..Rule::BASE
    },
    Rule {
        name: "lock-waits",
        code: "PF2305",
        title: "sessions that wait for locks",
        severity: Severities::all(Warning),
        needs: &[Need::Statistics],
        effect: "where clients wait for each other, a fence rarely gets its locks, and a dump waits with them",
        advice: "find what the blocking session does, and begin when it is done",
        ask: ask!("assess/lock_waits"),
        ..Rule::BASE
    },
    Rule {
        name: "ddl-during",
        code: "PF2306",
        title: "definitions that change while the application works",
        severity: Severities::new(Warning, None, Warning),
        needs: &[Need::Primary],
        effect: "changes of a new table or column cannot be applied on the target until it has them, so the stream \
                 stops there; DMS loses TRUNCATE",
        advice: "no deploys and no migrations of the schema during the move; use temporary tables as before, which \
                 count here but do no harm",
        ask: Ask::Judge(definitions),
        ..Rule::BASE
    },
    Rule {
        name: "keyless-hot",
        code: "PF2307",
        title: "tables without a replica identity that are updated",
        severity: Severities::new(Change, None, Blocker),
        needs: &[Need::Primary],
        effect: "the application's UPDATE and DELETE on it fail the moment it is published; DMS loses them",
        advice: "give it a key before anything else (see identity-offer)",
        due: Due::Key,
        ask: ask!("assess/keyless_hot"),
        ..Rule::BASE
    },
    Rule {
        name: "wal-rate",
        code: "PF2308",
        title: "much WAL, or decoding that goes to disk",
        severity: Severities::new(Warning, None, Warning),
        needs: &[Need::Primary],
        effect: "the target may never catch up, and the source's disk fills with WAL; decoding that spills reads and \
                 writes each large transaction again",
        advice: "move in a quiet hour; set logical_decoding_work_mem to 256 MB",
        ask: Ask::Judge(wal_rate),
        ..Rule::BASE
    },
    Rule {
        name: "clients",
        code: "PF2309",
        title: "who is connected",
        severity: Severities::all(Note),
        needs: &[Need::Statistics],
        effect: "a program that is forgotten writes to the old server after the cutover; one that speaks TLS below 1.2 \
                 may be refused by the target",
        advice: "know each of these and how it gets the new address; let programs with old TLS try the target first",
        ask: ask!("assess/clients"),
        ..Rule::BASE
    },
    Rule {
        name: "clients-superuser",
        code: "PF2310",
        title: "clients that are superusers",
        severity: Severities::new(Change, None, Change),
        effect: "they pass the closed fence of a cutover, and on a managed target there is no such role",
        advice: "give the application a role of its own that is no superuser",
        ask: ask!("assess/clients_superuser"),
        ..Rule::BASE
    },
    Rule {
        name: "app-timeouts",
        code: "PF2311",
        title: "timeouts shorter than a cutover",
        severity: Severities::new(Warning, None, Warning),
        effect: "statements that wait while the fence is closed end with an error; timeouts that a client sets by \
                 itself cannot be seen from here",
        advice: "raise it to more than ten seconds for the hour of the cutover",
        ask: ask!("assess/app_timeouts"),
        ..Rule::BASE
    },
    Rule {
        name: "standbys",
        code: "PF2312",
        title: "standbys of this server",
        severity: Severities::all(Note),
        needs: &[Need::Primary, Need::Statistics],
        effect: "whoever reads from a standby loses that host; after a failover to one our slot is gone and the copy \
                 begins anew",
        advice: "allow no switchover while the move runs; plan readers or Multi-AZ on the target",
        ask: ask!("assess/standbys"),
        ..Rule::BASE
    },
];

fn watched(evidence: &Evidence, judge: impl FnOnce(&Moved) -> Answer) -> Answer {
    evidence.moved.as_ref().map_or_else(
        || Answer::Unknown {
            because: "it takes two reads, and one was made".to_owned(),
            lifted_by: "watching the workload (--watch)".to_owned(),
        },
        judge,
    )
}

fn savepoints(evidence: &Evidence) -> Answer {
    watched(evidence, |moved| {
        if 16 <= evidence.source.version.major() {
            let hit =
                |session: &String| Hit::new(session.as_str(), "more than 64 savepoints in one transaction");
            return Answer::Hits(moved.overflowed.iter().map(hit).collect());
        }
        Answer::when(SAVEPOINTS_KEPT <= moved.subtrans, || {
            let lookups = moved.subtrans;
            let detail =
                format!("{lookups} lookups of subtransactions in {:.0} s seem to say so", moved.seconds);
            Hit::new("server", detail)
        })
    })
}

fn definitions(evidence: &Evidence) -> Answer {
    watched(evidence, |moved| {
        let counted = moved.definitions.filter(|calls| 0 < *calls);
        Answer::when(0 < moved.catalog_inserts || counted.is_some(), || {
            let calls = counted.map_or_else(String::new, |calls| format!(", {calls} statements that define"));
            let rows = moved.catalog_inserts;
            Hit::named(
                &evidence.source.database.name,
                format!("{rows} rows of tables and columns made{calls} in {:.0} s", moved.seconds),
            )
        })
    })
}

fn wal_rate(evidence: &Evidence) -> Answer {
    watched(evidence, |moved| {
        let rate = moved.wal_bytes_per_second().filter(|rate| WAL_PER_SECOND <= *rate);
        let fast = rate.map(|rate| Hit::new("server", format!("{:.0} MB of WAL a second", rate / 1e6)));
        let memory = evidence.source.setting("logical_decoding_work_mem");
        let spilled = moved.spilled.iter().map(|(slot, bytes)| {
            Hit::new(
                slot.as_str(),
                format!("{bytes} bytes spilled; logical_decoding_work_mem is {memory} kB"),
            )
        });
        Answer::Hits(fast.into_iter().chain(spilled).collect())
    })
}
