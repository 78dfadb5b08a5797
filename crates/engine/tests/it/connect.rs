//! Every way to a server, and what is said where there is none.

use std::{
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::{Duration, Instant},
};

use pgferry_engine::{
    Error, Kind, Result, Side,
    pg::{
        client::Client,
        conninfo::{Conninfo, Defaults},
        dial::{Dialled, dial, redial},
        wire::Wire,
    },
};
use pgferry_lab::{Major, Server, shared};

pub(crate) fn info(text: &str) -> Conninfo {
    Conninfo::parse(text, Side::Source, &Defaults::default()).unwrap()
}

/// The superuser's connection string to `server`, as `host` by name, with more keywords.
pub(crate) fn text(server: &Server, host: &str, more: &str) -> String {
    let (user, password, port) = (server.superuser(), server.password(), server.port());
    format!(
        "host={host} hostaddr=127.0.0.1 port={port} user={user} password={password} dbname=postgres {more}"
    )
}

pub(crate) async fn failure(text: &str) -> Error {
    dial(&info(text)).await.err().expect("nobody should answer")
}

/// What the server says about our TLS: `None` in the open.
async fn version_of_tls(text: &str) -> Result<Option<String>> {
    let client = Client::login(&info(text), "connect").await?;
    let rows = client.text("ask", "select version from pg_stat_ssl where pid = pg_backend_pid()").await?;
    Ok(rows[0][0].clone())
}

/// A server that answers the first eight bytes of each connection with `answer`, then keeps it open or closes it.
pub(crate) fn fake(answer: &'static [u8], stays: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read_exact(&mut [0; 8]);
            let _ = stream.write_all(answer);
            kept.extend(stays.then_some(stream));
        }
    });
    port
}

/// A port where nobody listens.
pub(crate) fn closed() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn every_sslmode_reaches_a_server_that_offers_tls() {
    let server = shared(Major(18));
    let ca = server.ca_file().display();
    let plain = version_of_tls(&text(server, "localhost", "sslmode=disable")).await.unwrap();
    assert_eq!(plain, None);
    for more in [
        String::new(),
        "sslmode=allow".to_owned(),
        "sslmode=prefer".to_owned(),
        "sslmode=require".to_owned(),
        format!("sslmode=require sslrootcert={ca}"),
        format!("sslmode=verify-ca sslrootcert={ca}"),
        format!("sslmode=verify-full sslrootcert={ca}"),
    ] {
        let version = version_of_tls(&text(server, "localhost", &more)).await.unwrap();
        assert_eq!(version.as_deref(), Some("TLSv1.3"), "{more}");
    }
}

#[tokio::test]
async fn a_wrong_name_is_refused_by_verify_full_alone() {
    let server = shared(Major(18));
    let ca = server.ca_file().display();
    let error = failure(&text(server, "db.example", &format!("sslmode=verify-full sslrootcert={ca}"))).await;
    assert_eq!(error.kind, Kind::Tls);
    assert!(error.to_string().contains("not valid for name \"db.example\""), "{error}");
    let verify_ca = text(server, "db.example", &format!("sslmode=verify-ca sslrootcert={ca}"));
    assert!(dial(&info(&verify_ca)).await.unwrap().stream.is_tls());
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_is_refused() {
    let server = shared(Major(18));
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/certificates/other.pem");
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = failure(&text(server, "localhost", &format!("sslmode={mode} sslrootcert={other}"))).await;
        assert_eq!(error.kind, Kind::Tls, "{mode}");
        assert!(error.to_string().contains("no authority trusted here"), "{error}");
    }
    let system = failure(&text(server, "localhost", "sslrootcert=system")).await;
    assert_eq!(system.kind, Kind::Tls);
}

#[tokio::test]
async fn a_root_certificate_that_cannot_be_read_is_named() {
    let server = shared(Major(18));
    for file in ["/nonexistent/ca.pem", "/dev/null"] {
        let more = format!("sslmode=verify-full sslrootcert={file}");
        let error = failure(&text(server, "localhost", &more)).await;
        assert!(error.kind == Kind::Tls && error.to_string().contains(file), "{error}");
    }
}

#[tokio::test]
async fn a_server_without_tls_serves_those_who_do_not_demand_it() {
    let server = Server::options(Major(15)).tls(false).start().unwrap();
    for more in ["", "sslmode=prefer", "sslmode=disable"] {
        assert_eq!(version_of_tls(&text(&server, "localhost", more)).await.unwrap(), None);
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = failure(&text(&server, "localhost", &format!("sslmode={mode}"))).await;
        assert_eq!(error.kind, Kind::Tls);
        let said = error.to_string();
        assert!(said.contains("offers no TLS") && said.contains("sslmode=disable"), "{said}");
    }
}

