//! Tables.

use pgferry_engine::assess::Depth;
use pgferry_lab::{Major, Server, fresh_database, shared};

use super::{Case, check, judgement, names, of};

const CASES: &[Case] = &[
    Case {
        finding: "table-unlogged",
        majors: 13..=18,
        offender: "create unlogged table fleeting (a int primary key)",
        object: "public.fleeting",
        near_miss: "create temporary table passing (a int); create table lasting (a int)",
        innocent: "public.lasting",
        mended: true,
    },
    Case {
        finding: "table-unlogged",
        majors: 15..=18,
        offender: "create unlogged sequence fleeting_number",
        object: "public.fleeting_number",
        near_miss: "create sequence lasting_number",
        innocent: "public.lasting_number",
        mended: true,
    },
    Case {
        finding: "partition-root-unlogged",
        majors: 13..=17,
        offender: "create unlogged table fleeting_root (a int) partition by list (a)",
        object: "public.fleeting_root",
        near_miss: "create table lasting_root (a int) partition by list (a)",
        innocent: "public.lasting_root",
        mended: false,
    },
    Case {
        finding: "table-tree",
        majors: 13..=18,
        offender: "create table elder (a int); create table younger () inherits (elder)",
        object: "public.elder",
        near_miss: "create table barren (a int) partition by list (a)",
        innocent: "public.younger",
        mended: false,
    },
    Case {
        finding: "inherited-null",
        majors: 13..=17,
        offender: "create table strict (a int); create table lax () inherits (strict);
            alter table only strict alter column a set not null",
        object: "public.lax.a",
        near_miss: "create table strict_too (a int not null); create table heir (b int) inherits (strict_too)",
        innocent: "public.heir.b",
        mended: true,
    },
    Case {
        finding: "partition-hash-enum",
        majors: 13..=18,
        offender: "create type mood as enum ('good', 'bad'); create domain moods as mood[];
            create table by_moods (m moods) partition by hash (m)",
        object: "public.by_moods",
        near_miss: "create table by_number (a int, m mood) partition by hash (a);
            create table listed_moods (m mood) partition by list (m)",
        innocent: "public.listed_moods",
        mended: false,
    },
    Case {
        finding: "partition-hash-enum",
        majors: 14..=18,
        offender: "create type mixed as (a int, m mood[]);
            create table by_mixed (m mixed) partition by hash (m)",
        object: "public.by_mixed",
        near_miss: "create table listed_mixed (m mixed) partition by list (m)",
        innocent: "public.listed_mixed",
        mended: false,
    },
    Case {
        finding: "partition-foreign",
        majors: 13..=18,
        offender: "create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing;
            create table partly (a int) partition by list (a);
            create foreign table partly_far partition of partly for values in (1) server nowhere",
        object: "public.partly_far",
        near_miss: "create foreign table far_alone (a int) server nowhere",
        innocent: "public.far_alone",
        mended: false,
    },
    Case {
        finding: "partition-half-detached",
        majors: 14..=18,
        offender: "create table whole (a int) partition by list (a);
            create table half partition of whole for values in (1);
            update pg_inherits set inhdetachpending = true where inhrelid = 'half'::regclass",
        object: "public.half",
        near_miss: "create table other_half partition of whole for values in (2)",
        innocent: "public.other_half",
        mended: true,
    },
    Case {
        finding: "partition-maker",
        majors: 13..=18,
        offender: "create function make_month() returns void language plpgsql as $$ begin
            execute 'create table m partition of months for values in (1)';
            end $$",
        object: "public.make_month()",
        near_miss: "create function partition_count() returns int language sql as 'select 1'",
        innocent: "public.partition_count()",
        mended: false,
    },
    Case {
        finding: "column-layout",
        majors: 13..=18,
        offender: "create table once_wider (a int, b int); alter table once_wider drop column a",
        object: "public.once_wider",
        near_miss: "create table never_wider (a int, b text)",
        innocent: "public.never_wider",
        mended: false,
    },
    Case {
        finding: "column-layout",
        majors: 13..=18,
        offender: "create table outside (a text); alter table outside alter column a set storage external",
        object: "public.outside",
        near_miss: "create table usual (a text, b bytea)",
        innocent: "public.usual",
        mended: false,
    },
    // Debian's 15 is built with lz4; the lab's others are not, and the catalog stands in for what would be there
    Case {
        finding: "column-layout",
        majors: 15..=15,
        offender: "create table by_lz4 (a text compression lz4)",
        object: "public.by_lz4",
        near_miss: "create table by_pglz (a text compression pglz)",
        innocent: "public.by_pglz",
        mended: false,
    },
    Case {
        finding: "column-layout",
        majors: 18..=18,
        offender: "create table by_lz4 (a text);
            update pg_attribute set attcompression = 'l' where attrelid = 'by_lz4'::regclass and attname = 'a'",
        object: "public.by_lz4",
        near_miss: "create table by_pglz (a text compression pglz)",
        innocent: "public.by_pglz",
        mended: false,
    },
    Case {
        finding: "column-generated",
        majors: 18..=18,
        offender: "create table seeming (a int, \"B\" int generated always as (a * 2) virtual)",
        object: "public.seeming.\"B\"",
        near_miss: "create view seen as select a, a * 2 as b from seeming",
        innocent: "public.seen.b",
        mended: false,
    },
    Case {
        finding: "column-generated",
        majors: 13..=18,
        offender: "create table doubled (a int, b int generated always as (a * 2) stored)",
        object: "public.doubled.b",
        near_miss: "create table with_default (a int generated by default as identity, b int default 2)",
        innocent: "public.with_default.a",
        mended: false,
    },
    Case {
        finding: "value-huge",
        majors: 13..=18,
        offender: "create table huge (a int, \"b'c\" text); insert into huge values (1, repeat('x', 201000000))",
        object: "public.huge.\"b'c\"",
        near_miss: "create table large (a text); alter table large alter column a set storage external;
            insert into large values (repeat('x', 2000000))",
        innocent: "public.large.a",
        mended: false,
    },
    Case {
        finding: "table-row-security",
        majors: 13..=18,
        offender: "create table guarded (a int); alter table guarded enable row level security",
        object: "public.guarded",
        near_miss: "create table unguarded (a int); create policy p on unguarded using (true)",
        innocent: "public.unguarded",
        mended: false,
    },
    Case {
        finding: "table-rules",
        majors: 13..=18,
        offender: "create table ruled (a int); create rule quiet as on delete to ruled do instead nothing",
        object: "quiet ON public.ruled",
        near_miss: "create view looked as select * from ruled",
        innocent: "\"_RETURN\" ON public.looked",
        mended: false,
    },
    Case {
        finding: "replica-firing",
        majors: 13..=18,
        offender: "create function noop() returns trigger language plpgsql as 'begin return new; end';
            create table fires (a int);
            create trigger always before insert on fires for each row execute function noop();
            alter table fires enable always trigger always",
        object: "always ON public.fires",
        near_miss: "create trigger usual before insert on fires for each row execute function noop()",
        innocent: "usual ON public.fires",
        mended: false,
    },
    Case {
        finding: "trigger-disabled",
        majors: 13..=18,
        offender: "create table referred (a int primary key);
            create table refers (a int constraint refers_to references referred);
            alter table refers disable trigger all",
        object: "refers_to ON public.refers",
        near_miss: "create table refers_still (a int constraint refers_still_to references referred)",
        innocent: "refers_still_to ON public.refers_still",
        mended: true,
    },
    Case {
        finding: "access-method",
        majors: 13..=18,
        offender: "create access method pile type table handler heap_tableam_handler;
            create table piled (a int) using pile",
        object: "public.piled",
        near_miss: "create table heaped (a int); create index heaped_a on heaped using brin (a)",
        innocent: "public.heaped",
        mended: false,
    },
    Case {
        finding: "foreign-table",
        majors: 13..=18,
        offender: "create foreign data wrapper local_files;
            create server \"Files\" foreign data wrapper local_files options (host '10.0.0.1');
            create foreign table file (a int) server \"Files\"",
        object: "public.file",
        near_miss: "create table no_file (a int)",
        innocent: "public.no_file",
        mended: false,
    },
    Case {
        finding: "names-odd",
        majors: 13..=18,
        offender: "create table twin (a int); create table \"Twin\" (a int)",
        object: "public.\"Twin\"",
        near_miss: "create table \"Alone\" (a int, \"B\" int)",
        innocent: "public.\"Alone\"",
        mended: false,
    },
    Case {
        finding: "names-odd",
        majors: 13..=18,
        offender: "create table odd_columns (\"per cent\" int)",
        object: "public.odd_columns.\"per cent\"",
        near_miss: "create table even_columns (\"Größe\" int)",
        innocent: "public.even_columns.\"Größe\"",
        mended: false,
    },
    Case {
        finding: "object-in-catalog",
        majors: 13..=18,
        offender: "create function pg_catalog.hidden(int) returns int language sql as 'select 1'",
        object: "pg_catalog.hidden(integer)",
        near_miss: "create function public.visible(int) returns int language sql as 'select 1'",
        innocent: "public.visible(integer)",
        mended: false,
    },
    Case {
        finding: "table-rewriter",
        majors: 13..=18,
        offender: "create table clustered (a int primary key); cluster clustered using clustered_pkey",
        object: "public.clustered",
        near_miss: "create table unclustered (a int primary key)",
        innocent: "public.unclustered",
        mended: false,
    },
    Case {
        finding: "matview",
        majors: 13..=18,
        offender: "create materialized view stored as select 1 as a with no data",
        object: "public.stored",
        near_miss: "create view unstored as select 1 as a",
        innocent: "public.unstored",
        mended: false,
    },
];

