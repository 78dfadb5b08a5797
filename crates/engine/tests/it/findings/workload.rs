//! What the application does. Sessions and prepared transactions belong to the whole server, so each test has its own.

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};

use pgferry_engine::{
    Side,
    assess::{
        self, Depth, Judgement,
        facts::Facts,
        finding::Severity,
        moved::{Moved, Sample},
    },
};
use pgferry_lab::{Major, Server, fresh_database, programs, shared};

use super::{Case, MAJORS, PATIENCE, check, client, evidence, judgement, names, of, until};

const CASES: &[Case] = &[Case {
    finding: "app-timeouts",
    majors: 13..=18,
    offender: "do $$ begin if to_regrole('hasty') is null then create role hasty; end if; end $$; \
               alter role hasty set statement_timeout = '5s'",
    object: "hasty",
    near_miss: "do $$ begin if to_regrole('patient') is null then create role patient; end if; end $$; \
                alter role patient set statement_timeout = '1min'; alter role patient set lock_timeout = 0",
    innocent: "patient",
    mended: false,
}];

#[tokio::test]
async fn findings_about_timeouts() {
    check(CASES).await;
}

#[tokio::test]
async fn tables_that_are_updated_without_a_key_are_hot() {
    for major in MAJORS {
        let server = shared(major);
        let database = fresh_database(server, "hot").unwrap();
        let sql = "create table hot (a int); insert into hot values (1); update hot set a = 2; \
                   create table cold (a int); insert into cold values (1); \
                   create table keyed (a int primary key); insert into keyed values (1); update keyed set a = 2";
        server.psql(&database, sql).unwrap();
        let found = until(&server.uri(&database), |found| names(found, "keyless-hot", "public.hot")).await;
        assert_eq!(of(&found, "keyless-hot").unwrap().objects.len(), 1, "{found:#?}");
    }
}

#[tokio::test]
async fn a_prepared_transaction_of_another_database_blocks_too() {
    for major in MAJORS {
        let server = Server::start(major).unwrap();
        server.create_database("other").unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        assert_eq!(of(&found, "xact-prepared").unwrap().severity.live, Severity::Note, "only the setting");
        for (database, gid) in [("postgres", "it''s here"), ("other", "there")] {
            let sql = format!(
                "create table t (a int); begin; insert into t values (1); prepare transaction '{gid}'"
            );
            server.psql(database, &sql).unwrap();
        }
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        let finding = of(&found, "xact-prepared").unwrap();
        assert_eq!(finding.severity.live, Severity::Blocker);
        assert!(names(&found, "xact-prepared", "'it''s here'") && names(&found, "xact-prepared", "'there'"));
        assert_eq!(finding.sql, ["ROLLBACK PREPARED 'it''s here'"], "one can only end in its own database");
        server.psql("postgres", &finding.sql[0]).unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        assert!(!names(&found, "xact-prepared", "'it''s here'"));
    }
}

#[tokio::test]
async fn whoever_waits_for_a_lock_for_a_second_is_named_with_whom_it_waits_for() {
    for major in MAJORS {
        let server = Server::start(major).unwrap();
        server.psql("postgres", "create table t (a int)").unwrap();
        let mut holder = server.session("postgres").unwrap();
        let holder_pid = holder.run("begin; lock table t; select pg_backend_pid()").unwrap();
        let mut waiter = server.session("postgres").unwrap();
        let waiter_pid = waiter.run("select pg_backend_pid()").unwrap();
        let waiting = thread::spawn(move || waiter.run("select from t"));
        let object = format!("session {waiter_pid}");
        let found = until(&server.uri("postgres"), |found| names(found, "lock-waits", &object)).await;
        let detail = of(&found, "lock-waits").unwrap().objects[0].detail.clone().unwrap();
        assert!(detail.ends_with(&format!("behind {holder_pid}")), "{detail}");
        holder.run("rollback").unwrap();
        waiting.join().unwrap().unwrap();
        assert_eq!(of(&judgement(&server.uri("postgres"), Depth::default()).await, "lock-waits"), None);
    }
}

#[tokio::test]
async fn clients_are_listed_and_superusers_among_them_told() {
    for major in MAJORS {
        let server = Server::start(major).unwrap();
        server.psql("postgres", "create role app login password 'app'").unwrap();
        let _app = server.session_as("app", "app", "postgres").unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        assert!(names(&found, "clients", "app"), "{found:#?}");
        assert_eq!(of(&found, "clients-superuser"), None, "we are one, and do not count");
        let _superuser = server.session("postgres").unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        assert!(names(&found, "clients-superuser", "postgres") && !names(&found, "clients-superuser", "app"));
    }
}

