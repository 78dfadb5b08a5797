//! A law: whatever is changed on the target is named. One list, each entry on objects of its own; all are made on both
//! sides, which are equal then, and all are changed on the target, where each has to be named.

use pgferry_engine::{
    Side,
    pg::{
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
    },
    verify::Verdict,
};
use pgferry_lab::{Major, Server, fresh_database, programs, shared, shared_rds_like};

use super::{between, endpoint, still};

/// What is made on both sides, what is changed on the target, and the object and the property that have to be named.
/// `@role` is a role of both servers, `@database` the target's.
type Change = (&'static str, &'static str, &'static str, &'static str);

const ALWAYS: &[Change] = &[
    // collations
    (
        "create collation col_locale (provider = icu, locale = 'en-US')",
        "drop collation col_locale; create collation col_locale (provider = icu, locale = 'de-DE')",
        "collation public.col_locale",
        "locale",
    ),
    (
        "create collation col_sure (provider = icu, locale = 'und')",
        "drop collation col_sure; create collation col_sure (provider = icu, locale = 'und', deterministic = false)",
        "collation public.col_sure",
        "what",
    ),
    (
        "create collation col_provider (locale = 'C')",
        "drop collation col_provider; create collation col_provider (provider = icu, locale = 'und')",
        "collation public.col_provider",
        "what",
    ),
    (
        "create schema near; create collation near.\"C\" from \"C\"; create table col_schema (a text collate \"C\")",
        "alter table col_schema alter a type text collate near.\"C\"",
        "column public.col_schema.a",
        "type",
    ),
    (
        "create domain col_domain as text",
        "drop domain col_domain; create domain col_domain as text collate \"C\"",
        "type public.col_domain",
        "domain",
    ),
    // owners
    (
        "create collation own_collation from \"C\"",
        "alter collation own_collation owner to @role",
        "collation public.own_collation",
        "owner",
    ),
    (
        "create table own_table (a int, b int); create statistics own_statistics on a, b from own_table",
        "alter statistics own_statistics owner to @role",
        "statistics object public.own_statistics",
        "owner",
    ),
    (
        "create publication own_publication",
        "alter publication own_publication owner to @role",
        "publication own_publication",
        "owner",
    ),
    (
        "create operator @@@ (leftarg = int, rightarg = int, function = int4pl)",
        "alter operator @@@ (int, int) owner to @role",
        "operator public.@@@(",
        "owner",
    ),
    (
        "create operator class own_class for type int4 using hash as operator 1 =, function 1 hashint4(int4)",
        "alter operator class own_class using hash owner to @role",
        "operator class public.own_class USING hash",
        "owner",
    ),
    (
        "create operator family own_family using btree",
        "alter operator family own_family using btree owner to @role",
        "operator family public.own_family USING btree",
        "owner",
    ),
    (
        "create text search configuration own_search (copy = english)",
        "alter text search configuration own_search owner to @role",
        "text search configuration public.own_search",
        "owner",
    ),
    (
        "create text search dictionary own_dictionary (template = simple)",
        "alter text search dictionary own_dictionary owner to @role",
        "text search dictionary public.own_dictionary",
        "owner",
    ),
    (
        "create conversion own_conversion for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
        "alter conversion own_conversion owner to @role",
        "conversion public.own_conversion",
        "owner",
    ),
    (
        "create foreign data wrapper own_server_wrapper; create server own_server foreign data wrapper own_server_wrapper",
        "grant usage on foreign data wrapper own_server_wrapper to @role; alter server own_server owner to @role",
        "server own_server",
        "owner",
    ),
    (
        "create language own_language handler plpgsql_call_handler",
        "alter language own_language owner to @role",
        "language own_language",
        "owner",
    ),
    (
        "create foreign data wrapper own_wrapper",
        "alter role @role superuser; alter foreign data wrapper own_wrapper owner to @role; alter role @role nosuperuser",
        "foreign-data wrapper own_wrapper",
        "owner",
    ),
    // relations
    (
        "create table toasted (a text)",
        "alter table toasted set (toast.autovacuum_enabled = false)",
        "relation public.toasted",
        "toast options",
    ),
    (
        "create type of_type as (a int); create table of_table (a int)",
        "alter table of_table of of_type",
        "relation public.of_table",
        "of type",
    ),
    (
        "create table parent (a int); create table kid (a int) inherits (parent)",
        "drop table kid; create table kid () inherits (parent)",
        "column public.kid.a",
        "of its own",
    ),
    (
        "create table checked (a int, constraint same check (a > 0)); create table checked_kid (constraint same check (a > 0)) inherits (checked)",
        "drop table checked_kid; create table checked_kid () inherits (checked)",
        "constraint public.checked_kid.same",
        "state",
    ),
    (
        "create table lone (a int, constraint passed check (a > 0))",
        "alter table lone drop constraint passed; alter table lone add constraint passed check (a > 0) no inherit",
        "constraint public.lone.passed",
        "state",
    ),
    (
        "create table pointed (a int primary key); create table pointing (a int constraint points references pointed)",
        "alter table pointing disable trigger all",
        "constraint public.pointing.points",
        "triggers of public.pointing",
    ),
    (
        "create table counted (a int)",
        "alter table counted alter a set statistics 7",
        "column public.counted.a",
        "type",
    ),
    (
        "create table stored (a text)",
        "alter table stored alter a set storage external",
        "column public.stored.a",
        "type",
    ),
    (
        "create table clustered (a int); create index clustered_a on clustered (a)",
        "alter table clustered cluster on clustered_a",
        "index public.clustered_a",
        "state",
    ),
    (
        "create table identified (a int not null); create unique index identified_a on identified (a)",
        "alter table identified replica identity using index identified_a",
        "index public.identified_a",
        "state",
    ),
    ("create sequence options", "alter sequence options cache 5", "sequence public.options", "parameters"),
    // types, functions, operators
    (
        "create type base; create function base_in(cstring) returns base language internal immutable strict as 'textin'; create function base_out(base) returns cstring language internal immutable strict as 'textout'; create type base (input = base_in, output = base_out, internallength = variable, storage = extended)",
        "alter type base set (storage = main)",
        "type public.base",
        "base",
    ),
    (
        "create aggregate added (int) (sfunc = int4pl, stype = int, initcond = '0')",
        "create or replace aggregate added (int) (sfunc = int4pl, stype = int, initcond = '1')",
        "function public.added(integer)",
        "aggregate",
    ),
    (
        "create type cast_type as enum ('a'); create function cast_function(cast_type) returns int language sql as 'select 1'; create cast (cast_type as int) with function cast_function(cast_type)",
        "drop cast (cast_type as int); create cast (cast_type as int) with function cast_function(cast_type) as assignment",
        "cast public.cast_type as integer",
        "what",
    ),
    (
        "create operator family members using btree",
        "alter operator family members using btree add function 1 (int4, int8) btint48cmp(int4, int8)",
        "operator family public.members USING btree",
        "function 1 (integer, bigint)",
    ),
    (
        "create operator family operators using btree",
        "alter operator family operators using btree add operator 1 < (int4, int8)",
        "operator family public.operators USING btree",
        "operator 1 (integer, bigint)",
    ),
    (
        "create operator class class for type int4 using hash as operator 1 =, function 1 hashint4(int4)",
        "drop operator family class using hash cascade; create operator family class_family using hash; create operator class class for type int4 using hash family class_family as operator 1 =, function 1 hashint4(int4)",
        "operator class public.class USING hash",
        "what",
    ),
    (
        "create function depending() returns int language sql as 'select 1'",
        "alter function depending() depends on extension plpgsql",
        "function public.depending()",
        "depends on extension plpgsql",
    ),
    (
        "create extension hstore schema near",
        "drop extension hstore; create extension hstore schema near version '1.4'",
        "extension hstore",
        "version",
    ),
    (
        "create language spoken handler plpgsql_call_handler",
        "drop language spoken; create trusted language spoken handler plpgsql_call_handler",
        "language spoken",
        "what",
    ),
    (
        "create conversion turned for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
        "drop conversion turned; create default conversion turned for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
        "conversion public.turned",
        "what",
    ),
    // text search
    (
        "create text search configuration mapped (copy = english)",
        "alter text search configuration mapped drop mapping for word",
        "text search configuration public.mapped",
        "mapping",
    ),
    (
        "create text search parser parsed (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)",
        "drop text search parser parsed; create text search parser parsed (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline)",
        "text search parser public.parsed",
        "what",
    ),
    (
        "create text search template pattern (lexize = dsimple_lexize)",
        "drop text search template pattern; create text search template pattern (init = dsimple_init, lexize = dsimple_lexize)",
        "text search template public.pattern",
        "what",
    ),
    // the server's own
    ("", "comment on schema public is 'another'", "comment schema public", "text"),
    ("", "comment on language plpgsql is 'another'", "comment language plpgsql", "text"),
    ("", "comment on extension plpgsql is 'another'", "comment extension plpgsql", "text"),
    ("", "revoke usage on language sql from public", "right on language sql", "USAGE to public"),
    ("", "alter database @database connection limit 7", "the database", "connection limit"),
    ("", "alter database @database is_template true", "the database", "is a template"),
    (
        "create table in_use (a int); grant select on in_use to @role",
        "alter role @role set work_mem = '7MB'",
        "role @role",
        "setting work_mem",
    ),
    // events, publications, subscriptions
    (
        "create function watch() returns event_trigger language plpgsql as 'begin end'; create event trigger watched on sql_drop when tag in ('DROP AGGREGATE') execute function watch()",
        "alter event trigger watched disable",
        "event trigger watched",
        "state",
    ),
    (
        "create event trigger tagged on sql_drop when tag in ('DROP AGGREGATE') execute function watch()",
        "drop event trigger tagged; create event trigger tagged on sql_drop when tag in ('DROP RULE') execute function watch()",
        "event trigger tagged",
        "state",
    ),
    (
        "create event trigger own_event on sql_drop when tag in ('DROP AGGREGATE') execute function watch()",
        "alter role @role superuser; alter event trigger own_event owner to @role; alter role @role nosuperuser",
        "event trigger own_event",
        "owner",
    ),
    (
        "create table published (a int primary key); create publication publishes",
        "alter publication publishes add table published",
        "publication publishes",
        "table public.published",
    ),
    (
        "",
        "create subscription subscribed connection 'dbname=nowhere password=unspoken' publication p with (connect = false)",
        "subscription subscribed",
        "state",
    ),
    // elsewhere; no value of these is ever shown
    (
        "create foreign data wrapper wrapper options (a 'unspoken')",
        "alter foreign data wrapper wrapper options (set a 'unspoken too')",
        "foreign-data wrapper wrapper",
        "what",
    ),
    (
        "create server elsewhere foreign data wrapper wrapper options (a 'unspoken')",
        "alter server elsewhere options (set a 'unspoken too')",
        "foreign server elsewhere",
        "options",
    ),
    (
        "create user mapping for public server elsewhere options (password 'unspoken')",
        "alter user mapping for public server elsewhere options (set password 'unspoken too')",
        "user mapping elsewhere for role public",
        "options",
    ),
    (
        "create user mapping for @role server elsewhere",
        "drop user mapping for @role server elsewhere",
        "user mapping elsewhere for role @role",
        "exists",
    ),
    (
        "create foreign table distant (a int) server elsewhere options (a 'unspoken')",
        "alter foreign table distant options (set a 'unspoken too')",
        "foreign table public.distant",
        "options",
    ),
    (
        "",
        "grant usage on foreign data wrapper wrapper to @role",
        "right on foreign-data wrapper wrapper",
        "USAGE to @role",
    ),
    // large objects
    ("select lo_create(9001)", "comment on large object 9001 is 'another'", "large object 9001", "owner"),
    ("select lo_create(9002)", "alter large object 9002 owner to @role", "large object 9002", "owner"),
    (
        "select lo_create(9003)",
        "grant select on large object 9003 to public",
        "right on large object 9003",
        "SELECT to public",
    ),
    ("select lo_from_bytea(9004, 'abc')", "select lo_put(9004, 1, 'B')", "large object 9004", "content"),
    ("select lo_create(9005)", "select lo_unlink(9005)", "large object 9005", "content"),
];