#[tokio::test]
async fn scram_is_bound_to_the_channel_by_both_clients() {
    let server = shared(Major(18));
    let bound = info(&text(server, "localhost", "sslmode=require channel_binding=require"));
    Wire::login(&bound, &[]).await.unwrap();
    Client::login(&bound, "connect").await.unwrap();
    let open = info(&text(server, "localhost", "sslmode=disable channel_binding=require"));
    assert_eq!(Wire::login(&open, &[]).await.err().unwrap().kind, Kind::Authentication);
    assert_eq!(Client::login(&open, "connect").await.err().unwrap().kind, Kind::Authentication);
}

#[tokio::test]
async fn a_socket_and_a_uri_lead_there_too() {
    let server = shared(Major(18));
    Client::login(&info(&server.socket_uri("postgres")), "connect").await.unwrap();
    Client::login(&info(&server.uri("postgres")), "connect").await.unwrap();
    let none = failure("host=/nonexistent user=u").await;
    assert_eq!(none.kind, Kind::Unreachable);
    assert!(none.to_string().contains("/nonexistent/.s.PGSQL.5432"), "{none}");
}

#[tokio::test]
async fn the_passfile_gives_the_password_of_the_host_that_answered() {
    let server = shared(Major(18));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pgpass");
    let lines = format!("other:*:*:*:wrong\n127.0.0.1:{}:postgres:*:{}\n", server.port(), server.password());
    std::fs::write(&file, lines).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let defaults = Defaults { passfile: Some(file.clone()), ..Defaults::default() };
    let text =
        format!("host=other,127.0.0.1 port={},{} user=postgres dbname=postgres", closed(), server.port());
    let info = Conninfo::parse(&text, Side::Source, &defaults).unwrap();
    Client::login(&info, "connect").await.unwrap();
    assert_eq!(info.warnings().len(), 0);

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(Client::login(&info, "connect").await.err().unwrap().kind, Kind::Authentication);
    assert!(info.warnings()[0].contains("others may read it"));
}

#[tokio::test]
async fn a_service_leads_there() {
    let server = shared(Major(18));
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("pg_service.conf");
    let lines = format!(
        "[shop]\nhost=127.0.0.1\nport={}\nuser=postgres\npassword={}\n",
        server.port(),
        server.password()
    );
    std::fs::write(&file, lines).unwrap();
    let defaults = Defaults { servicefile: Some(file), ..Defaults::default() };
    let info = Conninfo::parse("postgresql:///?service=shop", Side::Target, &defaults).unwrap();
    Client::login(&info, "connect").await.unwrap();
}

#[tokio::test]
async fn an_unknown_host_is_unknown() {
    let error = failure("host=nobody.invalid user=u connect_timeout=20").await;
    assert_eq!(error.kind, Kind::UnknownHost);
    assert!(error.to_string().contains("the name \"nobody.invalid\" has no address"), "{error}");
}

#[tokio::test]
async fn hosts_are_tried_in_order_and_each_failure_is_told() {
    let (first, second) = (closed(), closed());
    let error = failure(&format!("host=localhost,127.0.0.1 port={first},{second} user=u")).await;
    assert_eq!(error.kind, Kind::Unreachable);
    let said = error.to_string();
    assert!(said.contains(&format!("localhost:{first} (127.0.0.1): ")), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{second}: ")), "{said}");

    let server = shared(Major(18));
    let Dialled { address, .. } =
        dial(&info(&format!("host=127.0.0.1,localhost port={first},{} user=u", server.port())))
            .await
            .unwrap();
    assert_eq!((&*address.host().name, address.host().port), ("localhost", server.port()));
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_connect_timeout_and_no_more() {
    let (port, begun) = (fake(b"", true), Instant::now());
    let error = failure(&format!("host=127.0.0.1 port={port} user=u connect_timeout=2")).await;
    assert_eq!(error.kind, Kind::Timeout);
    assert!(error.to_string().contains("no answer within 2 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_is_no_server_with_tls_is_named_for_what_it_is() {
    let cases: [(&[u8], Kind, &str); 4] = [
        (b"S\x16\x03\x03 early", Kind::Tls, "bytes came before TLS"),
        (b"HTTP/1.1 400", Kind::Protocol, "not PostgreSQL"),
        (b"EFATAL", Kind::Unreachable, "no process left"),
        (b"", Kind::Unreachable, "closed the connection"),
    ];
    for (answer, kind, said) in cases {
        let error =
            failure(&format!("host=127.0.0.1 port={} user=u sslmode=require", fake(answer, false))).await;
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn the_same_address_is_dialled_again_with_the_same_tls() {
    let server = shared(Major(18));
    let info = info(&text(server, "localhost", "sslmode=require"));
    let dialled = dial(&info).await.unwrap();
    let again = redial(&info, &dialled.address).await.unwrap();
    assert_eq!(again.tls_protocol(), Some("TLSv1_3"));
    assert_eq!(again.end_point(), dialled.stream.end_point());
}
