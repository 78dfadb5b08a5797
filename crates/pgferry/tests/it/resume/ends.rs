//! The two ends of a run: what they take away, what they leave, and what a journal that was cut short makes of them.

use pgferry_lab::{Major, Server};

use super::{SCHEMA, has_database, quiet, small, stopped_in_rows, target};
use crate::words::{Move, cut_journal, eventually, exited, is_untouched, succeeded};

#[test]
fn abort_takes_back_everything_and_nothing_else() {
    let (source, way) = with_owner("abort", "abort_owner");
    succeeded(&way.transfer());
    succeeded(&way.command(&["abort"]).output().unwrap());
    assert!(!has_database(&way) && !has_role("abort_owner"));
    assert!(is_untouched(&source, &way.source_database));
    let said = exited(&way.transfer(), 2);
    assert!(said.contains("aborted"), "{said}");
}

#[test]
fn abort_takes_back_a_run_that_was_killed_in_the_middle_of_its_rows() {
    let (source, way) = with_owner("abort", "abort_midway");
    let (running, hold) = stopped_in_rows(&source, &way);
    running.kill();
    assert!(has_database(&way) && has_role("abort_midway"));
    // what it reads there is still waited for
    succeeded(&way.command(&["abort"]).output().unwrap());
    hold.release();
    assert!(!has_database(&way) && !has_role("abort_midway"));
    assert!(is_untouched(&source, &way.source_database));
}

#[test]
fn abort_empties_a_database_that_was_there_before() {
    let target = target();
    let way = small("abort");
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
    let way = small("finish");
    let said = exited(&way.command(&["finish"]).output().unwrap(), 4);
    assert!(said.contains("PF0206"), "{said}");
    succeeded(&way.transfer());
    succeeded(&way.command(&["finish"]).output().unwrap());
    let ours = "select count(*) from pg_namespace where nspname = 'pgferry'";
    assert_eq!(target().psql(&way.target_database, ours).unwrap().trim(), "0");
    succeeded(&way.verify());
}

/// Whether the target server has a role.
fn has_role(role: &str) -> bool {
    let sql = format!("select count(*) from pg_roles where rolname = '{role}'");
    target().psql("postgres", &sql).unwrap().trim() == "1"
}

/// A source, and a move of it whose parent table belongs to a role that the target lacks.
fn with_owner(name: &str, owner: &str) -> (Server, Move) {
    let source = Server::start(Major(15)).unwrap();
    let way = Move::of(&source, target(), name);
    let owned = format!("{SCHEMA} create role {owner}; alter table parent owner to {owner}");
    source.psql(&way.source_database, &owned).unwrap();
    (source, way)
}

#[test]
fn an_abort_that_was_killed_behind_the_database_goes_on_with_the_roles() {
    let (_source, way) = with_owner("undo", "undo_owner");
    succeeded(&way.transfer());
    succeeded(&way.command(&["abort"]).output().unwrap());
    cut_journal(&way.dir(), "\"ending\"");
    target().psql("postgres", "set role ferry_master; create role undo_owner").unwrap();
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
    let target = target();
    let (_source, way) = with_owner("undo", "undo_other");
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
    let target = target();
    let way = small("half");
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
    let (_source, way) = with_owner("finish", "finish_owner");
    succeeded(&way.transfer());
    succeeded(&way.command(&["finish"]).output().unwrap());
    cut_journal(&way.dir(), "\"ending\"");
    let target = target();
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
    let way = small(name);
    let mut running = way.begin(&[]);
    assert!(running.wait_for("prepare the target database"));
    running.kill();
    let target = target();
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
fn finish_and_abort_know_their_run_by_its_folder() {
    let source = quiet();
    let way = small("folder");
    succeeded(&way.transfer());
    let passfile = way.dir().join("pgpass");
    let line = |server: &Server| format!("*:{}:*:*:{}\n", server.port(), server.password());
    std::fs::write(&passfile, line(source) + &line(target())).unwrap();
    std::fs::set_permissions(&passfile, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut command = crate::words::pgferry();
    command.args(["finish", "--dir"]).arg(way.dir()).env("PGPASSFILE", &passfile);
    succeeded(&command.output().unwrap());
}
