//! Reaching the source: through SSH, and not through a pooler.

use std::{
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use pgferry_lab::{
    Flaw, Major, PgBouncer, Pooling, Proxy, Server, Sshd, fresh_database, shared, shared_rds_like,
};
use serde_json::Value;

use crate::words::{Move, Running, eventually, exited, fill, is_untouched, pgferry, succeeded};

/// A command of this move that goes through `ssh`.
fn through(way: &Move, ssh: &str, words: &[&str]) -> Command {
    let mut command = way.command(words);
    command.args(["--ssh", ssh]);
    command
}

/// Servers of their own, with a table of `megabytes` on the source.
fn servers(megabytes: u32) -> (Server, Server, Move) {
    let source = Server::start(Major(15)).unwrap();
    let target = Server::options(Major(15)).rds_like().start().unwrap();
    let way = Move::of(&source, &target, "reach");
    fill(&source, &way.source_database, "big", megabytes);
    (source, target, way)
}

fn chunks_in(target: &Server, database: &str) -> u32 {
    let sql = "select count(*) from pgferry.chunk where rows is not null";
    target.psql(database, sql).ok().and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

#[test]
fn a_copy_through_ssh_is_equal_and_the_run_remembers_the_way() {
    let sshd = Sshd::start().unwrap();
    let mut way = Move::between(Major(13), Major(18), "ssh");
    fill(shared(Major(13)), &way.source_database, "big", 4);
    // as somebody writes it who knows that the server is on that machine
    way.source = way.source.replace("127.0.0.1", "localhost");
    let ssh = sshd.ssh().unwrap();
    succeeded(&through(&way, &ssh, &["transfer"]).output().unwrap());
    let kept = std::fs::read_to_string(way.dir().join("config.toml")).unwrap();
    assert!(kept.contains(&format!("ssh = {ssh:?}")), "{kept}");
    succeeded(&through(&way, &ssh, &["verify", "--still"]).output().unwrap());
    sshd.stop().unwrap();
    // without a word about ssh: the folder knows it
    let said = exited(&way.command(&["finish"]).output().unwrap(), 4);
    assert!(said.contains("through ssh droplet") && said.contains("Connection refused"), "{said}");
}

#[test]
fn without_the_program_ssh_it_is_named() {
    let way = Move::between(Major(15), Major(15), "ssh");
    let nowhere = tempfile::tempdir().unwrap();
    let output = through(&way, "root@droplet", &["transfer"]).env("PATH", nowhere.path()).output().unwrap();
    let said = exited(&output, 4);
    assert!(said.contains("PF0211") && said.contains("openssh-client"), "{said}");
}

#[test]
fn a_host_key_that_was_never_seen_stops_every_command() {
    let (sshd, way) = (Sshd::start().unwrap(), Move::between(Major(15), Major(15), "ssh"));
    let ssh = sshd.ssh_with(Flaw::UnknownHost).unwrap();
    for words in [&["transfer"][..], &["verify", "--still"], &["assess"]] {
        let said = exited(&through(&way, &ssh, words).output().unwrap(), 4);
        assert!(said.contains("PF0211") && said.contains("connect once by hand"), "{said}");
    }
    let said = exited(&through(&way, "-N droplet", &["transfer"]).output().unwrap(), 2);
    assert!(said.contains("-N is not for a tunnel"), "{said}");
}

/// A copy by `way` through `sshd` that has its first chunk behind it.
fn copying(target: &Server, way: &Move, sshd: &Sshd) -> Running {
    let mut running = way.begin(&["--jobs", "1", "--ssh", &sshd.ssh().unwrap()]);
    assert!(running.wait_for("copy tables and rows"));
    eventually("the first chunk", || chunks_in(target, &way.target_database) >= 1);
    running
}

#[test]
fn a_tunnel_cut_in_the_middle_of_a_copy_is_made_again() {
    let (source, target, way) = servers(200);
    let sshd = Sshd::start().unwrap();
    let running = copying(&target, &way, &sshd);
    sshd.cut();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("retrying") || said.contains("under a new snapshot"), "{said}");
    succeeded(&way.verify());
    assert!(is_untouched(&source, &way.source_database));
}

#[test]
fn a_copy_whose_way_stays_shut_pauses_and_the_same_command_goes_on_once_it_is_open() {
    let (source, target, way) = servers(200);
    let sshd = Sshd::start().unwrap();
    let running = copying(&target, &way, &sshd);
    sshd.stop().unwrap();
    let shut = Instant::now();
    let (code, said) = running.end();
    assert_eq!(code, 7, "{said}");
    assert!(said.contains("through ssh droplet") && said.contains("check that sshd runs there"), "{said}");
    assert!(said.contains("the same command goes on from there"), "{said}");
    assert!(shut.elapsed() < Duration::from_secs(120), "{:?}: {said}", shut.elapsed());
    sshd.start_again().unwrap();
    succeeded(&through(&way, &sshd.ssh().unwrap(), &["transfer", "--jobs", "1"]).output().unwrap());
    succeeded(&way.verify());
    assert!(is_untouched(&source, &way.source_database));
}

/// An assessment that watches for a minute through `ssh`, once it is at work on the shared server.
fn assessing(run: &str, ssh: &str) -> Child {
    let server = shared(Major(15));
    let database = fresh_database(server, run).unwrap();
    let mut command = pgferry();
    command.args([
        "assess",
        "--watch",
        "10m",
        "--run",
        run,
        "--ssh",
        ssh,
        "--source",
        &server.uri(&database),
    ]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut session = server.session("postgres").unwrap();
    let watching = format!(
        "select count(*) from pg_stat_activity where application_name ~ '^pgferry/{run}/' and query ~ 'pg_stat_activity'"
    );
    eventually("the window", || session.run(&watching).unwrap() != "0");
    child
}

/// How it ends, and that it does within `bound`.
fn ended_within(bound: Duration, child: Child) -> Output {
    let begun = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < bound, "{:?}: {}", begun.elapsed(), String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn a_tunnel_cut_in_the_middle_of_assess_ends_it_with_the_words_of_ssh_and_the_next_one_works() {
    let sshd = Sshd::start().unwrap();
    let ssh = sshd.ssh().unwrap();
    let child = assessing("cut", &ssh);
    sshd.cut();
    let said = exited(&ended_within(Duration::from_secs(10), child), 4);
    assert!(said.contains("PF0208") && said.contains("(on the source)"), "{said}");
    assert!(said.contains("through ssh droplet: ssh ended; it said: "), "{said}");
    assert!(said.contains("nothing was changed on either side"), "{said}");
    let uri = shared(Major(15)).uri("postgres");
    let again =
        pgferry().args(["assess", "--watch", "0s", "--ssh", &ssh, "--source", &uri]).output().unwrap();
    assert!(matches!(again.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&again.stderr));
}

#[test]
fn an_assessment_whose_way_stays_shut_says_so_each_time_at_once() {
    let sshd = Sshd::start().unwrap();
    let ssh = sshd.ssh().unwrap();
    let child = assessing("shut", &ssh);
    sshd.stop().unwrap();
    let said = exited(&ended_within(Duration::from_secs(10), child), 4);
    assert!(said.contains("PF0208") && said.contains("through ssh droplet: ssh ended"), "{said}");
    let uri = shared(Major(15)).uri("postgres");
    let mut again = pgferry();
    again
        .args(["assess", "--watch", "0s", "--ssh", &ssh, "--source", &uri])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let said = exited(&ended_within(Duration::from_secs(10), again.spawn().unwrap()), 4);
    assert!(said.contains("PF0202") && said.contains("check that sshd runs there"), "{said}");
    sshd.start_again().unwrap();
    let output = again.output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
}

/// As where a firewall forgets a connection: nobody hears that it is gone.
#[test]
fn a_line_that_falls_silent_in_the_middle_of_assess_ends_it_within_a_minute() {
    let sshd = Sshd::start().unwrap();
    let line = Proxy::to(sshd.port()).unwrap();
    let child = assessing("silent", &sshd.ssh_over(&line).unwrap());
    line.hold();
    let said = exited(&ended_within(Duration::from_secs(90), child), 4);
    assert!(said.contains("PF0208") && said.contains("through ssh droplet: ssh ended"), "{said}");
}

/// Databases of the shared servers by one command, the target's under the same names.
fn several(words: &[&str], folder: &Path, databases: &[&str]) -> Output {
    let mut command = pgferry();
    // as somebody writes it who knows that the server is on that machine
    let source = shared(Major(15)).uri("postgres").replace("127.0.0.1", "localhost");
    command.args(words).args(["--source", &source]);
    command.args(["--target", &shared_rds_like(Major(16)).master_uri("postgres")]);
    command.arg("--dir").arg(folder).args(["--databases", &databases.join(",")]).output().unwrap()
}

#[test]
fn several_databases_go_through_ssh_by_one_command_and_each_remembers_the_way() {
    let (source, sshd) = (shared(Major(15)), Sshd::start().unwrap());
    let ssh = sshd.ssh().unwrap();
    let [first, last] = ["by_ssh", "by_ssh"].map(|name| {
        let database = fresh_database(source, name).unwrap();
        fill(source, &database, "big", 2);
        database
    });
    let folder = tempfile::tempdir().unwrap();
    let words = ["transfer", "--json", "--ssh", &ssh];
    let output = several(&words, folder.path(), &[&first, "nowhere", &last]);
    let said = exited(&output, 4);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ends: Vec<_> = report["databases"].as_array().unwrap().iter().map(|one| &one["exit"]).collect();
    assert_eq!(ends, [0, 4, 0], "{said}");
    assert!(report["databases"][1]["error"].as_str().unwrap().contains("PF0206"), "{report}");
    let config = ssh.split(' ').nth(1).unwrap();
    assert!(!is_running(config), "each run's tunnel ends with it");
    for database in [&first, &last] {
        let kept = std::fs::read_to_string(folder.path().join(database).join("config.toml")).unwrap();
        assert!(kept.contains(&format!("ssh = {ssh:?}")), "{kept}");
    }
    // without a word about ssh: the folders know it
    exited(&several(&["verify", "--still"], folder.path(), &[&first, &last]), 0);
    sshd.stop().unwrap();
    let said = exited(&several(&["verify", "--still"], folder.path(), &[&first, &last]), 4);
    for database in [first, last] {
        assert!(said.contains(&format!("{database} through ssh droplet")), "{said}");
    }
}

#[test]
fn a_standby_is_assessed_and_said_to_be_one() {
    let primary = Server::start(Major(15)).unwrap();
    primary
        .psql("postgres", "create table t (a int primary key); create unlogged table fleeting (a int)")
        .unwrap();
    let standby = primary.standby().unwrap();
    let assess = |more: &[&str]| {
        let mut command = pgferry();
        command.args(["assess", "--watch", "1s", "--deep", "--source", &standby.uri("postgres")]).args(more);
        command.output().unwrap()
    };
    let output = assess(&["--json"]);
    exited(&output, 3);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["source"]["in_recovery"], true);
    assert_eq!(found["workload"]["wal_bytes_per_second"], Value::Null);
    let text = exited(&assess(&[]), 3);
    for words in ["a standby of 127.0.0.1", "connect to the primary", "assessing the primary"] {
        assert!(text.contains(words), "{words:?} is not in: {text}");
    }
    // a dump is possible, and is warned about
    exited(&assess(&["--strategy", "dump"]), 0);
}

#[test]
fn a_standby_is_no_target() {
    let primary = Server::start(Major(15)).unwrap();
    let standby = primary.standby().unwrap();
    let mut way = Move::between(Major(15), Major(15), "standby");
    way.target = standby.uri(&way.target_database);
    let said = exited(&way.transfer(), 4);
    assert!(said.contains("PF0210") && said.contains("it is a standby"), "{said}");
}

#[test]
fn a_standby_is_copied_as_far_as_it_has_followed_and_the_run_says_so() {
    let primary = Server::start(Major(15)).unwrap();
    let mut way = Move::of(&primary, shared_rds_like(Major(15)), "standby");
    fill(&primary, &way.source_database, "big", 4);
    let standby = primary.standby().unwrap();
    way.source = standby.uri(&way.source_database);
    let said = exited(&way.transfer(), 0);
    assert!(said.contains("the source is a standby"), "{said}");
    succeeded(&way.verify());
}

#[test]
fn a_server_that_takes_nobody_yet_is_said_in_its_own_words() {
    let server = Server::start(Major(15)).unwrap();
    let way = Move::of(&server, shared_rds_like(Major(15)), "nobody");
    server.stop().unwrap();
    server.start_taking_nobody().unwrap();
    for (words, code) in
        [(&["assess", "--watch", "0s"][..], 4), (&["verify", "--still"], 4), (&["transfer"], 7)]
    {
        let said = exited(&way.command(words).output().unwrap(), code);
        assert!(said.contains("the database system is not accepting connections (SQLSTATE 57P03)"), "{said}");
        assert!(said.contains("Hot standby mode is disabled") && said.contains("hot_standby = on"), "{said}");
    }
}

#[test]
fn no_ssh_outlives_a_process_that_was_killed() {
    let (_source, target, way) = servers(200);
    let sshd = Sshd::start().unwrap();
    let ssh = sshd.ssh().unwrap();
    let config = ssh.split(' ').nth(1).unwrap();
    let running = way.begin(&["--jobs", "1", "--ssh", &ssh]);
    eventually("the first chunk", || chunks_in(&target, &way.target_database) >= 1);
    assert!(is_running(config));
    running.kill();
    eventually("the end of ssh", || !is_running(config));
}

/// Whether some process has `word` among its arguments, ourselves excepted.
fn is_running(word: &str) -> bool {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.into_iter().any(|line| line.split(|byte| *byte == 0).any(|one| one == word.as_bytes()))
}

#[test]
fn an_sshd_on_the_port_is_called_by_its_name() {
    let (sshd, mut way) = (Sshd::start().unwrap(), Move::between(Major(15), Major(15), "ssh"));
    way.source = format!("postgresql://u:secret@127.0.0.1:{}/d", sshd.port());
    for words in [&["assess", "--watch", "0s"][..], &["transfer"], &["verify", "--still"]] {
        let said = exited(&way.command(words).output().unwrap(), 4);
        assert!(
            said.contains("PF0212") && said.contains("an SSH server answers there, not PostgreSQL"),
            "{said}"
        );
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn a_pooler_is_refused_on_either_side() {
    let source = shared(Major(15));
    let bouncer = PgBouncer::before(source, Pooling::Transaction).unwrap();
    let mut from = Move::between(Major(15), Major(15), "pooled");
    from.source = bouncer.uri(&from.source_database);
    let said = exited(&from.transfer(), 4);
    assert!(said.contains("PF0213") && said.contains("(on the source)"), "{said}");
    let mut to = Move::between(Major(15), Major(15), "pooled");
    to.target = bouncer.uri("postgres");
    let said = exited(&to.transfer(), 4);
    assert!(said.contains("PF0213") && said.contains("(on the target)"), "{said}");
}
