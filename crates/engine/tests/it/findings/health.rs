//! Health, backups, the way to a server, our own machine.

use std::{
    fs::OpenOptions,
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use pgferry_engine::{
    Side,
    assess::{
        self, Depth, Evidence, Judgement,
        facts::{Facts, Need},
        finding::{Severities, Severity},
        local::{self, Free, Local},
        workload::RoundTrip,
    },
    pg::{session::Endpoint, tunnel::Tunnel},
};
use pgferry_lab::{Major, Server, Sshd, shared};

use super::{Case, MAJORS, check, client, evidence, judgement, names, of, until};

const CASES: &[Case] = &[
    Case {
        finding: "autovacuum-off",
        majors: 13..=18,
        offender: "create table \"Left alone\" (a int primary key) with (autovacuum_enabled = off)",
        object: "public.\"Left alone\"",
        near_miss: "create table looked_after (a int primary key) with (autovacuum_enabled = 1)",
        innocent: "public.looked_after",
        mended: true,
    },
    Case {
        finding: "statistics-missing",
        majors: 13..=18,
        offender: "create table unknown_size (a int primary key) with (autovacuum_enabled = off); \
                   insert into unknown_size values (1)",
        object: "public.unknown_size",
        near_miss: "create table empty_yet (a int primary key)",
        innocent: "public.empty_yet",
        mended: true,
    },
    Case {
        finding: "corruption",
        majors: 13..=18,
        offender: "create extension amcheck; \
                   create function shifty(int) returns int immutable language sql as 'select $1'; \
                   create table shifted (a int); create index shifted_shifty on shifted (shifty(a)); \
                   insert into shifted values (1); \
                   create or replace function shifty(int) returns int immutable language sql as 'select -$1'",
        object: "public.shifted_shifty",
        near_miss: "create table sound (a int primary key); insert into sound values (1)",
        innocent: "public.sound_pkey",
        mended: true,
    },
];

#[tokio::test]
async fn a_check_for_damage_that_cannot_be_made_is_noted() {
    let deep = Depth { deep: true, probe: false };
    let found = judgement(&shared(Major(15)).uri("postgres"), deep).await;
    assert!(names(&found, "corruption", "amcheck"));
    assert_eq!(of(&found, "corruption").unwrap().severity.live, Severity::Note);
}

#[tokio::test]
async fn findings_about_tables_that_nobody_cleans_knows_or_checks() {
    check(CASES).await;
}

#[tokio::test]
async fn autovacuum_of_the_whole_server_is_turned_on_by_what_is_given() {
    let server = Server::options(Major(15)).setting("autovacuum", "off").start().unwrap();
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    let finding = of(&found, "autovacuum-off").unwrap();
    assert_eq!(finding.objects.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["autovacuum"]);
    for sql in &finding.sql {
        server.psql("postgres", sql).unwrap();
    }
    server.psql("postgres", "select pg_reload_conf()").unwrap();
    until(&server.uri("postgres"), |found| of(found, "autovacuum-off").is_none()).await;
}

/// The rule itself, on a database whose catalog row says that it was frozen so many transactions ago.
#[tokio::test]
async fn old_transaction_numbers_are_a_warning_and_older_ones_block() {
    for major in MAJORS {
        // without autovacuum, which would put the number right
        let server = Server::options(major).setting("autovacuum", "off").start().unwrap();
        server.create_database("old").unwrap();
        let judged = async |age: u32| {
            let sql = format!(
                "update pg_database set datfrozenxid = \
                 ((txid_current() - {age} + 4294967296) % 4294967296)::text::xid where datname = 'old'"
            );
            server.psql("postgres", &sql).unwrap();
            let found = judgement(&server.uri("postgres"), Depth::default()).await;
            let objects = of(&found, "xid-age").map(|finding| finding.objects.clone()).unwrap_or_default();
            let old = objects.into_iter().find(|object| object.name == "old");
            old.map(|old| old.severity.map(|severity| severity.live))
        };
        assert_eq!(judged(900_000_000).await, None);
        assert_eq!(judged(1_100_000_000).await, Some(None));
        assert_eq!(judged(1_900_000_000).await, Some(Some(Severity::Blocker)));
    }
}

#[tokio::test]
async fn a_damaged_page_that_was_read_blocks() {
    let server = Server::start(Major(18)).unwrap();
    server.psql("postgres", "create table t as select generate_series(1, 1000) a").unwrap();
    let file = server.data_dir().join(server.psql("postgres", "select pg_relation_filepath('t')").unwrap());
    assert_eq!(of(&judgement(&server.uri("postgres"), Depth::default()).await, "checksum-failures"), None);
    server.stop().unwrap();
    damage(&file, 8000);
    server.start_again().unwrap();
    server.psql("postgres", "select sum(a) from t").unwrap_err();
    let found = until(&server.uri("postgres"), |found| names(found, "checksum-failures", "postgres")).await;
    assert_eq!(of(&found, "checksum-failures").unwrap().severity.live, Severity::Blocker);
}

#[tokio::test]
async fn a_damaged_page_is_found_by_reading_every_table() {
    // 15 has no checksums here, and a row that cannot be is read; 18 has them, and the page is refused whole
    for (major, said) in [(Major(15), "block 0, row 1: "), (Major(18), "invalid page in block 0")] {
        let server = Server::start(major).unwrap();
        for sql in [
            "create extension amcheck",
            "create table \"Torn\" as select generate_series(1, 1000) a",
            "create table whole as select generate_series(1, 1000) a",
            "vacuum",
        ] {
            server.psql("postgres", sql).unwrap();
        }
        let (uri, deep) = (server.uri("postgres"), Depth { deep: true, probe: false });
        assert_eq!(of(&judgement(&uri, deep).await, "corruption"), None, "{major}");
        let file = server.psql("postgres", "select pg_relation_filepath('\"Torn\"')").unwrap();
        server.stop().unwrap();
        damage(&server.data_dir().join(file), 8160);
        server.start_again().unwrap();
        assert_eq!(of(&judgement(&uri, Depth::default()).await, "corruption"), None, "nobody asked");
        let found = judgement(&uri, deep).await;
        let finding = of(&found, "corruption").unwrap();
        assert_eq!(finding.severity, Severities::all(Severity::Blocker), "{finding:#?}");
        let [torn] = finding.objects.as_slice() else { panic!("{finding:#?}") };
        assert_eq!(torn.name, "public.\"Torn\"");
        assert!(torn.detail.as_ref().unwrap().contains(said), "{torn:?}");
    }
}

/// Writes garbage into the file of a relation.
fn damage(file: &Path, at: u64) {
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(b"damaged, as by a disk").unwrap();
}

#[tokio::test]
async fn a_server_without_checksums_is_noted() {
    let found = judgement(&shared(Major(15)).uri("postgres"), Depth::default()).await;
    assert!(names(&found, "checksum-failures", "data_checksums"));
    assert_eq!(of(&found, "checksum-failures").unwrap().severity.live, Severity::Note);
}

#[tokio::test]
async fn a_server_without_backups_is_told_from_one_whose_tool_is_to_retire() {
    let found = judgement(&shared(Major(15)).uri("postgres"), Depth::default()).await;
    assert!(names(&found, "backup-none", "server"), "{found:#?}");
    assert_eq!(of(&found, "backup-none").unwrap().severity.live, Severity::Warning);
    assert_eq!(of(&found, "archive-failing"), None);
    // stands in for a tool that fails
    for major in MAJORS {
        let server = Server::options(major)
            .setting("archive_mode", "on")
            .setting("archive_command", "false # pgbackrest archive-push %p")
            .start()
            .unwrap();
        server.psql("postgres", "create table t (a int)").unwrap();
        server.psql("postgres", "select pg_switch_wal()").unwrap();
        let found = until(&server.uri("postgres"), |found| names(found, "archive-failing", "server")).await;
        assert!(names(&found, "backup-none", "pgbackrest") && !names(&found, "backup-none", "server"));
        assert_eq!(of(&found, "backup-none").unwrap().severity.live, Severity::Note);
    }
}

/// Facts of a server that stands elsewhere, from one that stands here.
#[tokio::test]
async fn addresses_and_encryption_of_a_server_elsewhere() {
    let here = with(|_| {}).await;
    assert!(names(&here, "address-private", "server"), "127.0.0.1 is none that AWS reaches");
    assert_eq!(of(&here, "tls-missing"), None, "nobody sits between");
    for (address, encrypted, private, open) in [
        ("10.1.2.3", false, true, true),
        ("100.64.0.1", true, true, false),
        ("fd00::1", true, true, false),
        ("203.0.113.9", false, false, true),
        ("203.0.113.9", true, false, false),
    ] {
        let found = with(|evidence| {
            evidence.source.address = Some(address.to_owned());
            evidence.source.encrypted = Some(encrypted);
        })
        .await;
        assert_eq!(of(&found, "address-private").is_some(), private, "{address}");
        assert_eq!(of(&found, "tls-missing").is_some(), open, "{address} {encrypted}");
    }
    let socket = with(|evidence| evidence.source.address = None).await;
    assert!(socket.unknown.iter().any(|unknown| unknown.what == "address-private"));
}

/// Facts of other servers, from one that stands here.
#[tokio::test]
async fn dms_takes_some_majors_and_wants_a_superuser() {
    let found = with(|evidence| evidence.source.version.0 = 15_0018).await;
    assert_eq!(of(&found, "dms-prerequisites"), None);
    for (version, severity) in
        [(16_0014, Severity::Note), (17_0010, Severity::Note), (18_0004, Severity::Blocker)]
    {
        let found = with(|evidence| evidence.source.version.0 = version).await;
        assert_eq!(of(&found, "dms-prerequisites").unwrap().severity.dms, severity, "{version}");
    }
    let found = with(|evidence| {
        evidence.source.rights.remove(&Need::Superuser);
        "Odd".clone_into(&mut evidence.source.role);
    })
    .await;
    assert!(names(&found, "dms-prerequisites", "\"Odd\""));
}

#[tokio::test]
async fn tools_have_to_lie_between_the_majors() {
    let finds = |found: &'static [u32]| async move {
        with(|evidence| local(evidence).tools_found = Some(found.to_vec())).await
    };
    assert!(names(&finds(&[13, 14]).await, "client-tools", "postgresql-client-18"));
    assert!(names(&finds(&[]).await, "client-tools", "postgresql-client-18"));
    assert_eq!(of(&finds(&[13, 15]).await, "client-tools"), None);
    let source = client(&shared(Major(13)).uri("postgres"), Side::Source, Depth::default()).await;
    let target = client(&shared(Major(15)).uri("postgres"), Side::Target, Depth::default()).await;
    let (here, there) = (Facts::read(&source).await.unwrap(), Facts::read(&target).await.unwrap());
    let mut evidence = evidence(here, Some(there), Depth::default());
    local(&mut evidence).tools_found = Some(vec![18]);
    let found = assess::judge(&[&source], Some(&target), &evidence).await.unwrap();
    assert!(names(&found, "client-tools", "postgresql-client-15"), "18 is above the target");
}

