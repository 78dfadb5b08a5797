//! Databases made to break a copy: what each of them shows once went wrong.

use pgferry_lab::{Major, Server, shared, shared_rds_like};

use crate::words::{Move, exited, succeeded};

/// Of the whole server, so that two tests may want them at the same time.
const ROLES: &str = r#"
    select pg_advisory_xact_lock(727370);
    do $$ begin
        if not exists (select from pg_roles where rolname = 'postgres_ro') then
            create role postgres_ro;
            create role "rds of our own";
            create role "odd ""role";
            create role "Ünicode 😀" login password 'x';
        end if;
    end $$"#;

const ODD: &str = include_str!("hostile/odd.sql");

fn odd_arrives(from: u16, to: u16) -> Move {
    let way = Move::between(Major(from), Major(to), "odd");
    shared(Major(from)).psql("postgres", ROLES).unwrap();
    shared(Major(from)).psql(&way.source_database, ODD).unwrap();
    way.expect_equal();
    way
}

#[test]
fn an_odd_database_moves_from_13_to_15() {
    odd_arrives(13, 15);
}

#[test]
fn an_odd_database_moves_from_15_to_17() {
    odd_arrives(15, 17);
}

#[test]
fn an_odd_database_moves_from_15_to_18() {
    odd_arrives(15, 18);
}

fn in_encoding(encoding: &str, sql: &str) {
    let way = Move::between(Major(15), Major(15), "encoded");
    let server = shared(Major(15));
    server.psql("postgres", &format!("drop database {0}", way.source_database)).unwrap();
    server
        .psql(
            "postgres",
            &format!(
                "create database {0} template template0 encoding '{encoding}' locale 'C'",
                way.source_database
            ),
        )
        .unwrap();
    server.psql(&way.source_database, sql).unwrap();
    way.expect_equal();
}

#[test]
fn a_latin1_database_arrives() {
    in_encoding(
        "LATIN1",
        "create table \"täble\" (a int primary key, b text); insert into \"täble\" values (1, 'ä é'), (2, 'x'); comment on table \"täble\" is 'größe'",
    );
}

#[test]
fn a_database_of_no_encoding_arrives() {
    in_encoding(
        "SQL_ASCII",
        "create table t (a int primary key, b text); insert into t values (1, E'\\xe4\\xff'), (2, 'x');",
    );
}

#[test]
fn a_name_is_never_taken_for_a_statement() {
    let way = Move::between(Major(15), Major(15), "injected");
    shared(Major(15)).psql(&way.source_database, INJECTED).unwrap();
    way.expect_equal();
    let target = shared_rds_like(Major(15));
    for database in ["postgres", &way.target_database] {
        let clean = target.psql(database, "select to_regclass('public.got_in') is null").unwrap();
        assert_eq!(clean.trim(), "t", "{database}");
    }
}

/// Statements in names, as a grant, a change of role and a stored setting would execute them.
const INJECTED: &str = r#"
    create role inj_owner;
    create role inj_reader;
    create table "x
SET SESSION AUTHORIZATION inj_owner;
CREATE TABLE public.got_in (a int);
" (a int);
    create table "y;
CREATE TABLE public.got_in (a int);
" (a int);
    grant select on all tables in schema public to inj_reader;
    do $$ begin
        perform set_config('search_path', 'public;create/**/table/**/public.got_in()', false);
        execute 'alter role inj_owner set search_path from current';
    end $$"#;

/// Everything that can be seen of a database's own state and of what it holds.
const STATE: &str = "select (select string_agg(d::text, ' ') from (select pg_get_userbyid(datdba), (select string_agg(a::text, ' ' order by a::text) from unnest(coalesce(datacl, acldefault('d', datdba))) a), shobj_description(oid, 'pg_database') from pg_database where datname = current_database()) d)
    || (select string_agg(n::text, ' ') from (select nspname, pg_get_userbyid(nspowner), nspacl, obj_description(oid, 'pg_namespace') from pg_namespace where nspname !~ '^pg_' order by 1) n)
    || (select coalesce(string_agg(s::text, ' '), '') from (select setconfig from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())) s)
    || (select count(*) from pg_default_acl) || ' ' || (select count(*) from pg_class where oid > 16384) || ' ' || (select count(*) from pg_type where oid > 16384)
    || ' ' || (select coalesce(string_agg(rolname, ' '), '') from pg_roles where rolname like 'abo_%')";

