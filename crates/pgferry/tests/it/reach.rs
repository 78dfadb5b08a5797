//! Reaching the source: through SSH, and not through a pooler.

use std::process::Command;

use pgferry_lab::{Flaw, Major, PgBouncer, Pooling, Server, Sshd, shared};

use crate::words::{Move, eventually, exited, fill, is_untouched, succeeded};

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

#[test]
fn a_tunnel_cut_in_the_middle_of_a_copy_is_made_again() {
    let (source, target, way) = servers(200);
    let sshd = Sshd::start().unwrap();
    let ssh = sshd.ssh().unwrap();
    let mut running = way.begin(&["--jobs", "1", "--ssh", &ssh]);
    assert!(running.wait_for("copy tables and rows"));
    eventually("the first chunk", || chunks_in(&target, &way.target_database) >= 1);
    sshd.cut();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("retrying") || said.contains("under a new snapshot"), "{said}");
    succeeded(&way.verify());
    assert!(is_untouched(&source, &way.source_database));
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
