//! What a person reads when something is wrong: whole messages, with what varies cut out.

use std::process::{Command, Output};

use pgferry_lab::{Major, programs, shared, shared_rds_like};

use crate::words::{Move, exited, pgferry};

/// Exit code and standard error, with ports, names and folders replaced by words.
fn said(way: &Move, change: impl FnOnce(&mut Move)) -> String {
    let mut way_changed = Move::between(Major(15), Major(15), "message");
    way_changed.source.clone_from(&way.source);
    way_changed.target.clone_from(&way.target);
    change(&mut way_changed);
    let mut text = whole(&way_changed.transfer());
    for (varies, word) in [
        (shared(Major(15)).port().to_string(), "SOURCE_PORT"),
        (shared_rds_like(Major(15)).port().to_string(), "TARGET_PORT"),
        (way_changed.source_database.clone(), "SOURCE_DB"),
        (way.source_database.clone(), "SOURCE_DB"),
        (way_changed.dir().display().to_string(), "RUN_DIR"),
    ] {
        text = text.replace(&varies, word);
    }
    text
}

/// Exit code and standard error.
fn whole(output: &Output) -> String {
    format!("exit {}\n{}", output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr))
}

fn way() -> Move {
    Move::between(Major(15), Major(15), "message")
}

#[test]
fn a_wrong_password() {
    let text = said(&way(), |way| way.source = way.source.replace(shared(Major(15)).password(), "wrong"));
    insta::assert_snapshot!(text);
}

#[test]
fn an_unknown_host() {
    let text = said(&way(), |way| way.source = "postgresql://u@no-such-host.invalid/d".to_owned());
    insta::assert_snapshot!(text);
}

#[test]
fn a_missing_source_database() {
    let text = said(&way(), |way| way.source = shared(Major(15)).uri("nowhere"));
    insta::assert_snapshot!(text);
}

#[test]
fn a_port_where_nothing_listens() {
    let text = said(&way(), |way| way.target = "postgresql://u@127.0.0.1:1/d".to_owned());
    insta::assert_snapshot!(text);
}

#[test]
fn a_role_from_which_row_security_hides_rows() {
    let way = way();
    shared(Major(15))
        .psql(
            &way.source_database,
            "create table secret (x int); alter table secret enable row level security; insert into secret values (1);
             drop role if exists blind; create role blind login password 'blind'; grant select on secret to blind;",
        )
        .unwrap();
    let blind = shared(Major(15)).uri_as("blind", "blind", &way.source_database);
    insta::assert_snapshot!(said(&way, |changed| changed.source = blind));
}

#[test]
fn an_extension_that_the_target_lacks() {
    let way = Move::between(Major(15), Major(17), "message");
    shared(Major(15)).psql(&way.source_database, "create extension adminpack").unwrap();
    let said = exited(&way.transfer(), 3);
    // what was refused, and the reason below it
    let about: Vec<&str> = said.lines().skip_while(|line| !line.contains("adminpack")).take(4).collect();
    insta::assert_snapshot!(about.join("\n"));
}

#[test]
fn an_unknown_key_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("pgferry.toml"),
        "run = \"shop\"\nsorce = \"postgresql://u:secret@h/d\"\n",
    )
    .unwrap();
    let output = pgferry().current_dir(folder.path()).args(["transfer"]).output().unwrap();
    insta::assert_snapshot!(whole(&output));
}

/// What is said where of the programs there are only those of the machine, which are of 15; their folder and version
/// replaced by words.
fn said_by_programs_of_15(way: &Move) -> String {
    let folder = programs(Major(15)).unwrap();
    let version = Command::new(folder.join("pg_dump")).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let version = version.split_whitespace().nth(2).unwrap();
    let output = way.command(&["transfer"]).env("PATH", "/nonexistent").output().unwrap();
    whole(&output).replace(&folder.display().to_string(), "FOLDER").replace(version, "15.MINOR")
}

#[test]
fn programs_that_are_too_old() {
    insta::assert_snapshot!(said_by_programs_of_15(&Move::between(Major(17), Major(18), "tools")));
}

#[test]
fn programs_that_are_too_new() {
    insta::assert_snapshot!(said_by_programs_of_15(&Move::between(Major(13), Major(14), "tools")));
}

/// Where the machine's own can be hidden: in a tree of mounts that nobody else sees.
#[test]
fn programs_that_are_missing() {
    let way = way();
    let empty = tempfile::tempdir().unwrap();
    let hidden = "/bin/mount -t tmpfs tmpfs /usr/lib/postgresql && exec \"$@\"";
    let can_hide = Command::new("unshare").args(["-m", "sh", "-c", hidden, "sh", "/bin/true"]).output();
    if !can_hide.is_ok_and(|output| output.status.success()) {
        eprintln!("not root, or no mounts here: the machine's programs cannot be hidden");
        return;
    }
    let transfer = way.command(&["transfer"]);
    let mut command = Command::new("/usr/bin/unshare");
    command.args(["-m", "/bin/sh", "-c", hidden, "sh"]).arg(transfer.get_program()).args(transfer.get_args());
    command.env("PATH", "/nonexistent").env("PGFERRY_PG_BIN", empty.path());
    let text = whole(&command.output().unwrap());
    insta::assert_snapshot!(text.replace(&empty.path().display().to_string(), "FOLDER"));
}

#[test]
fn every_code_is_explained() {
    let output = pgferry().args(["explain", "pf0303"]).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("# PF0303"));
    assert_eq!(pgferry().args(["explain", "PF9999"]).output().unwrap().status.code(), Some(2));
}
