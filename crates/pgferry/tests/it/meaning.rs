//! Definitions and values mean on the target what they mean on the source, whatever the source's own settings are.

use pgferry_lab::{Major, Server, shared, shared_rds_like};

use crate::words::{Move, exited, fill, succeeded};

#[test]
fn backslashes_and_names_are_the_same_whatever_the_source_writes_them_with() {
    // what is said of roles would be said of other tests' too
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, shared_rds_like(Major(17)), "backslashes");
    source
        .psql(
            &way.source_database,
            r"create table a (i int primary key, t text default 'a\b' check (t <> '\d'));
              create view digits as select * from a where t ~ '^\d+$';
              create index on a ((t || 'x\y'));
              create policy p on a using (t <> 'q\q');
              comment on table a is 'c\d';
              insert into a values (1, '12'), (2, default)",
        )
        .unwrap();
    for setting in ["standard_conforming_strings = off", "quote_all_identifiers = on"] {
        let set = format!("alter database {} set {setting}", way.source_database);
        source.psql("postgres", &set).unwrap();
    }
    let said = exited(&way.transfer(), 0);
    assert!(said.contains("everything was made as it is on the source"), "{said}");
    succeeded(&way.verify());
    let target = shared_rds_like(Major(17));
    assert_eq!(target.psql(&way.target_database, "select i from digits").unwrap().trim(), "1");
    let default = target.psql(&way.target_database, "insert into a (i) values (3) returning t").unwrap();
    assert_eq!(default.trim(), r"a\b");
}

/// A table of several chunks, and one that computes on the target, by functions whose bodies name things without schema.
const BODIES: &str = "
    create schema lib;
    create function lib.g(text) returns text language sql immutable as 'select lower($1)';
    create domain lib.word as text;
    set search_path = lib, public;
    create function lib.f(text) returns text language sql immutable as 'select g($1)';
    create function lib.h(text) returns text language plpgsql immutable as
        'declare w word := $1; begin return g(w); end';
    create index on big (substr(f(filler), 1, 20));
    create table lib.computed (i int, t text generated always as (h(i::text)) stored);
    create index on lib.computed ((t::word), h(t));
    insert into lib.computed select i from generate_series(1, 100) i;";

#[test]
fn functions_behind_indexes_and_columns_may_name_things_without_their_schema() {
    let way = Move::between(Major(15), Major(15), "bodies");
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    fill(source, &way.source_database, "big", 150);
    let path = format!("alter database {} set search_path = lib, public", way.source_database);
    source.psql("postgres", &path).unwrap();
    source.psql(&way.source_database, BODIES).unwrap();
    way.expect_equal();
    target.psql(&way.target_database, "update public.big set filler = 'X' where id = 7").unwrap();
    let said = exited(&way.verify(), 3);
    assert!(said.contains("\"big\"") && said.contains("\"X\""), "{said}");
}

#[test]
fn a_materialised_view_is_computed_under_the_settings_of_the_server_and_of_its_owner() {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, shared_rds_like(Major(15)), "zones");
    source.psql("postgres", "alter system set timezone = 'America/New_York'").unwrap();
    source.psql("postgres", "select pg_reload_conf()").unwrap();
    source
        .psql(
            &way.source_database,
            "create table t (at timestamptz); insert into t values ('2024-01-01 03:00+00');
             create materialized view by_server as select date_trunc('day', at) as day, at::text as text from t;
             create role zones_owner; alter role zones_owner set timezone = 'Asia/Tokyo';
             grant all on schema public to zones_owner; grant select on t to zones_owner;
             set role zones_owner; set timezone = 'Asia/Tokyo';
             create materialized view by_owner as select date_trunc('day', at) as day, at::text as text from t;",
        )
        .unwrap();
    way.expect_equal();
}

#[test]
fn a_target_of_another_locale_is_named() {
    let way = Move::between(Major(15), Major(15), "locale");
    let target = shared_rds_like(Major(15));
    shared(Major(15)).psql(&way.source_database, "create table t (a int)").unwrap();
    let made = format!(
        "create database {} template template0 encoding SQL_ASCII locale 'POSIX'",
        way.target_database
    );
    target.psql_as("ferry_master", target.password(), "postgres", &made).unwrap();
    let said = exited(&way.transfer(), 0);
    assert!(said.contains("encoding of database") && said.contains("SQL_ASCII on the target"), "{said}");
}

/// A check over whole rows and one of a domain that is not validated: the dump adds both by entries of their own.
const CHECKS: &str = "
    create table d (a int, b int);
    create function circ(d) returns int language sql immutable as 'select ($1).a';
    alter table d add check (circ(d.*) > 0);
    insert into d values (1, 2);
    create domain nvd as int; create table nvt (a nvd); insert into nvt values (-1);
    alter domain nvd add constraint pos check (value > 0) not valid;";

