//! Abort and finish, killed with `kill -9` while they wait for a lock, at each place where a lock can hold them up; then
//! the same command again.

use std::process::{Child, Stdio};

use pgferry_lab::{Major, Server};

use super::{SCHEMA, target};
use crate::words::{Hold, Move, eventually, exited, is_untouched, succeeded};

/// A statement that holds an end up. `{there}` is the target database, `{role}` the second of two roles that the move made.
struct Place {
    /// Whether the statement needs the target database itself.
    is_inside: bool,
    sql: &'static str,
}

const CLAIM: Place = Place { is_inside: true, sql: "select from pgferry.run for update" };
const DATABASE: Place = Place { is_inside: false, sql: "comment on database {there} is 'held'" };
const TABLE: Place = Place { is_inside: true, sql: "lock table parent in access share mode" };
const LARGE_OBJECT: Place = Place { is_inside: true, sql: "select lo_put(99, 0, 'other')" };
const DATABASE_RIGHTS: Place = Place { is_inside: false, sql: "alter database {there} connection limit 9" };
const ROLE: Place = Place { is_inside: false, sql: "comment on role {role} is 'held'" };
const MEMBERSHIP: Place = Place { is_inside: false, sql: "grant {role} to ferry_master with admin option" };
const OUR_SCHEMA: Place = Place { is_inside: true, sql: "lock table pgferry.run in access share mode" };

#[test]
fn an_abort_killed_anywhere_drops_what_the_run_made_and_nothing_else() {
    let source = Server::start(Major(15)).unwrap();
    for place in [CLAIM, DATABASE, ROLE] {
        let stage = Stage::of(&source, "dropping");
        let before = stage.target_state();
        succeeded(&stage.way.transfer());
        stage.kill("abort", &place).release();
        succeeded(&stage.end("abort"));
        assert_eq!(stage.target_state(), before, "{}", place.sql);
        stage.expect_over("abort");
    }
}

#[test]
fn an_abort_killed_anywhere_empties_a_database_that_was_there_and_takes_nothing_else() {
    let source = Server::start(Major(15)).unwrap();
    for place in [CLAIM, TABLE, LARGE_OBJECT, DATABASE_RIGHTS, ROLE, OUR_SCHEMA] {
        let stage = Stage::of(&source, "emptying");
        stage.make_target();
        let before = (stage.target_state(), stage.inside());
        succeeded(&stage.way.transfer());
        stage.kill("abort", &place).release();
        succeeded(&stage.end("abort"));
        assert_eq!((stage.target_state(), stage.inside()), before, "{}", place.sql);
        stage.expect_over("abort");
    }
}

#[test]
fn a_finish_killed_anywhere_takes_ourselves_away_and_nothing_else() {
    let source = Server::start(Major(15)).unwrap();
    for place in [CLAIM, MEMBERSHIP, OUR_SCHEMA] {
        let stage = Stage::of(&source, "leaving");
        succeeded(&stage.way.transfer());
        let copied = stage.target_state();
        stage.kill("finish", &place).release();
        succeeded(&stage.end("finish"));
        let ours = |line: &&str| !line.starts_with("member ferry_master of made");
        let left: Vec<&str> = copied.lines().filter(ours).collect();
        assert_eq!(stage.target_state().lines().collect::<Vec<_>>(), left, "{}", place.sql);
        assert!(left.len() + 2 == copied.lines().count() && !stage.inside().contains("pgferry"), "{copied}");
        let rows = "select (select count(*) from parent) + (select count(*) from child)";
        assert_eq!(target().psql(&stage.way.target_database, rows).unwrap(), "40000");
        stage.expect_over("finish");
    }
}

#[test]
fn a_drop_that_a_killed_abort_still_waits_for_does_not_come_in_the_way_of_the_next() {
    let source = Server::start(Major(15)).unwrap();
    let stage = Stage::of(&source, "late");
    succeeded(&stage.way.transfer());
    let hold = stage.kill("abort", &ROLE);
    let late = hold.waiting();
    let mut again = stage.spawn("abort");
    eventually("the wait of the second, or its end", || {
        hold.waiting().iter().any(|pid| !late.contains(pid)) || again.try_wait().unwrap().is_some()
    });
    hold.release();
    let said = exited(&again.wait_with_output().unwrap(), 0);
    assert!(!said.contains("stays"), "{said}");
    stage.expect_over("abort");
}

