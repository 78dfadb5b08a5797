//! A PostgreSQL server that lives as long as we do.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rand::RngExt;

use crate::{
    Error, Major, Result, Session,
    account::Account,
    error::Attempt,
    postmaster::{Postmaster, Stop},
    programs::server_programs,
    rds_like, tls,
};

mod config;
mod options;
mod standby;

pub use options::Options;

/// How long a server may take until it answers; it may have to recover first.
const START_WITHIN: Duration = Duration::from_secs(60);

/// What a server says that finds processes of the one killed before it; they will be gone in a moment.
const KILLED_LATELY: &str = "pre-existing shared memory block";

/// A real server, gone with its folder when this value is dropped, and also when our process panics, is interrupted
/// or killed: a watcher on a pipe ends it then. It listens on 127.0.0.1 and on a socket, speaks TLS with an authority of
/// its own, wants SCRAM from everybody but the superuser on the socket, and is set up for logical replication.
#[derive(Debug)]
pub struct Server {
    major: Major,
    port: u16,
    password: String,
    superuser: &'static str,
    folder: PathBuf,
    socket: PathBuf,
    ca_file: PathBuf,
    program: PathBuf,
    postmaster: Mutex<Postmaster>,
}

impl Server {
    /// Starts a plain server, as somebody might run it on a machine of their own. The superuser is `postgres`.
    pub fn start(major: Major) -> Result<Server> {
        Server::options(major).start()
    }

    /// A server to be described further.
    pub fn options(major: Major) -> Options {
        Options::new(major)
    }

    fn start_with(options: &Options) -> Result<Server> {
        let account = Account::unprivileged()?;
        let mut postmaster = Postmaster::new(account)?;
        let folder = postmaster.folder().to_owned();
        let mut programs = server_programs(options.major)?;
        if options.rds_like {
            programs = rds_like::offer_extensions(&programs, &folder.join("programs"))?;
        }
        let password = random_password();
        let superuser = if options.rds_like { rds_like::SUPERUSER } else { "postgres" };
        initialize(&mut postmaster, account, &programs, superuser, &password)?;
        tls::write(&folder, account)?;
        let port = free_port();
        config::write(&folder, options, port, superuser)?;
        let server = Server {
            major: options.major,
            port,
            password,
            superuser,
            socket: folder.join(format!(".s.PGSQL.{port}")),
            ca_file: folder.join("ca.pem"),
            program: programs.join("postgres"),
            folder,
            postmaster: Mutex::new(postmaster),
        };
        server.start_again()?;
        if options.rds_like {
            rds_like::prepare(&server)?;
        }
        Ok(server)
    }

    /// The major version that was asked for.
    pub fn major(&self) -> Major {
        self.major
    }

    /// The TCP port on 127.0.0.1. It stays the same when the server is started again.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder with the socket `.s.PGSQL.<port>`.
    pub fn socket_dir(&self) -> &Path {
        &self.folder
    }

    /// The folder with the server's data.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The certificate of the authority that vouches for `localhost`, `127.0.0.1` and `::1`.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// `postgres`, or `rdsadmin` where the server is like RDS.
    pub fn superuser(&self) -> &str {
        self.superuser
    }

    /// The superuser's password, and that of the master of a server like RDS: letters and digits.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The superuser's way to a database, over TCP.
    pub fn uri(&self, database: &str) -> String {
        self.uri_as(self.superuser, &self.password, database)
    }