/// With psql's own OpenSSL, told to be as lax as one of ten years ago.
#[tokio::test]
async fn a_client_that_speaks_an_old_tls_is_a_warning() {
    let server = Server::options(Major(15))
        .setting("ssl_min_protocol_version", "TLSv1")
        .setting("ssl_ciphers", "DEFAULT@SECLEVEL=0")
        .start()
        .unwrap();
    for role in ["aged", "modern"] {
        server.psql("postgres", &format!("create role {role} login password '{role}'")).unwrap();
    }
    let _old = psql(&server, "aged", "TLSv1.1");
    let _new = psql(&server, "modern", "TLSv1.2");
    let found = until(&server.uri("postgres"), |found| {
        names(found, "clients", "aged") && names(found, "clients", "modern")
    })
    .await;
    let objects = &of(&found, "clients").unwrap().objects;
    let graded = |role: &str| {
        let object = objects.iter().find(|object| object.name == role).unwrap();
        (object.detail.clone().unwrap(), object.severity.map(|severity| severity.live))
    };
    let (detail, severity) = graded("aged");
    assert!(detail.contains("TLSv1.1") && severity == Some(Severity::Warning), "{detail}");
    let (detail, severity) = graded("modern");
    assert!(detail.contains("TLSv1.2") && severity.is_none(), "{detail}");
}

/// A session that speaks TLS up to `version` and stays; it ends with the value.
struct Psql(Child);

