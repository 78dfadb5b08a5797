//! What an earlier process or an earlier copy of the run left at work on the target.

use pgferry_lab::{Major, shared, shared_rds_like};

use super::{
    chunks_in,
    gate::{Gate, PASS},
    servers,
};
use crate::words::{Move, Running, eventually, succeeded};

/// As if another process had taken the run up and this one did not know.
#[test]
fn a_process_that_is_superseded_writes_no_more_rows() {
    let (_source, target, way) = servers(260);
    let running = way.begin(&["--jobs", "1"]);
    eventually("the first chunk", || chunks_in(&target, &way.target_database) >= 1);
    target.psql(&way.target_database, "update pgferry.run set epoch = epoch + 1").unwrap();
    let (code, said) = running.end();
    assert!(code != 0 && said.contains("a newer process works on this run"), "{code}: {said}");
    let rows = target.psql(&way.target_database, "select count(*) from big").unwrap().trim().parse::<u32>();
    assert!((1..520_000).contains(&rows.unwrap()), "no table was given up, and none came whole");
    let (code, said) = way.begin(&["--jobs", "1"]).end();
    assert_eq!(code, 0, "{said}");
    succeeded(&way.verify());
}

/// Two tables, and an index of the first that is not built before the gate opens.
fn with_a_slow_index() -> Move {
    let way = Move::between(Major(15), Major(15), "slow");
    let sql = format!(
        "{PASS}
         create table first as select i, repeat(md5(i::text), 14) from generate_series(1, 6000) i;
         create index slow on first (pass(i));
         create table second as select i, repeat(md5(i::text), 14) from generate_series(1, 4000) i"
    );
    shared(Major(15)).psql(&way.source_database, &sql).unwrap();
    way
}

fn copying(way: &Move) -> Running {
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    running
}

#[test]
fn a_build_of_an_earlier_copy_is_ended_before_its_table_is_made_anew() {
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    let way = with_a_slow_index();
    let running = copying(&way);
    let mut builds = Gate::before_builds(target, &way.target_database);
    let mut rows = Gate::before_commit_of(4000, target, &way.target_database);
    rows.held();
    let earlier = builds.held();
    source.psql(&way.source_database, END_KEEPERS).unwrap();
    builds.held_but(earlier.pid);
    builds.open();
    let (code, said) = running.end();
    assert!(code == 0 && said.contains("under a new snapshot"), "{code}: {said}");
    succeeded(&way.verify());
}

const END_KEEPERS: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where application_name like 'pgferry%' and state = 'idle in transaction' and datname = current_database()";

#[test]
fn a_build_of_a_killed_process_is_ended_by_the_next_one() {
    let target = shared_rds_like(Major(15));
    let way = with_a_slow_index();
    let mut running = copying(&way);
    let mut builds = Gate::before_builds(target, &way.target_database);
    let earlier = builds.held();
    assert!(running.wait_for("build indexes and keys"));
    running.kill();
    let running = way.begin(&["--jobs", "1"]);
    builds.held_but(earlier.pid);
    builds.open();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    succeeded(&way.verify());
}
