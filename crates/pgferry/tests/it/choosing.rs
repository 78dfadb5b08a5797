//! What of a database is carried: filters against copy and comparison, and several databases by one command.

use std::process::Output;

use pgferry_lab::{Major, shared, shared_rds_like};
use serde_json::Value;

use crate::words::{Move, exited, pgferry, succeeded};

const SHOP: &str = "
    create schema shop; create schema audit; create schema types; create schema lib;
    create type types.state as enum ('new', 'paid');
    create function lib.fresh() returns text language sql as 'select ''x''::text';
    create sequence lib.numbers;
    create table shop.products (id int primary key, name text);
    create table shop.orders (id serial primary key, product int references shop.products, state types.state,
                              number bigint default nextval('lib.numbers'), code text default lib.fresh());
    create table shop.log_2024 (id bigint generated always as identity, entry text);
    create table shop.log_2025 (like shop.log_2024 including all);
    create table audit.event (id int primary key, at timestamptz);
    create table audit.deed (id int primary key, event int references audit.event);
    create view shop.entries as select entry from shop.log_2024;
    create view shop.longest as select max(length(entry)) from shop.entries;
    create view shop.open as select * from shop.orders where state = 'new';
    create materialized view shop.sums as select product, count(*) from shop.orders group by 1;
    create index on shop.sums (product);
    create table shop.notes (id int primary key, event int references audit.event, text text);
    create function audit.note() returns trigger language plpgsql as 'begin return new; end';
    create function shop.last_entry() returns shop.log_2024 language sql as 'select * from shop.log_2024 limit 1';
    create trigger noted after insert on shop.orders for each row execute function audit.note();
    create table shop.sale (id int, day date, primary key (id, day)) partition by range (day);
    create table shop.sale_1 partition of shop.sale for values from ('2024-01-01') to ('2025-01-01');
    create table shop.sale_2 partition of shop.sale for values from ('2025-01-01') to ('2026-01-01');
    comment on table shop.log_2024 is 'old'; comment on column shop.log_2024.entry is 'line'; comment on table shop.orders is 'kept';
    grant select on shop.log_2024, shop.orders to public; grant usage on schema audit to public;
    create publication changes for table shop.orders, shop.log_2024;
    insert into shop.products select i, 'p' || i from generate_series(1, 100) i;
    insert into shop.orders (product, state) select i, 'new' from generate_series(1, 100) i;
    insert into shop.log_2024 (entry) select 'e' || i from generate_series(1, 100) i;
    insert into audit.event select i, now() from generate_series(1, 10) i;
    insert into shop.notes select i, i, 'n' from generate_series(1, 10) i;
    insert into shop.sale select i, '2024-06-01'::date + i from generate_series(1, 400) i;
    refresh materialized view shop.sums;";

/// A database with the shop in it, between two majors.
fn shop(name: &str) -> Move {
    let way = Move::between(Major(15), Major(16), name);
    shared(Major(15)).psql(&way.source_database, SHOP).unwrap();
    way
}

impl Move {
    /// A transfer with these filters.
    fn choosing(&self, filters: &[&str]) -> Output {
        self.command(&["transfer", "--jobs", "2"]).args(filters).output().unwrap()
    }

    /// What the target answers.
    fn there(&self, sql: &str) -> String {
        shared_rds_like(Major(16)).psql(&self.target_database, sql).unwrap().trim().to_owned()
    }

    fn has(&self, relation: &str) -> bool {
        self.there(&format!("select to_regclass('{relation}') is not null")) == "t"
    }
}

