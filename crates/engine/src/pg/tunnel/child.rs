//! The `ssh` child of a tunnel, and the watcher that ends it when we are killed.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, ChildStderr, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Instant,
};

use super::{
    super::{conninfo::Host, dial::Failure},
    words,
};
use crate::limits;

/// $1 is `ssh`, $2 the folder with its sockets. A line means that both are gone; an end without one, that we are.
const WATCH: &str = r#"trap '' INT TERM HUP; read -r line && exit; kill -KILL "$1"; rm -rf "$2""#;

/// `ssh` at work; ended when dropped.
pub(super) struct Child {
    ssh: process::Child,
    watcher: process::Child,
    folder: tempfile::TempDir,
    said: Said,
    listener: JoinHandle<()>,
}

/// The last lines of standard error, with their times.
type Said = Arc<Mutex<VecDeque<(Instant, String)>>>;

impl Child {
    /// Runs `ssh` with `words`, and waits until it listens for `hosts`.
    pub(super) async fn start(words: &[String], hosts: &[Host]) -> Result<Self, Failure> {
        let mut child = Self::spawn(words, hosts).map_err(|error| words::not_started(&error))?;
        child.stand(hosts.len()).await?;
        Ok(child)
    }

    fn spawn(words: &[String], hosts: &[Host]) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("pgferry").tempdir()?;
        let mut command = Command::new("ssh");
        command.args(["-N", "-T"]).args(options()).args(["-o", "ExitOnForwardFailure=yes"]);
        for (at, host) in hosts.iter().enumerate() {
            command.arg("-L").arg(forward(&folder.path().join(at.to_string()), host));
        }
        // a group of its own: Ctrl-C is for us, and what we do then may still need the tunnel
        let mut ssh = command
            .args(words)
            .env("LC_ALL", "C")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let watcher = watch(&ssh, folder.path()).inspect_err(|_| end(&mut ssh))?;
        let said = Said::default();
        let stderr = ssh.stderr.take();
        let heard = said.clone();
        let listener =
            std::thread::spawn(move || stderr.into_iter().for_each(|stderr| listen(stderr, &heard)));
        Ok(Self { ssh, watcher, folder, said, listener })
    }

    /// Waits until every near end is there, or `ssh` has given up.
    async fn stand(&mut self, ends: usize) -> Result<(), Failure> {
        let deadline = tokio::time::Instant::now() + limits::TUNNEL_START;
        let mut seen = false;
        loop {
            if !self.runs() {
                return Err(words::not_standing(&self.last_words().await));
            }
            let there = (0..ends).all(|at| self.entry(at).exists());
            // a socket has its name a moment before anybody listens
            if there && seen {
                return Ok(());
            }
            if deadline < tokio::time::Instant::now() {
                return Err(words::too_slow(&self.words_since(None)));
            }
            seen = there;
            tokio::time::sleep(limits::POLL_PAUSE).await;
        }
    }

    /// Whether `ssh` is still there.
    pub(super) fn runs(&mut self) -> bool {
        matches!(self.ssh.try_wait(), Ok(None))
    }

    /// The near end of the way to the host with this number.
    pub(super) fn entry(&self, at: usize) -> PathBuf {
        self.folder.path().join(at.to_string())
    }

    /// What `ssh` says about a connection that was begun at `since`; it may be a moment behind.
    pub(super) async fn complaint(&mut self, since: Instant) -> Option<Failure> {
        let deadline = tokio::time::Instant::now() + limits::TUNNEL_WORDS_PATIENCE;
        loop {
            if !self.runs() {
                return Some(words::ended(&self.last_words().await));
            }
            if let Some(failure) = words::not_let_through(&self.words_since(Some(since))) {
                return Some(failure);
            }
            if deadline < tokio::time::Instant::now() {
                return None;
            }
            tokio::time::sleep(limits::POLL_PAUSE).await;
        }
    }

    /// All that `ssh` said before it ended. A helper of it may live on with its standard error open.
    async fn last_words(&self) -> String {
        let deadline = tokio::time::Instant::now() + limits::TUNNEL_WORDS_PATIENCE;
        while !self.listener.is_finished() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(limits::POLL_PAUSE).await;
        }
        self.words_since(None)
    }

    fn words_since(&self, since: Option<Instant>) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = said.iter().filter(|(at, _)| since.is_none_or(|since| since <= *at));
        lines.map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        end(&mut self.ssh);
        // should it be gone, there is nobody to tell
        let _ = self.watcher.stdin.take().map(|mut pipe| pipe.write_all(b"\n"));
        let _ = self.watcher.wait();
    }
}

fn end(ssh: &mut process::Child) {
    // one that has ended already is what we want
    let _ = ssh.kill();
    let _ = ssh.wait();
}

/// Ours come first, and the first that `ssh` sees counts. A master connection of the operator's would not end with us.
pub(super) fn options() -> Vec<String> {
    let options = [
        "BatchMode=yes".to_owned(),
        "StrictHostKeyChecking=yes".to_owned(),
        format!("ConnectTimeout={}", limits::CONNECT_TIMEOUT.as_secs()),
        format!("ServerAliveInterval={}", limits::TUNNEL_ALIVE_INTERVAL.as_secs()),
        format!("ServerAliveCountMax={}", limits::TUNNEL_ALIVE_PROBES),
        "ControlMaster=no".to_owned(),
        "ControlPath=none".to_owned(),
        "LogLevel=INFO".to_owned(),
    ];
    options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect()
}

/// `-L`: from a socket here to a port or a socket there.
fn forward(near: &Path, host: &Host) -> String {
    let near = near.display();
    if host.is_socket() {
        return format!("{near}:{}", host.socket_file());
    }
    let name = host.address.as_deref().unwrap_or(&host.name);
    if name.contains(':') {
        format!("{near}:[{name}]:{}", host.port)
    } else {
        format!("{near}:{name}:{}", host.port)
    }
}

fn watch(ssh: &process::Child, folder: &Path) -> io::Result<process::Child> {
    Command::new("sh")
        .args(["-c", WATCH, "pgferry-tunnel-watcher", &ssh.id().to_string()])
        .arg(folder)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Reads to the end, and keeps the last of it.
fn listen(stderr: ChildStderr, said: &Said) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    while (&mut stderr).take(limits::TUNNEL_LINE).read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        line.clear();
        tracing::debug!(text, "ssh says");
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == limits::TUNNEL_LINES {
            said.pop_front();
        }
        said.push_back((Instant::now(), text));
    }
}