    /// Somebody's way to a database, over TCP.
    pub fn uri_as(&self, user: &str, password: &str, database: &str) -> String {
        let [user, password, database] = [user, password, database].map(percent_encode);
        format!("postgresql://{user}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// The master's way to a database; only a server like RDS has one.
    pub fn master_uri(&self, database: &str) -> String {
        self.uri_as(rds_like::MASTER, &self.password, database)
    }

    /// The superuser's way to a database, over the socket and without a password.
    pub fn socket_uri(&self, database: &str) -> String {
        let folder = percent_encode(&self.folder.to_string_lossy());
        format!("postgresql://{}@{folder}:{}/{}", self.superuser, self.port, percent_encode(database))
    }

    /// Runs statements as the superuser; see [`Session::run`].
    pub fn psql(&self, database: &str, sql: &str) -> Result<String> {
        self.session(database)?.run(sql)
    }

    /// Runs statements as somebody else, over TCP and with a password.
    pub fn psql_as(&self, user: &str, password: &str, database: &str, sql: &str) -> Result<String> {
        self.session_as(user, password, database)?.run(sql)
    }

    /// A connection of the superuser.
    pub fn session(&self, database: &str) -> Result<Session> {
        Session::local(&self.socket, self.superuser, &self.password, database)
    }

    /// A connection of somebody else, over TCP and with a password.
    pub fn session_as(&self, user: &str, password: &str, database: &str) -> Result<Session> {
        Session::tcp(self.port, user, password, database)
    }

    /// Creates an empty database, owned by the master on a server like RDS, else by the superuser.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let owner = if self.superuser == rds_like::SUPERUSER { rds_like::MASTER } else { self.superuser };
        let name = name.replace('"', "\"\"");
        self.psql("postgres", &format!("CREATE DATABASE \"{name}\" OWNER {owner} TEMPLATE template0"))
            .map(drop)
    }

    /// Ends all sessions and the server, with a checkpoint.
    pub fn stop(&self) -> Result<()> {
        self.postmaster().stop(Stop::Fast)
    }

    /// Kills the server as a machine does that dies: nothing is written any more, the next start recovers.
    pub fn kill(&self) -> Result<()> {
        self.postmaster().stop(Stop::Kill)
    }

    /// Starts the server after [`Server::stop`] or [`Server::kill`], on the same port, and waits until it answers.
    pub fn start_again(&self) -> Result<()> {
        self.start_until(Result::is_ok)
    }

    /// Starts it, and waits until a login comes to what is wanted.
    fn start_until(&self, is_up: impl Fn(&Result<Session>) -> bool) -> Result<()> {
        let mut postmaster = self.postmaster();
        let data = self.data_dir();
        let config = format!("config_file={}", self.folder.join("postgresql.conf").display());
        let arguments = ["-D", &data.to_string_lossy(), "-c", &config];
        postmaster.spawn(&self.program, &arguments)?;
        let deadline = Instant::now() + START_WITHIN;
        loop {
            let answer = self.session("postgres");
            if is_up(&answer) {
                return Ok(());
            }
            let ended = postmaster.ended().is_some();
            let log = postmaster.log_tail();
            if Instant::now() > deadline || (ended && !log.contains(KILLED_LATELY)) {
                let refusal = answer.err().map_or_else(String::new, |refusal| format!(" ({refusal})"));
                let attempt = format!("start PostgreSQL {}{refusal}", self.major);
                return Err(Error::Server { attempt, log });
            }
            if ended {
                postmaster.spawn(&self.program, &arguments)?;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// [`Server::kill`] and [`Server::start_again`]: a crash, and the recovery from it.
    pub fn crash_restart(&self) -> Result<()> {
        self.kill()?;
        self.start_again()
    }

    /// Lets no file of sessions to come grow past so many bytes; without a number, as far as it may. Up to 15 a server
    /// takes a page that is written in part for a full disk (SQLSTATE 53100), so they must not end with a page, and
    /// be more than the 16 MB of a file of the WAL. This works for anybody, where a mount does not.
    pub fn limit_files(&self, bytes: Option<u64>) -> Result<()> {
        let is_fit = |bytes| 16 << 20 < bytes && bytes % 8192 != 0;
        assert!(self.major <= Major(15) && bytes.is_none_or(is_fit), "this would be no full disk");
        self.postmaster().limit_files(bytes)
    }

    /// All that the server has written to its log.
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn postmaster(&self) -> MutexGuard<'_, Postmaster> {
        self.postmaster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn initialize(
    postmaster: &mut Postmaster,
    account: Account,
    programs: &Path,
    superuser: &str,
    password: &str,
) -> Result<()> {
    let folder = postmaster.folder().to_owned();
    let password_file = folder.join("password");
    fs::write(&password_file, password).attempt(|| "write a password".to_owned())?;
    account.own(&password_file)?;
    let data = folder.join("data");
    let [data, password_file] = [&data, &password_file].map(|path| path.to_string_lossy().into_owned());
    let arguments = [
        "-D",
        &data,
        "-U",
        superuser,
        "--pwfile",
        &password_file,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ];
    if postmaster.run(&programs.join("initdb"), &arguments)?.success() {
        return Ok(());
    }
    let attempt = format!("run {}", programs.join("initdb").display());
    Err(Error::Server { attempt, log: postmaster.log_tail() })
}

/// A port below those that the system gives to outgoing connections, which could take ours while the server is down.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = rand::rng().random_range(10_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn random_password() -> String {
    let mut rng = rand::rng();
    (0..24).map(|_| char::from(rng.sample(rand::distr::Alphanumeric))).collect()
}

fn percent_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::percent_encode;

    #[test]
    fn what_is_special_in_a_uri_is_encoded_byte_by_byte() {
        assert_eq!(percent_encode("a/b@é"), "a%2Fb%40%C3%A9");
    }
}
