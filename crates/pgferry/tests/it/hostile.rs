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

/// Bytes above 127 in `"char"`, in domains over it and in arrays of both, beside a column that is not sent in binary.
const BYTES: &str = r#"
    create domain letter as "char";
    create domain letters as "char"[];
    create type pair as (a int, b int);
    create table bytes (id int primary key, one letter, plain "char"[], many letter[], domains letters, text pair);
    insert into bytes select i + 128, i::"char", array[i::"char", 'x', null, '"', '\', '{', ''],
        array[[i::"char"::letter, 'a'], [null, 'b']], '[0:1]={a,b}', row(1, 2)::pair from generate_series(-128, 127) i;
    insert into bytes values (256, null, null, '{}', '{}', null);"#;

fn bytes_arrive(to: u16) {
    let way = Move::between(Major(13), Major(to), "bytes");
    shared(Major(13)).psql(&way.source_database, BYTES).unwrap();
    way.expect_equal();
    let target = shared_rds_like(Major(to));
    let sql = r#"select count(*) from bytes where one::int = id - 128 and plain[1]::int = id - 128 and many[1][1]::int = id - 128
        and plain[4:7] = array['"', '\', '{', '']::"char"[] and plain[3] is null and domains[0]::text = 'a'"#;
    assert_eq!(target.psql(&way.target_database, sql).unwrap().trim(), "256");
    target.psql(&way.target_database, r#"update bytes set many[2][2] = 'c' where id = 9"#).unwrap();
    assert!(exited(&way.verify(), 3).contains("(9), column many"));
}

#[test]
fn bytes_in_domains_and_arrays_arrive_from_13_at_15() {
    bytes_arrive(15);
}

#[test]
fn bytes_in_domains_and_arrays_arrive_from_13_at_18() {
    bytes_arrive(18);
}

const NO_PUBLIC: &str =
    "drop schema public; create schema app; create table app.t (a int); insert into app.t values (1)";

#[test]
fn a_source_without_schema_public_leaves_none() {
    let way = Move::between(Major(15), Major(15), "no_public");
    shared(Major(15)).psql(&way.source_database, NO_PUBLIC).unwrap();
    way.expect_equal();
    let sql = "select to_regnamespace('public') is null";
    assert_eq!(shared_rds_like(Major(15)).psql(&way.target_database, sql).unwrap().trim(), "t");
}

#[test]
fn a_schema_public_that_was_there_stays_and_is_named() {
    let way = Move::between(Major(15), Major(15), "own_public");
    let target = shared_rds_like(Major(15));
    shared(Major(15)).psql(&way.source_database, NO_PUBLIC).unwrap();
    let made = format!("create database {}", way.target_database);
    target.psql_as("ferry_master", target.password(), "postgres", &made).unwrap();
    let said = exited(&way.transfer(), 0);
    assert!(said.contains("  schema public\n    because: owner: nothing on the source"), "{said}");
    let sql = "select to_regnamespace('public') is null";
    assert_eq!(target.psql(&way.target_database, sql).unwrap().trim(), "f");
}

#[test]
fn a_setting_that_is_refused_is_named_once() {
    let way = Move::between(Major(15), Major(15), "refused_setting");
    let set = "do $$ begin execute format('alter database %I set log_statement = %L', current_database(), 'all'); end $$";
    shared(Major(15)).psql(&way.source_database, set).unwrap();
    let said = exited(&way.transfer(), 0);
    assert_eq!(said.matches("log_statement of").count(), 1, "{said}");
}

#[test]
fn a_range_of_text_in_an_icu_database_has_no_order_of_its_own() {
    let way = Move::between(Major(15), Major(18), "icu");
    let (server, name) = (shared(Major(15)), &way.source_database);
    server.psql("postgres", &format!("drop database {name}")).unwrap();
    let locale = "encoding 'UTF8' lc_collate 'C' lc_ctype 'C' locale_provider icu icu_locale 'und'";
    server.psql("postgres", &format!("create database {name} template template0 {locale}")).unwrap();
    let sql = "create table t (a text) partition by range (a); create table t1 partition of t for values from ('a') to ('B');
        create table t2 partition of t default; insert into t values ('a'), ('b'), ('B')";
    server.psql(name, sql).unwrap();
    way.expect_equal();
    // the order is a library's: rows go in through the root
    let kept = std::fs::read_to_string(way.dir().join("catalog.json")).unwrap();
    assert!(kept.contains("\"through\":{") && !kept.contains("\"through\":null"), "{kept}");
}
