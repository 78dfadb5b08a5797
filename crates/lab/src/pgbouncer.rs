//! A real PgBouncer in front of a server.

use std::{
    fs,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Error, Result, Server, Session, account::Account, error::Attempt, postmaster::Postmaster,
    programs::debian_program, server::free_port,
};

const START_WITHIN: Duration = Duration::from_secs(20);

/// How long a client keeps a server's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Until the client goes.
    Session,
    /// Until the transaction ends.
    Transaction,
}

/// A pooler for the server's superuser and every database; gone with us, however we end.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    user: String,
    password: String,
    _postmaster: Mutex<Postmaster>,
}

impl PgBouncer {
    /// In front of `server`, of which it knows the superuser's password.
    pub fn before(server: &Server, pooling: Pooling) -> Result<PgBouncer> {
        let program = debian_program("/usr/sbin/pgbouncer", "pgbouncer")?;
        let account = Account::unprivileged()?;
        let mut postmaster = Postmaster::new(account)?;
        let folder = postmaster.folder().to_owned();
        let (user, password) = (server.superuser().to_owned(), server.password().to_owned());
        let port = free_port();
        let mode = match pooling {
            Pooling::Session => "session",
            Pooling::Transaction => "transaction",
        };
        let config = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}/users\npool_mode = {mode}\n",
            server.port(),
            folder.display()
        );
        for (name, text) in [("pgbouncer.ini", config), ("users", format!("\"{user}\" \"{password}\"\n"))] {
            fs::write(folder.join(name), text).attempt(|| format!("write {name}"))?;
            account.own(&folder.join(name))?;
        }
        let file = folder.join("pgbouncer.ini").to_string_lossy().into_owned();
        postmaster.spawn(&program, &[&file])?;
        let deadline = Instant::now() + START_WITHIN;
        while let Err(refusal) = Session::tcp(port, &user, &password, "postgres") {
            if postmaster.ended().is_some() || Instant::now() > deadline {
                let attempt = format!("start PgBouncer ({refusal})");
                return Err(Error::Server { attempt, log: postmaster.log_tail() });
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(PgBouncer { port, user, password, _postmaster: Mutex::new(postmaster) })
    }

    /// The superuser's way to a database, through the pooler.
    pub fn uri(&self, database: &str) -> String {
        format!("postgresql://{}:{}@127.0.0.1:{}/{database}", self.user, self.password, self.port)
    }
}
