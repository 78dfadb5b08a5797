//! A server's process and its folder, and the watcher that ends both when we die.
//!
//! ```text
//!   we ──pipe──▶ watcher (a shell in a process group of its own)
//!    │              │ the pipe ends: kill -QUIT the last process that was named on it, remove the folder
//!    └─▶ postgres ◀─┘
//! ```
//!
//! The pipe closes with our process, whatever ends it: a return, a panic, Ctrl-C, `kill -9`. Each process that
//! works in the folder is named on the pipe as soon as it exists, a `-` when it is gone.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Error, Result, account::Account, error::Attempt};

/// $1 is the folder. A server that does not obey within five seconds (it may be stopped) is killed.
const WATCH: &str = r#"
trap '' INT TERM HUP
pid=-
while read -r line; do pid=$line; done
if [ "$pid" != - ]; then
    kill -QUIT "$pid"
    tries=0
    while kill -0 "$pid" && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
    kill -KILL "$pid"
fi
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

/// How a server is asked to end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    /// Sessions are ended, a checkpoint is written.
    Fast,
    /// At once; the next start recovers.
    Immediate,
    /// `kill -9` of all its processes, as when the machine dies.
    Kill,
}

/// A folder that goes when we go, and the one process that may work in it.
#[derive(Debug)]
pub(crate) struct Postmaster {
    folder: PathBuf,
    account: Account,
    watcher: Child,
    pipe: Option<ChildStdin>,
    child: Option<Child>,
}

impl Postmaster {
    /// Makes the folder, with a short name: sockets in it have 107 bytes for their path.
    pub(crate) fn new(account: Account) -> Result<Postmaster> {
        let folder = tempfile::Builder::new()
            .prefix("pgferry-lab-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir_in("/var/tmp")
            .attempt(|| "create a folder in /var/tmp".to_owned())?;
        account.own(folder.path())?;
        let mut watcher = Command::new("sh")
            .args(["-c", WATCH, "pgferry-lab-watcher"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .spawn()
            .attempt(|| "start a watcher".to_owned())?;
        let pipe = watcher.stdin.take();
        Ok(Postmaster { folder: folder.keep(), account, watcher, pipe, child: None })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Runs a program in the folder to its end, its output going to the log.
    pub(crate) fn run(&mut self, program: &Path, arguments: &[&str]) -> Result<ExitStatus> {
        self.spawn(program, arguments)?;
        self.reap(Duration::from_secs(120))
    }

    /// Starts the process that works in the folder from now on.
    pub(crate) fn spawn(&mut self, program: &Path, arguments: &[&str]) -> Result<()> {
        assert!(self.child.is_none(), "one process at a time works in a lab folder");
        let log = self.log_file();
        let log =
            File::options().create(true).append(true).open(&log).attempt(|| "open the log".to_owned())?;
        let child = self
            .account
            .command(program)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stderr(log.try_clone().attempt(|| "open the log".to_owned())?)
            .stdout(log)
            .spawn()
            .attempt(|| format!("start {}", program.display()))?;
        let name = format!("{}\n", child.id());
        self.child = Some(child);
        self.tell(&name)
    }

    /// How the process ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok().flatten()?;
        self.child = None;
        // A watcher that is gone is noticed by the next process.
        let _ = self.tell("-\n");
        Some(status)
    }

    /// Ends the process, if there is one, and waits for its end.
    pub(crate) fn stop(&mut self, how: Stop) -> Result<()> {
        let signal = match how {
            Stop::Fast => Signal::INT,
            Stop::Immediate => Signal::QUIT,
            Stop::Kill => Signal::KILL,
        };
        let orphans = if matches!(how, Stop::Kill) { self.children() } else { Vec::new() };
        self.signal(signal)?;
        for orphan in orphans {
            // One that is gone already is what we want.
            let _ = kill_process(orphan, Signal::KILL);
        }
        if self.child.is_some() {
            self.reap(Duration::from_secs(60))?;
        }
        Ok(())
    }

    /// Sends a signal to the process, if there is one.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let Some(child) = &self.child else { return Ok(()) };
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let pid =
            pid.ok_or_else(|| Error::Missing { what: "a process".to_owned(), remedy: String::new() })?;
        kill_process(pid, signal).map_err(std::io::Error::from).attempt(|| "signal the server".to_owned())
    }

    /// How far files of the process, and of those that it starts from now on, may grow: the soft limit, which its own
    /// account may change without rights.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) -> Result<()> {
        let Some(child) = &self.child else { return Ok(()) };
        let attempt = || "limit the server's files with prlimit".to_owned();
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let mut prlimit = self.account.command(Path::new("prlimit"));
        prlimit.arg(format!("--fsize={limit}:")).arg(format!("--pid={}", child.id()));
        let output = prlimit.output().attempt(attempt)?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Server { attempt: attempt(), log: String::from_utf8_lossy(&output.stderr).into_owned() })
    }

    fn reap(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(Error::Server {
                    attempt: "stop a server in time".to_owned(),
                    log: self.log_tail(),
                });
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills the server's own processes, and not the server.
    pub(crate) fn kill_children(&self) {
        for child in self.children() {
            // One that is gone already is what we want.
            let _ = kill_process(child, Signal::KILL);
        }
    }

    /// The server's own processes, and theirs. Each is in a session of its own, so no signal reaches all of them.
    fn children(&self) -> Vec<Pid> {
        let Some(child) = &self.child else { return Vec::new() };
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = processes.filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?));
        let parents: Vec<(Pid, u32)> = pids.filter_map(|pid| Some((pid, parent(pid)?))).collect();
        let (mut found, mut next) = (Vec::new(), vec![child.id()]);
        while let Some(one) = next.pop() {
            let born = parents.iter().filter(|(_, parent)| *parent == one).map(|(pid, _)| *pid);
            for pid in born {
                next.extend(u32::try_from(pid.as_raw_nonzero().get()).ok());
                found.push(pid);
            }
        }
        found
    }

    fn tell(&mut self, line: &str) -> Result<()> {
        let pipe = self.pipe.as_mut().map_or(Ok(()), |pipe| pipe.write_all(line.as_bytes()));
        pipe.attempt(|| "tell the watcher".to_owned())
    }

    /// The last lines of the log.
    pub(crate) fn log_tail(&self) -> String {
        let log = fs::read(self.log_file()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

/// The fourth field of `stat`, the second of which is a name in parentheses that may hold anything.
fn parent(pid: Pid) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        // What fails here, the watcher does: it kills what is left, and removes the folder in any case.
        let _ = self.stop(Stop::Immediate);
        drop(self.pipe.take());
        let _ = self.watcher.wait();
    }
}
