//! Through a real `sshd`, and what is said where it does not let us through.

use std::time::{Duration, Instant};

use pgferry_engine::{
    Error, Kind, Result,
    pg::{client::Client, conninfo::Conninfo, dial::dial, tunnel::Tunnel, wire::Wire},
};
use pgferry_lab::{Flaw, Major, Server, Sshd, shared};

use crate::connect::{closed, info, text};

/// The server as it is seen from the far side of `ssh`.
fn through(ssh: &str, text: &str) -> Conninfo {
    let info = info(text);
    let tunnel = Tunnel::new(ssh, info.hosts()).unwrap();
    info.through(tunnel)
}

fn here(server: &Server, more: &str) -> String {
    text(server, "localhost", more)
}

async fn answer(info: &Conninfo) -> Result<String> {
    let client = Client::login(info, "tunnel").await?;
    let rows = client.text("ask", "select version from pg_stat_ssl where pid = pg_backend_pid()").await?;
    Ok(rows[0][0].clone().unwrap_or_default())
}

async fn refusal(ssh: &str, text: &str) -> Error {
    dial(&through(ssh, text)).await.err().expect("nobody should answer")
}

#[tokio::test]
async fn a_server_is_reached_through_ssh_with_and_without_tls() {
    let (server, sshd) = (shared(Major(18)), Sshd::start().unwrap());
    let ssh = sshd.ssh().unwrap();
    let ca = server.ca_file().display();
    let verified = format!("sslmode=verify-full sslrootcert={ca}");
    for (more, tls) in [("sslmode=disable", ""), ("", "TLSv1.3"), (verified.as_str(), "TLSv1.3")] {
        assert_eq!(answer(&through(&ssh, &here(server, more))).await.unwrap(), tls, "{more}");
    }
    let wrong = text(server, "db.example", &verified);
    assert_eq!(refusal(&ssh, &wrong).await.kind, Kind::Tls, "the name that was asked for is verified");
}

#[tokio::test]
async fn a_unix_socket_of_the_far_side_is_reached() {
    let (server, sshd) = (shared(Major(18)), Sshd::start().unwrap());
    let info = through(&sshd.ssh().unwrap(), &server.socket_uri("postgres"));
    assert_eq!(answer(&info).await.unwrap(), "");
    assert!(!info.is_local());
}

#[tokio::test]
async fn one_tunnel_serves_many_connections_and_ends_with_the_last_copy() {
    let (server, sshd) = (shared(Major(18)), Sshd::start().unwrap());
    let ssh = sshd.ssh().unwrap();
    let config = ssh.split(' ').nth(1).unwrap();
    let info = through(&ssh, &here(server, ""));
    let mut wires = Vec::new();
    for _ in 0..12 {
        wires.push(Wire::login(&info.clone(), &[]).await.unwrap());
    }
    assert_eq!(processes(config), 1);
    drop(info);
    assert_eq!(processes(config), 0);
    assert!(wires[0].execute("select 1", "ask").await.is_err());
}

/// How many processes have `word` among their arguments.
fn processes(word: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.filter(|line| line.split(|byte| *byte == 0).any(|one| one == word.as_bytes())).count()
}

#[tokio::test]
async fn after_the_tunnel_was_cut_new_connections_work() {
    let (server, sshd) = (shared(Major(18)), Sshd::start().unwrap());
    let info = through(&sshd.ssh().unwrap(), &here(server, ""));
    let client = Client::login(&info, "tunnel").await.unwrap();
    sshd.cut();
    let error = client.run("ask", "select 1").await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    works_in_time(&info).await;
}

#[tokio::test]
async fn a_far_side_that_is_gone_is_a_fault_that_may_pass() {
    let (server, sshd) = (shared(Major(18)), Sshd::start().unwrap());
    let info = through(&sshd.ssh().unwrap(), &here(server, ""));
    assert!(answer(&info).await.is_ok());
    sshd.stop().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let error = dial(&info).await.err().unwrap();
        assert!(error.is_transient() && Instant::now() < deadline, "{error}");
        // until the near side has seen that its connection is gone
        if error.to_string().contains("Connection refused; check that sshd runs there") {
            break;
        }
    }
    sshd.start_again().unwrap();
    works_in_time(&info).await;
}

/// The last failure is repeated for a moment; what is said meanwhile is never final.
async fn works_in_time(info: &Conninfo) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while let Err(error) = answer(info).await {
        assert!(error.is_transient() && Instant::now() < deadline, "{error}");
    }
}

#[tokio::test]
async fn each_way_of_being_refused_says_what_to_do() {
    let (server, sshd) = (shared(Major(18)), Sshd::start().unwrap());
    for (flaw, words, advice) in [
        (Flaw::WrongKey, "Permission denied", "ssh-add"),
        (Flaw::UnknownHost, "Host key verification failed", "connect once by hand"),
        (Flaw::ChangedHost, "has changed", "ssh-keygen -R"),
    ] {
        let error = refusal(&sshd.ssh_with(flaw).unwrap(), &here(server, "")).await;
        assert_eq!(error.kind, Kind::Tunnel, "{error}");
        let error = error.to_string();
        assert!(error.contains(words) && error.contains(advice), "{flaw:?}: {error}");
        assert!(error.contains("through ssh droplet"), "{error}");
    }
}

#[tokio::test]
async fn a_far_side_that_wants_a_password_hangs_nobody() {
    let (server, sshd) = (shared(Major(18)), Sshd::asking_for_passwords().unwrap());
    let begun = Instant::now();
    let error = refusal(&sshd.ssh().unwrap(), &here(server, "")).await;
    assert!(error.kind == Kind::Tunnel && error.to_string().contains("Permission denied"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_port_that_is_closed_over_there_is_named() {
    let sshd = Sshd::start().unwrap();
    let ssh = sshd.ssh().unwrap();
    for more in ["", "sslmode=disable", "sslmode=require"] {
        let info = through(&ssh, &format!("host=localhost port={} user=u {more}", closed()));
        for error in [
            Client::login(&info, "tunnel").await.err().unwrap(),
            Wire::login(&info, &[]).await.err().unwrap(),
        ] {
            assert_eq!(error.kind, Kind::Unreachable, "{more}: {error}");
            assert!(error.to_string().contains("open failed: connect failed: Connection refused"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_far_side_that_forbids_forwarding_is_no_port_that_is_closed() {
    let (server, sshd) = (shared(Major(18)), Sshd::forwarding_nothing().unwrap());
    let error = refusal(&sshd.ssh().unwrap(), &here(server, "")).await;
    assert!(error.kind == Kind::Tunnel && error.to_string().contains("AllowTcpForwarding"), "{error}");
}