#[track_caller]
fn names(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn an_excluded_table_stays_behind_with_what_rests_on_it_and_each_is_named_before_the_start() {
    let way = shop("exclude");
    let output = way.choosing(&["--exclude", "shop.log_*"]);
    let said = exited(&output, 0);
    names(
        &said,
        &[
            "left out, as chosen: table shop.log_2024, table shop.log_2025",
            "left out: view shop.entries: it rests on table shop.log_2024",
            "left out: view shop.longest: it rests on view shop.entries",
            "left out: function shop.last_entry(): it rests on table shop.log_2024",
        ],
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.find("view shop.longest") < stderr.find("prepare the target database"), "{stderr}");
    for relation in ["shop.log_2024", "shop.log_2025", "shop.entries", "shop.longest", "shop.log_2024_id_seq"]
    {
        assert!(!way.has(relation), "{relation}");
    }
    assert!(way.has("shop.open") && way.has("audit.event"));
    names(&exited(&way.verify(), 0), &["left out: table shop.log_2024", "equal: "]);
}

#[test]
fn an_included_schema_brings_what_it_needs_and_nothing_more() {
    let way = shop("include");
    let said = exited(&way.choosing(&["--include", "shop"]), 0);
    names(
        &said,
        &[
            "left out, as chosen: schema audit",
            "carried all the same: type types.state: table shop.orders needs it",
            "carried all the same: function lib.fresh(): table shop.orders needs it",
            "carried all the same: sequence lib.numbers: table shop.orders needs it",
            "left out: trigger noted on shop.orders: it rests on function audit.note()",
            "left out: table constraint notes_event_fkey on shop.notes: it rests on table audit.event",
        ],
    );
    assert_eq!(way.there("select to_regnamespace('audit') is null, count(*) from shop.notes"), "t|10");
    assert_eq!(way.there("insert into shop.orders (product) values (1) returning number"), "101");
    way.there("delete from shop.orders where number = 101; select setval('lib.numbers', 100), setval('shop.orders_id_seq', 100)");
    succeeded(&way.verify());
}

#[test]
fn a_table_included_alone_loses_its_keys_to_others() {
    let way = shop("single");
    let said = exited(&way.choosing(&["--include", "shop.orders,audit.d*"]), 0);
    names(
        &said,
        &[
            "table constraint orders_product_fkey on shop.orders: it rests on table shop.products",
            "table constraint deed_event_fkey on audit.deed: it rests on table audit.event",
        ],
    );
    let tables = "select string_agg(relname, ' ' order by relname) from pg_class where relkind in ('r', 'v', 'm', 'p') and relnamespace::regnamespace::text in ('shop', 'audit')";
    assert_eq!(way.there(tables), "deed orders");
    succeeded(&way.verify());
}

#[test]
fn an_excluded_schema_goes_whole_and_a_sequence_that_a_default_uses_stays() {
    let way = shop("schema");
    let said = exited(&way.choosing(&["--exclude", "audit", "--exclude", "lib.numbers"]), 0);
    names(
        &said,
        &[
            "left out, as chosen: schema audit",
            "carried all the same: sequence lib.numbers: table shop.orders needs it",
            "left out: trigger noted on shop.orders",
        ],
    );
    assert_eq!(way.there("select to_regnamespace('audit') is null"), "t");
    assert!(way.has("lib.numbers"));
    succeeded(&way.verify());
}

#[test]
fn a_sequence_of_a_left_out_table_stays_for_the_default_that_uses_it() {
    let way = shop("owned");
    let sql = "create table shop.counter (id serial); alter table shop.products add code int default nextval('shop.counter_id_seq')";
    shared(Major(15)).psql(&way.source_database, sql).unwrap();
    let said = exited(&way.choosing(&["--exclude", "shop.counter"]), 0);
    names(&said, &["carried all the same: sequence shop.counter_id_seq: table shop.products needs it"]);
    assert!(way.has("shop.counter_id_seq") && !way.has("shop.counter"));
    succeeded(&way.verify());
}

#[test]
fn a_table_without_its_data_is_made_and_its_rows_are_not_compared() {
    let way = shop("nodata");
    let said = exited(
        &way.choosing(&["--without-data", "shop.products", "--without-data", "shop.orders,shop.sale"]),
        0,
    );
    names(
        &said,
        &[
            "without rows, as chosen: table shop.orders, table shop.products, table shop.sale",
            "without rows: materialized view shop.sums: it reads tables whose rows are not carried",
        ],
    );
    let counts = "select (select count(*) from shop.products), (select count(*) from shop.sale), (select count(*) from shop.sums), (select count(*) from shop.log_2024)";
    assert_eq!(way.there(counts), "0|0|0|100");
    names(&exited(&way.verify(), 0), &["without rows: table shop.sale", "equal: "]);
    way.there("alter table shop.products add extra int");
    names(&exited(&way.verify(), 3), &["shop.products.extra"]);
}

#[test]
fn a_foreign_key_to_rows_that_stay_behind_is_left_out() {
    let way = shop("key");
    let said = exited(&way.choosing(&["--without-data", "shop.products"]), 0);
    let key = "left out: table constraint orders_product_fkey on shop.orders: rows of table shop.products are not carried";
    names(&said, &[key]);
    succeeded(&way.verify());
}

#[test]
fn a_partition_goes_with_its_root_and_only_its_rows_can_stay_behind() {
    let way = shop("partition");
    names(
        &exited(&way.choosing(&["--exclude", "shop.sale_1"]), 2),
        &["cannot leave out table shop.sale_1 alone", "its root, table shop.sale"],
    );
    names(&exited(&way.choosing(&["--include", "shop.sale_1"]), 2), &["cannot take table shop.sale_1 alone"]);
    let said = exited(&way.choosing(&["--without-data", "shop.sale_1"]), 0);
    names(&said, &["without rows, as chosen: table shop.sale_1"]);
    assert_eq!(way.there("select count(*) > 0, min(day) from shop.sale"), "t|2025-01-01");
    succeeded(&way.verify());
}

#[test]
fn a_partitioned_table_is_left_out_with_all_its_partitions() {
    let way = shop("root");
    exited(&way.choosing(&["--exclude", "shop.sale"]), 0);
    assert!(!way.has("shop.sale") && !way.has("shop.sale_1"));
    succeeded(&way.verify());
}

#[test]
fn a_filter_that_fits_nothing_names_the_nearest_and_changes_nothing() {
    let way = shop("nothing");
    names(
        &exited(&way.choosing(&["--exclude", "shop.ordrs"]), 2),
        &["cannot exclude \"shop.ordrs\"", "nearest: shop.orders"],
    );
    names(&exited(&way.choosing(&["--include", "shpo"]), 2), &["cannot include \"shpo\"", "nearest: shop"]);
    names(&exited(&way.choosing(&["--without-data", "shop.open"]), 2), &["no table has such a name"]);
    names(&exited(&way.choosing(&["--include", "a.b.c"]), 2), &["more than two names"]);
    // the folder is not spoilt by a choice that came to nothing
    let databases = format!("select count(*) from pg_database where datname = '{}'", way.target_database);
    assert_eq!(shared_rds_like(Major(16)).psql("postgres", &databases).unwrap().trim(), "0");
    exited(&way.choosing(&["--include", "shop"]), 0);
    succeeded(&way.verify());
}

#[test]
fn a_run_keeps_its_choice() {
    let way = shop("kept");
    let mut running = way.begin(&["--exclude", "shop.log_*"]);
    assert!(running.wait_for("copy tables and rows"));
    running.kill();
    names(
        &exited(&way.choosing(&["--exclude", "shop.notes"]), 2),
        &["with another choice", "exclude shop.log_*", "exclude shop.notes"],
    );
    names(&exited(&way.transfer(), 0), &["left out: table shop.log_2024"]);
    assert!(!way.has("shop.log_2024") && way.has("shop.notes"));
    succeeded(&way.verify());
    let other = exited(&way.command(&["verify", "--still", "--exclude", "shop.notes"]).output().unwrap(), 3);
    names(&other, &["shop.log_2024"]);
}

#[test]
fn odd_names_can_be_chosen() {
    let way = shop("odd");
    let sql = "create schema \"Odd.One\"; create table \"Odd.One\".\"a*b\" (i int); create table \"Odd.One\".\"axb\" (i int)";
    shared(Major(15)).psql(&way.source_database, sql).unwrap();
    let said = exited(&way.choosing(&["--include", "\"Odd.One\".*", "--exclude", "\"Odd.One\".\"a*b\""]), 0);
    names(&said, &["table \"Odd.One\".\"a*b\""]);
    assert!(way.has("\"Odd.One\".axb") && !way.has("\"Odd.One\".\"a*b\"") && !way.has("shop.orders"));
    succeeded(&way.verify());
}

#[test]
fn an_extension_is_always_carried_with_its_own_tables() {
    let way = shop("extension");
    let sql = "create schema tools; create extension hstore schema tools; alter table shop.notes add more tools.hstore";
    shared(Major(15)).psql(&way.source_database, sql).unwrap();
    exited(&way.choosing(&["--include", "shop.notes"]), 0);
    assert_eq!(way.there("select count(*) from pg_extension where extname = 'hstore'"), "1");
    succeeded(&way.verify());
}

#[test]
fn the_report_tells_the_choice() {
    let way = shop("report");
    let output = way.command(&["transfer", "--json", "--exclude", "shop.log_*"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["choice"]["exclude"][0], "shop.log_*");
    let left_out = report["left_out"].as_array().unwrap();
    let view = left_out.iter().find(|one| one["object"] == "view shop.entries").unwrap();
    assert_eq!(view["fate"], "left_out");
    assert_eq!(view["because"], "it rests on table shop.log_2024");
}

/// A command about several databases of the shared servers, the target's under the same names.
fn several(words: &[&str], folder: &std::path::Path, databases: &[&str]) -> Output {
    let mut command = pgferry();
    command.args(words).args(["--source", &shared(Major(15)).uri("postgres")]);
    command.args(["--target", &shared_rds_like(Major(16)).master_uri("postgres")]);
    command.arg("--dir").arg(folder).args(["--databases", &databases.join(",")]).output().unwrap()
}

#[test]
fn several_databases_go_by_one_command_and_a_fault_in_one_costs_no_other() {
    let source = shared(Major(15));
    let (first, last) = (shop("several").source_database, shop("several").source_database);
    let folder = tempfile::tempdir().unwrap();
    let databases = [first.as_str(), "nowhere", last.as_str()];
    let output = several(&["transfer", "--json"], folder.path(), &databases);
    exited(&output, 4);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let exits: Vec<i64> =
        report["databases"].as_array().unwrap().iter().map(|one| one["exit"].as_i64().unwrap()).collect();
    assert_eq!((exits.as_slice(), &report["exit"]), (&[0, 4, 0][..], &Value::from(4)));
    assert_eq!(report["databases"][0]["report"]["missing"], Value::Array(vec![]));
    assert!(report["databases"][1]["error"].as_str().unwrap().contains("PF0206"), "{report}");
    assert!(folder.path().join(&first).join("journal.jsonl").exists());
    let good = [first.as_str(), last.as_str()];
    let text = exited(&several(&["verify", "--still"], folder.path(), &good), 0);
    names(
        &text,
        &["2 databases:", &format!("  {first} (exit 0): done"), &format!("  {last} (exit 0): done")],
    );
    source.psql(&last, "insert into shop.products values (0, 'late')").unwrap();
    let text = exited(&several(&["verify", "--still"], folder.path(), &good), 3);
    names(&text, &[&format!("  {first} (exit 0): done"), &format!("  {last} (exit 3)")]);
    let text = exited(&several(&["abort"], folder.path(), &good), 0);
    names(&text, &[&format!("dropped database {first}"), &format!("dropped database {last}")]);
}

#[test]
fn filters_hold_for_each_of_several_databases() {
    let (first, last) = (shop("filters").source_database, shop("filters").source_database);
    let folder = tempfile::tempdir().unwrap();
    let databases = [first.as_str(), last.as_str()];
    shared(Major(15)).psql(&last, "drop schema audit cascade").unwrap();
    let said = exited(&several(&["transfer", "--exclude", "audit"], folder.path(), &databases), 2);
    names(
        &said,
        &[&format!("{first} (exit 0)"), &format!("{last} (exit 2): error[PF0101]: cannot exclude \"audit\"")],
    );
    let text = exited(&several(&["verify", "--still"], folder.path(), &[first.as_str()]), 0);
    names(&text, &["left out: schema audit"]);
    exited(&several(&["abort"], folder.path(), &[first.as_str()]), 0);
}

#[test]
fn a_database_given_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    names(&exited(&several(&["transfer"], folder.path(), &["a", "a"]), 2), &["twice"]);
}

#[test]
fn a_role_needs_no_right_on_what_is_left_out() {
    let mut way = shop("rights");
    let source = shared(Major(15));
    let user = format!("{}_reader", way.source_database);
    let sql = format!(
        "create role {user} login password 'reader'; grant usage on schema shop, audit, types, lib to {user};
         grant select on all tables in schema shop, audit to {user}; grant select on all sequences in schema shop, lib to {user};
         revoke all on shop.notes, audit.event from {user}"
    );
    source.psql(&way.source_database, &sql).unwrap();
    way.source = source.uri_as(&user, "reader", &way.source_database);
    exited(&way.choosing(&["--exclude", "shop.notes,audit"]), 0);
    succeeded(&way.verify());
    source.psql(&way.source_database, &format!("drop owned by {user}; drop role {user}")).unwrap();
}

#[test]
fn what_is_left_out_may_be_on_the_target_but_nothing_else_may() {
    let way = shop("there");
    exited(&way.choosing(&["--exclude", "shop.notes"]), 0);
    way.there("create table shop.notes (id int primary key, other text)");
    succeeded(&way.verify());
    way.there("create table shop.more (id int)");
    names(&exited(&way.verify(), 3), &["relation shop.more"]);
}

#[test]
fn a_child_that_inherits_from_a_left_out_table_goes_with_it_and_policies_and_rules_too() {
    let way = shop("rest");
    let sql = "create table shop.base (id int); create table shop.child (more text) inherits (shop.base);
               create table shop.typed (whole shop.base);
               create function shop.count_base(shop.base) returns int language sql as 'select 1';
               create table shop.counted (i int check (shop.count_base(null) = 1));
               create policy seen on shop.notes using (exists (select from shop.base b where b.id = notes.id));
               create rule also as on insert to shop.notes do also insert into shop.base values (new.id);
               create view shop.of_child as select more from shop.child;
               alter default privileges in schema audit grant select on tables to public";
    shared(Major(15)).psql(&way.source_database, sql).unwrap();
    let said = exited(&way.choosing(&["--exclude", "shop.base", "--exclude", "audit"]), 0);
    for object in [
        "table shop.child",
        "table shop.typed",
        "function shop.count_base",
        "table shop.counted",
        "policy seen on shop.notes",
        "rule also on shop.notes",
        "view shop.of_child",
    ] {
        names(&said, &[&format!("left out: {object}")]);
    }
    succeeded(&way.verify());
}

#[test]
fn a_part_moves_from_the_oldest_major_to_the_newest() {
    let way = Move::between(Major(13), Major(18), "part");
    shared(Major(13)).psql(&way.source_database, SHOP).unwrap();
    let sql = "create table shop.made (a int, b int generated always as (a * 2) stored, c text default lib.fresh())";
    shared(Major(13)).psql(&way.source_database, sql).unwrap();
    exited(
        &way.choosing(&[
            "--include",
            "shop",
            "--exclude",
            "shop.log_*,shop.sale",
            "--without-data",
            "shop.notes",
        ]),
        0,
    );
    succeeded(&way.verify());
}
