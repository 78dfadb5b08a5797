//! What answers on a port and is not PostgreSQL itself: other engines, silence, poolers.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use pgferry_engine::{
    Kind, Side,
    pg::{behind::Behind, client::Client, dial::dial, wire::Wire},
};
use pgferry_lab::{Major, PgBouncer, Pooling, Server, shared};

use crate::connect::info;

/// A stand-in: what it says at once, and what it does with what it is told.
fn stand_in(greeting: Vec<u8>, answer: fn(&[u8]) -> Option<&'static [u8]>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, greeting): (TcpStream, _) = (stream.unwrap(), greeting.clone());
            std::thread::spawn(move || {
                let _ = stream.write_all(&greeting);
                let mut heard = [0; 1024];
                while let Ok(count @ 1..) = stream.read(&mut heard) {
                    match answer(&heard[..count]) {
                        Some(b"") => return,
                        Some(words) => drop(stream.write_all(words)),
                        None => {}
                    }
                }
            });
        }
    });
    port
}

/// The first packet of MySQL's protocol. Source: MySQL's "Protocol::HandshakeV10".
fn handshake(version: &str) -> Vec<u8> {
    let mut body = vec![10];
    body.extend(version.as_bytes());
    body.extend(b"\0\x2a\0\0\0abcdefgh\0\xff\xff\x08\x02\0\xff\xc1\x15\0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0mysql_native_password\0");
    [&[u8::try_from(body.len()).unwrap(), 0, 0, 0], &body[..]].concat()
}

fn is_text(heard: &[u8]) -> bool {
    heard.starts_with(b"GET ")
}

fn engines() -> Vec<(&'static str, u16)> {
    // MySQL answers an SSLRequest, which is no packet of its own, by nothing
    let mysql = stand_in(handshake("8.0.36"), |_| None);
    let mariadb = stand_in(handshake("5.5.5-10.11.6-MariaDB-1"), |_| None);
    let ssh = stand_in(b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec(), |_| Some(b""));
    // a length of 134,217,728 bytes is more than it takes
    let mongodb = stand_in(Vec::new(), |heard| {
        let words = b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nIt looks like you are trying to access MongoDB over \
                      HTTP on the native driver port.\r\n";
        Some(if is_text(heard) { words } else { b"" })
    });
    let redis = stand_in(Vec::new(), |heard| {
        is_text(heard).then_some(b"-ERR wrong number of arguments for 'get' command\r\n".as_slice())
    });
    let http = stand_in(Vec::new(), |_| Some(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n"));
    let https = stand_in(Vec::new(), |_| Some(b"\x15\x03\x01\0\x02\x02\x46"));
    vec![
        ("MySQL", mysql),
        ("MariaDB", mariadb),
        ("an SSH server", ssh),
        ("MongoDB", mongodb),
        ("Redis", redis),
        ("a web server", http),
        ("TLS from the first byte", https),
    ]
}

fn text(port: u16, mode: &str) -> String {
    format!("host=127.0.0.1 port={port} user=u password=p sslmode={mode} connect_timeout=2")
}

#[tokio::test]
async fn other_engines_are_called_by_their_names() {
    for (name, port) in engines() {
        for mode in ["prefer", "verify-full"] {
            let error = dial(&info(&text(port, mode))).await.err().unwrap();
            let said = error.to_string();
            assert_eq!(error.kind, Kind::NotPostgres, "{mode}: {said}");
            assert!(said.contains(name) && said.contains("not PostgreSQL"), "{said}");
        }
    }
}

#[tokio::test]
async fn they_are_also_where_no_tls_was_asked_for() {
    for (name, port) in engines() {
        let info = info(&text(port, "disable"));
        for error in
            [Client::login(&info, "it").await.err().unwrap(), Wire::login(&info, &[]).await.err().unwrap()]
        {
            assert_eq!(error.kind, Kind::NotPostgres, "{name}: {error}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[tokio::test]
async fn a_port_that_never_answers_is_told_from_one_that_is_shut() {
    let port = stand_in(Vec::new(), |_| None);
    for mode in ["require", "disable"] {
        let begun = Instant::now();
        let error = Wire::login(&info(&text(port, mode)), &[]).await.err().unwrap();
        assert_eq!(error.kind, Kind::Timeout, "{mode}: {error}");
        assert!(error.to_string().contains("nothing ever answers"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_pooler_is_told_from_a_server() {
    let server = shared(Major(15));
    for (pooling, by_transaction) in [(Pooling::Session, false), (Pooling::Transaction, true)] {
        let bouncer = PgBouncer::before(server, pooling).unwrap();
        let behind = Behind::look(&info(&bouncer.uri("postgres"))).await.unwrap();
        let pooler = behind.pooler.clone().expect("a pooler");
        assert_eq!(pooler.by_transaction, by_transaction, "{pooling:?}: {}", pooler.proof);
        let error = behind.direct(Side::Source).unwrap_err();
        assert!(error.kind == Kind::Pooler && error.to_string().contains("connection pooler"), "{error}");
    }
    let direct = Behind::look(&info(&server.uri("postgres"))).await.unwrap();
    assert_eq!(direct, Behind { pooler: None, standby: false });
    direct.direct(Side::Source).unwrap();
}

#[tokio::test]
async fn a_standby_is_told_from_its_primary_also_behind_a_pooler() {
    let primary = Server::start(Major(15)).unwrap();
    let standby = primary.standby().unwrap();
    let look = async |uri: &str| Behind::look(&info(uri)).await.unwrap();
    assert_eq!(look(&standby.uri("postgres")).await, Behind { pooler: None, standby: true });
    assert_eq!(look(&primary.uri("postgres")).await, Behind { pooler: None, standby: false });
    let bouncer = PgBouncer::before(&standby, Pooling::Session).unwrap();
    let behind = look(&bouncer.uri("postgres")).await;
    assert!(behind.standby && behind.pooler.is_some(), "{behind:?}");
}

#[tokio::test]
async fn a_server_that_takes_nobody_yet_says_so_in_its_own_words() {
    for major in [Major(13), Major(15), Major(18)] {
        let server = Server::start(major).unwrap();
        server.stop().unwrap();
        server.start_taking_nobody().unwrap();
        let info = info(&server.uri("postgres"));
        let refusals = [
            Behind::look(&info).await.err(),
            Client::login(&info, "it").await.err(),
            Wire::login(&info, &[]).await.err(),
        ];
        for error in refusals.map(Option::unwrap) {
            assert_eq!((error.kind, error.sqlstate()), (Kind::ConnectionLost, "57P03"), "{error}");
            assert!(error.is_transient() && error.to_string().contains("the database system is "), "{error}");
        }
    }
}

#[tokio::test]
async fn a_pooler_that_refuses_a_word_of_the_login_is_called_one() {
    let bouncer = PgBouncer::before(shared(Major(15)), Pooling::Session).unwrap();
    let info = info(&bouncer.uri("postgres"));
    for word in [("options", "-c work_mem=8MB"), ("replication", "database")] {
        let error = Wire::login(&info, &[word]).await.err().unwrap();
        assert_eq!((error.kind, error.sqlstate()), (Kind::Pooler, "08P01"), "{word:?}: {error}");
    }
}