const FROM_14: &[Change] = &[
    (
        "create table squeezed (a text)",
        "alter table squeezed alter a set compression pglz",
        "column public.squeezed.a",
        "options",
    ),
    (
        "create type ranged as range (subtype = int4)",
        "drop type ranged; create type ranged as range (subtype = int4, multirange_type_name = many_ranged)",
        "type public.ranged",
        "multirange",
    ),
];

const FROM_15: &[Change] = &[
    (
        "create access method another_heap type table handler heap_tableam_handler; create table accessed (a int)",
        "alter table accessed set access method another_heap",
        "relation public.accessed",
        "access method",
    ),
    (
        "create publication of_schemas",
        "alter publication of_schemas add tables in schema near",
        "publication of_schemas",
        "schema near",
    ),
    (
        "create table some_rows (a int primary key); create publication of_rows for table some_rows",
        "alter publication of_rows set table some_rows where (a > 0)",
        "publication of_rows",
        "rows of public.some_rows",
    ),
    (
        "create table some_columns (a int primary key, b int); create publication of_columns for table some_columns",
        "alter publication of_columns set table some_columns (a)",
        "publication of_columns",
        "table public.some_columns",
    ),
];

const FROM_17: &[Change] = &[(
    "create table kept (a int)",
    "grant maintain on kept to @role",
    "right on relation public.kept",
    "MAINTAIN to @role",
)];