impl Drop for Psql {
    fn drop(&mut self) {
        // one that has ended already is what we want
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn psql(server: &Server, role: &str, version: &str) -> Psql {
    let folder = server.socket_dir();
    let lax = "openssl_conf = all\n[all]\nssl_conf = tls\n[tls]\nsystem_default = lax\n[lax]\nMinProtocol = TLSv1\n\
               CipherString = DEFAULT@SECLEVEL=0\n";
    std::fs::write(folder.join("openssl.cnf"), lax).unwrap();
    let uri = format!(
        "{}?sslmode=require&ssl_min_protocol_version=TLSv1&ssl_max_protocol_version={version}",
        server.uri_as(role, role, "postgres")
    );
    let child = Command::new(programs(Major(15)).unwrap().join("psql"))
        .args(["-X", "-c", "select pg_sleep(600)", &uri])
        .env("OPENSSL_CONF", folder.join("openssl.cnf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    Psql(child.unwrap())
}

/// The rules themselves, on a server whose clock tells the time in ten minutes.
#[tokio::test]
async fn a_transaction_idle_for_long_is_named_and_to_a_role_that_sees_it_masked_it_is_unknown() {
    let rules = ["xact-long", "xact-idle"];
    for major in MAJORS {
        let server = Server::start(major).unwrap();
        server.psql("postgres", "create role few login password 'few'").unwrap();
        let (uri, few) = (server.uri("postgres"), server.uri_as("few", "few", "postgres"));
        let mut session = server.session("postgres").unwrap();
        let pid = session.run("begin; select pg_backend_pid()").unwrap();
        let named = |found: &Judgement| rules.map(|rule| names(found, rule, &format!("session {pid}")));
        let found = judgement(&uri, Depth::default()).await;
        assert_eq!(named(&found), [false; 2], "it has just begun: {found:#?}");
        server.psql("postgres", IN_TEN_MINUTES).unwrap();
        let found = judgement(&uri, Depth::default()).await;
        assert_eq!(named(&found), [true; 2], "{found:#?}");

        let found = judgement(&few, Depth::default()).await;
        assert_eq!(named(&found), [false; 2], "masked: {found:#?}");
        for rule in rules {
            let unknown = found.unknown.iter().find(|one| one.what.split(", ").any(|what| what == rule));
            let unknown = unknown.unwrap_or_else(|| panic!("{rule}: {found:#?}"));
            assert!(unknown.because.contains("masked"), "{unknown:?}");
            server.psql("postgres", &unknown.lifted_by).unwrap();
        }
        let found = judgement(&few, Depth::default()).await;
        assert_eq!(named(&found), [true; 2], "{found:#?}");
        let detail = of(&found, "xact-idle").unwrap().objects[0].detail.clone().unwrap();
        assert!(detail.starts_with("postgres in postgres, lab, idle in transaction for 00:10:"), "{detail}");
        session.run("rollback").unwrap();
        assert_eq!(named(&judgement(&few, Depth::default()).await), [false; 2], "it ended");
    }
}

const IN_TEN_MINUTES: &str = "set allow_system_table_mods = on; \
    alter function pg_catalog.clock_timestamp() rename to clock_timestamp_now; \
    create function pg_catalog.clock_timestamp() returns timestamptz language sql \
        as $$select pg_catalog.clock_timestamp_now() + interval '10 minutes'$$";

#[tokio::test]
async fn what_is_defined_and_written_between_two_reads_has_moved() {
    for major in MAJORS {
        let server = Server::start(major).unwrap();
        let client = client(&server.uri("postgres"), Side::Source, Depth::default()).await;
        let facts = Facts::read(&client).await.unwrap();
        let before = Sample::read(&client, &facts).await.unwrap();
        server.psql("postgres", "create table t as select generate_series(1, 10000) a").unwrap();
        let moved = moved_until(&client, &facts, &before, |moved| 0 < moved.catalog_inserts).await;
        assert!(600_000 < moved.wal_bytes.unwrap(), "{moved:?}");
        let found = judged(&server, moved).await;
        assert!(names(&found, "ddl-during", "postgres"), "{found:#?}");
        assert_eq!(of(&judged(&server, Moved::default()).await, "ddl-during"), None);
    }
}

#[tokio::test]
async fn many_savepoints_are_seen_in_the_session_or_in_the_lookups() {
    for major in MAJORS {
        let server = Server::start(major).unwrap();
        let client = client(&server.uri("postgres"), Side::Source, Depth::default()).await;
        let facts = Facts::read(&client).await.unwrap();
        let before = Sample::read(&client, &facts).await.unwrap();
        let mut session = server.session("postgres").unwrap();
        let pid = session.run("create table t (a int); begin; select pg_backend_pid()").unwrap();
        for _ in 0..70 {
            session.run("savepoint s; insert into t values (1)").unwrap();
        }
        let open =
            moved_until(&client, &facts, &before, |moved| major.0 < 16 || !moved.overflowed.is_empty()).await;
        session.run("commit").unwrap();
        // an idle session of an old major keeps its counters to itself
        drop(session);
        let moved = if major.0 < 16 {
            moved_until(&client, &facts, &before, |moved| 64 <= moved.subtrans).await
        } else {
            open
        };
        let object = if major.0 < 16 { "server".to_owned() } else { format!("session {pid}") };
        let found = judged(&server, moved).await;
        assert!(names(&found, "xact-savepoints", &object), "{major:?}: {found:#?}");
    }
}

#[tokio::test]
async fn decoding_that_spills_and_much_wal_are_named() {
    for major in [Major(15), Major(18)] {
        let server = Server::options(major).setting("logical_decoding_work_mem", "64kB").start().unwrap();
        let sql = "create table t (a int primary key); select pg_create_logical_replication_slot('s', 'test_decoding'); \
                   insert into t select generate_series(1, 20000)";
        for sql in sql.split("; ") {
            server.psql("postgres", sql).unwrap();
        }
        server.psql("postgres", "select count(*) from pg_logical_slot_get_changes('s', null, null)").unwrap();
        let client = client(&server.uri("postgres"), Side::Source, Depth::default()).await;
        let facts = Facts::read(&client).await.unwrap();
        let before = Sample::read(&client, &facts).await.unwrap();
        let moved = moved_until(&client, &facts, &before, |moved| !moved.spilled.is_empty()).await;
        assert!(names(&judged(&server, moved).await, "wal-rate", "s"));
        for (bytes, is_much) in [(20 << 20, true), (1 << 20, false)] {
            let moved = Moved { seconds: 1.0, wal_bytes: Some(bytes), ..Moved::default() };
            assert_eq!(names(&judged(&server, moved).await, "wal-rate", "server"), is_much);
        }
    }
}

/// Judged with what moved.
async fn judged(server: &Server, moved: Moved) -> Judgement {
    let client = client(&server.uri("postgres"), Side::Source, Depth::default()).await;
    let mut evidence = evidence(Facts::read(&client).await.unwrap(), None, Depth::default());
    evidence.moved = Some(moved);
    assess::judge(&[&client], None, &evidence).await.unwrap()
}

/// Reads again until it is so: counters of other sessions are told late.
async fn moved_until(
    client: &pgferry_engine::pg::client::Client,
    facts: &Facts,
    before: &Sample,
    is_so: impl Fn(&Moved) -> bool,
) -> Moved {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let moved = before.until(&Sample::read(client, facts).await.unwrap());
        if is_so(&moved) {
            return moved;
        }
        assert!(Instant::now() < deadline, "{moved:?}");
    }
}
