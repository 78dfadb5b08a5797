//! What becomes of a transaction whose connection is given up: its rows arrive once.

use pgferry_lab::{Direction, Major, Proxy, Server, shared, shared_rds_like};

use super::gate::{Gate, Held};
use crate::words::{Move, Running, eventually, succeeded};

const TABLE: &str = "create table t as select i, repeat(md5(i::text), 14) from generate_series(1, 6000) i";

const LARGE_OBJECT: &str = "select lo_from_bytea(99, 'large')";

/// From here on no later connection knows the transaction's for one of the run.
const HIDES: &str = "perform set_config('application_name', 'elsewhere', false);";

/// A run over a line of its own, whose first transaction with rows is held by the target.
struct Stopped {
    target: &'static Server,
    way: Move,
    line: Proxy,
    gate: Gate,
    held: Held,
}

fn stopped(rows: &str, gate: impl Fn(&Server, &str) -> Gate) -> (Running, Stopped) {
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    let mut way = Move::of(source, target, "late");
    source.psql(&way.source_database, rows).unwrap();
    let line = Proxy::to(target.port()).unwrap();
    way.target = line.uri(&way.target);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    let mut gate = gate(target, &way.target_database);
    let held = gate.held();
    (running, Stopped { target, way, line, gate, held })
}

impl Stopped {
    fn ask(&self, sql: &str) -> String {
        self.target.psql(&self.way.target_database, sql).unwrap()
    }

    /// Which transactions wrote rows, and which progress.
    fn written(&self) -> String {
        self.ask(
            "select format('%s rows by %s', count(*), xmin) from t group by xmin order by xmin::text;
             select format('%s rows are in by %s', rows, xmin) from pgferry.chunk order by id",
        )
    }

    /// All by the transaction that was held.
    fn all_by_it(&self) -> String {
        let it = &self.held.transaction;
        format!("6000 rows by {it}\n6000 rows are in by {it}")
    }

    /// Whether the server's log has a line of the process that was held with these words.
    fn was_told(&self, words: &str) -> bool {
        let process = format!("[{}]", self.held.pid);
        self.target.log().lines().any(|line| line.contains(&process) && line.contains(words))
    }
}

#[test]
fn a_commit_whose_answer_is_lost_is_found_done_by_the_next_connection() {
    let (running, mut stopped) = stopped(TABLE, |target, database| Gate::before_commit(target, database, ""));
    stopped.line.hold_direction(Direction::ToClient);
    stopped.gate.open();
    // nobody but the target knows of it
    eventually("the commit", || stopped.written() == stopped.all_by_it());
    stopped.line.cut();
    stopped.line.release();
    let (code, said) = running.end();
    assert!(code == 0 && said.contains("retrying"), "{code}: {said}");
    assert_eq!(stopped.written(), stopped.all_by_it());
    succeeded(&stopped.way.verify());
}

#[test]
fn a_commit_that_is_under_way_is_ended_before_its_work_is_done_again() {
    let (running, stopped) = stopped(TABLE, |target, database| Gate::before_commit(target, database, ""));
    stopped.line.cut();
    let (code, said) = running.end();
    assert!(code == 0 && said.contains("retrying"), "{code}: {said}");
    assert!(stopped.was_told("terminating connection due to administrator command"));
    assert!(!stopped.written().contains(&stopped.held.transaction), "{}", stopped.written());
    succeeded(&stopped.way.verify());
}

#[test]
fn a_commit_that_nobody_can_end_is_waited_for_and_its_work_not_done_again() {
    let (running, mut stopped) =
        stopped(TABLE, |target, database| Gate::before_commit(target, database, HIDES));
    stopped.line.cut();
    let behind_it = format!(
        "select count(*) from pg_locks where not granted and transactionid = '{}'",
        stopped.held.transaction
    );
    eventually("the next connection behind the first one's progress row", || stopped.ask(&behind_it) == "1");
    stopped.gate.open();
    let (code, said) = running.end();
    assert!(code == 0 && said.contains("retrying"), "{code}: {said}");
    assert_eq!(stopped.written(), stopped.all_by_it());
    succeeded(&stopped.way.verify());
}

/// Its COMMIT is in the same request, so that nobody has to be there to send it.
#[test]
fn a_request_that_is_carried_out_after_its_work_was_done_again_collides() {
    let (running, mut stopped) =
        stopped(LARGE_OBJECT, |target, database| Gate::before_work(target, database, HIDES));
    stopped.line.cut();
    let (code, said) = running.end();
    assert!(code == 0 && said.contains("retrying"), "{code}: {said}");
    let progress = "select id, xmin from pgferry.chunk";
    let done = stopped.ask(progress);
    stopped.gate.open();
    eventually("the collision", || stopped.was_told("\"chunk_pkey\""));
    assert_eq!(stopped.ask(progress), done);
    succeeded(&stopped.way.verify());
}
