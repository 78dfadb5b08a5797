//! A kept dump is good for as long as the fingerprint is the same: every kind of change has to change it.

use pgferry_engine::{
    Side, catalog,
    pg::{
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
    },
};
use pgferry_lab::{Major, fresh_database, shared};

const MADE: &str = "
    create schema s; create collation c from \"C\"; create table t (a int primary key, b text); create view v as select 1 as one;
    create type e as enum ('a'); create function f() returns int language sql as 'select 1';
    create function g() returns trigger language plpgsql as 'begin return new; end';
    create function w() returns event_trigger language plpgsql as 'begin end';
    create foreign data wrapper fdw; create server srv foreign data wrapper fdw;
    create foreign table ft (a int) server srv; create user mapping for public server srv;
    create text search configuration cfg (copy = english); create text search dictionary dict (template = simple);
    create aggregate agg (int) (sfunc = int4pl, stype = int, initcond = '0');
    create operator family fam using btree; create publication pub; create sequence q; create index t_b on t (b);
    create table part (a int) partition by range (a); create language lang handler plpgsql_call_handler;";

/// Changes of every kind that a dump holds, each of what the others leave alone.
const CHANGES: [&str; 50] = [
    "alter collation c rename to d",
    "create collation h from \"C\"",
    "create operator ### (leftarg = int, rightarg = int, function = int4eq)",
    "alter operator ### (int, int) set (restrict = eqsel)",
    "create cast (e as int) with inout",
    "create operator class oc for type int4 using hash as operator 1 =, function 1 hashint4(int4)",
    "alter operator family fam using btree add function 1 (int4, int8) btint48cmp(int4, int8)",
    "alter operator family fam using btree add operator 1 < (int4, int8)",
    "alter text search configuration cfg drop mapping for word",
    "alter text search dictionary dict (accept = false)",
    "create text search parser p (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)",
    "create text search template tpl (lexize = dsimple_lexize)",
    "alter publication pub set (publish = 'insert')",
    "alter publication pub add table t",
    "create event trigger et on sql_drop when tag in ('DROP AGGREGATE') execute function w()",
    "alter event trigger et disable",
    "alter foreign data wrapper fdw options (a 'b')",
    "alter server srv options (a 'b')",
    "alter user mapping for public server srv options (a 'b')",
    "alter foreign table ft options (a 'b')",
    "alter language lang rename to lang_too",
    "create conversion conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
    "alter default privileges grant select on tables to public",
    "comment on table t is 'x'",
    "comment on column t.a is 'x'",
    "create statistics st on a, b from t",
    "create policy pol on t",
    "create rule r as on delete to t do instead nothing",
    "create subscription sub connection 'dbname=nowhere' publication p with (connect = false)",
    "alter subscription sub set publication other with (refresh = false)",
    "set allow_system_table_mods = on; insert into pg_seclabel values ('t'::regclass, 'pg_class'::regclass, 0, 'guard', 'secret')",
    "create extension hstore",
    "alter extension hstore add table t",
    "alter extension hstore drop table t",
    "alter function f() depends on extension hstore",
    "alter table t add check (a > 0)",
    "alter table t alter b set default 'x'",
    "alter table t alter b set statistics 7",
    "alter table t cluster on t_b",
    "create trigger tr before insert on t for each row execute function g()",
    "alter table t disable trigger tr",
    "alter sequence q increment 5",
    "create table child () inherits (t)",
    "create table part_1 partition of part for values from (1) to (2)",
    "alter type e add value 'b'",
    "create type ran as range (subtype = int4)",
    "create or replace aggregate agg (int) (sfunc = int4pl, stype = int, initcond = '1')",
    "create access method am type table handler heap_tableam_handler",
    "grant usage on schema s to public",
    "grant execute on function f() to public; grant select on t to public",
];

#[tokio::test]
async fn every_kind_of_change_changes_the_fingerprint_and_a_temporary_table_does_not() {
    for major in [Major(13), Major(15), Major(18)] {
        let server = shared(major);
        let database = fresh_database(server, "fingerprint").unwrap();
        server.psql(&database, MADE).unwrap();
        let info = Conninfo::parse(&server.uri(&database), Side::Source, &Defaults::default()).unwrap();
        let client = Endpoint::new(info, "fingerprint", 0).client().await.unwrap();
        client.run("find names", "set search_path = public").await.unwrap();
        let mut before = catalog::fingerprint(&client).await.unwrap();
        let newer = "alter publication pub add tables in schema s";
        for change in CHANGES.iter().chain((15 <= major.0).then_some(&newer)) {
            client.run(change, change).await.unwrap();
            let after = catalog::fingerprint(&client).await.unwrap();
            assert_ne!(before, after, "{major}: {change}");
            before = after;
        }
        let passing = "create temp table passing (a serial primary key, b text default 'x' check (b <> '')); \
                       create index on passing (b)";
        client.run("make a temporary table", passing).await.unwrap();
        assert_eq!(before, catalog::fingerprint(&client).await.unwrap(), "{major}");
    }
}
