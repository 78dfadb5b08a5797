//! Rights that no dump carries, each by a statement of its own.

use std::collections::HashSet;

use pgferry_engine::{
    Side,
    catalog::roles::large_object_rights,
    pg::{
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
    },
    schema::{
        rights::{self, Names},
        roles::present,
        statement::{Statement, settle},
    },
};
use pgferry_lab::{Major, fresh_database, shared};

#[tokio::test]
async fn a_refused_right_on_a_large_object_costs_no_other() {
    let server = shared(Major(15));
    let database = fresh_database(server, "object_rights").unwrap();
    let made = "select lo_from_bytea(4712, 'abc'); comment on large object 4712 is 'kept'";
    server.psql(&database, made).unwrap();
    let info = Conninfo::parse(&server.uri(&database), Side::Target, &Defaults::default()).unwrap();
    let client = Endpoint::new(info, "rights", 1).client().await.unwrap();
    let mut source = large_object_rights(&client).await.unwrap();
    let grant = |who: &str| (who.to_owned(), "SELECT".to_owned(), false);
    // the one in the middle is to a role that the target lacks
    source[0].grants = vec![grant("pg_monitor"), grant("nobody_there"), grant("")];
    let names = Names { bootstrap: Some("postgres"), master: "postgres" };
    let there: HashSet<String> = present(&client).await.unwrap();
    let statements = rights::large_objects(&source, &names, &there);
    let findings = settle(&client, &statements).await.unwrap();
    let objects: Vec<&str> = findings.iter().map(|finding| finding.object.as_str()).collect();
    assert_eq!(objects, ["right SELECT of nobody_there on large object 4712"]);
    let kept = large_object_rights(&client).await.unwrap();
    let mut grantees: Vec<&str> = kept[0].grants.iter().map(|(who, ..)| who.as_str()).collect();
    grantees.retain(|who| *who != "postgres");
    grantees.sort_unstable();
    assert_eq!((grantees, kept[0].comment.as_deref()), (vec!["", "pg_monitor"], Some("kept")));
}

#[tokio::test]
async fn statements_that_wait_for_no_answer_keep_their_order_and_stop_at_no_refusal() {
    let server = shared(Major(15));
    let database = fresh_database(server, "in_order").unwrap();
    let info = Conninfo::parse(&server.uri(&database), Side::Target, &Defaults::default()).unwrap();
    let client = Endpoint::new(info, "in_order", 1).client().await.unwrap();
    let mut statements = vec![Statement::new("table", "create table public.told (n serial, at int)")];
    let insert = |at: i32| {
        Statement::new("row", format!("insert into public.told (at) values ({at} / ({at} - 100) * 0 + {at})"))
    };
    statements.extend((1..=400).map(insert));
    let findings = settle(&client, &statements).await.unwrap();
    assert_eq!(findings.iter().map(|one| one.sqlstate.as_str()).collect::<Vec<_>>(), ["22012"]);
    let sql = "select count(*), bool_and(before < at) from (select at, lag(at) over (order by n) as before from told) t";
    assert_eq!(server.psql(&database, sql).unwrap().trim(), "399|t");
}
