//! Logging in, by both clients: they have to agree on who gets in, and on the words for those who do not.

use std::time::{Duration, Instant};

use pgferry_engine::{
    Error, Kind, Side,
    pg::{conninfo::Conninfo, conninfo::Defaults, session::Endpoint},
};
use pgferry_lab::{Direction, Major, Proxy, Server, shared};

use crate::connect::{closed, fake, info, text};

/// Both clients ask for one value, or both fail.
async fn ask(info: &Conninfo, sql: &str) -> [Result<String, Error>; 2] {
    let endpoint = Endpoint::new(info.clone(), "login", 1);
    let wire = async {
        let outcomes = endpoint.wire().await?.execute(sql, "ask").await?;
        Ok(outcomes[0].rows[0][0].clone().unwrap_or_default())
    };
    let client = async {
        let rows = endpoint.client().await?.text("ask", sql).await?;
        Ok(rows[0][0].clone().unwrap_or_default())
    };
    [wire.await, client.await]
}

async fn answer(text: &str, sql: &str) -> String {
    let [wire, client] = ask(&info(text), sql).await.map(|answer| answer.unwrap());
    assert_eq!(wire, client, "{text}");
    wire
}

/// What both clients say.
async fn refusal(text: &str) -> Error {
    let [wire, client] = ask(&info(text), "select 1").await.map(|answer| answer.expect_err(text));
    assert_eq!((wire.kind, wire.to_string()), (client.kind, client.to_string()));
    wire
}

fn text_as(server: &Server, user: &str, password: &str, more: &str) -> String {
    format!("host=127.0.0.1 port={} user={user} password={password} dbname=postgres {more}", server.port())
}

const TLS: &str = "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()";
const PORT: &str = "select current_setting('port')";

#[tokio::test]
async fn tls_is_used_where_the_server_demands_it() {
    let server = Server::options(Major(15)).force_tls().start().unwrap();
    let ca = server.ca_file().display();
    for more in ["", "sslmode=require", &format!("sslmode=verify-full sslrootcert={ca}")] {
        assert_eq!(answer(&text(&server, "localhost", more), TLS).await, "true", "{more}");
    }
    let open = refusal(&text(&server, "localhost", "sslmode=disable")).await;
    assert_eq!((open.kind, open.sqlstate()), (Kind::Authentication, "28000"), "{open}");
}

