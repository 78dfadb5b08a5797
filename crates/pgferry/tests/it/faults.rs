//! Faults in the middle of a copy: the result is equal, or the run says why it stopped.

use std::{os::unix::fs::MetadataExt, time::Duration};

use pgferry_lab::{Direction, Major, Proxy, Server, shared, shared_rds_like};

use crate::words::{Move, eventually, fill, is_untouched, succeeded};

/// Servers of their own, since they will be hurt: a source with `megabytes` in one table, and a target.
fn servers(megabytes: u32) -> (Server, Server, Move) {
    let source = Server::start(Major(15)).unwrap();
    let target = Server::options(Major(15)).rds_like().start().unwrap();
    let way = Move::of(&source, &target, "fault");
    fill(&source, &way.source_database, "big", megabytes);
    source
        .psql(
            &way.source_database,
            "create index on big (filler); create table small as select 1 as x;
             create unlogged table quick as select i from generate_series(1, 1000) i",
        )
        .unwrap();
    (source, target, way)
}

fn chunks_in(target: &Server, database: &str) -> u32 {
    let sql = "select count(*) from pgferry.chunk where rows is not null";
    target.psql(database, sql).ok().and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

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
fn a_connection_cut_in_the_middle_of_a_chunk_is_made_again() {
    let (_source, target, mut way) = servers(200);
    let proxy = Proxy::to(target.port()).unwrap();
    let direct = std::mem::take(&mut way.target);
    way.target = proxy.uri(&direct);
    let running = way.begin(&["--jobs", "2"]);
    eventually("some megabytes", || proxy.bytes(Direction::ToServer) > 30_000_000);
    proxy.cut();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("retrying"), "{said}");
    succeeded(&way.verify());
}

#[test]
fn a_commit_that_arrives_late_doubles_nothing() {
    let (_source, target, mut way) = servers(140);
    let proxy = Proxy::to(target.port()).unwrap();
    way.target = proxy.uri(&way.target);
    let running = way.begin(&["--jobs", "1"]);
    eventually("some megabytes", || proxy.bytes(Direction::ToServer) > 20_000_000);
    // answers are lost, so a COMMIT may have been executed whose reply never came
    proxy.hold_direction(Direction::ToClient);
    std::thread::sleep(Duration::from_millis(1500));
    proxy.cut();
    proxy.release();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    succeeded(&way.verify());
}

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
    let said = crate::words::exited(&way.verify(), 3);
    assert!(said.contains("quick") && !said.contains("big"), "{said}");
}

#[test]
fn a_full_disk_pauses_the_run_and_the_same_command_goes_on() {
    let mount = tempfile::tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=160m,mode=0777", "tmpfs"])
        .arg(mount.path())
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("not root, or no mounts here: a full disk cannot be made");
        return;
    }
    let (source, target, way) = servers(200);
    let owner = std::fs::metadata(target.data_dir()).unwrap();
    std::os::unix::fs::chown(mount.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
    target
        .psql("postgres", &format!("create tablespace tiny location '{}'", mount.path().display()))
        .unwrap();
    target.psql("postgres", "grant create on tablespace tiny to public").unwrap();
    target.psql("postgres", "alter system set default_tablespace = 'tiny'").unwrap();
    target.psql("postgres", "select pg_reload_conf()").unwrap();
    let (code, said) = way.begin(&["--jobs", "2"]).end();
    assert_eq!(code, 7, "{said}");
    assert!(said.contains("53100"), "{said}");
    target.psql("postgres", "alter system reset default_tablespace").unwrap();
    target.psql("postgres", "select pg_reload_conf()").unwrap();
    succeeded(&way.transfer());
    succeeded(&way.verify());
    assert!(is_untouched(&source, &way.source_database));
    drop(target);
    std::process::Command::new("umount").arg(mount.path()).output().unwrap();
}

#[test]
fn a_target_that_is_not_empty_is_refused_and_left_alone() {
    let (_source, target, way) = servers(1);
    target.psql("postgres", &format!("create database {} owner ferry_master", way.target_database)).unwrap();
    target.psql(&way.target_database, "create table theirs (x int)").unwrap();
    let said = crate::words::exited(&way.transfer(), 4);
    assert!(said.contains("PF0401") && said.contains("theirs"), "{said}");
    assert_eq!(target.psql(&way.target_database, "select count(*) from theirs").unwrap().trim(), "0");
}

#[test]
fn a_second_process_on_the_same_run_is_refused() {
    let (_source, _target, way) = servers(200);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    let said = crate::words::exited(&way.transfer(), 4);
    assert!(said.contains("PF0403"), "{said}");
    assert_eq!(running.end().0, 0);
}

#[test]
fn a_target_that_is_the_source_is_refused() {
    let target = shared_rds_like(Major(15));
    let mut way = Move::of(target, target, "self");
    way.source = target.master_uri(&way.source_database);
    way.target = target.master_uri(&way.source_database);
    let said = crate::words::exited(&way.transfer(), 4);
    assert!(said.contains("PF0402"), "{said}");
}

#[test]
fn rows_that_the_target_refuses_cost_their_table_and_no_other() {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, shared_rds_like(Major(15)), "refused");
    let sql = "create table fine as select i from generate_series(1, 100) i;
        create role only_here; create table named (r regrole); insert into named values ('postgres')";
    source.psql(&way.source_database, sql).unwrap();
    let said = crate::words::exited(&way.transfer(), 3);
    assert!(said.contains("rows of \"public\".\"named\""), "{said}");
    let rows = shared_rds_like(Major(15)).psql(&way.target_database, "select count(*) from fine").unwrap();
    assert_eq!(rows.trim(), "100");
    let said = crate::words::exited(&way.verify(), 3);
    assert!(said.contains("named") && !said.contains("\"fine\""), "{said}");
}
