//! Publications, subscriptions, slots, leftovers. Most of them belong to the whole server, so each test has its own.

use pgferry_engine::assess::{Depth, finding::Severity};
use pgferry_lab::{Major, Server};

use super::{Case, MAJORS, check, judgement, names, of};

const CASES: &[Case] = &[
    Case {
        finding: "publication-all",
        majors: 13..=18,
        offender: "create publication \"All\" for all tables",
        object: "\"All\"",
        near_miss: "create table listed (a int primary key); create publication listed for table listed",
        innocent: "listed",
        mended: false,
    },
    Case {
        finding: "leftover-ours",
        majors: 13..=18,
        offender: "create publication pgferry_shop",
        object: "pgferry_shop",
        near_miss: "create publication pgferryman",
        innocent: "pgferryman",
        mended: false,
    },
    Case {
        finding: "leftover-other",
        majors: 13..=18,
        offender: "create schema bucardo; create table awsdms_ddl_audit (a int primary key)",
        object: "public.awsdms_ddl_audit",
        near_miss: "create table dms_awsdms (a int primary key)",
        innocent: "public.dms_awsdms",
        mended: false,
    },
];

#[tokio::test]
async fn findings_about_publications_and_leftovers() {
    check(CASES).await;
}

#[tokio::test]
async fn a_slot_is_in_use_or_forgotten_or_of_another_database() {
    for major in MAJORS {
        let server = Server::start(major).unwrap();
        server.create_database("other").unwrap();
        server.psql("other", "select pg_create_logical_replication_slot('elsewhere', 'pgoutput')").unwrap();
        server
            .psql("postgres", "select pg_create_logical_replication_slot('forgotten', 'pgoutput')")
            .unwrap();
        server.psql("postgres", "select pg_create_physical_replication_slot('pgferry_old', true)").unwrap();
        let mut reader = server.session("postgres").unwrap();
        reader.run("select pg_create_logical_replication_slot('debezium', 'pgoutput', true)").unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        assert!(names(&found, "slot-consumer", "debezium"), "{found:#?}");
        assert!(!names(&found, "slot-consumer", "forgotten"));
        assert!(names(&found, "slot-forgotten", "forgotten"));
        assert!(names(&found, "slot-forgotten", "elsewhere"), "its WAL fills the same disk");
        assert!(!names(&found, "slot-forgotten", "debezium"));
        assert!(
            names(&found, "leftover-ours", "pgferry_old") && !names(&found, "slot-forgotten", "pgferry_old")
        );
        for sql in &of(&found, "slot-forgotten").unwrap().sql {
            server.psql("postgres", sql).unwrap();
        }
        assert_eq!(of(&judgement(&server.uri("postgres"), Depth::default()).await, "slot-forgotten"), None);
    }
}

#[tokio::test]
async fn an_enabled_subscription_is_found_and_its_origin_is_no_leftover() {
    for major in MAJORS {
        let server = Server::options(major).setting("max_logical_replication_workers", "0").start().unwrap();
        for name in ["fed", "idle"] {
            let sql = format!(
                "create subscription {name} connection 'host=127.0.0.1 port=1 dbname=none' publication p with (connect = false)"
            );
            server.psql("postgres", &sql).unwrap();
        }
        server.psql("postgres", "alter subscription fed enable").unwrap();
        server.psql("postgres", "select pg_replication_origin_create('by_hand')").unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        assert!(names(&found, "subscription-here", "fed"), "{found:#?}");
        assert!(!names(&found, "subscription-here", "idle"));
        let leftovers = of(&found, "leftover-other").unwrap();
        assert_eq!(
            leftovers.objects.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(),
            ["by_hand"]
        );
    }
}

#[tokio::test]
async fn a_schema_of_our_name_that_is_not_ours_blocks() {
    let server = Server::start(Major(15)).unwrap();
    server.psql("postgres", "create schema pgferry").unwrap();
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    assert_eq!(of(&found, "leftover-ours").unwrap().severity.live, Severity::Blocker);
    server.psql("postgres", "comment on schema pgferry is 'pgferry keeps its progress here'").unwrap();
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    assert_eq!(of(&found, "leftover-ours").unwrap().severity.live, Severity::Change);
}
