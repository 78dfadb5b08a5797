//! Code.

use pgferry_engine::{
    Side,
    assess::{self, Depth, Judgement, facts::Facts},
};
use pgferry_lab::{Major, Server, fresh_database, shared};

use super::{Case, MAJORS, check, client, evidence, judgement, names, of};

const CASES: &[Case] = &[
    Case {
        finding: "language-untrusted",
        offender: "create language \"Odd\" handler plpgsql_call_handler;
                   create function in_odd() returns int language \"Odd\" as 'begin return 1; end'",
        object: "\"Odd\"",
        near_miss: "create trusted language even handler plpgsql_call_handler",
        innocent: "even",
        ..Case::BASE
    },
    Case { finding: "language-untrusted", object: "public.in_odd()", ..Case::BASE },
    Case {
        finding: "function-c",
        offender: "create function odd_version() returns text language internal as 'pgsql_version'",
        object: "public.odd_version()",
        // its constructors are functions in a language of the server's own
        near_miss: "create type odd_range as range (subtype = int4)",
        innocent: "public.odd_range(integer, integer)",
        ..Case::BASE
    },
    Case {
        finding: "function-c",
        offender: "create function odd_handler() returns language_handler language c
                   as '$libdir/plpgsql', 'plpgsql_call_handler'",
        object: "public.odd_handler()",
        near_miss: "create aggregate summed(int) (sfunc = int4pl, stype = int)",
        innocent: "public.summed(integer)",
        ..Case::BASE
    },
    Case {
        finding: "object-superuser-only",
        offender: "create cast (text as bytea) without function",
        object: "(text AS bytea)",
        near_miss: "create type color as enum ('red');
                    create cast (color as integer) with inout",
        innocent: "(public.color AS integer)",
        ..Case::BASE
    },
    Case {
        finding: "object-superuser-only",
        offender: "create type shell; create type base;
                   create function base_in(cstring) returns base language internal immutable strict as 'int4in';
                   create function base_out(base) returns cstring language internal immutable strict as 'int4out';
                   create type base (input = base_in, output = base_out, like = int4)",
        object: "public.base",
        near_miss: "create type row_of as (a int); create domain positive as int",
        innocent: "public.row_of",
        ..Case::BASE
    },
    Case { finding: "object-superuser-only", object: "public.shell", ..Case::BASE },
    Case {
        finding: "object-superuser-only",
        offender: "create operator class odd_ops for type int4 using btree as
                   operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >,
                   function 1 btint4cmp(int4, int4)",
        object: "public.odd_ops",
        ..Case::BASE
    },
    Case {
        finding: "object-superuser-only",
        offender: "create text search template odd_template (lexize = dsimple_lexize)",
        object: "public.odd_template",
        near_miss: "create text search dictionary plain_dictionary (template = simple)",
        innocent: "public.plain_dictionary",
        ..Case::BASE
    },
    Case {
        finding: "object-superuser-only",
        offender: "create access method odd_heap type table handler heap_tableam_handler",
        object: "odd_heap",
        ..Case::BASE
    },
    Case {
        finding: "function-privileged",
        offender: "create function leakproof(int) returns int language sql leakproof as 'select 1'",
        object: "public.leakproof(integer)",
        near_miss: "create function modest() returns int language sql set work_mem = '1MB' as 'select 1'",
        innocent: "public.modest()",
        ..Case::BASE
    },
    Case {
        finding: "function-privileged",
        offender: "create function replica() returns int language sql set session_replication_role = 'replica' as 'select 1'",
        object: "public.replica()",
        near_miss: "create function zoned() returns int language sql set timezone = 'UTC' as 'select 1'",
        innocent: "public.zoned()",
        ..Case::BASE
    },
    Case {
        finding: "function-secdef-path",
        offender: "create schema \"Two words\";
                   create function \"Two words\".definer(a int, b text) returns int language sql security definer as 'select 1'",
        object: "\"Two words\".definer(a integer, b text)",
        near_miss: "create function pinned() returns int language sql security definer set search_path = '' as 'select 1'",
        innocent: "public.pinned()",
        mended: true,
        ..Case::BASE
    },
    Case {
        finding: "function-secdef-path",
        offender: "create procedure definer() language sql security definer as 'select 1'",
        object: "public.definer()",
        mended: true,
        ..Case::BASE
    },
    Case {
        finding: "function-outside",
        offender: "create function reads_file() returns text language plpgsql as
                   $$ begin return pg_read_file('/etc/hostname'); end $$",
        object: "public.reads_file()",
        near_miss: "create function copies_nothing() returns text language plpgsql as
                    $$ begin update color_of set role = 'copy from here'; return 'pg_read_file'; end $$",
        innocent: "public.copies_nothing()",
        ..Case::BASE
    },
    Case {
        finding: "function-outside",
        offender: "create function copies_out() returns void language plpgsql as
                   $$ begin execute 'copy t to program ''gzip'''; end $$",
        object: "public.copies_out()",
        ..Case::BASE
    },
    Case {
        finding: "function-outside",
        majors: 14..=18,
        offender: "create function parsed() returns text language sql begin atomic; select pg_read_file('/etc/hostname'); end",
        object: "public.parsed()",
        ..Case::BASE
    },
    Case {
        finding: "fts-dictionary-file",
        offender: "create text search dictionary with_file (template = simple, stopwords = english);
                   set allow_system_table_mods = on;
                   update pg_catalog.pg_ts_dict set dictinitoption = 'stopwords = ''ours''' where dictname = 'with_file'",
        object: "public.with_file",
        near_miss: "create text search dictionary without_file (template = simple)",
        innocent: "public.without_file",
        ..Case::BASE
    },
    Case {
        finding: "event-trigger",
        offender: "create function on_ddl() returns event_trigger language plpgsql as $$ begin end $$;
                   create event trigger \"On DDL\" on ddl_command_end execute function on_ddl()",
        object: "\"On DDL\"",
        ..Case::BASE
    },
    Case {
        finding: "event-trigger-login",
        majors: 17..=18,
        offender: "create event trigger on_login on login execute function on_ddl()",
        object: "on_login",
        innocent: "\"On DDL\"",
        ..Case::BASE
    },
    Case {
        finding: "view-on-catalog",
        offender: "create view sizes as select s.relname, s.n_live_tup from pg_stat_user_tables s",
        object: "public.sizes",
        near_miss: "create view harmless as select table_name from information_schema.tables where table_name <> 'pg_class'",
        innocent: "public.harmless",
        ..Case::BASE
    },
    Case {
        finding: "view-on-catalog",
        majors: 14..=18,
        offender: "create function class_names() returns setof name language sql begin atomic; select relname from pg_class; end",
        object: "public.class_names()",
        near_miss: "create function one() returns int language sql begin atomic; select 1; end",
        innocent: "public.one()",
        ..Case::BASE
    },
    Case {
        finding: "syntax-removed",
        majors: 13..=13,
        offender: "create operator !!! (leftarg = bigint, function = numeric_fac)",
        object: "public.!!!(bigint, NONE)",
        near_miss: "create operator ### (rightarg = bigint, function = numeric_fac)",
        ..Case::BASE
    },
    Case {
        finding: "syntax-removed",
        majors: 13..=13,
        offender: "create aggregate gathered(anyelement) (sfunc = array_append, stype = anyarray, initcond = '{}')",
        object: "public.gathered(anyelement)",
        near_miss: "create aggregate gathered_numbers(int) (sfunc = array_append, stype = int[], initcond = '{}')",
        innocent: "public.gathered_numbers(integer)",
        ..Case::BASE
    },
    Case {
        finding: "session-state",
        offender: "create function tells() returns void language plpgsql as $$ begin perform pg_notify('a', 'b'); end $$",
        object: "public.tells()",
        near_miss: "create function notes() returns text language sql as $$ select 'advisory' $$",
        innocent: "public.notes()",
        ..Case::BASE
    },
    Case {
        finding: "session-state",
        offender: "create function holds() returns void language sql as $$ select pg_advisory_xact_lock(1) $$",
        object: "public.holds()",
        ..Case::BASE
    },
    Case {
        finding: "large-objects",
        offender: "select lo_create(0); create domain lo_like as oid; create table documents (a int, body lo_like, thing oid)",
        object: "public.documents.body",
        near_miss: "create table numbers (a int)",
        innocent: "public.numbers.a",
        ..Case::BASE
    },
];