const FROM_18: &[Change] = &[
    (
        "create table named (a int constraint one_name not null)",
        "alter table named rename constraint one_name to other_name",
        "constraint public.named.one_name",
        "state",
    ),
    (
        "create table passed_on (a int constraint on_to not null)",
        "alter table passed_on alter constraint on_to no inherit",
        "constraint public.passed_on.on_to",
        "state",
    ),
    (
        "create table asked (a int primary key); create table asking (a int constraint asks references asked)",
        "alter table asking alter constraint asks not enforced",
        "constraint public.asking.asks",
        "state",
    ),
    (
        "create publication generated",
        "alter publication generated set (publish_generated_columns = stored)",
        "publication generated",
        "publishes",
    ),
];

/// What only a newer target has, where up to 17 a NOT NULL always holds.
const TO_18: &[Change] = &[(
    "create table unproved (a int not null)",
    "alter table unproved alter a drop not null; alter table unproved add constraint unproved_a not null a not valid",
    "constraint public.unproved.unproved_a",
    "state",
)];

fn changes(source: Major, target: Major) -> Vec<Change> {
    let since = [(14, FROM_14), (15, FROM_15), (17, FROM_17), (18, FROM_18)];
    let known = since.iter().filter(|(major, _)| *major <= source.0).flat_map(|(_, changes)| *changes);
    let newer = TO_18.iter().filter(|_| target.0 == 18);
    ALWAYS.iter().chain(known).chain(newer).copied().collect()
}