#[test]
fn abort_leaves_a_database_as_it_was() {
    // roles are the whole server's, and abort drops those that it made
    let source = Server::start(Major(15)).unwrap();
    let target = Server::options(Major(17)).rds_like().start().unwrap();
    let (server, target) = (&source, &target);
    let way = Move::of(server, target, "aborted");
    server.psql(&way.source_database, "
        create role abo_owner; create role abo_reader;
        create type pair as (a int, b text); create table t (p pair); insert into t values ((1,'x'));
        create domain d as pair[]; create type e as enum ('a');
        alter schema public owner to abo_owner; grant create on schema public to abo_reader; comment on schema public is 'ours';
        alter default privileges for role abo_owner grant select on tables to abo_reader;
        do $$ begin execute format('alter database %I owner to abo_owner', current_database());
          execute format('alter database %I set work_mem = %L', current_database(), '5MB');
          execute format('comment on database %I is %L', current_database(), 'a comment');
          execute format('alter role abo_reader in database %I set work_mem = %L', current_database(), '5MB');
          execute format('grant create on database %I to abo_reader', current_database()); end $$").unwrap();
    target
        .psql_as(
            "ferry_master",
            target.password(),
            "postgres",
            &format!("create database {}", way.target_database),
        )
        .unwrap();
    let before = target.psql(&way.target_database, STATE).unwrap();
    succeeded(&way.transfer());
    succeeded(&way.verify());
    let said = exited(&way.command(&["abort"]).output().unwrap(), 0);
    let after = target.psql(&way.target_database, STATE).unwrap();
    assert_eq!(before, after, "{said}");
}

/// Each changes the copy where once nobody looked; and a word of what has to be said of it.
const UNSEEN: [(&str, &str); 13] = [
    ("alter table s.props alter a set (n_distinct = -0.6)", "props.a, options"),
    ("alter index s.props_x alter column 1 set statistics 78", "props_x, statistics of column 1"),
    ("alter sequence s.odd owned by none", "s.odd, owned by"),
    ("alter publication pub drop table s.props", "pub, table s.props"),
    ("alter publication pub set (publish = 'delete')", "pub, publishes"),
    ("alter statistics s.st set statistics 56", "s.st, target"),
    ("revoke select on large object 7002 from postgres_ro", "large object 7002, SELECT to postgres_ro"),
    ("alter text search configuration s.cfg drop mapping for word", "s.cfg, mapping"),
    ("alter text search dictionary s.dict (accept = true)", "s.dict, options"),
    ("drop conversion s.conv", "conversion s.conv"),
    (
        "create or replace function s.diff(a text, b int default 8, variadic c int[] default '{}') returns text language sql as 'select a || b'",
        "s.diff",
    ),
    ("grant usage on type s.comp to postgres_ro", "type s.comp"),
    (
        "alter default privileges for role \"odd \"\"role\" revoke select on tables from postgres_ro",
        "of odd \"role",
    ),
];

#[test]
fn what_nobody_looked_at_is_compared() {
    let way = odd_arrives(15, 15);
    let changes: Vec<&str> = UNSEEN.iter().map(|(sql, _)| *sql).collect();
    shared_rds_like(Major(15)).psql(&way.target_database, &changes.join(";\n")).unwrap();
    let said = exited(&way.verify(), 3);
    for (sql, word) in UNSEEN {
        assert!(said.contains(word), "{sql}: {said}");
    }
}

#[test]
fn a_target_in_another_encoding_is_compared_by_its_characters() {
    let way = Move::between(Major(15), Major(15), "reencoded");
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    let [from, to] = [&way.source_database, &way.target_database];
    source.psql("postgres", &format!("drop database {from}")).unwrap();
    let latin = format!("create database {from} template template0 encoding 'LATIN1' locale 'C'");
    source.psql("postgres", &latin).unwrap();
    source.psql(from, "create table t (a int primary key, b text); insert into t values (1, 'ä')").unwrap();
    let unicode = format!("create database {to} template template0 encoding 'UTF8' locale 'C'");
    target.psql_as("ferry_master", target.password(), "postgres", &unicode).unwrap();
    way.expect_equal();
    target.psql(to, "update t set b = 'ö'").unwrap();
    assert!(exited(&way.verify(), 3).contains("\"ö\""));
}

#[test]
fn a_schema_with_our_name_is_not_passed_over() {
    let way = Move::between(Major(15), Major(15), "namesake");
    shared(Major(15)).psql(&way.source_database, "create schema pgferry; create table pgferry.t ()").unwrap();
    let said = way.transfer();
    assert!(!said.status.success());
    assert!(String::from_utf8_lossy(&said.stderr).contains("schema pgferry that is not ours"));
}