#[tokio::test]
async fn findings_about_code() {
    check(CASES).await;
}

#[tokio::test]
async fn passwords_in_function_bodies_are_not_shown() {
    let server = shared(Major(15));
    let database = fresh_database(server, "masked").unwrap();
    let sql = "create function far() returns void language plpgsql as $$ begin
                   perform dblink_connect('host=far password=opensesame user=me');
               end $$;
               create function farther() returns void language plpgsql as $$ begin
                   perform dblink_exec('postgresql://me:opensesame@far/db', 'select 1');
               end $$";
    server.psql(&database, sql).unwrap();
    let found = judgement(&server.uri(&database), Depth::default()).await;
    let finding = of(&found, "function-outside").unwrap();
    assert_eq!(finding.objects.len(), 2);
    let text = format!("{finding:?}");
    assert!(text.contains("host=far password=*** user=me"), "{text}");
    assert!(text.contains("me:***@far/db"), "{text}");
    assert!(!text.contains("opensesame"), "{text}");
}

#[tokio::test]
async fn what_sessions_hold_is_told() {
    for major in MAJORS {
        let server = shared(major);
        let database = fresh_database(server, "sessions").unwrap();
        let before = judgement(&server.uri(&database), Depth::default()).await;
        assert!(of(&before, "session-state").is_none(), "{major:?}: {before:#?}");
        let mut session = server.session(&database).unwrap();
        session.run("create temporary table passing (a int); select pg_advisory_lock(7)").unwrap();
        session.run("listen something").unwrap();
        let found = judgement(&server.uri(&database), Depth::default()).await;
        let finding = of(&found, "session-state").unwrap();
        let details: Vec<_> = finding.objects.iter().filter_map(|object| object.detail.as_deref()).collect();
        let expected = [
            "a session of postgres listens",
            "advisory locks held now: 1",
            "temporary tables that are there now: 1",
        ];
        assert_eq!(details, expected, "{major:?}");
        assert!(names(&found, "session-state", &database));
    }
}