#[tokio::test]
async fn room_round_trips_and_clocks() {
    let trip = |p95_ms| Some(RoundTrip { p50_ms: 10.0, p95_ms, max_ms: 90.0 });
    let found = with(|evidence| {
        *local(evidence) = Local {
            tools_found: Some(vec![15]),
            work_free_bytes: Some(12_900),
            spool_bytes: Some(10_000),
            source_wal_free: Some(Free::Bytes(19_900)),
            wal_held_bytes: Some(10_000),
            source_round_trip: trip(20.5),
            target_round_trip: trip(19.5),
            source_clock_ahead: Some(1.9),
            target_clock_ahead: Some(-2.1),
            ..Local::default()
        };
    })
    .await;
    assert!(names(&found, "spool-disk", "the folder of the run"));
    assert!(names(&found, "wal-disk", "server"));
    let trips: Vec<_> =
        of(&found, "round-trip").unwrap().objects.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(trips, ["source", "target"], "one is far, the other's clock is late");
    let found = with(|evidence| {
        local(evidence).work_free_bytes = Some(13_100 << 20);
        local(evidence).spool_bytes = Some(10_000 << 20);
    })
    .await;
    for name in ["spool-disk", "wal-disk", "round-trip"] {
        assert_eq!(of(&found, name), None);
    }
}

