//! Constraints and indexes.

use super::{Case, check};

const CASES: &[Case] = &[
    Case {
        finding: "constraint-not-valid",
        majors: 13..=18,
        offender: "create table loosely (a int); alter table loosely add constraint above check (a > 0) not valid",
        object: "above ON public.loosely",
        near_miss: "create table strictly (a int constraint above check (a > 0))",
        innocent: "above ON public.strictly",
        mended: true,
    },
    Case {
        finding: "constraint-not-valid",
        majors: 18..=18,
        offender: "create table idle (a int constraint never check (a > 0) not enforced)",
        object: "never ON public.idle",
        near_miss: "create table busy (a int constraint always check (a > 0) enforced)",
        innocent: "always ON public.busy",
        mended: false,
    },
    Case {
        finding: "constraint-not-valid",
        majors: 13..=18,
        offender: "create domain loose_number as int; alter domain loose_number add constraint above check (value > 0) not valid",
        object: "above ON public.loose_number",
        near_miss: "create domain strict_number as int constraint above check (value > 0)",
        innocent: "above ON public.strict_number",
        mended: true,
    },
    Case {
        finding: "fk-violated",
        majors: 13..=18,
        offender: "create table home (a int, b int, primary key (a, b));
            create table lodger (x int, y int, constraint lives foreign key (x, y) references home);
            alter table lodger disable trigger all; insert into lodger values (1, 2); alter table lodger enable trigger all",
        object: "lives ON public.lodger",
        near_miss: "create table guest (x int, y int, constraint stays foreign key (x, y) references home);
            insert into home values (3, 3); insert into guest values (3, 3), (null, 7)",
        innocent: "stays ON public.guest",
        mended: false,
    },
    Case {
        finding: "fk-violated",
        majors: 13..=18,
        offender: "create table halfway (x int, y int, constraint whole foreign key (x, y) references home match full);
            alter table halfway disable trigger all; insert into halfway values (null, 2); alter table halfway enable trigger all",
        object: "whole ON public.halfway",
        near_miss: "create table nowhere_full (x int, y int, constraint none foreign key (x, y) references home match full);
            insert into nowhere_full values (null, null)",
        innocent: "none ON public.nowhere_full",
        mended: false,
    },
    Case {
        finding: "unique-violated",
        majors: 13..=18,
        offender: "create table doubles (a int, b text); create unique index doubles_key on doubles (a, lower(b)) where a > 0;
            update pg_index set indisready = false where indexrelid = 'doubles_key'::regclass;
            insert into doubles values (1, 'x'), (1, 'X');
            update pg_index set indisready = true where indexrelid = 'doubles_key'::regclass",
        object: "public.doubles_key",
        near_miss: "create table singles (a int unique, b text);
            create unique index singles_partial on singles (b) where a > 0;
            insert into singles values (null, 'x'), (null, 'x')",
        innocent: "public.singles_partial",
        mended: false,
    },
    Case {
        finding: "check-reads-tables",
        majors: 13..=18,
        offender: "create function allowed(int) returns boolean language sql as 'select true';
            create table checked (a int constraint lawful check (allowed(a)))",
        object: "lawful ON public.checked",
        near_miss: "create table self_checked (a int constraint lawful check (abs(a) > 0))",
        innocent: "lawful ON public.self_checked",
        mended: false,
    },
    Case {
        finding: "check-reads-tables",
        majors: 13..=18,
        offender: "create domain lawful_number as int constraint lawful check (allowed(value))",
        object: "lawful ON public.lawful_number",
        near_miss: "create domain any_number as int constraint any_at_all check (value > 0)",
        innocent: "any_at_all ON public.any_number",
        mended: false,
    },
    Case {
        finding: "expression-path",
        majors: 13..=18,
        offender: "create function folded(text) returns text immutable language sql as 'select lower($1)';
            create table by_fold (a text); create index by_fold_a on by_fold (folded(a))",
        object: "public.folded(text)",
        near_miss: "create function fixed(text) returns text immutable language sql set search_path = pg_catalog as 'select lower($1)';
            create index by_fold_fixed on by_fold (fixed(a));
            create function unused(text) returns text immutable language sql as 'select lower($1)' ",
        innocent: "public.fixed(text)",
        mended: true,
    },
    Case {
        finding: "expression-path",
        majors: 13..=18,
        offender: "create function made(int) returns int immutable language sql as 'select $1';
            create table makes (a int, b int generated always as (made(a)) stored)",
        object: "public.made(integer)",
        near_miss: "create function defaulted() returns int language sql as 'select 1';
            create table defaults (a int default defaulted())",
        innocent: "public.defaulted()",
        mended: true,
    },
    Case {
        finding: "expression-path",
        majors: 13..=18,
        offender: "create function viewed() returns int language sql as 'select 1';
            create materialized view viewing as select viewed()",
        object: "public.viewed()",
        near_miss: "create function seen() returns int language sql as 'select 1'; create view seeing as select seen()",
        innocent: "public.seen()",
        mended: true,
    },
    Case {
        finding: "constraint-deferrable",
        majors: 13..=18,
        offender: "create table late (a int constraint late_a unique deferrable)",
        object: "late_a ON public.late",
        near_miss: "create table soon (a int constraint soon_a unique)",
        innocent: "soon_a ON public.soon",
        mended: false,
    },
    Case {
        finding: "constraint-deferrable",
        majors: 13..=18,
        offender: "create table rooms (during int4range, constraint apart exclude using gist (during with &&))",
        object: "apart ON public.rooms",
        near_miss: "create table halls (during int4range); create index on halls using gist (during)",
        innocent: "apart ON public.halls",
        mended: false,
    },
    Case {
        finding: "fk-on-partitioned",
        majors: 13..=18,
        offender: "create table alone_home (a int primary key); create table split (a int primary key) partition by list (a);
            create table to_split (a int constraint reaches references split)",
        object: "reaches ON public.to_split",
        near_miss: "create table to_whole (a int constraint reaches_whole references alone_home)",
        innocent: "reaches_whole ON public.to_whole",
        mended: false,
    },
    Case {
        finding: "index-invalid",
        majors: 13..=18,
        offender: "create table indexed (a int); create unique index half_built on indexed (a);
            update pg_index set indisvalid = false where indexrelid = 'half_built'::regclass",
        object: "public.half_built",
        near_miss: "create table cut (a int, b int) partition by list (a); create table cut_1 partition of cut for values in (1);
            create index cut_b on only cut (b)",
        innocent: "public.cut_b",
        mended: true,
    },
    Case {
        finding: "index-advice",
        majors: 13..=18,
        offender: "create table twice (a int); create index twice_a on twice (a); create index twice_b on twice (a)",
        object: "public.twice_b",
        near_miss: "create table once (a int); create index once_a on once (a); create index once_b on once (a desc)",
        innocent: "public.once_b",
        mended: false,
    },
    Case {
        finding: "index-advice",
        majors: 13..=18,
        offender: "create table bare_reference (a int references alone_home)",
        object: "public.bare_reference",
        near_miss: "create table good_reference (b int, a int references alone_home); create index on good_reference (a, b)",
        innocent: "public.good_reference",
        mended: false,
    },
];

#[tokio::test]
async fn findings_about_constraints() {
    check(CASES).await;
}
