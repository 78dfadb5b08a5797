//! `pgferry init`: the file that it writes, and what it says of servers.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use pgferry_lab::{Major, shared, shared_rds_like};

use crate::words::{Move, exited, pgferry, succeeded};

/// The password in a URI of the lab.
fn password(uri: &str) -> &str {
    let (credentials, _) = uri.split_once('@').unwrap();
    credentials.rsplit_once(':').unwrap().1
}

fn init(folder: &Path, words: &[&str]) -> Output {
    pgferry().current_dir(folder).arg("init").args(words).output().unwrap()
}

/// What was said, with what varies cut out.
fn said(output: &Output, varies: &[(&str, &str)]) -> String {
    let mut text = format!(
        "exit {}\n{}{}",
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let ports = [shared(Major(15)).port().to_string(), shared_rds_like(Major(15)).port().to_string()];
    for (from, to) in varies.iter().copied().chain([(&*ports[0], "SOURCE_PORT"), (&*ports[1], "TARGET_PORT")])
    {
        text = text.replace(from, to);
    }
    text
}

#[test]
fn what_init_wrote_is_accepted_by_every_command_as_it_stands() {
    let way = Move::between(Major(15), Major(15), "init");
    shared(Major(15)).psql(&way.source_database, "create table t as select 1 as x").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let words =
        ["--source", &way.source, "--target", &way.target, "--jobs", "2", "--dir", "run", "--watch", "0s"];
    let output = init(folder.path(), &words);
    succeeded(&output);
    let file = std::fs::read_to_string(folder.path().join("pgferry.toml")).unwrap();
    let (source, target) = (password(&way.source), password(&way.target));
    for text in [&file, &said(&output, &[])] {
        assert!(!text.contains(source) && !text.contains(target), "{text}");
    }
    for words in [&["config"][..], &["transfer"], &["verify", "--still"], &["finish"]] {
        let mut command = pgferry();
        command.current_dir(folder.path()).args(words);
        command.env("PGFERRY_SOURCE_PASSWORD", source).env("PGFERRY_TARGET_PASSWORD", target);
        let said = exited(&command.output().unwrap(), 0);
        assert!(!said.contains(source) && !said.contains(target), "{said}");
    }
    for kept in std::fs::read_dir(folder.path().join("run")).unwrap() {
        let bytes = std::fs::read(kept.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&format!(":{source}@")) && !text.contains(target));
    }
}

#[test]
fn a_whole_file_by_flags() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "--offline",
        "--config",
        "shop.toml",
        "--source",
        "postgresql://ferry:hunter2@localhost/shop",
        "--target",
        "host=db.example user=master dbname=shop sslrootcert=rds.pem",
        "--target-password",
        "command:pass show rds",
        "--ssh",
        "root@droplet.example",
        "--dir",
        "shop-run",
        "--run",
        "shop",
        "--jobs",
        "4",
        "--strategy",
        "live",
        "--watch",
        "10m",
        "--pause-max",
        "5s",
        "--duration-max",
        "4h",
        "--wal-held-max",
        "20GiB",
        "--end-by",
        "2026-12-01T04:00:00Z",
    ];
    let output = init(folder.path(), &words);
    let file = std::fs::read_to_string(folder.path().join("shop.toml")).unwrap();
    insta::assert_snapshot!(format!("{}\n{file}", said(&output, &[])));
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pgferry.toml");
    std::fs::write(&file, "run = \"mine\"\n").unwrap();
    let words = ["--offline", "--without-target", "--source", "postgresql://u@h/d"];
    insta::assert_snapshot!(said(&init(folder.path(), &words), &[]));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "run = \"mine\"\n");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/nonexistent/elsewhere", &file).unwrap();
    exited(&init(folder.path(), &words), 2);
}

#[test]
fn without_a_terminal_what_is_missing_names_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let without_source = said(&init(folder.path(), &[]), &[]);
    let without_target = said(&init(folder.path(), &["--offline", "--source", "host=h user=u"]), &[]);
    insta::assert_snapshot!(format!("{without_source}\n{without_target}"));
    assert!(!folder.path().join("pgferry.toml").exists());
}

#[test]
fn what_keeps_a_connection_from_being_made_is_said_and_the_file_is_written() {
    let server = shared(Major(15));
    let passwordless = server.uri("postgres").replacen(&format!(":{}@", server.password()), "@", 1);
    let absent = server.uri("nowhere");
    let mut all = String::new();
    for source in [passwordless.as_str(), "postgresql://u@127.0.0.1:1/d", &absent] {
        let folder = tempfile::tempdir().unwrap();
        let output = init(folder.path(), &["--without-target", "--source", source]);
        let text = said(&output, &[]);
        assert!(folder.path().join("pgferry.toml").exists(), "{text}");
        // databases of other tests come and go
        let lines = text.lines().filter(|line| !line.starts_with("  the server has: "));
        all.push_str(&lines.collect::<Vec<_>>().join("\n"));
        all.push_str("\n\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_absent_source_database_is_told_which_there_are() {
    let way = Move::between(Major(15), Major(15), "absent");
    let folder = tempfile::tempdir().unwrap();
    let output =
        init(folder.path(), &["--without-target", "--source", &shared(Major(15)).uri("nowhere"), "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["tried"][0]["good"], false);
    assert!(said["tried"][0]["lines"][1].as_str().unwrap().contains(&way.source_database), "{said}");
}

#[test]
fn at_a_terminal_it_asks_for_what_is_missing() {
    let way = Move::between(Major(15), Major(15), "asked");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} init", env!("CARGO_BIN_EXE_pgferry")), "/dev/null"]);
    command.current_dir(folder.path()).env("HOME", "/nonexistent").env("TERM", "dumb");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut answers = child.stdin.take().unwrap();
    write!(answers, "{}\r{}\r", way.source, way.target).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(answers);
    let screen = String::from_utf8_lossy(&output.stdout);
    let file = std::fs::read_to_string(folder.path().join("pgferry.toml"))
        .unwrap_or_else(|error| panic!("{error}: {screen}"));
    assert!(file.contains(&way.source_database) && file.contains(&way.target_database), "{file}");
    assert!(!file.contains(password(&way.source)), "{file}");
}
