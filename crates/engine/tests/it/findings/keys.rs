//! Keys of tables.

use pgferry_engine::assess::{Depth, finding::Severity};
use pgferry_lab::{Major, fresh_database, shared};

use super::{Case, check, judgement, of};

const CASES: &[Case] = &[
    Case {
        finding: "identity-missing",
        majors: 13..=18,
        offender: "create table \"Odd \"\"name\" (a int)",
        object: "public.\"Odd \"\"name\"",
        near_miss: "create table keyed (a int primary key)",
        innocent: "public.keyed",
        mended: true,
    },
    Case {
        finding: "identity-missing",
        majors: 13..=18,
        offender: "create table lost_identity (a int not null, b int primary key);
            create unique index lost_identity_a on lost_identity (a);
            alter table lost_identity replica identity using index lost_identity_a;
            drop index lost_identity_a",
        object: "public.lost_identity",
        near_miss: "create table chosen (a int not null);
            create unique index chosen_a on chosen (a);
            alter table chosen replica identity using index chosen_a",
        innocent: "public.chosen",
        mended: false,
    },
    Case {
        finding: "identity-offer",
        majors: 13..=18,
        offender: "create table offered (a int not null, b int);
            create unique index offered_a on offered (a) include (b)",
        object: "public.offered",
        near_miss: "create table not_offered (a int); create unique index not_offered_a on not_offered (a)",
        innocent: "public.not_offered",
        mended: true,
    },
    Case {
        finding: "identity-trap",
        majors: 13..=18,
        offender: "create table trap (a int, b int not null); create unique index trap_ab on trap (b, a)",
        object: "public.trap",
        near_miss: "create table no_trap (a int not null unique)",
        innocent: "public.no_trap",
        mended: true,
    },
    Case {
        finding: "identity-trap",
        majors: 13..=18,
        offender: "create table trap_partial (a int not null, b int);
            create unique index on trap_partial (a) where b is null",
        object: "public.trap_partial",
        near_miss: "create table plain_index (a int not null, b int); create index on plain_index (a)",
        innocent: "public.plain_index",
        mended: false,
    },
    Case {
        finding: "pk-deferrable",
        majors: 13..=18,
        offender: "create table late_key (a int primary key deferrable)",
        object: "public.late_key",
        near_miss: "create table late_key_chosen (a int primary key deferrable, b int not null);
            create unique index late_key_chosen_b on late_key_chosen (b);
            alter table late_key_chosen replica identity using index late_key_chosen_b",
        innocent: "public.late_key_chosen",
        mended: false,
    },
    Case {
        finding: "identity-full",
        majors: 13..=18,
        offender: "create table full_rows (a int, b json[]); alter table full_rows replica identity full",
        object: "public.full_rows",
        near_miss: "create table not_full (a int primary key, b json[])",
        innocent: "public.not_full",
        mended: false,
    },
    Case {
        finding: "key-not-bytewise",
        majors: 13..=18,
        offender: "create domain price as numeric; create table by_price (p price primary key)",
        object: "public.by_price",
        near_miss: "create table beside_price (a int primary key, p numeric)",
        innocent: "public.beside_price",
        mended: false,
    },
    Case {
        finding: "key-not-bytewise",
        majors: 13..=18,
        offender:
            "create collation any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            create table by_any_case (t text collate any_case primary key)",
        object: "public.by_any_case",
        near_miss: "create collation one_case (provider = icu, locale = 'und-u-ks-level2');
            create table by_one_case (t text collate one_case primary key, beside text collate any_case)",
        innocent: "public.by_one_case",
        mended: false,
    },
    Case {
        finding: "keys-several",
        majors: 13..=18,
        offender: "create table two_keys (a int primary key, b int unique)",
        object: "public.two_keys",
        near_miss: "create table one_key (a int primary key, b int); create index on one_key (b)",
        innocent: "public.one_key",
        mended: false,
    },
    Case {
        finding: "dms-key",
        majors: 13..=18,
        offender: "create table by_text (a text primary key)",
        object: "public.by_text",
        near_miss: "create table by_varchar (a varchar(20) primary key, b text, c int[])",
        innocent: "public.by_varchar",
        mended: false,
    },
    Case {
        finding: "dms-key",
        majors: 13..=18,
        offender: "create table array_alone (a int[])",
        object: "public.array_alone",
        near_miss: "create table text_alone (a text, b name)",
        innocent: "public.text_alone",
        mended: false,
    },
];

#[tokio::test]
async fn findings_about_keys() {
    check(CASES).await;
}

#[tokio::test]
async fn a_whole_row_that_nothing_can_compare_is_a_blocker_for_dms_alone() {
    let server = shared(Major(18));
    let database = fresh_database(server, "full").unwrap();
    let sql = "create type pair as (a int, b xml);
        create table odd (p pair); alter table odd replica identity full;
        create table even (a int, t varchar, d date); alter table even replica identity full";
    server.psql(&database, sql).unwrap();
    let found = judgement(&server.uri(&database), Depth::default()).await;
    let objects = &of(&found, "identity-full").unwrap().objects;
    let severity = |name: &str| objects.iter().find(|object| object.name == name).unwrap().severity;
    assert_eq!(severity("public.odd").unwrap().dms, Severity::Blocker);
    assert_eq!(severity("public.even"), None);
}
