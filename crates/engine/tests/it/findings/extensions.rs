//! Extensions.

use std::{fs, path::PathBuf};

use pgferry_engine::{
    Side,
    assess::{
        self, Depth,
        facts::Facts,
        finding::{Severities, Severity},
    },
};
use pgferry_lab::{Major, Server, fresh_database, shared, shared_rds_like};

use super::{Case, MAJORS, check, client, evidence, judgement, judgement_of_both, names, of};

const CASES: &[Case] = &[
    Case {
        finding: "extension-version",
        offender: "create extension hstore version '1.4'",
        object: "hstore",
        near_miss: "create extension citext",
        innocent: "citext",
        mended: true,
        ..Case::BASE
    },
    Case {
        finding: "extension-config-rows",
        // no extension that PostgreSQL ships has such a table
        offender: "create table configured (a int); insert into configured values (1);
                   alter extension citext add table configured;
                   set allow_system_table_mods = on;
                   update pg_catalog.pg_extension set extcondition = array['where a > 0'],
                       extconfig = array['configured'::regclass::oid] where extname = 'citext'",
        object: "public.configured",
        near_miss: "create table bare (a int)",
        innocent: "public.bare",
        ..Case::BASE
    },
    Case {
        finding: "extension-member-rows",
        offender: "create table \"Member\" (a int); insert into \"Member\" values (1);
                   alter extension hstore add table \"Member\"",
        object: "public.\"Member\"",
        innocent: "public.configured",
        mended: true,
        ..Case::BASE
    },
];

/// Lets a server of the test's own offer one extension more. Only one like RDS has files of its own.
pub fn offer(server: &Server, name: &str, sql: &str) {
    let share = server.psql("postgres", "select setting from pg_config() where name = 'SHAREDIR'").unwrap();
    let folder = PathBuf::from(share).join("extension");
    assert!(folder.starts_with(server.socket_dir()), "{} is not this server's own", folder.display());
    fs::write(folder.join(format!("{name}.control")), "default_version = '1.0'\nrelocatable = false\n")
        .unwrap();
    fs::write(folder.join(format!("{name}--1.0.sql")), sql).unwrap();
}

#[tokio::test]
async fn findings_about_extensions() {
    check(CASES).await;
}

#[tokio::test]
async fn an_extension_that_the_target_lacks_is_named_with_its_columns() {
    for major in MAJORS {
        let (server, target) = (shared(major), shared_rds_like(major));
        let database = fresh_database(server, "lacking").unwrap();
        let wanted = fresh_database(target, "lacking").unwrap();
        let sql =
            "create extension xml2; create extension citext; create table words (word citext, more citext[])";
        server.psql(&database, sql).unwrap();
        let (source, target) = (server.uri(&database), target.master_uri(&wanted));
        let found = judgement_of_both(&source, &target, Depth::default()).await;
        assert!(names(&found, "extension-missing", "xml2"), "{major:?}: {found:#?}");
        assert!(!names(&found, "extension-missing", "citext"));

        let source = client(&source, Side::Source, Depth::default()).await;
        let facts = Facts::read(&source).await.unwrap();
        let citext = facts.extensions.iter().find(|extension| extension.name == "citext").unwrap();
        assert_eq!(citext.columns, 2, "{major:?}");
    }
}

#[tokio::test]
async fn an_extension_that_a_stand_in_for_rds_does_not_allow_is_missing() {
    let server = shared(Major(15));
    let database = fresh_database(server, "allowed").unwrap();
    server.psql(&database, "create extension citext; create extension hstore").unwrap();
    let depth = Depth::default();
    let source = client(&server.uri(&database), Side::Source, depth).await;
    let facts = Facts::read(&source).await.unwrap();
    let mut target = facts.clone();
    let mut allowed = facts.settings["search_path"].clone();
    "plpgsql, hstore".clone_into(&mut allowed.value);
    target.settings.insert("rds.allowed_extensions".to_owned(), allowed);
    let evidence = evidence(facts, Some(target), depth);
    let found = assess::judge(&[&source], Some(&source), &evidence).await.unwrap();
    assert!(names(&found, "extension-missing", "citext"), "{found:#?}");
    assert!(!names(&found, "extension-missing", "hstore"));
}

