//! The target.

use pgferry_lab::{Major, Server, fresh_database, shared};

use super::{Depth, judgement_of_both, names, of};

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
