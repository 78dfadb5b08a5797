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
