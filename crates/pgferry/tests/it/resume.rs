//! `kill -9` at every step, then the same command: the result is equal. And the two ends of a run.

use pgferry_lab::{Major, Server, shared, shared_rds_like};

use crate::words::{Move, cut_journal, eventually, exited, fill, is_untouched, journal, succeeded};

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

/// Whether the target server has a database.
fn has_database(way: &Move) -> bool {
    let sql = format!("select count(*) from pg_database where datname = '{}'", way.target_database);
    shared_rds_like(Major(15)).psql("postgres", &sql).unwrap().trim() == "1"
}

/// Whether the target server has a role.
fn has_role(role: &str) -> bool {
    let sql = format!("select count(*) from pg_roles where rolname = '{role}'");
    shared_rds_like(Major(15)).psql("postgres", &sql).unwrap().trim() == "1"
}

/// A move whose parent table belongs to a role that the target lacks.
fn with_owner(name: &str, owner: &str) -> Move {
    let way = Move::between(Major(15), Major(15), name);
    let owned = format!("{SCHEMA} create role {owner}; alter table parent owner to {owner}");
    shared(Major(15)).psql(&way.source_database, &owned).unwrap();
    way
}

#[test]
fn a_target_that_is_gone_is_not_called_copied() {
    let target = shared_rds_like(Major(15));
    let way = Move::between(Major(15), Major(15), "gone");
    shared(Major(15)).psql(&way.source_database, SCHEMA).unwrap();
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
    let target = shared_rds_like(Major(15));
    let way = Move::between(Major(15), Major(15), "earlier");
    shared(Major(15)).psql(&way.source_database, SCHEMA).unwrap();
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
fn an_abort_that_was_killed_behind_the_database_goes_on_with_the_roles() {
    let way = with_owner("undo", "undo_owner");
    succeeded(&way.transfer());
    succeeded(&way.command(&["abort"]).output().unwrap());
    cut_journal(&way.dir(), "\"ending\"");
    shared_rds_like(Major(15)).psql("postgres", "set role ferry_master; create role undo_owner").unwrap();
    for other in ["transfer", "finish"] {
        let said = exited(&way.command(&[other]).output().unwrap(), 2);
        assert!(said.contains("run pgferry abort again"), "{said}");
    }
    succeeded(&way.command(&["abort"]).output().unwrap());
    assert!(!has_role("undo_owner") && !has_database(&way));
    let said = exited(&way.command(&["abort"]).output().unwrap(), 0);
    assert!(said.contains("aborted already"), "{said}");
}

#[test]
fn an_abort_that_was_killed_behind_the_schema_leaves_alone_what_came_later() {
    let target = shared_rds_like(Major(15));
    let way = with_owner("undo", "undo_other");
    target.psql("postgres", &format!("create database {} owner ferry_master", way.target_database)).unwrap();
    succeeded(&way.transfer());
    succeeded(&way.command(&["abort"]).output().unwrap());
    cut_journal(&way.dir(), "\"ending\"");
    target.psql("postgres", "set role ferry_master; create role undo_other").unwrap();
    target.psql(&way.target_database, "create table later (x int)").unwrap();
    succeeded(&way.command(&["abort"]).output().unwrap());
    assert!(!has_role("undo_other"));
    assert_eq!(target.psql(&way.target_database, "select count(*) from later").unwrap().trim(), "0");
    succeeded(&way.command(&["abort"]).output().unwrap());
}

#[test]
fn an_abort_ends_a_drop_that_the_server_was_interrupted_in() {
    let target = shared_rds_like(Major(15));
    let way = Move::between(Major(15), Major(15), "half");
    shared(Major(15)).psql(&way.source_database, SCHEMA).unwrap();
    succeeded(&way.transfer());
    succeeded(&way.command(&["abort"]).output().unwrap());
    cut_journal(&way.dir(), "\"ending\"");
    target.psql("postgres", &format!("create database {} owner ferry_master", way.target_database)).unwrap();
    let half = format!("update pg_database set datconnlimit = -2 where datname = '{}'", way.target_database);
    target.psql("postgres", &half).unwrap();
    succeeded(&way.command(&["abort"]).output().unwrap());
    assert!(!has_database(&way));
}

#[test]
fn a_finish_that_was_killed_before_its_last_line_goes_on() {
    let way = with_owner("finish", "finish_owner");
    succeeded(&way.transfer());
    succeeded(&way.command(&["finish"]).output().unwrap());
    cut_journal(&way.dir(), "\"ending\"");
    let target = shared_rds_like(Major(15));
    target.psql("postgres", "grant finish_owner to ferry_master").unwrap();
    let said = exited(&way.command(&["abort"]).output().unwrap(), 2);
    assert!(said.contains("run pgferry finish again"), "{said}");
    succeeded(&way.command(&["finish"]).output().unwrap());
    let member = "select count(*) from pg_auth_members where roleid = 'finish_owner'::regrole";
    assert_eq!(target.psql("postgres", member).unwrap().trim(), "0");
    let said = exited(&way.command(&["finish"]).output().unwrap(), 0);
    assert!(said.contains("finished already"), "{said}");
    let said = exited(&way.command(&["abort"]).output().unwrap(), 2);
    assert!(said.contains("the copy is yours"), "{said}");
}

/// A move that was killed when it had made the target database, and not yet marked it.
fn killed_before_the_mark(name: &str) -> Move {
    let way = Move::between(Major(15), Major(15), name);
    shared(Major(15)).psql(&way.source_database, SCHEMA).unwrap();
    let mut running = way.begin(&[]);
    assert!(running.wait_for("prepare the target database"));
    running.kill();
    let target = shared_rds_like(Major(15));
    let idle = format!(
        "select count(*) from pg_stat_activity where datname = '{}' and application_name like 'pgferry%'",
        way.target_database
    );
    eventually("the end of its sessions", || target.psql("postgres", &idle).unwrap().trim() == "0");
    target.psql(&way.target_database, "drop schema pgferry cascade").unwrap();
    cut_journal(&way.dir(), "database_begun");
    way
}

#[test]
fn a_database_that_was_made_but_not_marked_is_known_as_ours() {
    let way = killed_before_the_mark("unmarked");
    succeeded(&way.transfer());
    succeeded(&way.command(&["abort"]).output().unwrap());
    assert!(!has_database(&way));
}

#[test]
fn abort_drops_a_database_that_was_made_but_not_marked() {
    let way = killed_before_the_mark("unmarked");
    succeeded(&way.command(&["abort"]).output().unwrap());
    assert!(!has_database(&way));
}

#[test]
fn an_interrupted_assessment_speaks_of_no_run() {
    let source = shared(Major(15));
    let way = Move::between(Major(15), Major(15), "looking");
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
