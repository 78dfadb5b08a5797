//! Settings of the source, each on a server of its own.

use std::{
    fs::OpenOptions,
    io::Write,
    time::{Duration, Instant},
};

use pgferry_engine::{
    Side,
    assess::{
        self,
        facts::Facts,
        finding::{Severities, Severity},
    },
};
use pgferry_lab::{Major, Server, shared};

use super::{Depth, client, evidence, judgement, names, of};

/// Findings that one restart mends, and the settings that they name.
const RESTART: [(&str, &str); 4] = [
    ("wal-level", "wal_level"),
    ("slots-exhausted", "max_replication_slots"),
    ("snapshot-too-old", "old_snapshot_threshold"),
    ("objects-many", "max_locks_per_transaction"),
];

/// Findings about settings that need no restart.
const OTHERS: [(&str, &str); 5] = [
    ("slot-limits", "max_slot_wal_keep_size"),
    ("sender-timeout", "wal_sender_timeout"),
    ("sync-standby", "synchronous_standby_names"),
    ("settings-unsafe", "zero_damaged_pages"),
    ("settings-unsafe", "fsync"),
];

#[tokio::test]
async fn settings_are_named_and_one_restart_mends_those_that_need_it() {
    let server = Server::options(Major(15))
        .setting("wal_level", "replica")
        .setting("max_replication_slots", "1")
        .setting("old_snapshot_threshold", "1h")
        .setting("max_locks_per_transaction", "10")
        .setting("max_connections", "30")
        .setting("max_prepared_transactions", "0")
        .setting("max_slot_wal_keep_size", "100MB")
        .setting("wal_sender_timeout", "5s")
        .setting("synchronous_standby_names", "nobody")
        .setting("synchronous_commit", "local")
        .setting("zero_damaged_pages", "on")
        .start()
        .unwrap();
    for part in 0..5 {
        let tables = format!(
            "do $$ begin for i in 1..60 loop execute format('create table t_{part}_%s (a int)', i); end loop; end $$"
        );
        server.psql("postgres", &tables).unwrap();
    }
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    for (finding, setting) in RESTART.into_iter().chain(OTHERS) {
        assert!(names(&found, finding, setting), "{finding} does not name {setting}: {found:#?}");
    }
    for sql in RESTART.iter().flat_map(|(finding, _)| &of(&found, finding).unwrap().sql) {
        server.psql("postgres", sql).unwrap();
    }
    server.stop().unwrap();
    server.start_again().unwrap();
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    for (finding, _) in RESTART {
        assert_eq!(of(&found, finding), None);
    }
}

#[tokio::test]
async fn a_server_as_it_comes_has_no_finding_about_its_settings() {
    for major in super::MAJORS {
        let options = Server::options(major).setting("fsync", "on").setting("full_page_writes", "on");
        let server = options.start().unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        let about: Vec<_> =
            found.findings.iter().filter(|finding| finding.code.starts_with("PF13")).collect();
        assert!(about.is_empty(), "{about:#?}");
    }
}

#[tokio::test]
async fn a_change_that_waits_is_no_broken_file_and_a_broken_file_is() {
    for major in super::MAJORS {
        let server = Server::start(major).unwrap();
        server.psql("postgres", "alter system set max_connections = 50").unwrap();
        server.psql("postgres", "select pg_reload_conf()").unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        let found = loop {
            let found = judgement(&server.uri("postgres"), Depth::default()).await;
            if names(&found, "pending-restart", "max_connections") {
                break found;
            }
            assert!(Instant::now() < deadline, "{found:#?}");
        };
        assert_eq!(of(&found, "config-file-broken"), None);
        let file = server.socket_dir().join("postgresql.conf");
        let mut config = OpenOptions::new().append(true).open(&file).unwrap();
        writeln!(config, "no_such_setting = 3").unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        let objects = &of(&found, "config-file-broken").unwrap().objects;
        assert!(objects[0].name.starts_with(&file.to_string_lossy().into_owned()), "{objects:#?}");
    }
}

/// Stands in for a minor of August 2026 or later: the lab's do not know the setting.
#[tokio::test]
async fn a_stand_in_that_bars_output_plugins_blocks_what_needs_them() {
    let source = client(&shared(Major(18)).uri("postgres"), Side::Source, Depth::default()).await;
    let facts = Facts::read(&source).await.unwrap();
    for (allowed, severity) in [
        ("wal2json", Some(Severities::new(Severity::Blocker, Severity::None, Severity::Blocker))),
        ("pgoutput, wal2json", Some(Severities::new(Severity::None, Severity::None, Severity::Blocker))),
        ("pgoutput, test_decoding", None),
    ] {
        let mut facts = facts.clone();
        let mut setting = facts.settings["search_path"].clone();
        allowed.clone_into(&mut setting.value);
        facts.settings.insert("output_plugin_libraries".to_owned(), setting);
        let evidence = evidence(facts, None, Depth::default());
        let found = assess::judge(&[&source], None, &evidence).await.unwrap();
        assert_eq!(of(&found, "plugin-forbidden").map(|finding| finding.severity), severity, "{allowed}");
        assert_eq!(names(&found, "plugin-forbidden", "output_plugin_libraries"), severity.is_some());
    }
}

/// A setting of a server that stands elsewhere.
#[tokio::test]
async fn a_limit_of_slots_counts_where_a_move_holds_more() {
    let source = client(&shared(Major(15)).uri("postgres"), Side::Source, Depth::default()).await;
    let mut facts = Facts::read(&source).await.unwrap();
    "1000".clone_into(&mut facts.settings.get_mut("max_slot_wal_keep_size").unwrap().value);
    let mut evidence = evidence(facts, None, Depth::default());
    for (held_mb, words) in
        [(Some(999), None), (Some(1000), Some("hold 1000 MB")), (None, Some("is not known"))]
    {
        evidence.local.as_mut().unwrap().wal_held_bytes = held_mb.map(|held: u64| held << 20);
        let found = assess::judge(&[&source], None, &evidence).await.unwrap();
        let detail = of(&found, "slot-limits").and_then(|finding| finding.objects[0].detail.clone());
        let named = detail.as_ref().zip(words).is_some_and(|(detail, words)| detail.ends_with(words));
        assert!(named || detail.is_none() && words.is_none(), "{held_mb:?}: {detail:?}");
    }
}
