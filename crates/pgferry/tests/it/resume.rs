//! `kill -9` at every step, then the same command: the result is equal. And the two ends of a run.

use pgferry_lab::{Major, Server, shared, shared_rds_like};

use crate::words::{Move, exited, fill, is_untouched, journal, succeeded};

/// What each step says when it begins, in order.
const STEPS: [&str; 11] = [
    "prepare the target database",
    "make roles",
    "copy tables and rows",
    "build indexes and keys",
    "vacuum and analyse",
    "add foreign keys",
    "refresh materialised views",
    "enable triggers",
    "give owners and grants",
    "open the target database",
    "compare definitions",
];

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

#[test]
fn killed_at_any_step_the_same_command_ends_equal() {
    let source = shared(Major(15));
    for step in STEPS {
        let way = Move::between(Major(15), Major(15), "kill");
        source.psql(&way.source_database, SCHEMA).unwrap();
        let mut running = way.begin(&[]);
        if !running.wait_for(step) {
            panic!("{step}: {:?}", running.end());
        }
        running.kill();
        succeeded(&way.transfer());
        succeeded(&way.verify());
        assert!(is_untouched(source, &way.source_database), "{step}");
    }
}

#[test]
fn finished_steps_are_not_done_again() {
    let way = Move::between(Major(15), Major(15), "again");
    shared(Major(15)).psql(&way.source_database, SCHEMA).unwrap();
    way.expect_equal();
    succeeded(&way.transfer());
    let text = journal(&way.dir());
    assert_eq!(text.matches("\"started\":\"rows\"").count(), 1, "{text}");
    assert_eq!(text.matches("opened").count(), 2, "{text}");
}

#[test]
fn a_source_that_restarts_costs_the_snapshot_and_no_more() {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, shared_rds_like(Major(15)), "restart");
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
    let source = shared(Major(15));
    let way = Move::between(Major(15), Major(15), "ddl");
    source.psql(&way.source_database, SCHEMA).unwrap();
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
fn abort_takes_back_everything_and_nothing_else() {
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    let way = Move::between(Major(15), Major(15), "abort");
    source.psql(&way.source_database, SCHEMA).unwrap();
    source
        .psql(&way.source_database, "create role abort_owner; alter table parent owner to abort_owner")
        .unwrap();
    succeeded(&way.transfer());
    succeeded(&way.command(&["abort"]).output().unwrap());
    let left = format!("select count(*) from pg_database where datname = '{}'", way.target_database);
    assert_eq!(target.psql("postgres", &left).unwrap().trim(), "0");
    assert_eq!(
        target
            .psql("postgres", "select count(*) from pg_roles where rolname = 'abort_owner'")
            .unwrap()
            .trim(),
        "0"
    );
    assert!(is_untouched(source, &way.source_database));
    let said = exited(&way.transfer(), 2);
    assert!(said.contains("aborted"), "{said}");
}

#[test]
fn abort_empties_a_database_that_was_there_before() {
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    let way = Move::between(Major(15), Major(15), "abort");
    source.psql(&way.source_database, SCHEMA).unwrap();
    target.psql("postgres", &format!("create database {} owner ferry_master", way.target_database)).unwrap();
    let rights =
        "select coalesce(datacl::text, 'default') from pg_database where datname = current_database()";
    succeeded(&way.transfer());
    succeeded(&way.command(&["abort"]).output().unwrap());
    let left = "select count(*) from pg_class where relnamespace = 'public'::regnamespace or relnamespace in (select oid from pg_namespace where nspname = 'pgferry')";
    assert_eq!(target.psql(&way.target_database, left).unwrap().trim(), "0");
    assert_eq!(
        target.psql(&way.target_database, "select count(*) from pg_largeobject_metadata").unwrap().trim(),
        "0"
    );
    let now = target.psql(&way.target_database, rights).unwrap();
    assert!(now.contains("=Tc/ferry_master"), "{now}");
}

#[test]
fn finish_leaves_the_copy_and_takes_only_ourselves_away() {
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    let way = Move::between(Major(15), Major(15), "finish");
    source.psql(&way.source_database, SCHEMA).unwrap();
    let said = exited(&way.command(&["finish"]).output().unwrap(), 4);
    assert!(said.contains("PF0206"), "{said}");
    succeeded(&way.transfer());
    succeeded(&way.command(&["finish"]).output().unwrap());
    let ours = "select count(*) from pg_namespace where nspname = 'pgferry'";
    assert_eq!(target.psql(&way.target_database, ours).unwrap().trim(), "0");
    succeeded(&way.verify());
}

#[test]
fn an_interrupt_pauses_the_run_and_says_how_it_goes_on() {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, shared_rds_like(Major(15)), "interrupt");
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
fn finish_and_abort_know_their_run_by_its_folder() {
    let source = shared(Major(15));
    let way = Move::between(Major(15), Major(15), "folder");
    source.psql(&way.source_database, SCHEMA).unwrap();
    succeeded(&way.transfer());
    let passfile = way.dir().join("pgpass");
    let line = |server: &Server| format!("*:{}:*:*:{}\n", server.port(), server.password());
    std::fs::write(&passfile, line(source) + &line(shared_rds_like(Major(15)))).unwrap();
    std::fs::set_permissions(&passfile, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut command = crate::words::pgferry();
    command.args(["finish", "--dir"]).arg(way.dir()).env("PGPASSFILE", &passfile);
    succeeded(&command.output().unwrap());
}

#[test]
fn the_report_is_json_when_asked_for() {
    let way = Move::between(Major(15), Major(15), "json");
    shared(Major(15)).psql(&way.source_database, SCHEMA).unwrap();
    let output = way.command(&["transfer", "--json"]).output().unwrap();
    let said = exited(&output, 0);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("\"rows\":40000") && !report.contains("postgres:"), "{said}");
    let kept = std::fs::read_to_string(way.dir().join("report.json")).unwrap();
    assert!(kept.contains("\"tables\""), "{kept}");
    for file in ["journal.jsonl", "config.toml", "catalog.json", "report.json"] {
        let text = std::fs::read_to_string(way.dir().join(file)).unwrap();
        assert!(!text.contains(shared(Major(15)).password()), "{file} holds a password");
    }
}
