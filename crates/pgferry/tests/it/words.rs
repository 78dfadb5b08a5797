//! Words that the tests are told in: a move from one server to another, and the binary that makes it.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use pgferry_lab::{Major, Server, Session, fresh_database, shared, shared_rds_like};
use tempfile::TempDir;

/// One move: two databases and a folder.
pub struct Move {
    pub source: String,
    pub target: String,
    pub source_database: String,
    pub target_database: String,
    folder: TempDir,
}

impl Move {
    /// Between the shared servers of two majors; the source database is made, the target's is not.
    pub fn between(source: Major, target: Major, name: &str) -> Self {
        Self::of(shared(source), shared_rds_like(target), name)
    }

    /// Between these servers.
    pub fn of(source: &Server, target: &Server, name: &str) -> Self {
        let source_database = fresh_database(source, name).unwrap();
        Self::named(source, target, source_database)
    }

    /// Of a source database that somebody else makes.
    pub fn named(source: &Server, target: &Server, source_database: String) -> Self {
        let target_database = format!("{source_database}_there");
        Self {
            source: source.uri(&source_database),
            target: target.master_uri(&target_database),
            source_database,
            target_database,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The run's folder.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// The binary with this move's flags.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = pgferry();
        command.args(words).args(["--source", &self.source, "--target", &self.target]);
        command.arg("--dir").arg(self.dir());
        command
    }

    pub fn transfer(&self) -> Output {
        self.command(&["transfer", "--jobs", "2"]).output().unwrap()
    }

    pub fn verify(&self) -> Output {
        self.command(&["verify", "--still"]).output().unwrap()
    }

    /// Moves and proves; both must end well.
    pub fn expect_equal(&self) {
        succeeded(&self.transfer());
        succeeded(&self.verify());
    }

    /// Starts a transfer whose events can be waited for.
    pub fn begin(&self, more: &[&str]) -> Running {
        let mut command = self.command(&["transfer", "--json"]);
        let mut child = command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running { child, stderr, said: String::new() }
    }
}

/// A transfer that is going on.
pub struct Running {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Running {
    /// Reads events until one contains `text`; false if the process ended before.
    pub fn wait_for(&mut self, text: &str) -> bool {
        loop {
            let mut line = String::new();
            if self.stderr.read_line(&mut line).unwrap() == 0 {
                return false;
            }
            self.said.push_str(&line);
            if line.contains(text) {
                return true;
            }
        }
    }

    /// As Ctrl-C does it.
    pub fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// As the kernel does it when memory is short.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end: exit code, and all it said on standard error.
    pub fn end(mut self) -> (i32, String) {
        while self.wait_for("\u{0}") {}
        let status = self.child.wait().unwrap();
        (status.code().unwrap_or(-1), self.said)
    }
}

/// The binary, in an environment that names no server.
pub fn pgferry() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgferry"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PG") && name != "PGFERRY_PG_BIN") {
        command.env_remove(name);
    }
    command.current_dir(std::env::temp_dir()).env("HOME", "/nonexistent").stdin(Stdio::null());
    command
}

/// Panics with everything that was said unless the exit code is 0.
#[track_caller]
pub fn succeeded(output: &Output) {
    exited(output, 0);
}

/// Panics with everything that was said unless the exit code is `code`; what was said.
#[track_caller]
pub fn exited(output: &Output, code: i32) -> String {
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// Looks again and again until `condition` holds; panics after half a minute.
#[track_caller]
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A table of about `megabytes`, with a key, in rows of half a kilobyte.
pub fn fill(server: &Server, database: &str, table: &str, megabytes: u32) {
    let rows = megabytes * 2_000;
    let sql = format!(
        "create table {table} (id int primary key, filler text, amount numeric);
         insert into {table} select i, repeat(md5(i::text), 14), i / 7.0 from generate_series(1, {rows}) i;"
    );
    server.psql(database, &sql).unwrap();
}

/// Whether nothing of a run is left on a source.
pub fn is_untouched(server: &Server, database: &str) -> bool {
    let sql = "select (select count(*) from pg_replication_slots) + (select count(*) from pg_namespace where nspname = 'pgferry')
               + (select count(*) from pg_stat_activity where application_name like 'pgferry%' and datname = current_database())";
    // a server process outlives its connection by a moment
    (0..100).any(|tried| {
        std::thread::sleep(Duration::from_millis(20 * tried.min(1)));
        server.psql(database, sql).unwrap().trim() == "0"
    })
}

/// Cuts the journal behind the first line that contains `text`: as if pgferry was killed then.
pub fn cut_journal(dir: &Path, text: &str) {
    let whole = journal(dir);
    let line = whole.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{whole}"));
    let kept: String = whole.split_inclusive('\n').take(line + 1).collect();
    std::fs::write(dir.join("journal.jsonl"), kept).unwrap();
}

/// The journal's text.
pub fn journal(dir: &Path) -> String {
    std::fs::read_to_string(dir.join("journal.jsonl")).unwrap()
}

/// Cuts the journal before the first line that contains `text`: as if pgferry was killed before it wrote that.
pub fn cut_journal_before(dir: &Path, text: &str) {
    let whole = journal(dir);
    let at = whole.find(text).unwrap_or_else(|| panic!("{whole}"));
    let line = whole[..at].rfind('\n').map_or(0, |end| end + 1);
    std::fs::write(dir.join("journal.jsonl"), &whole[..line]).unwrap();
}

/// A superuser's open transaction, which others have to wait for.
pub struct Hold<'a> {
    server: &'a Server,
    session: Session,
    pid: String,
}

impl<'a> Hold<'a> {
    /// Opens it in `database` with `sql`, and itself waits for what that has to wait for.
    pub fn take(server: &'a Server, database: &str, sql: &str) -> Self {
        let mut session = server.session(database).unwrap();
        let pid = session.run("select pg_backend_pid()").unwrap();
        session.run(&format!("begin; {sql}")).unwrap();
        Self { server, session, pid }
    }

    /// The server processes that wait for it.
    pub fn waiting(&self) -> Vec<String> {
        let sql = format!(
            "select distinct pid from pg_locks where not granted and {} = any(pg_blocking_pids(pid))",
            self.pid
        );
        self.server.psql("postgres", &sql).unwrap().lines().map(str::to_owned).collect()
    }

    /// Waits until somebody waits for it; what they would do.
    pub fn wait_for_waiter(&self) -> String {
        eventually("the wait for a lock", || !self.waiting().is_empty());
        let sql =
            format!("select query from pg_stat_activity where {} = any(pg_blocking_pids(pid))", self.pid);
        self.server.psql("postgres", &sql).unwrap()
    }

    /// Undoes what it did.
    pub fn release(mut self) {
        self.session.run("rollback").unwrap();
    }
}