#[tokio::test]
async fn findings_about_tables() {
    check(CASES).await;
}

#[tokio::test]
async fn a_tablespace_of_ones_own_is_named_with_what_lives_in_it() {
    let server = Server::options(Major(18)).setting("allow_in_place_tablespaces", "on").start().unwrap();
    server.psql("postgres", "create tablespace elsewhere location ''").unwrap();
    let sql =
        "create table moved (a int) tablespace elsewhere; create table stayed (a int) tablespace pg_default";
    server.psql("postgres", sql).unwrap();
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    assert!(names(&found, "tablespace-own", "public.moved"));
    assert!(!names(&found, "tablespace-own", "public.stayed"));
}

#[tokio::test]
async fn rows_that_nobody_may_read_are_unknown_and_the_others_are_found() {
    let server = shared(Major(15));
    let database = fresh_database(server, "unread").unwrap();
    let sql = "create role reader login password 'reader';
        create table open (d date); insert into open values ('infinity'); grant select on open to reader;
        create table closed (d date);
        create table guarded (d date); insert into guarded values ('infinity');
        alter table guarded enable row level security; grant select on guarded to reader";
    server.psql(&database, sql).unwrap();
    let uri = server.uri_as("reader", "reader", &database);
    let found = judgement(&uri, Depth { deep: true, probe: false }).await;
    assert!(names(&found, "dms-values", "public.open.d"));
    let unread: Vec<_> = found.unknown.iter().filter(|unknown| unknown.what == "dms-values").collect();
    assert!(unread.iter().any(|unknown| unknown.because.contains("public.closed.d")), "{unread:#?}");
    assert!(unread.iter().any(|unknown| unknown.because.contains("public.guarded.d")), "{unread:#?}");
    let found = judgement(&uri, Depth::default()).await;
    assert!(
        found.unknown.iter().any(|unknown| unknown.what == "dms-values" && unknown.lifted_by == "--deep")
    );
    assert!(!names(&found, "dms-values", "public.open.d"));
}

/// Stands in for pg_partman, which no server of the lab ships.
#[tokio::test]
async fn a_stand_in_for_pg_partman_makes_partitions() {
    let server = Server::options(Major(15)).rds_like().start().unwrap();
    super::extensions::offer(&server, "pg_partman", "create table part_config (parent_table text);");
    server.create_database("app").unwrap();
    let miss =
        "create table pg_partman (a int); create schema partman; create table partman.part_config (a int)";
    server.psql("app", miss).unwrap();
    assert_eq!(of(&judgement(&server.uri("app"), Depth::default()).await, "partition-maker"), None);
    server.psql("app", "create extension pg_partman").unwrap();
    let found = judgement(&server.uri("app"), Depth::default()).await;
    let objects = &of(&found, "partition-maker").unwrap().objects;
    assert_eq!(objects.len(), 1, "{objects:#?}");
    assert!(names(&found, "partition-maker", "pg_partman"));
}
