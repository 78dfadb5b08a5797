//! What VACUUM (ANALYZE) is worth: it outlives a crash.

use pgferry_lab::{Major, Server};

use super::{
    crashes::{BEFORE_FOREIGN_KEYS, SCHEMA, obstacle},
    gate::PASS,
};
use crate::words::{Move, fill, succeeded};

#[test]
fn what_vacuum_was_said_to_have_done_survives_a_crash() {
    let source = Server::start(Major(15)).unwrap();
    // so that nothing is written that nobody waits for
    let target = Server::options(Major(15))
        .setting("wal_writer_delay", "10s")
        .setting("wal_writer_flush_after", "1GB");
    let target = target.rds_like().start().unwrap();
    let way = Move::of(&source, &target, "vacuum");
    source.psql(&way.source_database, &[PASS, SCHEMA].concat()).unwrap();
    fill(&source, &way.source_database, "big", 3);
    let mut running = way.begin(&["--jobs", "2"]);
    assert!(running.wait_for("copy tables and rows"));
    let _until_the_crash = obstacle(&target, &way, BEFORE_FOREIGN_KEYS);
    assert!(running.wait_for(r#""ended","what":"vacuum and analyse""#));
    let known =
        "select relname, reltuples, relallvisible, (select count(*) from pg_statistic where starelid = c.oid)
        from pg_class c where relname in ('parent', 'child', 'big') order by 1";
    let reported = target.psql(&way.target_database, known).unwrap();
    target.crash_restart().unwrap();
    assert_eq!(target.psql(&way.target_database, known).unwrap(), reported);
    assert!(reported.lines().all(|table| !table.contains("|-1|") && !table.ends_with("|0")), "{reported}");
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    succeeded(&way.verify());
}
