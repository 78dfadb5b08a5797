//! What could not be looked at, and that what lifts it lifts it.

use pgferry_engine::{
    Side,
    assess::{self, Depth, Judgement, facts::Facts, finding::Unknown},
};
use pgferry_lab::{Major, fresh_database, shared};

use super::{MAJORS, client, evidence, judgement};

const DEEP: Depth = Depth { deep: true, probe: false };

/// Rows in two schemas that nobody else may see, one table under row security, an index over a function of one's own.
const CLOSED: &str = "create schema \"Back office\"; revoke all on schema public from public; \
    create table \"Back office\".account (a int primary key); \
    create table booking (a serial primary key, account int references \"Back office\".account, at date); \
    create table own (a int primary key, owner name unique); alter table own enable row level security; \
    create function folded(text) returns text immutable language sql as 'select lower($1)'; \
    revoke execute on function folded(text) from public; \
    create table named (name text); create unique index named_folded on named (folded(name)); \
    create extension amcheck";

const SUPERUSER: &str = "a superuser for the assessment";

#[tokio::test]
async fn what_was_refused_is_answered_once_what_lifts_it_was_given() {
    for major in MAJORS {
        let server = shared(major);
        let database = fresh_database(server, "closed").unwrap();
        server.psql(&database, "create role \"closed out\" login password 'few'").unwrap();
        server.psql(&database, CLOSED).unwrap();
        let uri = server.uri_as("closed out", "few", &database);
        let found = judgement(&uri, DEEP).await;
        let refused = refused(&found);
        for rule in ["corruption", "dms-values", "fk-violated", "sequence-behind", "unique-violated"] {
            assert!(refused.iter().any(|unknown| unknown.what == rule), "{major:?}: {rule}: {refused:#?}");
        }
        let grants = refused.iter().filter(|unknown| unknown.lifted_by != SUPERUSER);
        for grant in grants.flat_map(|unknown| unknown.lifted_by.split("; ")) {
            server.psql(&database, grant).unwrap_or_else(|error| panic!("{grant}: {error}"));
        }
        let left = judgement(&uri, DEEP).await;
        let others = self::refused(&left);
        assert!(others.iter().all(|unknown| unknown.lifted_by == SUPERUSER), "{major:?}: {others:#?}");
        server.psql(&database, "alter role \"closed out\" superuser").unwrap();
        assert!(self::refused(&judgement(&uri, DEEP).await).is_empty(), "{major:?}");
        server.psql(&database, "alter role \"closed out\" nosuperuser nobypassrls").unwrap();
    }
}

fn refused(found: &Judgement) -> Vec<&Unknown> {
    found.unknown.iter().filter(|unknown| unknown.because.contains("may not read it")).collect()
}

#[tokio::test]
async fn what_took_too_long_is_lifted_by_deep_unless_it_had_its_time() {
    let server = shared(Major(15));
    let database = fresh_database(server, "slow").unwrap();
    let slow = "create table slow (a int); insert into slow values (1); create function nap(int) returns int \
                immutable language sql as 'select $1'; create unique index slow_nap on slow (nap(a)); \
                create or replace function nap(int) returns int immutable language sql as 'select $1 from pg_sleep(9)'";
    server.psql(&database, slow).unwrap();
    for (time, lifted_by) in
        [("1s", "--deep, which takes its time"), ("2001ms", "a quiet hour, or a copy of the server")]
    {
        let source = client(&server.uri(&database), Side::Source, DEEP).await;
        let evidence = evidence(Facts::read(&source).await.unwrap(), None, DEEP);
        source.run("wait less", &format!("set statement_timeout = '{time}'")).await.unwrap();
        let found = assess::judge(&[&source], None, &evidence).await.unwrap();
        let slow = found.unknown.iter().find(|unknown| unknown.what == "unique-violated").unwrap();
        assert_eq!(slow.lifted_by, lifted_by, "{slow:?}");
        assert!(slow.because.starts_with("public.slow_nap: it took longer"), "{slow:?}");
    }
}