#[tokio::test]
async fn a_version_that_the_target_does_not_reach_is_a_warning() {
    let (server, older) = (shared(Major(18)), shared_rds_like(Major(13)));
    let database = fresh_database(server, "newer").unwrap();
    server.psql(&database, "create extension btree_gist; create extension tcn").unwrap();
    let found =
        judgement_of_both(&server.uri(&database), &older.master_uri("postgres"), Depth::default()).await;
    let finding = of(&found, "extension-version").unwrap();
    assert!(names(&found, "extension-version", "btree_gist"));
    assert!(!names(&found, "extension-version", "tcn"));
    assert_eq!(finding.severity, Severities::all(Severity::Warning));
}

#[tokio::test]
async fn a_library_that_the_target_does_not_preload_is_named() {
    for major in MAJORS {
        let preload = |libraries| {
            Server::options(major).setting("shared_preload_libraries", libraries).start().unwrap()
        };
        let server = preload("auto_explain, $libdir/pg_stat_statements");
        let target = preload("pg_stat_statements");
        let (source, master) = (server.uri("postgres"), target.uri("postgres"));
        let found = judgement_of_both(&source, &master, Depth::default()).await;
        assert!(names(&found, "extension-preload", "auto_explain"), "{major:?}");
        assert!(!names(&found, "extension-preload", "pg_stat_statements"), "{major:?}");

        target.psql("postgres", "create role few login password 'few'").unwrap();
        let few = target.uri_as("few", "few", "postgres");
        let found = judgement_of_both(&source, &few, Depth::default()).await;
        assert!(of(&found, "extension-preload").is_none());
        let unknown = found.unknown.iter().find(|unknown| unknown.what == "extension-preload").unwrap();
        assert_eq!(unknown.lifted_by, "GRANT pg_monitor TO \"few\"");
    }
}

#[tokio::test]
async fn stand_ins_for_extensions_of_other_makers_are_known_by_name() {
    let server = Server::options(Major(15)).rds_like().start().unwrap();
    offer(&server, "pgsodium", "create table key (a int); insert into key values (1);");
    offer(&server, "timescaledb", "create table rows (a int); insert into rows values (1);");
    server.create_database("app").unwrap();
    let sql =
        "create schema pgsodium; create extension pgsodium schema pgsodium; create extension timescaledb";
    server.psql("app", sql).unwrap();
    let found = judgement(&server.uri("app"), Depth::default()).await;
    assert!(names(&found, "extension-server-key", "pgsodium"), "{found:#?}");
    assert!(names(&found, "extension-missing", "timescaledb"));
    // its own rows, and rows that somebody put there
    assert!(!names(&found, "extension-member-rows", "pgsodium.key"));
    assert!(names(&found, "extension-member-rows", "public.rows"));
}

#[tokio::test]
async fn a_missing_extension_blocks_only_where_the_target_was_asked() {
    let server = shared(Major(15));
    let database = fresh_database(server, "asked").unwrap();
    let source = client(&server.uri(&database), Side::Source, Depth::default()).await;
    let mut facts = Facts::read(&source).await.unwrap();
    let mut citus = facts.extensions[0].clone();
    "citus".clone_into(&mut citus.name);
    facts.extensions.push(citus);
    let depth = Depth::default();
    let alone = evidence(facts.clone(), None, depth);
    let found = assess::judge(&[&source], None, &alone).await.unwrap();
    assert_eq!(of(&found, "extension-missing").unwrap().severity, Severities::all(Severity::Warning));
    let both = evidence(facts.clone(), Some(facts), depth);
    let found = assess::judge(&[&source], Some(&source), &both).await.unwrap();
    assert_eq!(of(&found, "extension-missing").unwrap().severity, Severities::all(Severity::Blocker));
}
