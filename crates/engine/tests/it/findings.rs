//! Every finding on real servers: an offender that makes it appear under the object's exact name, a near miss that does
//! not, and the statement that mends it run, after which it is gone.
//!
//! All cases of a group live in one database, each in names of its own, so that a server is asked three times and not
//! three times a case.

use std::time::{Duration, Instant};

use pgferry_engine::{
    Side,
    assess::{
        self, Depth, Evidence, Judgement,
        facts::Facts,
        finding::Finding,
        local::{Free, Local},
        moved::Moved,
        trial::Trial,
    },
    catalog::choice::Chosen,
    pg::{
        client::Client,
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
    },
};
use pgferry_lab::{Major, Server, fresh_database, shared};

mod code;
mod constraints;
mod extensions;
mod health;
mod keys;
mod locale;
mod replication;
mod rights;
mod roles;
mod sequences;
mod server;
mod settings;
mod tables;
mod target;
mod types;
mod unanswered;
mod workload;

/// One finding, and what makes it appear.
pub struct Case {
    /// The finding's name.
    pub finding: &'static str,
    /// Majors on which it can appear.
    pub majors: std::ops::RangeInclusive<u16>,
    /// Statements that make it appear.
    pub offender: &'static str,
    /// The object that it must name, exactly.
    pub object: &'static str,
    /// Statements that look like it.
    pub near_miss: &'static str,
    /// What it must not name; empty if the near miss names nothing.
    pub innocent: &'static str,
    /// Whether its statements mend it.
    pub mended: bool,
}

impl Case {
    /// What the tables of cases fill in by `..Case::BASE`.
    pub const BASE: Self = Self {
        finding: "",
        majors: 13..=18,
        offender: "",
        object: "",
        near_miss: "",
        innocent: "",
        mended: false,
    };
}

/// The oldest, one in the middle, the newest.
pub const MAJORS: [Major; 3] = [Major(13), Major(15), Major(18)];

/// Long enough for a server to tell its counters.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Each case on each of [`MAJORS`], as a superuser and as a role with few rights.
pub async fn check(cases: &[Case]) {
    for major in MAJORS {
        let server = shared(major);
        let database = fresh_database(server, "findings").unwrap();
        let cases: Vec<&Case> = cases.iter().filter(|case| case.majors.contains(&major.0)).collect();
        for case in &cases {
            server
                .psql(&database, case.offender)
                .unwrap_or_else(|e| panic!("{}: offender: {e}", case.finding));
            server
                .psql(&database, case.near_miss)
                .unwrap_or_else(|e| panic!("{}: near miss: {e}", case.finding));
        }
        let found = judgement(&server.uri(&database), Depth { deep: true, probe: false }).await;
        for case in &cases {
            assert!(
                names(&found, case.finding, case.object),
                "{major:?}: {} does not name {}: {:#?}",
                case.finding,
                case.object,
                of(&found, case.finding)
            );
            let innocent = !case.innocent.is_empty() && names(&found, case.finding, case.innocent);
            assert!(!innocent, "{major:?}: {} names {}", case.finding, case.innocent);
        }
        as_few(server, &database, &cases).await;
        mend(server, &database, &found, &cases).await;
    }
}

/// A role with few rights sees the object, or is told that it cannot look.
async fn as_few(server: &Server, database: &str, cases: &[&Case]) {
    let sql =
        "do $$ begin if to_regrole('few') is null then create role few login password 'few'; end if; end $$";
    server.psql(database, sql).unwrap();
    let found = judgement(&server.uri_as("few", "few", database), Depth::default()).await;
    for case in cases {
        let told =
            found.unknown.iter().any(|unknown| unknown.what.split(", ").any(|name| name == case.finding));
        assert!(
            told || names(&found, case.finding, case.object),
            "{}: neither found nor told unknown by a role with few rights",
            case.finding
        );
    }
}