#[tokio::test]
async fn without_a_password_nobody_is_prompted_and_it_is_said() {
    let server = shared(Major(18));
    for mode in ["disable", "require"] {
        let error = refusal(&text_as(server, "postgres", "''", &format!("sslmode={mode}"))).await;
        assert_eq!(error.kind, Kind::Authentication);
        assert!(error.to_string().contains("asks for a password and none was given"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_role_and_a_missing_database_are_told_apart() {
    let server = shared(Major(18));
    let wrong = refusal(&text_as(server, "postgres", "hunter2", "")).await;
    assert_eq!((wrong.kind, wrong.sqlstate()), (Kind::Authentication, "28P01"));
    let unknown = refusal(&text_as(server, "nobody", "hunter2", "")).await;
    assert_eq!(unknown.kind, Kind::Authentication);
    assert!(!format!("{wrong:?}{unknown:?}").contains("hunter2"));
    let missing = refusal(&text(server, "localhost", "dbname=no_such")).await;
    assert_eq!((missing.kind, missing.sqlstate()), (Kind::DatabaseMissing, "3D000"));
}

#[tokio::test]
async fn channel_binding_succeeds_over_tls_and_is_missed_without() {
    let server = shared(Major(18));
    let bound = text(server, "localhost", "sslmode=require channel_binding=require");
    assert_eq!(answer(&bound, TLS).await, "true");
    let open = refusal(&text(server, "localhost", "sslmode=disable channel_binding=require")).await;
    assert_eq!(open.kind, Kind::Authentication);
    assert!(open.to_string().contains("channel_binding=require"), "{open}");
}

/// One frame of the server.
macro_rules! authentication {
    ($method:literal) => {
        [b'R', 0, 0, 0, 8, 0, 0, 0, $method]
    };
}

#[tokio::test]
async fn a_server_that_asks_for_less_than_scram_gets_no_password_where_binding_is_required() {
    // "you are in", and "tell me the password in the clear"
    for answer in [&authentication!(0), &authentication!(3)] {
        let port = fake(Box::leak(Box::new(*answer)), true);
        let text = format!(
            "host=127.0.0.1 port={port} user=u password=p sslmode=disable channel_binding=require connect_timeout=2"
        );
        let error = refusal(&text).await;
        assert_eq!(error.kind, Kind::Authentication, "{error}");
        assert!(error.to_string().contains("channel_binding=require"), "{error}");
    }
}

#[tokio::test]
async fn scram_that_is_broken_off_lets_nobody_in() {
    let mut answer = vec![b'R', 0, 0, 0, 23, 0, 0, 0, 10];
    answer.extend(b"SCRAM-SHA-256\0\0");
    answer[4] = u8::try_from(answer.len() - 1).unwrap();
    answer.extend(authentication!(0));
    answer.extend([b'Z', 0, 0, 0, 5, b'I']);
    let port = fake(answer.leak(), true);
    let text = format!("host=127.0.0.1 port={port} user=u password=p sslmode=disable connect_timeout=2");
    for refused in ask(&info(&text), "select 1").await {
        let error = refused.unwrap_err();
        assert!(matches!(error.kind, Kind::Authentication | Kind::Protocol), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_never_lets_us_in_costs_the_connect_timeout_and_no_more() {
    for mode in ["disable", "prefer"] {
        let (port, begun) = (fake(b"", true), Instant::now());
        let error =
            refusal(&format!("host=127.0.0.1 port={port} user=u sslmode={mode} connect_timeout=2")).await;
        assert_eq!(error.kind, Kind::Timeout, "{mode}: {error}");
        // for each of the two clients the timeout, and two seconds to find out what it is
        assert!(begun.elapsed() < Duration::from_secs(11));
    }
    let server = shared(Major(18));
    let proxy = Proxy::to(server.port()).unwrap();
    proxy.hold_direction(Direction::ToClient);
    let port = proxy.port();
    let error =
        refusal(&text(server, "localhost", &format!("port={port} sslmode=require connect_timeout=2"))).await;
    assert_eq!(error.kind, Kind::Timeout);
}

#[tokio::test]
async fn what_does_not_speak_our_protocol_lets_nobody_in() {
    for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"SSH-2.0-OpenSSH_9.2\r\n", b"J\0\0\0\n8.0.36\0"]
    {
        let port = fake(Box::leak(answer.into()), false);
        let text = format!("host=127.0.0.1 port={port} user=u sslmode=disable connect_timeout=2");
        for refused in ask(&info(&text), "select 1").await {
            let kind = refused.unwrap_err().kind;
            assert!(matches!(kind, Kind::Protocol | Kind::ConnectionLost | Kind::NotPostgres), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn options_reach_the_server_and_our_own_settings_win() {
    let server = shared(Major(18));
    let more = "options='-c work_mem=7MB -c geqo=off -c statement_timeout=1'";
    let sql = "select concat_ws(' ', current_setting('work_mem'), current_setting('geqo'), \
               current_setting('statement_timeout'), current_setting('application_name'))";
    assert_eq!(answer(&text(server, "localhost", more), sql).await, "7MB off 0 pgferry/login/42882135/1");
    let uri = format!("{}?options=-c%20work_mem%3D9MB", server.uri("postgres"));
    assert_eq!(answer(&uri, "select current_setting('work_mem')").await, "9MB");
}

#[tokio::test]
async fn a_socket_is_reached_by_a_folder_in_percent() {
    let server = shared(Major(18));
    let uri = server.socket_uri("postgres");
    assert!(uri.contains("%2F"), "{uri}");
    let local = "select (inet_client_addr() is null)::text";
    assert_eq!(answer(&uri, local).await, "true");
    let folder = server.socket_dir().display();
    let words = format!("host={folder} port={} user=postgres sslmode=verify-full", server.port());
    assert_eq!(answer(&words, local).await, "true", "TLS is not asked of a socket");
}

#[tokio::test]
async fn hosts_behind_a_dead_one_serve() {
    let server = shared(Major(18));
    let (user, password, port) = (server.superuser(), server.password(), server.port());
    let uri = format!("postgresql://{user}:{password}@127.0.0.1:{},127.0.0.1:{port}/postgres", closed());
    assert_eq!(answer(&uri, PORT).await, port.to_string());
}

#[tokio::test]
async fn an_ipv6_address_stands_in_brackets() {
    let Ok(free) = std::net::TcpListener::bind("[::1]:0") else { return };
    drop(free);
    let server = Server::options(Major(15)).setting("listen_addresses", "127.0.0.1,::1").start().unwrap();
    let file = server.socket_dir().join("pg_hba.conf");
    let access = std::fs::read_to_string(&file).unwrap() + "host all all ::1/128 scram-sha-256\n";
    std::fs::write(&file, access).unwrap();
    server.stop().unwrap();
    server.start_again().unwrap();
    let more = format!("sslmode=verify-full&sslrootcert={}", server.ca_file().display());
    let uri = format!("{}?{more}", server.uri("postgres").replace("127.0.0.1", "[::1]"));
    assert_eq!(answer(&uri, "select host(inet_server_addr())").await, "::1");
}

/// A standby without a primary, and a primary whose sessions cannot write by default.
fn standby_and_read_only() -> [Server; 2] {
    let standby = Server::start(Major(15)).unwrap();
    standby.stop().unwrap();
    std::fs::write(standby.data_dir().join("standby.signal"), "").unwrap();
    standby.start_again().unwrap();
    let read_only =
        Server::options(Major(15)).setting("default_transaction_read_only", "on").start().unwrap();
    for server in [&standby, &read_only] {
        assert_eq!(server.psql("postgres", "show transaction_read_only").unwrap(), "on");
    }
    [standby, read_only]
}

#[tokio::test]
async fn the_server_that_is_wanted_is_taken_whichever_stands_first() {
    let [standby, read_only] = standby_and_read_only();
    let writable = shared(Major(18));
    // each server has a role of one name with one password
    for server in [&read_only, writable] {
        let sql = "begin read write; create role chosen login superuser password 'p'; commit";
        server.psql("postgres", sql).unwrap();
    }
    let hosts = |servers: &[&Server], wanted: &str| {
        let ports: Vec<String> = servers.iter().map(|server| server.port().to_string()).collect();
        let names = vec!["127.0.0.1"; servers.len()].join(",");
        format!(
            "host={names} port={} user=chosen password=p dbname=postgres target_session_attrs={wanted}",
            ports.join(",")
        )
    };
    let all = [&read_only, writable];
    for (wanted, server) in
        [("any", &read_only), ("read-write", writable), ("read-only", &read_only), ("primary", &read_only)]
    {
        assert_eq!(answer(&hosts(&all, wanted), PORT).await, server.port().to_string(), "{wanted}");
    }
    // nobody is a standby, and then anybody will do
    assert_eq!(answer(&hosts(&all, "prefer-standby"), PORT).await, read_only.port().to_string());
    let none = refusal(&hosts(&all, "standby")).await;
    assert_eq!(none.kind, Kind::Unreachable);
    assert!(none.to_string().contains("not what target_session_attrs=standby asks for"), "{none}");

    // the standby has the superuser alone, by its socket
    let folder = standby.socket_dir().display();
    let on_socket = |wanted: &str| {
        format!("host={folder} port={} user=postgres target_session_attrs={wanted}", standby.port())
    };
    for wanted in ["standby", "prefer-standby", "read-only"] {
        assert_eq!(answer(&on_socket(wanted), PORT).await, standby.port().to_string(), "{wanted}");
    }
    for wanted in ["primary", "read-write"] {
        assert_eq!(refusal(&on_socket(wanted)).await.kind, Kind::Unreachable, "{wanted}");
    }
}

#[tokio::test]
async fn a_server_that_is_only_starting_lets_the_next_one_serve() {
    let mut starting = vec![b'E', 0, 0, 0, 0];
    starting.extend(b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0");
    starting[4] = u8::try_from(starting.len() - 1).unwrap();
    let first = fake(starting.leak(), false);
    let server = shared(Major(18));
    let (user, password, port) = (server.superuser(), server.password(), server.port());
    let text = format!(
        "host=127.0.0.1,127.0.0.1 port={first},{port} user={user} password={password} dbname=postgres sslmode=disable"
    );
    assert_eq!(answer(&text, PORT).await, port.to_string());
    let alone = format!("host=127.0.0.1 port={first} user=u sslmode=disable");
    let error = refusal(&alone).await;
    assert_eq!((error.kind, error.sqlstate()), (Kind::ConnectionLost, "57P03"));
}

#[tokio::test]
async fn a_passfile_and_a_service_serve_both_clients() {
    use std::os::unix::fs::PermissionsExt;
    let server = shared(Major(18));
    let folder = tempfile::tempdir().unwrap();
    let [passfile, servicefile] = ["pgpass", "pg_service.conf"].map(|name| folder.path().join(name));
    let port = server.port();
    std::fs::write(&servicefile, format!("[shop]\nhost=localhost\nport={port}\nuser=postgres\n")).unwrap();
    std::fs::write(&passfile, format!("localhost:{port}:*:postgres:{}\n", server.password())).unwrap();
    std::fs::set_permissions(&passfile, std::fs::Permissions::from_mode(0o600)).unwrap();
    let defaults =
        Defaults { passfile: Some(passfile), servicefile: Some(servicefile), ..Defaults::default() };
    let info = Conninfo::parse("service=shop", Side::Source, &defaults).unwrap();
    for answer in ask(&info, PORT).await {
        assert_eq!(answer.unwrap(), port.to_string());
    }
}
