//! Whatever differs, verification turns red and names the row.

mod partitions;

use pgferry_lab::{Major, Server, shared, shared_rds_like};

use crate::words::{Move, exited, succeeded};

const TABLES: &str = "
    create table item (id int primary key, name text, price numeric, note text);
    insert into item select i, 'item ' || i, i * 1.5, case when i % 3 = 0 then '' end from generate_series(1, 5000) i;
    insert into item values (0, 'exact', 1.00, 'x');
    create table keyless (a int, b text);
    insert into keyless select i % 10, 'b' from generate_series(1, 100) i;
    create sequence counter;
    select nextval('counter');
    select lo_from_bytea(4711, 'abc');
    create index item_name on item (name);
    create function f() returns trigger language plpgsql as 'begin return new; end';
    create trigger watch before insert on item for each row execute function f();
    comment on table item is 'things';";

const ROLES: &str = "
    create role differ_group;
    create role differ_app login connection limit 7 in role differ_group;
    create role differ_idle;
    create table item ();";

/// Copies, changes the copy by `sql`, and returns what verification says then.
fn after(sql: &str) -> String {
    let way = Move::between(Major(15), Major(15), "differ");
    shared(Major(15)).psql(&way.source_database, TABLES).unwrap();
    way.expect_equal();
    shared_rds_like(Major(15)).psql(&way.target_database, sql).unwrap();
    exited(&way.verify(), 3)
}

#[track_caller]
fn names(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn one_changed_value_is_named_with_both_values() {
    let said = after("update item set name = 'other' where id = 4321");
    names(&said, &["\"item\", (4321), column name", "\"item 4321\"", "\"other\""]);
}

#[test]
fn a_missing_row_is_named() {
    names(
        &after("delete from item where id = 77"),
        &["\"item\", (77)", "source: \"a row\"", "target: nothing"],
    );
}

#[test]
fn an_extra_row_is_named() {
    names(
        &after("insert into item values (9999, 'x', 1, '')"),
        &["\"item\", (9999)", "source: nothing", "target: \"a row\""],
    );
}

#[test]
fn null_is_not_the_empty_text() {
    names(
        &after("update item set note = null where id = 33"),
        &["(33), column note", "source: \"\"", "target: nothing"],
    );
}

#[test]
fn the_scale_of_a_number_counts() {
    names(&after("update item set price = 1.0 where id = 0"), &["(0), column price", "\"1.00\"", "\"1.0\""]);
}

#[test]
fn duplicates_without_a_key_count() {
    names(
        &after("delete from keyless where ctid = (select min(ctid) from keyless where a = 4)"),
        &["\"keyless\", (4,b)"],
    );
}

#[test]
fn a_sequence_behind_is_named() {
    names(&after("select setval('counter', 5)"), &["sequence", "counter", "1 (called)", "5 (called)"]);
}

#[test]
fn one_byte_of_a_large_object_counts() {
    names(&after("select lo_put(4711, 1, 'B')"), &["large object 4711"]);
}

#[test]
fn definitions_count() {
    names(&after("drop index item_name"), &["index", "item_name"]);
    names(&after("alter table item disable trigger watch"), &["trigger", "watch", "enabled"]);
    names(&after("comment on table item is 'stuff'"), &["comment", "stuff", "things"]);
    names(&after("grant select on item to public"), &["right on relation", "SELECT to public"]);
    names(&after("alter table item alter name set not null"), &["column", "item.name", "not null"]);
}

/// As [`after`], on servers of its own, since roles are the whole server's: each change, and the words for it.
#[test]
fn roles_and_the_rights_on_the_database_count() {
    let (source, target) =
        (Server::start(Major(15)).unwrap(), Server::options(Major(16)).rds_like().start().unwrap());
    let way = Move::of(&source, &target, "differ");
    source.psql(&way.source_database, ROLES).unwrap();
    way.expect_equal();
    let database = &way.target_database;
    let changes = [
        (
            "alter role differ_app connection limit 8".to_owned(),
            ["role differ_app", "connection limit", "\"8\""],
        ),
        ("alter role differ_idle createdb".to_owned(), ["role differ_idle", "createdb", "\"true\""]),
        ("alter role differ_app createdb".to_owned(), ["role differ_app", "createdb", "\"true\""]),
        ("alter role differ_app nologin".to_owned(), ["role differ_app", "login", "\"false\""]),
        ("comment on role differ_app is 'x'".to_owned(), ["role differ_app", "comment", "\"x\""]),
        (
            "revoke differ_group from differ_app granted by ferry_master".to_owned(),
            ["role differ_app", "membership in differ_group", "nothing"],
        ),
        (
            format!("grant create on database {database} to differ_app"),
            ["the database", "right CREATE to differ_app", "nothing"],
        ),
        (
            format!("revoke connect on database {database} from public"),
            ["the database", "right CONNECT to public", "nothing"],
        ),
        (
            format!("alter database {database} owner to differ_app"),
            ["the database", "owner", "\"differ_app\""],
        ),
        (
            "set allow_system_table_mods = on;
             insert into pg_seclabel values ('item'::regclass, 'pg_class'::regclass, 0, 'guard', 'secret')"
                .to_owned(),
            ["security label table public.item", "by guard", "\"secret\""],
        ),
    ];
    for (sql, words) in changes {
        target.psql(database, &sql).unwrap();
        names(&exited(&way.verify(), 3), &words);
    }
    // finish ends the membership that lets us in
    target.psql(database, &format!("grant connect on database {database} to public")).unwrap();
    // which roles the run made is forgotten then, and these have nothing in the source's database
    succeeded(&way.command(&["finish"]).output().unwrap());
    let said = exited(&way.verify(), 3);
    assert!(said.contains("the database") && !said.contains("role differ_"), "{said}");
}
