//! A source that changes under a copy, forgets its snapshot, or goes away.

use pgferry_lab::{Major, Server, shared_rds_like};

use super::{chunks_in, gate::Gate, servers};
use crate::words::{Move, eventually, fill, is_untouched, succeeded};

#[test]
fn a_table_rewritten_between_two_chunks_is_copied_again_whole() {
    let (source, target, way) = servers(260);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    eventually("the first chunk", || chunks_in(&target, &way.target_database) >= 1);
    source.psql(&way.source_database, "delete from big where id % 2 = 0 and id < 200000").unwrap();
    source.psql(&way.source_database, "vacuum full big").unwrap();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("was rewritten while it was copied"), "{said}");
    let rows = target.psql(&way.target_database, "select count(*) from big").unwrap();
    assert_eq!(rows.trim(), "520000", "the rows as of the snapshot, deleted ones included");
}

#[test]
fn a_table_truncated_under_the_snapshot_costs_a_new_snapshot() {
    let (source, target, way) = servers(200);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    eventually("the first chunk", || chunks_in(&target, &way.target_database) >= 1);
    source.psql(&way.source_database, "truncate big; insert into big values (1, 'new', 1)").unwrap();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("under a new snapshot"), "{said}");
    succeeded(&way.verify());
}

#[test]
fn one_keeper_may_die() {
    let (source, target, way) = servers(200);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    eventually("the first chunk", || chunks_in(&target, &way.target_database) >= 1);
    source.psql(&way.source_database, END_ONE_KEEPER).unwrap();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("under a new snapshot"), "{said}");
    succeeded(&way.verify());
    assert!(is_untouched(&source, &way.source_database));
}

const END_ONE_KEEPER: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where application_name like 'pgferry%' and state = 'idle in transaction' limit 1";

#[test]
fn without_any_keeper_all_rows_are_copied_under_a_new_snapshot() {
    let (source, target, way) = servers(260);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    eventually("the first chunk", || chunks_in(&target, &way.target_database) >= 1);
    source.psql(&way.source_database, &END_ONE_KEEPER.replace(" limit 1", "")).unwrap();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("under a new snapshot"), "{said}");
    succeeded(&way.verify());
}

#[test]
fn a_source_that_is_stopped_for_good_pauses_the_run_and_the_same_command_goes_on() {
    let (source, target) = (Server::start(Major(15)).unwrap(), shared_rds_like(Major(15)));
    let way = Move::of(&source, target, "stopped");
    fill(&source, &way.source_database, "first", 3);
    fill(&source, &way.source_database, "second", 2);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    let mut gate = Gate::before_commit(target, &way.target_database, "");
    gate.held();
    source.stop().unwrap();
    gate.open();
    let (code, said) = running.end();
    assert_eq!(code, 7, "{said}");
    for words in ["PF0202", "check that the server runs", "the same command goes on from there"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    assert!(chunks_in(target, &way.target_database) >= 1, "the target keeps what is done");
    source.start_again().unwrap();
    succeeded(&way.transfer());
    succeeded(&way.verify());
    assert!(is_untouched(&source, &way.source_database));
}
