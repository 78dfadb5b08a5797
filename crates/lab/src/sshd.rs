//! A real `sshd` on a free port of 127.0.0.1, and configurations with which `ssh` reaches it.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    Error, Proxy, Result,
    account::Account,
    error::Attempt,
    postmaster::{Postmaster, Stop},
    programs::debian_program,
    server::free_port,
};

const START_WITHIN: Duration = Duration::from_secs(20);

/// What is wrong with a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The key is not one that the far side takes.
    WrongKey,
    /// The host key was never seen.
    UnknownHost,
    /// Another host key was seen before.
    ChangedHost,
}

/// A machine to go through, as the account that servers run as; gone with us, however we end.
#[derive(Debug)]
pub struct Sshd {
    port: u16,
    user: String,
    program: PathBuf,
    postmaster: Mutex<Postmaster>,
    /// Keys, `known_hosts` and configurations of the near side.
    client: TempDir,
}

impl Sshd {
    /// Takes one key, and forwards wherever it is asked to.
    pub fn start() -> Result<Sshd> {
        Self::with("")
    }

    /// Takes passwords alone (and knows none).
    pub fn asking_for_passwords() -> Result<Sshd> {
        Self::with("PubkeyAuthentication no\nPasswordAuthentication yes\nKbdInteractiveAuthentication yes\n")
    }

    /// Takes the key, and forwards nothing.
    pub fn forwarding_nothing() -> Result<Sshd> {
        Self::with("AllowTcpForwarding no\nAllowStreamLocalForwarding no\n")
    }

    /// The first word of `sshd_config` for a keyword counts: `settings` come first.
    fn with(settings: &str) -> Result<Sshd> {
        let program = debian_program("/usr/sbin/sshd", "openssh-server")?;
        let account = Account::unprivileged()?;
        let postmaster = Postmaster::new(account)?;
        let folder = postmaster.folder().to_owned();
        let client = tempfile::tempdir().attempt(|| "make a folder".to_owned())?;
        for key in [folder.join("host"), client.path().join("right"), client.path().join("wrong")] {
            make_key(&key)?;
        }
        fs::copy(client.path().join("right.pub"), folder.join("authorized"))
            .attempt(|| "copy a key".to_owned())?;
        let port = free_port();
        let place = folder.display();
        let config = format!(
            "{settings}ListenAddress 127.0.0.1\nPort {port}\nHostKey {place}/host\nAuthorizedKeysFile {place}/authorized\n\
             PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nMaxStartups 100\n"
        );
        fs::write(folder.join("sshd_config"), config).attempt(|| "write sshd_config".to_owned())?;
        for name in ["host", "authorized", "sshd_config"] {
            account.own(&folder.join(name))?;
        }
        let sshd = Sshd { port, user: account.name()?, program, postmaster: Mutex::new(postmaster), client };
        sshd.start_again()?;
        Ok(sshd)
    }

    /// What is typed behind `ssh` to get there.
    pub fn ssh(&self) -> Result<String> {
        self.configure("good", self.port, "right", &self.host_key("host")?)
    }

    /// The same over a line that can fall silent: it has to lead to [`Sshd::port`].
    pub fn ssh_over(&self, line: &Proxy) -> Result<String> {
        self.configure("over_a_line", line.port(), "right", &self.host_key("host")?)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same, in a way that fails.
    pub fn ssh_with(&self, flaw: Flaw) -> Result<String> {
        match flaw {
            Flaw::WrongKey => self.configure("wrong_key", self.port, "wrong", &self.host_key("host")?),
            Flaw::UnknownHost => self.configure("unknown_host", self.port, "right", ""),
            Flaw::ChangedHost => {
                let other = fs::read_to_string(self.client.path().join("wrong.pub"));
                self.configure(
                    "changed_host",
                    self.port,
                    "right",
                    &other.attempt(|| "read a key".to_owned())?,
                )
            }
        }
    }

    /// Writes a configuration and its `known_hosts`.
    fn configure(&self, name: &str, port: u16, key: &str, host_key: &str) -> Result<String> {
        let (folder, user) = (self.client.path(), &self.user);
        let known = folder.join(format!("{name}.known_hosts"));
        let line = if host_key.is_empty() { String::new() } else { format!("[127.0.0.1]:{port} {host_key}") };
        fs::write(&known, line).attempt(|| "write known_hosts".to_owned())?;
        let config = format!(
            "Host droplet\n HostName 127.0.0.1\n Port {port}\n User {user}\n IdentityFile {place}/{key}\n IdentitiesOnly yes\n \
             IdentityAgent none\n UserKnownHostsFile {known}\n GlobalKnownHostsFile /dev/null\n",
            place = folder.display(),
            known = known.display(),
        );
        let file = folder.join(name);
        fs::write(&file, config).attempt(|| "write a configuration of ssh".to_owned())?;
        Ok(format!("-F {} droplet", file.display()))
    }

    fn host_key(&self, name: &str) -> Result<String> {
        let file = self.postmaster().folder().join(name).with_extension("pub");
        fs::read_to_string(&file).attempt(|| format!("read {}", file.display()))
    }

    /// Ends every connection; new ones are taken.
    pub fn cut(&self) {
        self.postmaster().kill_children();
    }

    /// Ends every connection, and takes none.
    pub fn stop(&self) -> Result<()> {
        self.postmaster().stop(Stop::Kill)
    }

    /// Takes connections, also after [`Sshd::stop`], on the same port.
    pub fn start_again(&self) -> Result<()> {
        let mut postmaster = self.postmaster();
        let config = postmaster.folder().join("sshd_config").to_string_lossy().into_owned();
        postmaster.spawn(&self.program, &["-D", "-e", "-f", &config])?;
        let deadline = Instant::now() + START_WITHIN;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if postmaster.ended().is_some() || Instant::now() > deadline {
                return Err(Error::Server { attempt: "start sshd".to_owned(), log: postmaster.log_tail() });
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn postmaster(&self) -> MutexGuard<'_, Postmaster> {
        self.postmaster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_key(file: &Path) -> Result<()> {
    let output = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f"])
        .arg(file)
        .output()
        .attempt(|| "run ssh-keygen".to_owned())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Error::Program {
        attempt: "make a key".to_owned(),
        output: String::from_utf8_lossy(&said).into_owned(),
    })
}