/// The statements that findings give, run as they stand.
async fn mend(server: &Server, database: &str, found: &Judgement, cases: &[&Case]) {
    for case in cases.iter().filter(|case| case.mended) {
        let statements = &of(found, case.finding).unwrap().sql;
        assert!(!statements.is_empty(), "{}: no statement mends it", case.finding);
        for sql in statements {
            server.psql(database, sql).unwrap_or_else(|error| panic!("{}: {sql}: {error}", case.finding));
        }
    }
    let found = judgement(&server.uri(database), Depth { deep: true, probe: false }).await;
    for case in cases.iter().filter(|case| case.mended) {
        assert!(!names(&found, case.finding, case.object), "{}: still names {}", case.finding, case.object);
    }
}

/// A client for `uri`, prepared as an assessment's.
pub async fn client(uri: &str, side: Side, depth: Depth) -> Client {
    let client = endpoint(uri, side).client().await.unwrap();
    assess::prepare(&client, depth).await.unwrap();
    client
}

fn endpoint(uri: &str, side: Side) -> Endpoint {
    Endpoint::new(Conninfo::parse(uri, side, &Defaults::default()).unwrap(), "findings", 0)
}

/// What is known of `uri`, with what further logins came to.
async fn facts(uri: &str, client: &Client) -> Facts {
    let trial = Trial::of(&endpoint(uri, client.side())).await.unwrap();
    Facts { trial: Some(trial), ..Facts::read(client).await.unwrap() }
}

/// What an assessment of the source alone says.
pub async fn judgement(uri: &str, depth: Depth) -> Judgement {
    let source = client(uri, Side::Source, depth).await;
    let evidence = evidence(facts(uri, &source).await, None, depth);
    assess::judge(&[&source], None, &evidence).await.unwrap()
}

/// What an assessment of both sides says.
pub async fn judgement_of_both(source: &str, target: &str, depth: Depth) -> Judgement {
    let (source_uri, target_uri) = (source, target);
    let source = client(source_uri, Side::Source, depth).await;
    let target = client(target_uri, Side::Target, depth).await;
    let (here, there) = (facts(source_uri, &source).await, facts(target_uri, &target).await);
    let evidence = evidence(here, Some(there), depth);
    assess::judge(&[&source], Some(&target), &evidence).await.unwrap()
}

/// Assesses again until it is so: counters of other sessions are told late.
pub async fn until(uri: &str, is_so: impl Fn(&Judgement) -> bool) -> Judgement {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = judgement(uri, Depth::default()).await;
        if is_so(&found) {
            return found;
        }
        assert!(Instant::now() < deadline, "{found:#?}");
    }
}

/// Evidence in which nothing moved, and of a machine that has everything.
pub fn evidence(source: Facts, target: Option<Facts>, depth: Depth) -> Evidence {
    let local = Local {
        tools_found: Some((13..=18).collect()),
        work_free_bytes: Some(1 << 40),
        spool_bytes: Some(1 << 30),
        source_wal_free: Some(Free::Bytes(1 << 40)),
        wal_held_bytes: Some(1 << 30),
        ..Local::default()
    };
    Evidence {
        source,
        target,
        depth,
        moved: Some(Moved { seconds: 1.0, ..Moved::default() }),
        local: Some(local),
        chosen: Chosen::default(),
        jobs: 8,
    }
}

/// The finding of a name.
pub fn of<'a>(found: &'a Judgement, name: &str) -> Option<&'a Finding> {
    found.findings.iter().find(|finding| finding.name == name)
}

/// Whether the finding `name` is there and names `object`.
pub fn names(found: &Judgement, name: &str, object: &str) -> bool {
    of(found, name).is_some_and(|finding| finding.objects.iter().any(|found| found.name == object))
}

#[tokio::test]
async fn every_question_is_answered_by_every_major() {
    for major in 13..=18 {
        let server = shared(Major(major));
        let database = fresh_database(server, "questions").unwrap();
        let found = judgement(&server.uri(&database), Depth { deep: true, probe: false }).await;
        assert!(found.unknown.is_empty(), "{major}: {:#?}", found.unknown);
    }
}