/// It holds the run's lock, so nobody could go on while it is there.
#[test]
fn a_session_that_waits_for_a_lock_ends_soon_after_its_client_was_killed() {
    let source = Server::start(Major(15)).unwrap();
    let stage = Stage::of(&source, "busy");
    succeeded(&stage.way.transfer());
    let hold = stage.kill("finish", &MEMBERSHIP);
    let target = target();
    let waiting = format!(
        "select count(*) from pg_stat_activity where datname = '{}' and application_name like 'pgferry%'",
        stage.way.target_database
    );
    eventually("the end of its session", || target.psql("postgres", &waiting).unwrap().trim() == "0");
    hold.release();
    succeeded(&stage.end("finish"));
    stage.expect_over("finish");
}

/// A move with two roles that the target lacks, and one that both sides have.
struct Stage<'a> {
    source: &'a Server,
    way: Move,
}

impl<'a> Stage<'a> {
    fn of(source: &'a Server, name: &str) -> Self {
        let way = Move::of(source, target(), name);
        let stage = Self { source, way };
        let here = &stage.way.source_database;
        let sql = format!(
            "create role made_{here}_a; create role made_{here}_b; create role theirs_{here};
             {SCHEMA} alter table parent owner to made_{here}_a;
             grant select on child to made_{here}_b, theirs_{here}; grant create on database {here} to made_{here}_b"
        );
        source.psql(here, &sql).unwrap();
        let theirs = format!("create role theirs_{here}; grant theirs_{here} to ferry_master");
        target().psql("postgres", &theirs).unwrap();
        stage
    }

    /// Makes the target database before pgferry does, with something of its own.
    fn make_target(&self) {
        let (here, there) = (&self.way.source_database, &self.way.target_database);
        target().psql("postgres", &format!("create database {there} owner ferry_master")).unwrap();
        let own = format!(
            "grant connect on database {there} to theirs_{here}; comment on database {there} is 'theirs';
             alter database {there} set work_mem = '5MB'"
        );
        target().psql("postgres", &own).unwrap();
    }

    fn spawn(&self, command: &str) -> Child {
        let mut command = self.way.command(&[command]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn end(&self, command: &str) -> std::process::Output {
        self.way.command(&[command]).output().unwrap()
    }

    /// Kills `command` when it waits at `place`. Its server process still waits there.
    fn kill(&self, command: &str, place: &Place) -> Hold<'static> {
        let there = &self.way.target_database;
        let role = format!("made_{}_b", self.way.source_database);
        let sql = place.sql.replace("{there}", there).replace("{role}", &role);
        let hold = Hold::take(target(), if place.is_inside { there } else { "postgres" }, &sql);
        let mut child = self.spawn(command);
        hold.wait_for_waiter();
        child.kill().unwrap();
        child.wait().unwrap();
        hold
    }

    /// Nothing is left on the source, and nothing to do.
    fn expect_over(self, command: &str) {
        let said = exited(&self.end(command), 0);
        assert!(said.contains("already"), "{said}");
        let here = &self.way.source_database;
        assert!(is_untouched(self.source, here));
        // the next move of this source does without these roles
        let sql = format!("drop role made_{here}_a; drop role made_{here}_b; drop role theirs_{here}");
        self.source.psql("postgres", &format!("drop database {here}")).unwrap();
        self.source.psql("postgres", &sql).unwrap();
    }

    /// What the target server has that bears a name of this move: roles, memberships, the database.
    fn target_state(&self) -> String {
        let (here, there) = (&self.way.source_database, &self.way.target_database);
        let sql = format!(
            "select 'role ' || rolname from pg_roles where rolname ~ '_{here}(_|$)'
             union all
             select 'member ' || member::regrole || ' of ' || roleid::regrole || ', admin ' || admin_option
             from pg_auth_members where roleid::regrole::text ~ '_{here}(_|$)'
             union all
             select concat_ws(' ', 'database', datdba::regrole, datconnlimit, shobj_description(oid, 'pg_database'),
                 (select string_agg(acl::text, ' ' order by acl::text) from aclexplode(coalesce(datacl, acldefault('d', datdba))) acl),
                 (select setconfig::text from pg_db_role_setting where setdatabase = oid and setrole = 0))
             from pg_database where datname = '{there}'
             order by 1"
        );
        target().psql("postgres", &sql).unwrap()
    }

    /// What is in the target database.
    fn inside(&self) -> String {
        let sql = "select nspname::text from pg_namespace where nspname !~ '^pg_(toast|temp)'
             union all
             select 'object ' || oid::regclass from pg_class where relnamespace in ('public'::regnamespace, to_regnamespace('pgferry'))
             union all
             select 'large object ' || oid from pg_largeobject_metadata
             order by 1";
        target().psql(&self.way.target_database, sql).unwrap()
    }
}