#[tokio::test]
async fn jobs_of_a_stand_in_for_pg_cron_are_named_without_their_commands() {
    let server = Server::options(Major(15)).rds_like().start().unwrap();
    let sql = "create schema cron;
               create table cron.job (jobid bigint, schedule text, command text, database text, username text,
                                      active boolean, jobname text);
               insert into cron.job values (7, '0 3 * * *', 'select secret()', 'app', 'app', true, null),
                                           (8, '0 4 * * *', 'select secret()', 'app', 'app', false, 'nightly');";
    super::extensions::offer(&server, "pg_cron", sql);
    server.create_database("app").unwrap();
    server.psql("app", "create extension pg_cron").unwrap();
    let found = judgement(&server.uri("app"), Depth::default()).await;
    assert!(names(&found, "cron-jobs", "job 7"), "{:#?}", of(&found, "cron-jobs"));
    assert!(names(&found, "cron-jobs", "nightly"));
    assert!(!format!("{found:?}").contains("secret"));
}

/// Stands in for pgAgent, which no server of the lab ships: by its script, and as an extension.
#[tokio::test]
async fn jobs_of_a_stand_in_for_pgagent_are_named_however_it_was_installed() {
    let server = Server::options(Major(15)).rds_like().start().unwrap();
    let agent =
        "create schema pgagent; create table pgagent.pga_job (jobid int, jobname text, jobenabled boolean);
                 insert into pgagent.pga_job values (1, 'Nightly dump', true), (2, 'old', false);";
    super::extensions::offer(&server, "pgagent", agent);
    for (database, sql) in [("script", agent), ("extension", "create extension pgagent")] {
        server.create_database(database).unwrap();
        let miss = "create table pga_job (jobname text); insert into pga_job values ('mine')";
        server.psql(database, miss).unwrap();
        assert_eq!(of(&judgement(&server.uri(database), Depth::default()).await, "cron-jobs"), None);
        server.psql(database, sql).unwrap();
        let found = judgement(&server.uri(database), Depth::default()).await;
        let told = [("Nightly dump", Some("pgAgent")), ("old", Some("pgAgent, disabled"))];
        assert_eq!(jobs(&found), told, "{database}");
    }
}

#[tokio::test]
async fn beside_a_stand_in_for_pg_cron_the_table_of_pgagent_is_told() {
    let server = Server::options(Major(15)).rds_like().start().unwrap();
    let cron =
        "create schema cron; create table cron.job (jobid bigint, schedule text, command text, database text,
                                                           username text, active boolean, jobname text);";
    super::extensions::offer(&server, "pg_cron", cron);
    server.create_database("app").unwrap();
    server.psql("app", "create extension pg_cron").unwrap();
    assert_eq!(of(&judgement(&server.uri("app"), Depth::default()).await, "cron-jobs"), None);
    server.psql("app", "create schema pgagent; create table pgagent.pga_job (jobname text)").unwrap();
    let found = judgement(&server.uri("app"), Depth::default()).await;
    assert_eq!(jobs(&found), [("pgagent", Some("its jobs stand in pgagent.pga_job"))]);
}

fn jobs(found: &Judgement) -> Vec<(&str, Option<&str>)> {
    let objects = &of(found, "cron-jobs").unwrap().objects;
    objects.iter().map(|object| (object.name.as_str(), object.detail.as_deref())).collect()
}

#[tokio::test]
async fn a_stand_in_for_pg_cron_in_another_database_is_told() {
    let server = Server::options(Major(18)).setting("cron.database_name", "jobs").start().unwrap();
    let depth = Depth::default();
    let source = client(&server.uri("postgres"), Side::Source, depth).await;
    let mut facts = Facts::read(&source).await.unwrap();
    // a library's setting; the server shows none of a library that is not there
    facts.settings.insert("cron.database_name".to_owned(), facts.settings["log_line_prefix"].clone());
    let evidence = evidence(facts, None, depth);
    let found = assess::judge(&[&source], None, &evidence).await.unwrap();
    assert!(names(&found, "cron-jobs", "jobs"), "{:#?}", of(&found, "cron-jobs"));
}
