//! A target that crashes: in the middle of rows, of builds, and of every step behind them.

use pgferry_lab::{Major, Server, Session};

use super::{chunks_in, gate::PASS, servers};
use crate::words::{Move, eventually, exited, succeeded};

#[test]
fn a_target_that_restarts_is_waited_for() {
    let (_source, target, way) = servers(260);
    let running = way.begin(&["--jobs", "2"]);
    eventually("the first chunk", || chunks_in(&target, &way.target_database) >= 1);
    target.crash_restart().unwrap();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    succeeded(&way.verify());
}

#[test]
fn a_target_that_restarts_while_it_builds_indexes_is_waited_for() {
    let (_source, target, way) = servers(120);
    let mut running = way.begin(&["--jobs", "2"]);
    assert!(running.wait_for("build indexes and keys"));
    target.crash_restart().unwrap();
    let (code, said) = running.end();
    // what has no WAL is gone with the crash, and that is said
    assert_eq!(code, 3, "{said}");
    let said = exited(&way.verify(), 3);
    assert!(said.contains("quick") && !said.contains("big"), "{said}");
}

pub(super) const SCHEMA: &str = "
    create table parent (id int primary key);
    insert into parent select generate_series(1, 1000);
    create table child as select i as parent from generate_series(1, 1000) i;
    alter table child add foreign key (parent) references parent;
    create materialized view sums as select pass(parent) as parent, count(*) from child group by 1;
    create index on sums (parent);
    grant select on child to public;";

/// A foreign key is the first thing that does not get along with a writer.
pub(super) const BEFORE_FOREIGN_KEYS: &str = "lock table child in row exclusive mode";

/// Steps, and what somebody else does on the target, long before, that keeps each from its end. Only a crash ends it.
const STOPPED: [(&str, &str); 4] = [
    ("add foreign keys", BEFORE_FOREIGN_KEYS),
    ("refresh materialised views", "select pg_advisory_lock(2)"),
    // an owner is the first thing that does not get along with a reader
    ("give owners and grants", "lock table child in access share mode"),
    ("open the target database", "lock table pg_db_role_setting in share mode"),
];

/// Somebody else, in the way as soon as there is something.
pub(super) fn obstacle(target: &Server, way: &Move, sql: &str) -> Session {
    let mut session = target.session(&way.target_database).unwrap();
    eventually("an obstacle", || session.run(&format!("rollback; begin; {sql}")).is_ok());
    session
}

#[test]
fn a_target_that_crashes_in_any_step_behind_the_rows_costs_nothing() {
    let source = Server::start(Major(15)).unwrap();
    let target = Server::options(Major(15)).rds_like().start().unwrap();
    source.psql("postgres", "create role crash_owner").unwrap();
    let waiting = "select count(*) from pg_stat_activity where application_name like 'pgferry%' and wait_event_type = 'Lock'";
    for (step, sql) in STOPPED {
        let way = Move::of(&source, &target, "crash");
        let rights = format!(
            "alter table child owner to crash_owner; alter database {} set work_mem = '5MB'",
            way.source_database
        );
        source.psql(&way.source_database, &[PASS, SCHEMA, &rights].concat()).unwrap();
        let mut running = way.begin(&[]);
        assert!(running.wait_for("copy tables and rows"));
        let _until_the_crash = obstacle(&target, &way, sql);
        assert!(running.wait_for(step));
        eventually(step, || target.psql("postgres", waiting).unwrap() != "0");
        target.crash_restart().unwrap();
        let (code, said) = running.end();
        assert_eq!(code, 0, "{step}: {said}");
        succeeded(&way.verify());
    }
}