async fn each_change_is_named(source: u16, target: u16) {
    let (source, target) = (shared(Major(source)), shared_rds_like(Major(target)));
    let changes = changes(source.major(), target.major());
    let database = fresh_database(source, "changes").unwrap();
    target.psql("postgres", &format!("create database {database}")).unwrap();
    let filled = |sql: &str| sql.replace("@role", &format!("r_{database}")).replace("@database", &database);
    let made = changes.iter().map(|(made, ..)| filled(made)).collect::<Vec<_>>().join(";\n");
    for server in [source, target] {
        server.psql("postgres", &filled("create role @role")).unwrap();
        server.psql(&database, &made).unwrap();
    }
    let equal = verdict(source, target, &database).await;
    assert!(equal.is_equal(), "{equal:#?}");
    let changed: Vec<String> = changes.iter().map(|(_, changed, ..)| filled(changed)).collect();
    target.psql(&database, &changed.join(";\n")).unwrap();
    // in place, and so nowhere outside of the server's folder; it is made in no transaction with others
    let mut session = target.session("postgres").unwrap();
    session.run("set allow_in_place_tablespaces = on").unwrap();
    session.run(&format!("create tablespace s_{database} location ''")).unwrap();
    target.psql(&database, &format!("alter table toasted set tablespace s_{database}")).unwrap();
    let said = verdict(source, target, &database).await;
    let is_named = |object: &str, key: &str| {
        let (object, key) = (filled(object), filled(key));
        said.differences.iter().any(|one| one.object.starts_with(&object) && one.key.starts_with(&key))
    };
    let unnamed: Vec<_> = changes.iter().filter(|(_, _, object, key)| !is_named(object, key)).collect();
    assert!(unnamed.is_empty(), "{unnamed:#?} are not in {said:#?}");
    assert!(is_named("relation public.toasted", "tablespace"), "{said:#?}");
    assert!(!format!("{said:?}").contains("unspoken"), "{said:#?}");
}

