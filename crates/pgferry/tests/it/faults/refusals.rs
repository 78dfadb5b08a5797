//! What is refused: targets, second processes, settings, rows.

use pgferry_lab::{Major, Server, shared, shared_rds_like};

use super::servers;
use crate::words::{Move, exited};

#[test]
fn a_target_that_is_not_empty_is_refused_and_left_alone() {
    let (_source, target, way) = servers(1);
    target.psql("postgres", &format!("create database {} owner ferry_master", way.target_database)).unwrap();
    target.psql(&way.target_database, "create table theirs (x int)").unwrap();
    let said = exited(&way.transfer(), 4);
    assert!(said.contains("PF0401") && said.contains("theirs"), "{said}");
    assert_eq!(target.psql(&way.target_database, "select count(*) from theirs").unwrap().trim(), "0");
}

#[test]
fn a_second_process_on_the_same_run_is_refused() {
    let (_source, _target, way) = servers(200);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    let said = exited(&way.transfer(), 4);
    assert!(said.contains("PF0403"), "{said}");
    assert_eq!(running.end().0, 0);
}

#[test]
fn a_target_that_is_the_source_is_refused() {
    let target = shared_rds_like(Major(15));
    let mut way = Move::of(target, target, "self");
    way.source = target.master_uri(&way.source_database);
    way.target = target.master_uri(&way.source_database);
    let said = exited(&way.transfer(), 4);
    assert!(said.contains("PF0402"), "{said}");
}

#[test]
fn rows_that_the_target_refuses_cost_their_table_and_no_other() {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, shared_rds_like(Major(15)), "refused");
    let sql = "create table fine as select i from generate_series(1, 100) i;
        create role only_here; create table named (r regrole); insert into named values ('postgres')";
    source.psql(&way.source_database, sql).unwrap();
    let said = exited(&way.transfer(), 3);
    assert!(said.contains("rows of \"public\".\"named\""), "{said}");
    let rows = shared_rds_like(Major(15)).psql(&way.target_database, "select count(*) from fine").unwrap();
    assert_eq!(rows.trim(), "100");
    let said = exited(&way.verify(), 3);
    assert!(said.contains("named") && !said.contains("\"fine\""), "{said}");
}

/// The lab's servers of 18 are built without lz4.
#[test]
fn a_compression_is_used_where_the_target_has_it_and_else_refused_before_anything_is_made() {
    let source = shared(Major(15));
    let way = Move::of(source, shared_rds_like(Major(15)), "pressed");
    source.psql(&way.source_database, "create table t as select repeat('long ', 10000) as words").unwrap();
    let (code, said) = way.begin(&["--toast-compression", "lz4"]).end();
    assert_eq!(code, 0, "{said}");
    let method = "select pg_column_compression(words) from t";
    assert_eq!(shared_rds_like(Major(15)).psql(&way.target_database, method).unwrap().trim(), "lz4");
    let way = Move::of(source, shared_rds_like(Major(18)), "pressed");
    let (code, said) = way.begin(&["--toast-compression", "lz4"]).end();
    assert!(code != 0 && said.contains("compress values with lz4"), "{code}: {said}");
    assert!(shared_rds_like(Major(18)).psql(&way.target_database, "select 1 from pgferry.run").is_err());
}
