//! The target.

use pgferry_engine::{
    Side,
    assess::{self, facts::Facts},
};
use pgferry_lab::{Major, Server, fresh_database, shared};

use super::{Depth, client, evidence, judgement_of_both, names, of};

#[tokio::test]
async fn a_target_as_it_should_be_has_no_finding_but_what_the_lab_is() {
    let server = shared(Major(15));
    let [source, target] = ["source", "target"].map(|name| fresh_database(server, name).unwrap());
    let found = judgement_of_both(&server.uri(&source), &server.uri(&target), Depth::default()).await;
    for name in [
        "target-not-empty",
        "target-engine",
        "target-encoding",
        "target-rights",
        "target-tls",
        "target-passwords",
        "target-upgrade-trap",
    ] {
        assert_eq!(of(&found, name), None);
    }
    assert!(found.unknown.iter().any(|unknown| unknown.what == "target-storage"));
}

#[tokio::test]
async fn an_older_database_of_another_encoding_that_holds_something_is_no_target() {
    let (source, target) = (shared(Major(18)), shared(Major(15)));
    let from = fresh_database(source, "source").unwrap();
    let like = "encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0";
    target.psql("postgres", &format!("create database unlike {like}")).unwrap();
    target.psql("unlike", "create table \"Left over\" (a int, b regproc)").unwrap();
    target.psql("postgres", "create role target_few login password 'few'").unwrap();
    let few = target.uri_as("target_few", "few", "unlike");
    let found = judgement_of_both(&source.uri(&from), &few, Depth::default()).await;
    for (finding, object) in [
        ("target-not-empty", "public.\"Left over\""),
        ("target-engine", "server"),
        ("target-encoding", "unlike"),
        ("target-rights", "target_few"),
        ("target-upgrade-trap", "public.\"Left over\".b"),
    ] {
        assert!(names(&found, finding, object), "{finding} does not name {object}: {found:#?}");
    }
}

#[tokio::test]
async fn settings_of_a_stand_in_for_rds_are_named() {
    let target = Server::options(Major(15))
        .rds_like()
        .setting("rds.force_ssl", "on")
        .setting("rds.restrict_password_commands", "on")
        .setting("wal_level", "replica")
        .setting("max_slot_wal_keep_size", "1GB")
        .setting("max_wal_size", "1GB")
        .setting("max_connections", "15")
        .setting("max_wal_senders", "5")
        .start()
        .unwrap();
    target.create_database("shop").unwrap();
    let source = shared(Major(15));
    let from = fresh_database(source, "source").unwrap();
    let found = judgement_of_both(&source.uri(&from), &target.master_uri("shop"), Depth::default()).await;
    for (finding, object) in [
        ("target-way-back", "wal_level"),
        ("target-way-back", "max_slot_wal_keep_size"),
        ("target-tls", "rds.force_ssl"),
        ("target-passwords", "rds.restrict_password_commands"),
        ("target-io", "max_wal_size"),
        ("target-connections", "max_connections"),
    ] {
        assert!(names(&found, finding, object), "{finding} does not name {object}: {found:#?}");
    }
    assert_eq!(of(&found, "target-rights"), None);
}

/// 2 GB to copy and the target's own max_wal_size of 1 GB, so 3.7 GB are needed.
#[tokio::test]
async fn storage_is_enough_too_little_or_unknown() {
    let server = shared(Major(15));
    let source = client(&server.uri("postgres"), Side::Source, Depth::default()).await;
    let target = client(&server.uri("postgres"), Side::Target, Depth::default()).await;
    let (here, there) = (Facts::read(&source).await.unwrap(), Facts::read(&target).await.unwrap());
    let mut evidence = evidence(here, Some(there), Depth::default());
    evidence.target.as_mut().unwrap().settings.get_mut("max_wal_size").unwrap().value = "1024".to_owned();
    for (storage, short) in [(Some(3_600_000_000), true), (Some(3_700_000_000), false), (None, false)] {
        let local = evidence.local.as_mut().unwrap();
        (local.copied_bytes, local.target_storage_bytes) = (Some(2_000_000_000), storage);
        let found = assess::judge(&[&source], Some(&target), &evidence).await.unwrap();
        assert_eq!(names(&found, "target-storage", "storage"), short, "{storage:?}");
        let unknown = found.unknown.iter().find(|unknown| unknown.what == "target-storage");
        assert_eq!(unknown.is_some(), storage.is_none());
        assert!(unknown.is_none_or(|unknown| unknown.lifted_by.starts_with("--target-storage")));
    }
}

#[tokio::test]
async fn a_copy_itself_needs_connections() {
    let server = shared(Major(15));
    let source = client(&server.uri("postgres"), Side::Source, Depth::default()).await;
    let target = client(&server.uri("postgres"), Side::Target, Depth::default()).await;
    let (here, there) = (Facts::read(&source).await.unwrap(), Facts::read(&target).await.unwrap());
    let most: usize = there.setting("max_connections").parse().unwrap();
    let mut evidence = evidence(here, Some(there), Depth::default());
    evidence.source.sessions = 0;
    for (jobs, short) in [((most - 5) / 2, false), ((most - 5) / 2 + 1, true)] {
        evidence.jobs = jobs;
        let found = assess::judge(&[&source], Some(&target), &evidence).await.unwrap();
        assert_eq!(names(&found, "target-connections", "max_connections"), short, "{jobs}");
    }
}
