//! What a person reads when something is wrong: whole messages, with what varies cut out.

use pgferry_lab::{Major, shared, shared_rds_like};

use crate::words::{Move, exited, pgferry};

/// Exit code and standard error, with ports, names and folders replaced by words.
fn said(way: &Move, change: impl FnOnce(&mut Move)) -> String {
    let mut way_changed = Move::between(Major(15), Major(15), "message");
    way_changed.source.clone_from(&way.source);
    way_changed.target.clone_from(&way.target);
    change(&mut way_changed);
    let output = way_changed.transfer();
    let mut text =
        format!("exit {}\n{}", output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr));
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
    insta::assert_snapshot!(format!(
        "exit {}\n{}",
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stderr)
    ));
}

#[test]
fn programs_that_are_missing_too_old_or_too_new() {
    let way = Move::between(Major(17), Major(18), "tools");
    // of the machine's programs (15) none fits between 17 and 18
    let output = way.command(&["transfer"]).env("PATH", "/usr/lib/postgresql/15/bin").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("PF0404") && text.contains("of major 17 to 18, best 18"), "{text}");
}

#[test]
fn every_code_is_explained() {
    let output = pgferry().args(["explain", "pf0303"]).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("# PF0303"));
    assert_eq!(pgferry().args(["explain", "PF9999"]).output().unwrap().status.code(), Some(2));
}
