//! What the operator asked for, from flags, environment and file, each value with the place that it came from.

use std::path::{Path, PathBuf};

use pgferry_engine::{
    Error, Kind, Result, Side,
    pg::{
        conninfo::{Conninfo, Defaults},
        secret::Secret,
        tunnel::Tunnel,
    },
};
use serde::{Deserialize, Serialize};

use crate::config;

/// All settings of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// The run's name.
    pub run: String,
    /// The run's folder.
    pub dir: PathBuf,
    /// The source's connection string; prints as `***`.
    pub source: Secret,
    /// The target's; what only looks at the source does without.
    pub target: Option<Secret>,
    /// The machine by which the source is reached, as it is typed behind `ssh`.
    pub ssh: Option<String>,
    /// The way through it; one for all copies of these settings.
    #[serde(skip)]
    pub tunnel: Option<Tunnel>,
    /// Pairs, and connections that build.
    pub jobs: usize,
    /// `default_toast_compression` of sessions that write rows.
    pub toast_compression: Option<&'static str>,
    /// Go on with a server newer than tested.
    pub untested_version: bool,
    /// Folders in which `pg_dump` and `pg_restore` are looked for.
    pub tools: Vec<PathBuf>,
}

/// Flags, with what the environment gave them.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--source`.
    pub source: Option<String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--ssh`.
    pub ssh: Option<String>,
    /// `--dir`.
    pub dir: Option<PathBuf>,
    /// `--run`.
    pub run: Option<String>,
    /// `--jobs`.
    pub jobs: Option<usize>,
    /// `--toast-compression`.
    pub toast_compression: Option<&'static str>,
    /// `--untested-version`.
    pub untested_version: bool,
}

/// `config.toml` in the run's folder: the settings as they were resolved, connection strings without passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Resolved {
    run: String,
    source: String,
    target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ssh: Option<String>,
    jobs: usize,
}

impl Settings {
    /// Flag over environment over file over default.
    pub fn resolve(given: Given) -> Result<Self> {
        let mut file = config::read(given.config.as_deref())?;
        let dir = given.dir.or(file.dir).unwrap_or_else(|| PathBuf::from("pgferry-run"));
        if let Some(kept) = kept(&dir) {
            // a run goes on without being told again where to; passwords are not kept
            file.source = file.source.or(Some(kept.source));
            file.target = file.target.or(Some(kept.target));
            file.ssh = file.ssh.or(kept.ssh);
            file.run = file.run.or(Some(kept.run));
        }
        let source = given.source.or(file.source).ok_or_else(|| missing(Side::Source))?;
        let target = given.target.or(file.target);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let jobs = given.jobs.or(file.jobs).unwrap_or_else(|| cores.clamp(2, 8));
        if !(1..=128).contains(&jobs) {
            let cause = format!("it is {jobs}; give 1 to 128");
            return Err(Error::new(Kind::Usage, Side::Local, "use this number of jobs").because(cause));
        }
        let ssh = given.ssh.or(file.ssh).filter(|ssh| !ssh.is_empty());
        let info = Conninfo::parse(&source, Side::Source, &source_defaults(ssh.is_some()))?;
        let tunnel = ssh.as_deref().map(|ssh| Tunnel::new(ssh, info.hosts())).transpose()?;
        Ok(Self {
            run: given.run.or(file.run).unwrap_or_else(|| info.database().to_owned()),
            dir,
            source: Secret::new(source),
            target: target.map(Secret::new),
            ssh,
            tunnel,
            jobs,
            toast_compression: given.toast_compression,
            untested_version: given.untested_version,
            tools: tool_folders(),
        })
    }

    /// The connection string of a side, understood.
    pub fn conninfo(&self, side: Side) -> Result<Conninfo> {
        if side == Side::Target {
            let text = self.target.as_ref().ok_or_else(|| missing(side))?;
            return Conninfo::parse(text.reveal(), side, &defaults());
        }
        let info = Conninfo::parse(self.source.reveal(), side, &source_defaults(self.tunnel.is_some()))?;
        Ok(match &self.tunnel {
            Some(tunnel) => info.through(tunnel.clone()),
            None => info,
        })
    }

    /// Writes `config.toml`, or finds that the folder's run is about other databases and refuses.
    pub fn keep(&self) -> Result<()> {
        let resolved = Resolved {
            run: self.run.clone(),
            source: self.conninfo(Side::Source)?.redacted(),
            target: self.conninfo(Side::Target)?.redacted(),
            ssh: self.ssh.clone(),
            jobs: self.jobs,
        };
        let path = self.dir.join("config.toml");
        let failed = |cause: &dyn std::fmt::Display| {
            Error::new(Kind::Io, Side::Local, format!("keep {}", path.display())).because(cause)
        };
        if let Ok(text) = std::fs::read_to_string(&path) {
            let kept: Resolved = toml::from_str(&text).map_err(|error| failed(&error.message()))?;
            if (&kept.run, &kept.source, &kept.target) != (&resolved.run, &resolved.source, &resolved.target)
            {
                let cause = format!(
                    "it belongs to run {:?} from {} to {}; name another --dir, or end that run by pgferry abort",
                    kept.run, kept.source, kept.target
                );
                return Err(Error::new(Kind::Usage, Side::Local, format!("use {}", self.dir.display()))
                    .because(cause));
            }
        }
        let text = config::write(&resolved).map_err(|error| failed(&error))?;
        crate::world::write_whole(&path, text.as_bytes())
    }
}

fn missing(side: Side) -> Error {
    Error::new(Kind::Usage, Side::Local, format!("go on without a {side}")).because(format!(
        "give --{side} URI, PGFERRY_{} or {side} = \"…\" in pgferry.toml",
        side.to_string().to_uppercase()
    ))
}

/// What an earlier process of the run in `dir` resolved.
fn kept(dir: &Path) -> Option<Resolved> {
    toml::from_str(&std::fs::read_to_string(dir.join("config.toml")).ok()?).ok()
}

/// What libpq would take from the environment, less what names a server or a person.
fn defaults() -> Defaults {
    let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let home = |file: &str| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(file));
    Defaults {
        passfile: text("PGPASSFILE").map(PathBuf::from).or_else(|| home(".pgpass")),
        servicefile: text("PGSERVICEFILE").map(PathBuf::from).or_else(|| home(".pg_service.conf")),
        sslmode: text("PGSSLMODE"),
        sslrootcert: text("PGSSLROOTCERT"),
        sslcert: text("PGSSLCERT"),
        sslkey: text("PGSSLKEY"),
        connect_timeout: text("PGCONNECT_TIMEOUT"),
        user: text("USER").or_else(|| text("LOGNAME")),
        host: None,
    }
}

/// The same for the source: behind a tunnel, a string that names no host means the far side itself.
fn source_defaults(tunnel: bool) -> Defaults {
    Defaults { host: tunnel.then(|| "localhost".to_owned()), ..defaults() }
}

/// `$PGFERRY_PG_BIN` (folders divided by colons), PATH, and where Debian and Red Hat put several majors.
fn tool_folders() -> Vec<PathBuf> {
    let split =
        |name: &str| std::env::var_os(name).map(|list| std::env::split_paths(&list).collect::<Vec<_>>());
    let mut folders = split("PGFERRY_PG_BIN").unwrap_or_default();
    folders.extend(split("PATH").unwrap_or_default());
    let parents = ["/usr/lib/postgresql", "/usr/local/pgsql"]
        .into_iter()
        .filter_map(|parent| std::fs::read_dir(parent).ok());
    folders.extend(parents.flatten().flatten().map(|entry| entry.path().join("bin")));
    folders.extend((13..=18).map(|major| PathBuf::from(format!("/usr/pgsql-{major}/bin"))));
    folders.retain(|folder| folder.join("pg_dump").exists());
    folders
}
