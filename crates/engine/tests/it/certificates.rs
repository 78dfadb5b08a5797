//! Certificates as they are met in the wild, each served by a real server. `certificates/make.sh` made them.

use std::path::{Path, PathBuf};

use pgferry_engine::{
    Kind,
    pg::{client::Client, dial::dial, wire::Wire},
};
use pgferry_lab::{Major, Server};

use crate::connect::{failure, info, text};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/certificates").join(name)
}

/// Writes over a file of the server's, which keeps its owner and its mode.
fn replace(server: &Server, name: &str, with: &str) {
    std::fs::write(server.socket_dir().join(name), std::fs::read(file(with)).unwrap()).unwrap();
}

/// The server has this certificate from now on.
fn serve(server: &Server, certificate: &str, key: &str) {
    replace(server, "server.crt", certificate);
    replace(server, "server.key", key);
    server.stop().unwrap();
    server.start_again().unwrap();
}

/// Connects as to db.example: the mode and the root certificate, and what part of the error is expected, or none.
async fn expect(server: &Server, mode: &str, root: &str, error: Option<&str>) {
    let text = text(server, "db.example", &format!("sslmode={mode} sslrootcert={}", file(root).display()));
    match (dial(&info(&text)).await, error) {
        (Ok(dialled), None) => assert!(dialled.stream.is_tls()),
        (Ok(_), Some(expected)) => panic!("{mode} {root}: connected, where it should have said {expected}"),
        (Err(error), None) => panic!("{mode} {root}: {error}"),
        (Err(error), Some(expected)) => {
            assert_eq!(error.kind, Kind::Tls);
            assert!(error.to_string().contains(expected), "{mode} {root}: {error}");
        }
    }
}

#[tokio::test]
async fn names_are_looked_for_as_libpq_does() {
    let server = Server::start(Major(18)).unwrap();
    for certificate in ["named.pem", "common.pem", "star.pem"] {
        serve(&server, certificate, "ec.key");
        expect(&server, "verify-full", "authority.pem", None).await;
        let elsewhere = format!("sslmode=verify-full sslrootcert={}", file("authority.pem").display());
        // somebody is the common name of a certificate that has an alternative name, so it does not count
        for host in ["somebody", "db.example.org", "a.db.example"] {
            assert_eq!(
                failure(&text(&server, host, &elsewhere)).await.kind,
                Kind::Tls,
                "{certificate} {host}"
            );
        }
    }
}

#[tokio::test]
async fn a_certificate_that_signs_itself_is_trusted_where_it_is_pinned() {
    let server = Server::start(Major(18)).unwrap();
    for certificate in ["own.pem", "own_named.pem", "own_sha512.pem", "own_pss.pem"] {
        serve(&server, certificate, "rsa.key");
        expect(&server, "verify-full", certificate, None).await;
        expect(&server, "verify-ca", "authority.pem", Some("its certificate")).await;
        let wrong = format!("sslmode=verify-full sslrootcert={}", file(certificate).display());
        // somebody is the common name of own_named.pem, which has an alternative name
        for host in ["other.example", "somebody"] {
            let error = failure(&text(&server, host, &wrong)).await;
            assert!(error.to_string().contains("not valid for name"), "{certificate}: {error}");
        }
    }
}

#[tokio::test]
async fn a_file_of_which_nothing_can_be_an_authority_trusts_nobody_else() {
    let server = Server::start(Major(18)).unwrap();
    serve(&server, "own_v1_ec.pem", "ec.key");
    for mode in ["require", "verify-ca", "verify-full"] {
        expect(&server, mode, "unreadable.pem", Some("of no authority trusted here")).await;
    }
    expect(&server, "verify-full", "own_v1_ec.pem", None).await;
}

#[tokio::test]
async fn a_certificate_out_of_date_is_refused_even_where_it_is_pinned() {
    let server = Server::start(Major(18)).unwrap();
    serve(&server, "expired.pem", "ec.key");
    expect(&server, "verify-full", "authority.pem", Some("expired")).await;
    serve(&server, "own_expired.pem", "ec.key");
    expect(&server, "verify-full", "own_expired.pem", Some("expired")).await;
    // webpki stops at the version, before it comes to the dates
    serve(&server, "own_v1_expired.pem", "ec.key");
    expect(&server, "verify-full", "own_v1_expired.pem", Some("expired")).await;
    expect(&server, "verify-ca", "own_v1_expired.pem", Some("expired")).await;
}

#[tokio::test]
async fn version_1_serves_where_it_is_pinned_or_not_looked_at_and_is_named_elsewhere() {
    for tls in ["TLSv1.2", "TLSv1.3"] {
        let server = Server::options(Major(18)).setting("ssl_max_protocol_version", tls).start().unwrap();
        for (certificate, key) in [("own_v1.pem", "rsa.key"), ("own_v1_ec.pem", "ec.key")] {
            serve(&server, certificate, key);
            expect(&server, "verify-full", certificate, None).await;
            let unseen = info(&text(&server, "db.example", "sslmode=require"));
            assert!(dial(&unseen).await.unwrap().stream.is_tls());
        }
        serve(&server, "v1.pem", "rsa.key");
        expect(&server, "verify-full", "authority.pem", Some("X.509 v1")).await;
        expect(&server, "verify-ca", "authority.pem", Some("SSH tunnel")).await;
    }
}

#[tokio::test]
async fn scram_is_bound_to_every_kind_of_certificate() {
    for tls in ["TLSv1.2", "TLSv1.3"] {
        let server = Server::options(Major(17)).setting("ssl_max_protocol_version", tls).start().unwrap();
        for (certificate, key) in [
            ("named.pem", "ec.key"),
            ("own.pem", "rsa.key"),
            ("own_v1_ec.pem", "ec.key"),
            ("own_sha512.pem", "rsa.key"),
            ("own_pss.pem", "rsa.key"),
        ] {
            serve(&server, certificate, key);
            let bound = info(&text(&server, "db.example", "sslmode=require channel_binding=require"));
            Wire::login(&bound, &[]).await.unwrap_or_else(|error| panic!("{certificate} {tls}: {error}"));
            Client::login(&bound, "certificates")
                .await
                .unwrap_or_else(|error| panic!("{certificate} {tls}: {error}"));
        }
    }
}

#[tokio::test]
async fn a_client_certificate_logs_in_without_a_password() {
    let server = Server::options(Major(18)).setting("ssl_ca_file", "../ca.pem").start().unwrap();
    replace(&server, "ca.pem", "authority.pem");
    let access = "local all all trust\nhostssl all all 127.0.0.1/32 cert\n";
    std::fs::write(server.socket_dir().join("pg_hba.conf"), access).unwrap();
    serve(&server, "named.pem", "ec.key");

    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("client.key");
    std::fs::copy(file("ec.key"), &key).unwrap();
    let (certificate, root) = (file("client.pem"), file("authority.pem"));
    let text = format!(
        "host=db.example hostaddr=127.0.0.1 port={} user=postgres sslmode=verify-full sslrootcert={} sslcert={} sslkey={}",
        server.port(),
        root.display(),
        certificate.display(),
        key.display()
    );
    let mode = |mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o600);
    Wire::login(&info(&text), &[]).await.unwrap();
    Client::login(&info(&text), "certificates").await.unwrap();
    mode(0o644);
    let open = failure(&text).await;
    assert!(open.to_string().contains("others may read it"), "{open}");
}
