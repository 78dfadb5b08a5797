//! `pgferry config`, where each value comes from, where passwords are found, and what is said of a wrong file.

use std::path::Path;

use pgferry_lab::{Major, shared};

use crate::words::{Move, exited, pgferry};

fn said(folder: &Path, words: &[&str], environment: &[(&str, &str)]) -> String {
    let output =
        pgferry().current_dir(folder).args(words).envs(environment.iter().copied()).output().unwrap();
    format!(
        "exit {}\n{}{}",
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A folder with this `pgferry.toml`.
fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pgferry.toml"), text).unwrap();
    folder
}

const FILE: &str = "\
source = \"postgresql://ferry:hunter2@db.example/shop?sslmode=require\"
target_password = { command = [\"vault\", \"--token\", \"hunter2\"] }
watch = \"1m\"

[criteria]
pause_max = \"5s\"
wal_held_max = \"20GiB\"
";

#[test]
fn each_value_is_shown_with_its_origin() {
    let folder = folder(FILE);
    let kept = "run = \"shop-2\"\nsource = \"postgresql://u@h/d\"\ntarget = \"postgresql://master@rds.example/shop\"\njobs = 2\n";
    std::fs::create_dir(folder.path().join("shop-run")).unwrap();
    std::fs::write(folder.path().join("shop-run/config.toml"), kept).unwrap();
    let environment =
        [("PGFERRY_JOBS", "3"), ("PGFERRY_DURATION_MAX", "4h"), ("PGFERRY_PG_BIN", "/opt/pg/bin:/more")];
    let text = said(folder.path(), &["config", "--dir", "shop-run", "--strategy", "dump"], &environment);
    assert!(!text.contains("hunter2"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let folder = folder("source = \"host=h user=u\"\njobs = 4\n");
    let jobs = |words: &[&str], environment: &[(&str, &str)]| {
        let text = said(folder.path(), &[&["config"], words].concat(), environment);
        text.lines()
            .find(|line| line.starts_with("jobs"))
            .unwrap()
            .split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(jobs(&["--jobs", "2"], &[("PGFERRY_JOBS", "3")]), "2 flag --jobs");
    assert_eq!(jobs(&[], &[("PGFERRY_JOBS", "3")]), "3 environment PGFERRY_JOBS");
    assert_eq!(jobs(&[], &[]), "4 pgferry.toml:2");
}

#[test]
fn folders_of_pg_dump_are_those_of_the_environment_or_the_usual_ones() {
    let usual = folder("source = \"host=h user=u\"\n");
    let bin = usual.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("pg_dump"), "").unwrap();
    let line = |environment: &[(&str, &str)]| {
        let text = said(usual.path(), &["config", "--untested-version"], environment);
        assert!(text.contains("true") && text.contains("flag --untested-version"), "{text}");
        text.lines().find(|line| line.starts_with("pg_bin")).unwrap().to_owned()
    };
    let (bin, path) = (bin.to_str().unwrap(), ("PATH", bin.to_str().unwrap()));
    let default = line(&[path, ("PGFERRY_PG_BIN", "")]);
    assert!(default.contains(bin) && default.ends_with("  default"), "{default}");
    let named = line(&[path, ("PGFERRY_PG_BIN", "/opt/pg/bin")]);
    assert!(named.contains("[\"/opt/pg/bin\"]") && named.ends_with("environment PGFERRY_PG_BIN"), "{named}");
}

#[test]
fn values_and_origins_are_json_too() {
    let folder = folder(FILE);
    let output = pgferry().current_dir(folder.path()).args(["config", "--json"]).output().unwrap();
    let text = exited(&output, 0);
    assert!(!text.contains("hunter2"), "{text}");
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let row = rows.iter().find(|row| row["key"] == "criteria.pause_max").unwrap();
    assert_eq!((row["value"].as_str(), row["origin"].as_str()), (Some("5s"), Some("pgferry.toml:6")));
}

#[test]
fn what_is_wrong_in_the_file_is_shown_with_the_nearest_right_word() {
    let source = "source = \"host=h user=u\"\n";
    let mut all = String::new();
    for text in [
        "run = \"shop\"\njosb = 2\n".to_owned(),
        "jobs = 500\n".to_owned(),
        "pasword = \"hunter2\"\n".to_owned(),
        "source_password = \"hunter2\"\n".to_owned(),
        "watch = 30\n".to_owned(),
        "[criteria]\npause_max = \"5 parsecs\"\n".to_owned(),
        "[criteria]\nwal_held_max = \"20gib\"\n".to_owned(),
        "[criteria]\nend_by = \"tomorrow\"\n".to_owned(),
        "[criteria]\nstrategy = \"dumb\"\n".to_owned(),
        format!("{source}[criteria]\npause_max = \"5h\"\nduration_max = \"4h\"\n"),
        "source = \"postgresql://u:hunter2@h/d\"\nsource_password = { env = \"PW\" }\n".to_owned(),
    ] {
        let said = said(folder(&text).path(), &["verify", "--still"], &[]);
        assert!(!said.contains("hunter2"), "{said}");
        let shown: Vec<&str> = said.lines().take_while(|line| !line.starts_with("  state:")).collect();
        all.push_str(&format!("{}\n\n", shown.join("\n")));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_password_is_found_by_environment_file_and_command() {
    let way = Move::between(Major(15), Major(15), "found");
    let password = shared(Major(15)).password();
    let bare = way.source.replacen(&format!(":{password}@"), "@", 1);
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), format!("{password}\nnot this\n")).unwrap();
    let path = secret.path().display();
    for reference in [
        "{ env = \"SHOP_PW\" }".to_owned(),
        format!("{{ file = \"{path}\" }}"),
        format!("{{ command = [\"cat\", \"{path}\"] }}"),
    ] {
        let folder = folder(&format!("source = \"{bare}\"\nsource_password = {reference}\n"));
        let text = said(folder.path(), &["assess", "--watch", "0s"], &[("SHOP_PW", password)]);
        assert!(text.starts_with("exit 0"), "{reference}: {text}");
        let wrong = reference.replace("SHOP_PW", "NO_SUCH").replace(&*path.to_string(), "/nonexistent/pw");
        std::fs::write(
            folder.path().join("pgferry.toml"),
            format!("source = \"{bare}\"\nsource_password = {wrong}\n"),
        )
        .unwrap();
        let text = said(folder.path(), &["assess", "--watch", "0s"], &[]);
        assert!(text.starts_with("exit 2") && text.contains("source_password says to look there"), "{text}");
    }
}

#[test]
fn a_password_of_the_connection_string_goes_before_a_reference() {
    let way = Move::between(Major(15), Major(15), "own");
    let folder = folder("source_password = { env = \"NO_SUCH\" }\n");
    let text = said(folder.path(), &["assess", "--watch", "0s", "--source", &way.source], &[]);
    assert!(text.starts_with("exit 0"), "{text}");
}