#[test]
fn checks_that_the_dump_adds_to_what_is_made_come_after_the_rows() {
    for (from, to) in [(15, 15), (13, 18)] {
        let way = Move::between(Major(from), Major(to), "checks");
        shared(Major(from)).psql(&way.source_database, CHECKS).unwrap();
        way.expect_equal();
    }
}

#[test]
fn a_function_that_loses_a_clause_keeps_its_search_path() {
    let way = Move::between(Major(15), Major(15), "clauses");
    let functions = "
        create function leaks() returns text language sql security definer leakproof
            set search_path = public, pg_temp as 'select 1::text';
        create function logs() returns text language sql security definer
            set search_path = public, pg_temp set log_min_messages = 'panic' as 'select 1::text';";
    shared(Major(15)).psql(&way.source_database, functions).unwrap();
    let said = exited(&way.transfer(), 0);
    assert!(
        said.contains("made without log_min_messages,") && said.contains("made without LEAKPROOF,"),
        "{said}"
    );
    let kept = "select bool_and(proconfig = '{\"search_path=public, pg_temp\"}') from pg_proc where proname in ('leaks', 'logs')";
    assert_eq!(shared_rds_like(Major(15)).psql(&way.target_database, kept).unwrap().trim(), "t");
}

#[test]
fn a_value_that_no_server_can_send_costs_its_table_and_no_other() {
    let way = Move::between(Major(15), Major(15), "too_large");
    let tables = "
        create type pair as (a int);
        create table huge (p pair, b bytea); alter table huge alter b set storage external;
        insert into huge values (row(1), convert_to(repeat('x', 550000000), 'UTF8'));
        create table fine as select i from generate_series(1, 100) i;";
    shared(Major(15)).psql(&way.source_database, tables).unwrap();
    let said = exited(&way.transfer(), 3);
    assert!(said.contains("rows of \"public\".\"huge\""), "{said}");
    let rows = "select (select count(*) from fine) || ' ' || (select count(*) from huge)";
    assert_eq!(shared_rds_like(Major(15)).psql(&way.target_database, rows).unwrap().trim(), "100 0");
}

#[test]
fn rows_that_the_dump_takes_for_an_extensions_own_are_named() {
    let way = Move::between(Major(15), Major(15), "member");
    let tables = "
        create extension hstore; create table important as select i from generate_series(1, 1000) i;
        alter extension hstore add table important";
    shared(Major(15)).psql(&way.source_database, tables).unwrap();
    let said = exited(&way.transfer(), 3);
    assert!(said.contains("rows of public.important") && said.contains("a member of hstore"), "{said}");
}

/// What servers name or word by themselves, and what belongs to an extension: nothing of it is a difference.
const BY_THE_SERVER: &str = "
    create table p (id int primary key) partition by range (id);
    create table pz partition of p for values from (100) to (200);
    create table c (pid int references p, other int references p deferrable);
    create table pa partition of p for values from (0) to (100);
    create table twice (pid int references p) partition by list (pid);
    create table twice1 partition of twice for values in (1);
    create schema s; create function s.f() returns int language sql immutable as 'select 1';
    set search_path = s; create domain s.dd as int default f(); create table s.d (a dd); reset search_path;
    create extension tablefunc; create extension dblink;";

#[test]
fn what_a_server_names_by_itself_is_no_difference() {
    for (from, to) in [(15, 15), (13, 17), (15, 18)] {
        let source = Server::start(Major(from)).unwrap();
        let way = Move::of(&source, shared_rds_like(Major(to)), "named");
        source.psql(&way.source_database, BY_THE_SERVER).unwrap();
        let said = exited(&way.transfer(), 0);
        assert!(!said.contains("otherwise"), "{from} to {to}: {said}");
        succeeded(&way.verify());
    }
}

#[test]
fn definitions_with_money_are_read_as_they_were_written() {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, shared_rds_like(Major(15)), "money");
    let locale = format!("alter database {} set lc_monetary = 'C'", way.source_database);
    source.psql("postgres", "alter system set xmloption = 'document'").unwrap();
    source.psql("postgres", "select pg_reload_conf()").unwrap();
    source.psql("postgres", &locale).unwrap();
    let tables = "
        create table paid (id int primary key, price money default '12.34', check (price < '1000000'::money));
        set xmloption = content;
        create table said (id int primary key, x xml default '<a/><b/>');
        insert into paid values (1); insert into said values (1);
        create materialized view both_of as select price, x::text from paid join said using (id)";
    source.psql(&way.source_database, tables).unwrap();
    way.expect_equal();
}
