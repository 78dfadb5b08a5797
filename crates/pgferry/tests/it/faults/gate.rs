//! Statements of ours that wait on the target until the test lets them go on.

use pgferry_lab::{Server, Session};

use crate::words::eventually;

/// A function for the source's definitions that passes where nobody holds a gate for builds.
pub const PASS: &str = "create function pass(x int) returns int immutable language plpgsql as
    'begin perform pg_catalog.pg_advisory_xact_lock_shared(2); return x; end';";

/// A lock in a database of the target; it opens for good when this is dropped.
pub struct Gate {
    session: Session,
    key: u32,
}

/// Who waits at a gate.
pub struct Held {
    pub pid: i32,
    /// Nothing as long as it has written nothing.
    pub transaction: String,
}

impl Gate {
    /// Holds the first transaction with rows that is about to say how many there were, and to commit. `first` is
    /// executed there before.
    pub fn before_commit(target: &Server, database: &str, first: &str) -> Self {
        Self::at_progress(target, database, "update", "true", first)
    }

    /// Holds the transaction that is about to say that it has so many rows.
    pub fn before_commit_of(rows: u32, target: &Server, database: &str) -> Self {
        Self::at_progress(target, database, "update", &format!("new.rows = {rows}"), "")
    }

    /// Holds the first transaction that is about to write its progress row.
    pub fn before_work(target: &Server, database: &str, first: &str) -> Self {
        Self::at_progress(target, database, "insert", "true", first)
    }

    /// Holds what calls [`PASS`].
    pub fn before_builds(target: &Server, database: &str) -> Self {
        Self::close(target, database, 2)
    }

    /// A sequence counts those that came, since no rollback takes that back.
    fn at_progress(target: &Server, database: &str, operation: &str, which: &str, first: &str) -> Self {
        let mut gate = Self::close(target, database, 1);
        let sql = format!(
            "set role ferry_master;
             create sequence pgferry.came;
             create function pgferry.hold() returns trigger language plpgsql as $$ begin
                 if nextval('pgferry.came') = 1 then
                     {first}
                     perform pg_advisory_xact_lock_shared(1);
                 end if;
                 return new;
             end $$;
             create trigger hold before {operation} on pgferry.chunk for each row when ({which})
                 execute function pgferry.hold();
             alter table pgferry.chunk enable always trigger hold;
             reset role"
        );
        gate.session.run(&sql).unwrap();
        gate
    }

    fn close(target: &Server, database: &str, key: u32) -> Self {
        let mut session = target.session(database).unwrap();
        session.run(&format!("select pg_advisory_lock({key})")).unwrap();
        Self { session, key }
    }

    /// Waits until somebody waits.
    pub fn held(&mut self) -> Held {
        self.held_but(0)
    }

    /// Waits until somebody else waits.
    pub fn held_but(&mut self, pid: i32) -> Held {
        let mut held = None;
        eventually("somebody at the gate", || {
            held = self.waiting().filter(|held| held.pid != pid);
            held.is_some()
        });
        held.unwrap()
    }

    fn waiting(&mut self) -> Option<Held> {
        let sql = format!(
            "select pid, backend_xid from pg_locks join pg_stat_activity using (pid)
             where locktype = 'advisory' and (classid, objid) = (0, {}) and not granted
               and database = (select oid from pg_database where datname = current_database())",
            self.key
        );
        let found = self.session.run(&sql).unwrap();
        let (pid, transaction) = found.lines().next()?.split_once('|')?;
        Some(Held { pid: pid.parse().unwrap(), transaction: transaction.to_owned() })
    }

    /// Lets everybody pass from now on.
    pub fn open(&mut self) {
        self.session.run("select pg_advisory_unlock_all()").unwrap();
    }
}
