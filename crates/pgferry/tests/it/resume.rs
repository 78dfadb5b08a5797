//! A run that stopped anywhere, and the same command again: the result is equal. And the two ends of a run.

use std::sync::OnceLock;

use pgferry_lab::{Major, Server, shared_rds_like};

use crate::words::{Hold, Move, Running, eventually, exited, fill, journal, succeeded};

mod ends;
mod killed;
mod steps;

const SCHEMA: &str = "
    create table parent (id int primary key, v text);
    create table child (id int primary key, parent int references parent, at timestamptz default now());
    insert into parent select i, 'v' || i from generate_series(1, 20000) i;
    insert into child select i, i from generate_series(1, 20000) i;
    create index on child (parent);
    create materialized view sums as select parent, count(*) from child group by 1;
    create index on sums (parent);
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touched before update on child for each row execute function touch();
    create sequence loose; select nextval('loose');
    select lo_from_bytea(99, 'large');
    grant select on child to public;";

/// A source that has no roles of other tests: a move makes each one that its target lacks, and two moves at a time would
/// be in each other's way.
fn quiet() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(Major(15)).unwrap())
}

fn target() -> &'static Server {
    shared_rds_like(Major(15))
}

/// A move of [`SCHEMA`].
fn small(name: &str) -> Move {
    let way = Move::of(quiet(), target(), name);
    quiet().psql(&way.source_database, SCHEMA).unwrap();
    way
}

/// Whether the target server has a database.
fn has_database(way: &Move) -> bool {
    let sql = format!("select count(*) from pg_database where datname = '{}'", way.target_database);
    target().psql("postgres", &sql).unwrap().trim() == "1"
}

/// A move that waits in the middle of its rows, at a table `child` of [`SCHEMA`].
fn stopped_in_rows<'a>(source: &'a Server, way: &Move) -> (Running, Hold<'a>) {
    let mut running = way.begin(&["--jobs", "2"]);
    assert!(running.wait_for("copy tables and rows"));
    let dumped = "select count(*) from pg_locks l join pg_stat_activity a using (pid)
        where a.application_name = 'pg_dump' and l.granted and l.relation = 'child'::regclass";
    let mut session = source.session(&way.source_database).unwrap();
    eventually("a look of pg_dump at the table", || session.run(dumped).unwrap() != "0");
    // granted when pg_dump is through
    let hold = Hold::take(source, &way.source_database, "lock table child in access exclusive mode");
    hold.wait_for_waiter();
    (running, hold)
}

#[test]
fn finished_steps_are_not_done_again() {
    let way = small("again");
    way.expect_equal();
    succeeded(&way.transfer());
    let text = journal(&way.dir());
    assert_eq!(text.matches("\"started\":\"rows\"").count(), 1, "{text}");
    assert_eq!(text.matches("opened").count(), 2, "{text}");
}

#[test]
fn a_source_that_restarts_costs_the_snapshot_and_no_more() {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, target(), "restart");
    fill(&source, &way.source_database, "big", 200);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    std::thread::sleep(std::time::Duration::from_millis(300));
    source.crash_restart().unwrap();
    let (code, said) = running.end();
    if code != 0 {
        assert_eq!(code, 7, "{said}");
        succeeded(&way.transfer());
    }
    succeeded(&way.verify());
}

#[test]
fn a_definition_that_changed_between_two_tries_is_dumped_again() {
    let source = quiet();
    let way = small("ddl");
    let mut running = way.begin(&[]);
    assert!(running.wait_for("copy tables and rows"));
    running.kill();
    source
        .psql(
            &way.source_database,
            "alter table parent add column w int default 7; create table late (x int)",
        )
        .unwrap();
    succeeded(&way.transfer());
    succeeded(&way.verify());
}

#[test]
fn a_target_that_is_gone_is_not_called_copied() {
    let target = target();
    let way = small("gone");
    succeeded(&way.transfer());
    target.psql("postgres", &format!("drop database {} with (force)", way.target_database)).unwrap();
    let said = exited(&way.transfer(), 4);
    assert!(said.contains("PF0405") && !has_database(&way), "{said}");
    target.psql("postgres", &format!("create database {} owner ferry_master", way.target_database)).unwrap();
    let said = exited(&way.transfer(), 4);
    let ours = "select count(*) from pg_namespace where nspname = 'pgferry'";
    assert!(said.contains("PF0405"), "{said}");
    assert_eq!(target.psql(&way.target_database, ours).unwrap().trim(), "0");
    let said = exited(&way.command(&["abort"]).output().unwrap(), 4);
    assert!(said.contains("PF0405"), "{said}");
}

#[test]
fn a_target_of_an_earlier_state_is_not_called_copied() {
    let target = target();
    let way = small("earlier");
    succeeded(&way.transfer());
    for (earlier, now) in [("attempt = 0", "attempt = 1"), ("epoch = 0", "epoch = 9")] {
        target.psql(&way.target_database, &format!("update pgferry.run set {earlier}")).unwrap();
        for command in ["transfer", "finish"] {
            let said = exited(&way.command(&[command]).output().unwrap(), 4);
            assert!(said.contains("PF0405"), "{earlier}: {said}");
        }
        target.psql(&way.target_database, &format!("update pgferry.run set {now}")).unwrap();
        succeeded(&way.transfer());
    }
    succeeded(&way.command(&["abort"]).output().unwrap());
    assert!(!has_database(&way));
}

#[test]
fn an_interrupted_assessment_speaks_of_no_run() {
    let source = quiet();
    let way = Move::of(source, target(), "looking");
    let mut command = crate::words::pgferry();
    command.args(["assess", "--watch", "60s", "--source", &way.source]);
    let child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let there = format!(
        "select count(*) from pg_stat_activity where datname = '{}' and application_name like 'pgferry%'",
        way.source_database
    );
    eventually("its session", || source.psql("postgres", &there).unwrap().trim() != "0");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let said = exited(&child.wait_with_output().unwrap(), 4);
    assert!(said.contains("PF0306") && said.contains("nothing was changed on either side"), "{said}");
    assert!(!said.contains("abort") && !said.contains("the target keeps"), "{said}");
}

#[test]
fn an_interrupt_pauses_the_run_and_says_how_it_goes_on() {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, target(), "interrupt");
    fill(&source, &way.source_database, "big", 150);
    let mut running = way.begin(&["--jobs", "1"]);
    assert!(running.wait_for("copy tables and rows"));
    running.interrupt();
    let (code, said) = running.end();
    assert_eq!(code, 7, "{said}");
    assert!(said.contains("PF0306") && said.contains("run the same command again"), "{said}");
    succeeded(&way.transfer());
    succeeded(&way.verify());
}

#[test]
fn the_report_is_json_when_asked_for() {
    let way = small("json");
    let output = way.command(&["transfer", "--json"]).output().unwrap();
    let said = exited(&output, 0);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("\"rows\":40000") && !report.contains("postgres:"), "{said}");
    let kept = std::fs::read_to_string(way.dir().join("report.json")).unwrap();
    assert!(kept.contains("\"tables\""), "{kept}");
    for file in ["journal.jsonl", "config.toml", "catalog.json", "report.json"] {
        let text = std::fs::read_to_string(way.dir().join(file)).unwrap();
        assert!(!text.contains(quiet().password()), "{file} holds a password");
    }
}
