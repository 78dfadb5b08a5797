//! Types.

use super::{Case, check};

const CASES: &[Case] = &[
    Case {
        finding: "type-reg",
        majors: 13..=18,
        offender: "create domain known as regproc; create table names (a known[], b text)",
        object: "public.names.a",
        near_miss: "create table no_names (a text, regproc int)",
        innocent: "public.no_names.regproc",
        mended: false,
    },
    Case {
        finding: "type-server-bound",
        majors: 13..=18,
        offender: "create table bound (a pg_lsn)",
        object: "public.bound.a",
        near_miss: "create table unbound (a bigint)",
        innocent: "public.unbound.a",
        mended: false,
    },
    Case {
        finding: "xid-as-data",
        majors: 13..=18,
        offender: "create table outbox (a int, seen bigint default txid_current())",
        object: "public.outbox.seen",
        near_miss: "create table inbox (a int, seen bigint default floor(1.5))",
        innocent: "public.inbox.seen",
        mended: false,
    },
    Case {
        finding: "xid-as-data",
        majors: 13..=18,
        offender: "create function newest() returns int language plpgsql as $$ begin
            -- how far we are
            return (select max(xmin::text::int) from pg_class);
            end $$",
        object: "public.newest()",
        near_miss: "create function st_xmin(xmin_of int) returns int language sql as 'select 1' ",
        innocent: "public.st_xmin(integer)",
        mended: false,
    },
    Case {
        finding: "type-char-high",
        majors: 13..=14,
        offender: "create table bytes (a int, c \"char\"); insert into bytes values (1, (-56)::\"char\")",
        object: "public.bytes.c",
        near_miss: "create table ascii (c \"char\"); insert into ascii values ('a')",
        innocent: "public.ascii.c",
        mended: false,
    },
    Case {
        finding: "type-dms-poor",
        majors: 13..=18,
        offender: "create type colour as enum ('red'); create domain shade as colour; create table painted (s shade, t text)",
        object: "public.painted.s",
        near_miss: "create domain word as text; create table worded (w word, i int[])",
        innocent: "public.worded.w",
        mended: false,
    },
    Case {
        finding: "dms-values",
        majors: 13..=18,
        offender: "create table loose (n numeric, d timestamptz)",
        object: "public.loose.n",
        near_miss: "create domain exact as numeric(10, 2); create table tight (n numeric(10, 2), e exact)",
        innocent: "public.tight.e",
        mended: false,
    },
    Case {
        finding: "dms-values",
        majors: 13..=18,
        offender: "create table endless (id int, d date); insert into endless values (1, '-infinity'), (2, now())",
        object: "public.endless.d",
        near_miss: "create table finite (d timestamp); insert into finite values (now()), (null)",
        innocent: "public.finite.d",
        mended: false,
    },
];

#[tokio::test]
async fn findings_about_types() {
    check(CASES).await;
}