#[tokio::test]
async fn what_nobody_told_is_unknown() {
    let found = with(|evidence| (evidence.local, evidence.moved) = (None, None)).await;
    for name in
        ["wal-disk", "spool-disk", "client-tools", "round-trip", "ddl-during", "wal-rate", "xact-savepoints"]
    {
        assert!(found.unknown.iter().any(|unknown| unknown.what == name), "{name}");
        assert_eq!(of(&found, name), None);
    }
}

/// The server's data directory lies on this machine, whose `df` says the same.
#[tokio::test]
async fn room_for_wal_is_asked_of_the_far_side_of_a_tunnel() {
    let (server, sshd) = (shared(Major(15)), Sshd::start().unwrap());
    let through = |host: &str| {
        let text = server.uri("postgres").replace("127.0.0.1", host);
        let info = crate::connect::info(&text);
        let tunnel = Tunnel::new(&sshd.ssh().unwrap(), info.hosts()).unwrap();
        Endpoint::new(info.through(tunnel), "findings", 0)
    };
    let client = client(&server.uri("postgres"), Side::Source, Depth::default()).await;
    let mut facts = Facts::read(&client).await.unwrap();
    let Free::Bytes(free) = local::wal_free(&through("localhost"), &facts).await else {
        panic!("{:?}", local::wal_free(&through("localhost"), &facts).await)
    };
    let df = std::process::Command::new("df").args(["-P", "-k"]).arg(server.data_dir()).output().unwrap();
    let line = String::from_utf8(df.stdout).unwrap();
    let here: u64 = line.lines().last().unwrap().split_whitespace().nth(3).unwrap().parse().unwrap();
    assert!(free.abs_diff(here * 1024) < 2 << 30, "{free} over there, {here} kB here");
    let words = |free: Free| match free {
        Free::Bytes(bytes) => panic!("{bytes} were seen"),
        Free::Unseen { because, lifted_by } => format!("{because}; {lifted_by}"),
    };
    let elsewhere = words(local::wal_free(&through("db.example"), &facts).await);
    assert!(elsewhere.contains("another machine"), "{elsewhere}");
    sshd.stop().unwrap();
    let refused = words(local::wal_free(&through("localhost"), &facts).await);
    assert!(refused.contains("Connection refused"), "{refused}");
    facts.settings.remove("data_directory");
    let hidden = words(local::wal_free(&through("localhost"), &facts).await);
    assert!(hidden.ends_with("; GRANT pg_monitor TO \"postgres\""), "{hidden}");
    let direct = Endpoint::new(crate::connect::info(&server.uri("postgres")), "findings", 0);
    let direct = words(local::wal_free(&direct, &facts).await);
    assert!(direct.contains("--ssh"), "{direct}");
}

fn local(evidence: &mut Evidence) -> &mut Local {
    evidence.local.as_mut().unwrap()
}

/// A server of 15 with something changed in what is known of it.
async fn with(change: impl FnOnce(&mut Evidence)) -> Judgement {
    let client = client(&shared(Major(15)).uri("postgres"), Side::Source, Depth::default()).await;
    let mut evidence = evidence(Facts::read(&client).await.unwrap(), None, Depth::default());
    change(&mut evidence);
    assess::judge(&[&client], None, &evidence).await.unwrap()
}
