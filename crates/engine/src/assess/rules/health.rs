//! Health of the source, its backups, the way to it, and our own machine.

use std::net::IpAddr;

use super::{
    super::{
        Evidence,
        facts::Need,
        finding::{Due, Severities, Severity::*},
        local::{Free, Local},
        rule::{Answer, Ask, Hit, Rule},
    },
    ask,
};
use crate::{error::Side, pg::version::MAJOR_NEWEST, sql::sql};

/// Free space is to be as many times what is forecast: for the source's WAL, for the spool.
const WAL_MARGIN: f64 = 2.0;
const SPOOL_MARGIN: f64 = 1.3;
/// A round trip (p95, ms) from which a cutover is felt.
const ROUND_TRIP_MS: f64 = 20.0;
/// Seconds that two clocks may be apart.
const CLOCK_SECONDS: f64 = 2.0;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "xid-age",
        code: "PF2401",
        title: "transaction numbers that run out",
        severity: Severities::all(Warning),
        effect: "our snapshot keeps VACUUM from freeing numbers while rows are copied; at the end of them the server \
                 refuses every write",
        advice: "run VACUUM FREEZE in that database first, on the oldest tables",
        ask: ask!("assess/xid_age"),
        ..Rule::BASE
    },
    Rule {
        name: "checksum-failures",
        code: "PF2402",
        title: "damaged pages, or no checksums to notice them by",
        severity: Severities::all(Blocker),
        effect: "what is damaged is copied as it is, or a read of it stops the copy",
        advice: "find the damage with --deep and restore those tables from a backup first; without checksums \
                 nothing is known of it",
        due: Due::Data,
        ask: ask!("assess/checksum_failures"),
        ..Rule::BASE
    },
    Rule {
        name: "corruption",
        code: "PF2403",
        title: "damaged tables or indexes",
        severity: Severities::all(Blocker),
        deep: true,
        effect: "rows are missing from the copy, or are in it twice",
        advice: "build a damaged index anew; restore a damaged table from a backup; without the extension amcheck \
                 nothing of it is checked",
        due: Due::Data,
        ask: ask!("assess/corruption"),
        ..Rule::BASE
    },
    Rule {
        name: "autovacuum-off",
        code: "PF2404",
        title: "autovacuum is off",
        severity: Severities::all(Warning),
        effect: "dead rows pile up during the move, statistics grow old and transaction numbers run out",
        advice: "turn it on; a setting of the server takes effect with a reload",
        ask: Ask::Query(|facts| {
            let nobody =
                facts.is_on("autovacuum") && facts.is_on("track_counts") && !facts.uses(&["options"]);
            (!nobody).then_some(sql!("assess/autovacuum_off"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "statistics-missing",
        code: "PF2405",
        title: "tables that were never analysed",
        severity: Severities::all(Note),
        effect: "forecasts of their size are wrong, and so are plans; statistics do not travel to the target",
        advice: "run ANALYZE here, and on the target after the move",
        ask: ask!("assess/statistics_missing"),
        ..Rule::BASE
    },
    Rule {
        name: "wal-disk",
        code: "PF2406",
        title: "little room for WAL on the source",
        severity: Severities::new(Warning, None, Warning),
        effect: "the slot of a move holds WAL back, and a full disk stops the source",
        advice: "free twice what the forecast says, or grow the disk",
        ask: Ask::Judge(wal_disk),
        ..Rule::BASE
    },
    Rule {
        name: "client-tools",
        code: "PF2407",
        title: "no pg_dump and pg_restore that fit",
        severity: Severities::new(Blocker, Blocker, Note),
        side: Side::Local,
        effect: "definitions cannot be carried over: an older pg_dump refuses the server, and a newer pg_restore writes \
                 settings that the target does not know",
        advice: "install the package that is named (Debian and Ubuntu: from apt.postgresql.org), or give its folder",
        ask: Ask::Judge(client_tools),
        ..Rule::BASE
    },
    Rule {
        name: "spool-disk",
        code: "PF2408",
        title: "little room for changes that wait",
        severity: Severities::new(Warning, None, None),
        side: Side::Local,
        effect: "changes wait in the folder of the run while rows are copied; when its disk is full the run stops",
        advice: "keep the run in a folder on a larger disk",
        ask: Ask::Judge(spool_disk),
        ..Rule::BASE
    },
    Rule {
        name: "dms-prerequisites",
        code: "PF2409",
        title: "what DMS asks of the source",
        severity: Severities::new(None, None, Blocker),
        effect: "the task of DMS does not start, or cannot read changes",
        advice: "use strategy live; else meet what is named, and have test_decoding or pglogical installed, which \
                 cannot be seen from here",
        ask: Ask::Judge(dms_prerequisites),
        ..Rule::BASE
    },
    Rule {
        name: "address-private",
        code: "PF2410",
        title: "an address that DMS cannot reach",
        severity: Severities::new(None, None, Blocker),
        effect: "DMS connects from AWS, and the server answers at a private address",
        advice: "use strategy live, which has a tunnel of its own; else a VPN, or a public address that leads here",
        ask: Ask::Judge(address_private),
        ..Rule::BASE
    },
    Rule {
        name: "tls-missing",
        code: "PF2411",
        title: "a connection in the open",
        severity: Severities::all(Warning),
        effect: "every row travels readable by whoever sits between",
        advice: "turn ssl on (a reload) and connect with sslmode=verify-full, or go through a tunnel",
        ask: Ask::Judge(tls_missing),
        ..Rule::BASE
    },
    Rule {
        name: "round-trip",
        code: "PF2412",
        title: "far servers, or clocks apart",
        severity: Severities::new(Warning, Note, Note),
        side: Side::Local,
        effect: "each step of a cutover waits for a round trip while writers wait; lag is told wrongly by clocks that \
                 are apart",
        advice: "run pgferry nearer to both servers, and keep clocks by NTP",
        ask: Ask::Judge(round_trip),
        ..Rule::BASE
    },
    Rule {
        name: "backup-none",
        code: "PF2413",
        title: "backups",
        severity: Severities::all(Warning),
        needs: &[Need::Statistics],
        effect: "without a backup there is no way back but ours; a tool that backs this server up ends with it and knows \
                 nothing of the target",
        advice: "take a backup before the move, and plan the target's own",
        ask: ask!("assess/backup_none"),
        ..Rule::BASE
    },
    Rule {
        name: "archive-failing",
        code: "PF2414",
        title: "WAL archiving fails",
        severity: Severities::all(Warning),
        effect: "the server keeps every segment that was not archived until its disk is full; backups cannot be restored \
                 past the first",
        advice: "mend archive_command; the server's log has its words",
        ask: ask!("assess/archive_failing"),
        ..Rule::BASE
    },
];

fn not_told(because: &str, lifted_by: &str) -> Answer {
    Answer::Unknown { because: because.to_owned(), lifted_by: lifted_by.to_owned() }
}

/// Free bytes against what is needed, where both are known.
fn room(object: &str, free: u64, needed: u64, margin: f64) -> Answer {
    Answer::when((free as f64) < needed as f64 * margin, || {
        let detail = format!("{:.1} GB free, {:.1} GB forecast", free as f64 / 1e9, needed as f64 / 1e9);
        Hit::new(object, detail)
    })
}

fn wal_disk(evidence: &Evidence) -> Answer {
    let local = evidence.local.clone().unwrap_or_default();
    let unmeasured =
        || not_told("the rate of changes was not measured", "watching the workload of a primary (--watch)");
    match local.source_wal_free {
        Some(Free::Bytes(free)) => {
            local.wal_held_bytes.map_or_else(unmeasured, |held| room("server", free, held, WAL_MARGIN))
        }
        Some(Free::Unseen { because, lifted_by }) => Answer::Unknown { because, lifted_by },
        Option::None => not_told("nobody asked how much room the disk has", "pgferry assess"),
    }
}

fn spool_disk(evidence: &Evidence) -> Answer {
    let local = evidence.local.as_ref();
    let Some((free, spool)) = local.and_then(|local| local.work_free_bytes.zip(local.spool_bytes)) else {
        let lifted_by = "watching the workload of a primary (--watch)";
        return not_told("free space, or the rate of changes, was not measured", lifted_by);
    };
    room("the folder of the run", free, spool, SPOOL_MARGIN)
}

fn client_tools(evidence: &Evidence) -> Answer {
    let Some(found) = evidence.local.as_ref().and_then(|local| local.tools_found.as_ref()) else {
        return not_told(
            "nobody looked for pg_dump and pg_restore",
            "running the assessment where the move will run",
        );
    };
    let source = evidence.source.version.major();
    let target = evidence.target.as_ref().map_or(MAJOR_NEWEST, |target| target.version.major());
    Answer::when(!found.iter().any(|major| (source..=target).contains(major)), || {
        let found: Vec<_> = found.iter().map(u32::to_string).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        Hit::new(
            format!("postgresql-client-{target}"),
            format!("wanted: {source} to {target}; found: {found}"),
        )
    })
}

/// Engine versions of DMS by the source's major: release notes of AWS DMS.
fn dms_prerequisites(evidence: &Evidence) -> Answer {
    let facts = &evidence.source;
    let mut hits = Vec::new();
    match facts.version.major() {
        18.. => hits.push(Hit::new("server", format!("{} is not among the sources of DMS", facts.version))),
        17 => hits.push(Hit::new("server", "17 needs DMS 3.6.1").graded(Severities::new(None, None, Note))),
        16 => hits.push(Hit::new("server", "16 needs DMS 3.5.3").graded(Severities::new(None, None, Note))),
        _ => {}
    }
    if !facts.has(Need::Superuser) && !facts.is_rds() {
        hits.push(Hit::named(&facts.role, "is no superuser, which DMS needs on a server of your own"));
    }
    Answer::Hits(hits)
}

fn address_private(evidence: &Evidence) -> Answer {
    let Some(address) = address(evidence) else {
        return not_told("we are connected over a socket, which has no address", "connecting over TCP");
    };
    Answer::when(is_private(address), || Hit::new("server", format!("answers at {address}")))
}

/// A connection over the loopback interface, or a socket, came out of a tunnel or never left the machine.
fn tls_missing(evidence: &Evidence) -> Answer {
    let Some(encrypted) = evidence.source.encrypted else {
        return not_told("pg_stat_ssl does not show our own connection", "connecting to the server itself");
    };
    let outside = address(evidence).is_some_and(|address| !address.is_loopback());
    Answer::when(!encrypted && outside, || Hit::new("server", "our connection is not encrypted"))
}

fn address(evidence: &Evidence) -> Option<IpAddr> {
    evidence.source.address.as_ref()?.parse().ok()
}

/// Sources: RFC 1918, RFC 6598 (shared), RFC 4193 (unique local), RFC 3927 and RFC 4291 (link-local).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || first == 100 && (64..128).contains(&second)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn round_trip(evidence: &Evidence) -> Answer {
    let Some(local) = &evidence.local else {
        return not_told("round trips were not measured", "watching the workload (--watch)");
    };
    Answer::Hits(trips(local).chain(clocks(local)).collect())
}

fn trips(local: &Local) -> impl Iterator<Item = Hit> {
    let sides = [("source", &local.source_round_trip), ("target", &local.target_round_trip)];
    sides.into_iter().filter_map(|(side, trip)| {
        let trip = trip.as_ref().filter(|trip| ROUND_TRIP_MS < trip.p95_ms)?;
        Some(Hit::new(side, format!("p50 {:.0} ms, p95 {:.0} ms", trip.p50_ms, trip.p95_ms)))
    })
}

fn clocks(local: &Local) -> impl Iterator<Item = Hit> {
    let sides = [("source", local.source_clock_ahead), ("target", local.target_clock_ahead)];
    sides.into_iter().filter_map(|(side, ahead)| {
        let ahead = ahead.filter(|ahead| CLOCK_SECONDS < ahead.abs())?;
        Some(Hit::new(
            side,
            format!("its clock is {:.1} s {}", ahead.abs(), if 0.0 < ahead { "ahead" } else { "behind" }),
        ))
    })
}