async fn verdict(source: &Server, target: &Server, database: &str) -> Verdict {
    still((source, target), (database, database), |_| true).await.unwrap()
}

#[tokio::test]
async fn each_change_of_a_definition_is_named_from_15_to_15() {
    each_change_is_named(15, 15).await;
}

#[tokio::test]
async fn each_change_of_a_definition_is_named_from_15_to_17() {
    each_change_is_named(15, 17).await;
}

#[tokio::test]
async fn each_change_of_a_definition_is_named_from_17_to_18() {
    each_change_is_named(17, 18).await;
}

#[tokio::test]
async fn each_change_of_a_definition_is_named_from_18_to_18() {
    each_change_is_named(18, 18).await;
}

/// No dump holds what somebody made in `pg_catalog`, nor can anything be made again that rests on it.
#[tokio::test]
async fn a_text_that_cannot_be_made_anew_is_not_compared() {
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(17)));
    let database = fresh_database(source, "anew").unwrap();
    target.psql("postgres", &format!("create database {database}")).unwrap();
    for server in [source, target] {
        let sql = "create function pg_catalog.nowhere_else() returns int language sql as 'select 1'; \
                   create view rests as select pg_catalog.nowhere_else(); create view alone as select 1 as one";
        server.psql(&database, sql).unwrap();
    }
    let said = verdict(source, target, &database).await;
    assert_eq!(said.differences, [], "{said:#?}");
    let not_compared: Vec<&str> = said.not_compared.iter().map(|one| one.object.as_str()).collect();
    assert_eq!(not_compared, ["relation public.rests, view"], "{said:#?}");
    assert!(said.not_compared[0].reason.contains("nowhere_else"), "{said:#?}");
}

/// A server shows them to that role alone, and to superusers, which nobody is on RDS.
#[tokio::test]
async fn options_of_a_user_mapping_that_our_role_may_not_see_are_not_compared() {
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    let database = fresh_database(source, "hidden").unwrap();
    target.create_database(&database).unwrap();
    for server in [source, target] {
        let sql = format!(
            "create role r_{database}; create foreign data wrapper wrapper; create server elsewhere foreign data wrapper wrapper; \
             create user mapping for r_{database} server elsewhere options (password 'unspoken')"
        );
        server.psql(&database, &sql).unwrap();
    }
    let as_master =
        Conninfo::parse(&target.master_uri(&database), Side::Target, &Defaults::default()).unwrap();
    let (ours, theirs) = (endpoint(source, &database, Side::Source), Endpoint::new(as_master, "verify", 0));
    let said = between(&ours, &theirs, programs(target.major()).unwrap(), |_| true).await.unwrap();
    let not_compared: Vec<&str> = said.not_compared.iter().map(|one| one.object.as_str()).collect();
    assert_eq!(not_compared, [format!("user mapping elsewhere for role r_{database}, options")], "{said:#?}");
    assert!(said.differences.iter().all(|one| !one.object.contains("user mapping")), "{said:#?}");
}

/// SET … FROM CURRENT stores a list as nobody else does.
#[tokio::test]
async fn a_setting_is_compared_by_what_it_says() {
    let server = shared(Major(15));
    let (ours, theirs) = (fresh_database(server, "says").unwrap(), fresh_database(server, "says").unwrap());
    let mut session = server.session(&ours).unwrap();
    session.run("select set_config('search_path', 'near;far', false)").unwrap();
    session.run(&format!("alter database {ours} set search_path from current")).unwrap();
    server.psql(&theirs, &format!("alter database {theirs} set search_path = 'near;far'")).unwrap();
    let said = still((server, server), (&ours, &theirs), |_| true).await.unwrap();
    assert!(said.is_equal(), "{said:#?}");
    server.psql(&theirs, &format!("alter database {theirs} set search_path = near, far")).unwrap();
    let said = still((server, server), (&ours, &theirs), |_| true).await.unwrap();
    assert_eq!(said.differences.len(), 1, "{said:#?}");
}
