//! Servers start, speak, stop, start again, and are gone when nobody needs them.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use pgferry_lab::{Major, Server, fresh_database, programs, shared};

#[test]
fn a_server_of_every_major_speaks_over_tcp_and_over_its_socket() {
    for major in Major::ALL {
        let server = Server::start(major).unwrap();
        let version = server.psql("postgres", "SHOW server_version_num").unwrap();
        assert!(version.starts_with(&major.to_string()), "{version} is no {major}");
        let rows = server
            .psql_as("postgres", server.password(), "postgres", "SELECT 1, NULL, 'é'; SELECT 'second'")
            .unwrap();
        assert_eq!(rows, "1||é\nsecond");
    }
}

#[test]
fn a_refusal_carries_its_sqlstate() {
    let server = shared(Major(15));
    let database = fresh_database(server, "refusal").unwrap();
    let refusal = server.psql(&database, "SELECT 1; SELECT 1 / 0").unwrap_err();
    assert_eq!(refusal.sqlstate(), Some("22012"));
    let wrong = server.psql_as("postgres", "wrong", "postgres", "SELECT 1").unwrap_err();
    assert_eq!(wrong.sqlstate(), Some("28P01"));
}

#[test]
fn a_server_keeps_its_port_and_its_data_when_it_starts_again() {
    let server = Server::start(Major(18)).unwrap();
    let port = server.port();
    server.psql("postgres", "CREATE TABLE kept AS SELECT 1 AS one").unwrap();
    server.stop().unwrap();
    server.start_again().unwrap();
    server.crash_restart().unwrap();
    assert_eq!(server.psql("postgres", "TABLE kept").unwrap(), "1");
    assert_eq!(server.port(), port);
}

#[test]
fn a_standby_of_any_major_follows_and_its_primary_lists_it() {
    for major in [Major(13), Major(15), Major(18)] {
        let primary = Server::start(major).unwrap();
        let standby = primary.standby().unwrap();
        primary.psql("postgres", "CREATE TABLE followed AS SELECT 1 AS one").unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while standby.psql("postgres", "TABLE followed").ok().as_deref() != Some("1") {
            assert!(Instant::now() < deadline, "{}", standby.log());
        }
        let listed = primary.psql("postgres", "SELECT application_name FROM pg_stat_replication").unwrap();
        assert_eq!(listed, "lab_standby");
    }
}

#[test]
fn a_server_whose_files_are_limited_has_a_full_disk() {
    let server = Server::start(Major(15)).unwrap();
    server.limit_files(Some((17 << 20) + 1)).unwrap();
    let fill = "CREATE TABLE large AS SELECT repeat('x', 1000) FROM generate_series(1, 20000)";
    assert_eq!(server.psql("postgres", fill).unwrap_err().sqlstate(), Some("53100"));
    server.limit_files(None).unwrap();
    server.psql("postgres", fill).unwrap();
}

#[test]
fn a_server_that_takes_nobody_says_so() {
    let server = Server::start(Major(15)).unwrap();
    server.stop().unwrap();
    server.start_taking_nobody().unwrap();
    assert_eq!(server.session("postgres").unwrap_err().sqlstate(), Some("57P03"));
}

#[test]
fn a_dropped_server_leaves_nothing() {
    let server = Server::start(Major(15)).unwrap();
    let folder = server.socket_dir().to_owned();
    assert!(folder.is_dir());
    drop(server);
    assert!(!folder.exists());
    assert_eq!(processes_in(&folder), 0);
}

#[test]
fn every_major_has_client_programs_that_can_read_it() {
    for major in Major::ALL {
        let folder = programs(major).unwrap();
        assert!(
            folder.join("pg_dump").is_file() && folder.join("pg_restore").is_file(),
            "{}",
            folder.display()
        );
    }
}

fn processes_in(folder: &Path) -> usize {
    let works_here =
        |pid: &Path| std::fs::read_link(pid.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    std::fs::read_dir("/proc").unwrap().flatten().filter(|process| works_here(&process.path())).count()
}
