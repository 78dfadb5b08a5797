//! Servers that follow another one, and one that is up and takes nobody.

use std::{fs, path::Path, sync::Mutex};

use super::Server;
use crate::{
    Error, Result, account::Account, error::Attempt, postmaster::Postmaster, rds_like, server::free_port, tls,
};

/// The name under which a standby is listed by its primary.
const STANDBY: &str = "lab_standby";

/// "The database system is starting up", or takes no connections at all.
const CANNOT_CONNECT_NOW: &str = "57P03";

impl Server {
    /// A streaming standby of this server, listed there as `lab_standby`. Its data is a copy of ours, for which we stop for a
    /// moment: not every major's programs come with `pg_basebackup`.
    pub fn standby(&self) -> Result<Server> {
        assert!(self.superuser != rds_like::SUPERUSER, "RDS lets nobody stream from it");
        let account = Account::unprivileged()?;
        let mut postmaster = Postmaster::new(account)?;
        let folder = postmaster.folder().to_owned();
        self.stop()?;
        let copied = copy(&mut postmaster, &self.data_dir(), &folder.join("data"));
        self.start_again()?;
        copied?;
        tls::write(&folder, account)?;
        let port = free_port();
        let standby = Server {
            major: self.major,
            port,
            password: self.password.clone(),
            superuser: self.superuser,
            socket: folder.join(format!(".s.PGSQL.{port}")),
            ca_file: folder.join("ca.pem"),
            program: self.program.clone(),
            folder,
            postmaster: Mutex::new(postmaster),
        };
        standby.follow(self)?;
        standby.start_again()?;
        Ok(standby)
    }

    /// Writes the configuration of `primary` with what is different here; of two lines the last one counts.
    fn follow(&self, primary: &Server) -> Result<()> {
        let theirs = primary.folder.join("postgresql.conf");
        let theirs = fs::read_to_string(&theirs).attempt(|| format!("read {}", theirs.display()))?;
        let (folder, port) = (self.folder.display(), self.port);
        let way = format!(
            "host=127.0.0.1 port={} user={} password={} application_name={STANDBY}",
            primary.port, primary.superuser, primary.password
        );
        let config = format!(
            "{theirs}port = '{port}'\nunix_socket_directories = '{folder}'\nhba_file = '{folder}/pg_hba.conf'\n\
             primary_conninfo = '{way}'\n"
        );
        fs::write(self.folder.join("postgresql.conf"), config)
            .attempt(|| "write postgresql.conf".to_owned())?;
        fs::copy(primary.folder.join("pg_hba.conf"), self.folder.join("pg_hba.conf"))
            .attempt(|| "copy pg_hba.conf".to_owned())?;
        self.signal_standby()
    }

    /// Starts the stopped server as one that recovers without end and takes nobody: every login ends with 57P03.
    pub fn start_taking_nobody(&self) -> Result<()> {
        let file = self.folder.join("postgresql.conf");
        let config = fs::read_to_string(&file).attempt(|| format!("read {}", file.display()))?;
        fs::write(&file, config + "hot_standby = 'off'\n").attempt(|| format!("write {}", file.display()))?;
        self.signal_standby()?;
        self.start_until(|answer| {
            answer.as_ref().is_err_and(|refusal| refusal.sqlstate() == Some(CANNOT_CONNECT_NOW))
        })
    }

    fn signal_standby(&self) -> Result<()> {
        fs::write(self.data_dir().join("standby.signal"), "").attempt(|| "write standby.signal".to_owned())
    }
}

fn copy(postmaster: &mut Postmaster, from: &Path, to: &Path) -> Result<()> {
    let paths = [from, to].map(|path| path.to_string_lossy().into_owned());
    if postmaster.run(Path::new("cp"), &["-a", &paths[0], &paths[1]])?.success() {
        return Ok(());
    }
    Err(Error::Server { attempt: "copy a server's data".to_owned(), log: postmaster.log_tail() })
}
