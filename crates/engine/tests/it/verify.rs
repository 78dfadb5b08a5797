//! Comparisons that meet with something in the middle; below, what has to be seen.

mod changes;
mod database;
mod law;

use std::{
    cell::RefCell,
    path::PathBuf,
    time::{Duration, Instant},
};

use pgferry_engine::{
    Result, Side,
    catalog::choice::Choice,
    error::Kind,
    pg::{
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
    },
    progress::Progress,
    verify::{Comparison, Verdict},
};
use pgferry_lab::{Major, Server, fresh_database, programs, shared};

fn endpoint(server: &Server, database: &str, side: Side) -> Endpoint {
    let info = Conninfo::parse(&server.uri(database), side, &Defaults::default()).unwrap();
    Endpoint::new(info, "verify", 0)
}

/// Compares two databases, and meanwhile does `meanwhile` over and over until it is true.
async fn still(
    (source, target): (&Server, &Server),
    (ours, theirs): (&str, &str),
    meanwhile: impl Fn(&Progress) -> bool,
) -> Result<Verdict> {
    let source = endpoint(source, ours, Side::Source);
    let tools = programs(target.major()).unwrap();
    between(&source, &endpoint(target, theirs, Side::Target), tools, meanwhile).await
}

/// The same, as whatever roles the endpoints name.
async fn between(
    source: &Endpoint,
    target: &Endpoint,
    tools: PathBuf,
    meanwhile: impl Fn(&Progress) -> bool,
) -> Result<Verdict> {
    let progress = Progress::default();
    let comparison = Comparison {
        source,
        target,
        choice: &Choice::default(),
        tools: &[tools],
        lanes: 2,
        progress: &progress,
    };
    let done = async {
        while !meanwhile(&progress) {
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(comparison.still(), done).0
}

/// Longer than any of these comparisons takes.
const PATIENCE: Duration = Duration::from_secs(60);

const TABLES: &str = "create table item (id int primary key, name text); \
    insert into item select i, 'item ' || i from generate_series(1, 100) i; create table other (a int primary key)";

#[tokio::test]
async fn one_keeper_of_each_snapshot_may_die_before_a_table_is_read() {
    // servers of their own: sessions of ours are ended, whoever of us they serve
    for major in [Major(15), Major(18)] {
        let server = Server::start(major).unwrap();
        for database in ["ours", "theirs"] {
            server.create_database(database).unwrap();
            server.psql(database, TABLES).unwrap();
        }
        let verdict = still((&server, &server), ("ours", "theirs"), |progress| {
            let is_at_the_rows = 0 < progress.bytes_to_verify.get();
            if is_at_the_rows {
                let ended = server.psql("postgres", END_THE_OLDER_KEEPERS).unwrap();
                assert_eq!(ended, "t\nt", "one of each database");
            }
            is_at_the_rows
        })
        .await
        .unwrap();
        assert!(verdict.is_equal() && verdict.tables == 2 && verdict.rows == 100, "{verdict:#?}");
    }
}

const END_THE_OLDER_KEEPERS: &str = "select pg_terminate_backend(pid, 10000) from ( \
    select distinct on (datname) pid from pg_stat_activity \
    where application_name like 'pgferry%' and query like '%pg_export_snapshot%' \
    order by datname, backend_start) older";

/// Digests are made of a row's text, differences are shown by a cast of each value.
#[tokio::test]
async fn a_refusal_while_a_difference_is_narrowed_is_told_and_other_tables_are_compared() {
    let server = shared(Major(16));
    let (ours, theirs) = (fresh_database(server, "ours").unwrap(), fresh_database(server, "theirs").unwrap());
    for (database, mood) in [(&ours, "sad"), (&theirs, "glad")] {
        let sql = format!(
            "{TABLES}; create type mood as enum ('sad', 'glad'); \
             create function shown(mood) returns text language plpgsql as 'begin raise ''it is not shown''; end'; \
             create cast (mood as text) with function shown(mood); \
             create table felt (a int primary key, mood mood); insert into felt values (1, '{mood}')"
        );
        server.psql(database, &sql).unwrap();
    }
    server.psql(&theirs, "delete from item where id = 7").unwrap();
    let verdict = still((server, server), (&ours, &theirs), |_| true).await.unwrap();
    let of = |object: &str| {
        let of = verdict.differences.iter().filter(|one| one.object.ends_with(object));
        of.map(|one| one.key.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of("\"felt\""), ["rows that the source cannot name: it is not shown"], "{verdict:#?}");
    assert_eq!(of("\"item\""), ["(7)"], "{verdict:#?}");
    assert_eq!((verdict.differences.len(), verdict.not_compared.len()), (2, 0), "{verdict:#?}");
}

#[tokio::test]
async fn the_reference_of_an_interrupted_verify_is_swept_by_the_next_and_a_foreign_one_never() {
    // a server of its own: the databases on it are listed
    let (source, target) = (shared(Major(15)), Server::start(Major(16)).unwrap());
    let name = fresh_database(source, "reference").unwrap();
    target.create_database(&name).unwrap();
    source.psql(&name, TABLES).unwrap();
    target.psql(&name, TABLES).unwrap();
    let references = || target.psql("postgres", REFERENCES).unwrap();
    let left = RefCell::new(String::new());
    let deadline = Instant::now() + PATIENCE;
    let interrupted = async {
        while left.borrow().is_empty() {
            assert!(Instant::now() < deadline, "no reference of ours was seen");
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        verdict = still((source, &target), (&name, &name), |_| {
            left.replace(references());
            !left.borrow().is_empty()
        }) => panic!("{verdict:#?}"),
        () = interrupted => {}
    }
    assert_eq!(references(), *left.borrow(), "it is left");

    let verdict = still((source, &target), (&name, &name), |_| true).await.unwrap();
    assert!(verdict.is_equal(), "{verdict:#?}");
    assert_eq!(references(), "");

    let foreign = left.borrow().trim().to_owned();
    target.create_database(&foreign).unwrap();
    target.psql("postgres", &format!("comment on database {foreign} is 'mine'")).unwrap();
    let error = still((source, &target), (&name, &name), |_| true).await.unwrap_err();
    assert_eq!(error.kind, Kind::TargetNotEmpty, "{error}");
    assert!(error.to_string().contains(&foreign), "{error}");
    assert_eq!(references(), foreign);

    // as a verify leaves it that was ended before it came to mark it
    target.psql("postgres", &format!("comment on database {foreign} is null")).unwrap();
    target.psql(&foreign, "create table theirs (x int)").unwrap();
    let error = still((source, &target), (&name, &name), |_| true).await.unwrap_err();
    assert_eq!(error.kind, Kind::TargetNotEmpty, "{error}");
    target.psql(&foreign, "drop table theirs").unwrap();
    let verdict = still((source, &target), (&name, &name), |_| true).await.unwrap();
    assert!(verdict.is_equal(), "{verdict:#?}");
    let there = format!("select count(*) from pg_database where datname = '{foreign}'");
    assert_eq!(target.psql("postgres", &there).unwrap().trim(), "0");
}

#[tokio::test]
async fn two_verifies_of_one_target_at_a_time_leave_each_other_their_reference() {
    let (source, target) = (shared(Major(15)), shared(Major(16)));
    let name = fresh_database(source, "reference").unwrap();
    target.create_database(&name).unwrap();
    source.psql(&name, TABLES).unwrap();
    target.psql(&name, TABLES).unwrap();
    let verify = || still((source, target), (&name, &name), |_| true);
    let (one, other) = tokio::try_join!(verify(), verify()).unwrap();
    assert!(one.is_equal() && other.is_equal(), "{one:#?} {other:#?}");
}

/// Those that have a comment by now.
const REFERENCES: &str = "select datname from pg_database \
    where datname like 'pgferry_reference_%' and shobj_description(oid, 'pg_database') is not null";
