//! Constraints and indexes.

use pgferry_engine::{
    Side,
    assess::{
        self, Depth, Evidence,
        facts::Facts,
        finding::{Object, Severity},
    },
    catalog::choice::{Choice, Chosen},
};
use pgferry_lab::{fresh_database, shared};

use super::{Case, check, client, evidence, of};

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

const SELECTION: &str = "create table customer (a int primary key); \
    create table item (a int primary key, customer int constraint of_customer references customer); \
    create table line (a int primary key, item int constraint of_item references item); \
    create table visit (a int primary key, customer int constraint by_customer references customer)";

/// Keys by their objects, with their severities and details, under a choice.
async fn crossing(uri: &str, choice: &Choice) -> Vec<(String, Severity, String)> {
    let source = client(uri, Side::Source, Depth::default()).await;
    let chosen = Chosen::resolve(&source, choice).await.unwrap();
    let facts = Facts::read(&source).await.unwrap();
    let evidence = Evidence { chosen, ..evidence(facts, None, Depth::default()) };
    let found = assess::judge(&[&source], None, &evidence).await.unwrap();
    assert!(!found.unknown.iter().any(|unknown| unknown.what == "fk-crosses-selection"));
    let Some(finding) = of(&found, "fk-crosses-selection") else { return Vec::new() };
    let told = |object: &Object| {
        let severity = object.severity.unwrap_or(finding.severity).live;
        (object.name.clone(), severity, object.detail.clone().unwrap())
    };
    finding.objects.iter().map(told).collect()
}

#[tokio::test]
async fn a_foreign_key_with_one_side_left_out_is_named() {
    for major in super::MAJORS {
        let server = shared(major);
        let database = fresh_database(server, "selection").unwrap();
        server.psql(&database, SELECTION).unwrap();
        server.psql("postgres", "create role choosing login password 'few'").unwrap();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let key = |name: &str, severity, detail: &str| (name.to_owned(), severity, detail.to_owned());
        for uri in [server.uri(&database), server.uri_as("choosing", "few", &database)] {
            let customer =
                Choice { exclude: list(&["public.customer", "public.visit"]), ..Choice::default() };
            let left = "refers to public.customer, which is left out";
            let expected = [key("of_customer ON public.item", Severity::Change, left)];
            assert_eq!(crossing(&uri, &customer).await, expected, "{major:?}");
            let line = Choice { exclude: list(&["public.line"]), ..Choice::default() };
            let goes = "refers to public.item, and goes with its table";
            assert_eq!(crossing(&uri, &line).await, [key("of_item ON public.line", Severity::Note, goes)]);
            let empty = Choice { without_data: list(&["public.item"]), ..Choice::default() };
            let rows = "refers to public.item, whose rows are left out";
            assert_eq!(crossing(&uri, &empty).await, [key("of_item ON public.line", Severity::Change, rows)]);
            let both = Choice { include: list(&["public.customer", "public.visit"]), ..Choice::default() };
            assert!(crossing(&uri, &both).await.iter().all(|(name, ..)| !name.starts_with("by_customer")));
            assert_eq!(crossing(&uri, &Choice::default()).await, []);
        }
    }
}
