//! The digest on a real server: the order of rows does not matter, and each single change does.

use pgferry_lab::{Major, fresh_database, shared};

use super::still;

const ROWS: &str = "(id int, word text, number numeric, flag boolean, bytes bytea, list text[])";

/// Each changes one thing in a table of its own.
const CHANGES: [(&str, &str); 10] = [
    ("word", "update @ set word = 'word 50 ' where id = 50"),
    ("case", "update @ set word = upper(word) where id = 1"),
    ("scale", "update @ set number = number::numeric(10, 3) where id = 2"),
    ("null", "update @ set word = null where id = 3"),
    ("empty", "update @ set word = '' where id = 4"),
    ("bytes", "update @ set bytes = bytes || '\\x00' where id = 100"),
    ("list", "update @ set list = array['a,b'] where id = 99"),
    ("swapped", "update @ a set word = b.word from @ b where (a.id, b.id) in ((7, 8), (8, 7))"),
    ("doubled", "insert into @ select * from @ where id = 20"),
    ("missing", "delete from @ where id = 21"),
];

#[tokio::test]
async fn a_digest_sees_each_single_change_and_no_order() {
    let server = shared(Major(15));
    let (ours, theirs) = (fresh_database(server, "law").unwrap(), fresh_database(server, "law").unwrap());
    for (database, order) in [(&ours, "asc"), (&theirs, "desc")] {
        let table = |name: &str| {
            format!(
                "create table t_{name} {ROWS}; insert into t_{name} \
                 select i, 'word ' || i, i / 4.0, i % 2 = 0, int4send(i), array['a', 'b'] \
                 from generate_series(1, 100) i order by i {order};"
            )
        };
        let tables = CHANGES.iter().map(|(name, _)| *name).chain(["same"]).map(table);
        server.psql(database, &tables.collect::<String>()).unwrap();
    }
    let equal = still((server, server), (&ours, &theirs), |_| true).await.unwrap();
    assert!(equal.is_equal() && equal.rows == 1_100, "{equal:#?}");
    let changes = CHANGES.iter().map(|(name, sql)| sql.replace('@', &format!("t_{name}")));
    server.psql(&theirs, &changes.collect::<Vec<_>>().join(";")).unwrap();
    let said = still((server, server), (&ours, &theirs), |_| true).await.unwrap();
    for (name, _) in CHANGES {
        let table = format!("\"public\".\"t_{name}\"");
        assert!(said.differences.iter().any(|one| one.object == table), "{name}: {said:#?}");
    }
    assert!(said.differences.iter().all(|one| !one.object.contains("t_same")), "{said:#?}");
}

#[tokio::test]
async fn values_of_a_megabyte_are_shown_by_their_beginning() {
    let server = shared(Major(15));
    let (ours, theirs) = (fresh_database(server, "long").unwrap(), fresh_database(server, "long").unwrap());
    for (database, end) in [(&ours, "x"), (&theirs, "y")] {
        let sql = format!(
            "create table long (id int primary key, value text); \
             insert into long select i, repeat('ä', 500000) || '{end}' from generate_series(1, 30) i"
        );
        server.psql(database, &sql).unwrap();
    }
    let said = still((server, server), (&ours, &theirs), |_| true).await.unwrap();
    assert_eq!(said.differences.len(), 20, "{said:#?}");
    let shown = format!("{}… (1000001 bytes)", "ä".repeat(200));
    assert!(said.differences.iter().all(|one| one.source.as_deref() == Some(&shown)), "{said:#?}");
}
