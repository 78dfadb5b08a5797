//! Every finding on real servers: an offender that makes it appear under the object's exact name, a near miss that does
//! not, and the statement that mends it run, after which it is gone.
//!
//! All cases of a group live in one database, each in names of its own, so that a server is asked three times and not
//! three times a case.

use pgferry_engine::{
    Side,
    assess::{self, Depth, Evidence, Judgement, facts::Facts, finding::Finding},
    pg::{
        client::Client,
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
    },
};
use pgferry_lab::{Major, Server, fresh_database, shared};

mod tables;

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

/// The oldest, one in the middle, the newest.
pub const MAJORS: [Major; 3] = [Major(13), Major(15), Major(18)];

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
    let info = Conninfo::parse(uri, side, &Defaults::default()).unwrap();
    let client = Endpoint::new(info, "findings", 0).client().await.unwrap();
    assess::prepare(&client, depth).await.unwrap();
    client
}

/// What an assessment of the source alone says.
pub async fn judgement(uri: &str, depth: Depth) -> Judgement {
    let source = client(uri, Side::Source, depth).await;
    let evidence = Evidence { source: Facts::read(&source).await.unwrap(), target: None, depth };
    assess::judge(&source, None, &evidence).await.unwrap()
}

/// What an assessment of both sides says.
pub async fn judgement_of_both(source: &str, target: &str, depth: Depth) -> Judgement {
    let source = client(source, Side::Source, depth).await;
    let target = client(target, Side::Target, depth).await;
    let evidence = Evidence {
        source: Facts::read(&source).await.unwrap(),
        target: Some(Facts::read(&target).await.unwrap()),
        depth,
    };
    assess::judge(&source, Some(&target), &evidence).await.unwrap()
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
