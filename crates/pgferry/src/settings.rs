//! What the operator asked for, from flags, environment and file, each value with the place that it came from.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use pgferry_engine::{
    Error, Kind, Result, Side,
    catalog::choice::Choice,
    pg::{
        conninfo::{Conninfo, Defaults},
        secret::Secret,
        tunnel::Tunnel,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    config::{self, Criteria, measure::Time, reference::Reference},
    journal::Journal,
};
use origin::{Origins, Places};

pub mod origin;

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
    /// Where the source's password is found, unless its string has one.
    pub source_password: Option<Reference>,
    /// The target's.
    pub target_password: Option<Reference>,
    /// The machine by which the source is reached, as it is typed behind `ssh`.
    pub ssh: Option<String>,
    /// The way through it; one for all copies of these settings.
    #[serde(skip)]
    pub tunnel: Option<Tunnel>,
    /// One of several databases that the command was given: its name on both sides.
    pub database: Option<String>,
    /// What of the database is carried.
    pub choice: Choice,
    /// Pairs, and connections that build.
    pub jobs: usize,
    /// How long an assessment watches the workload.
    pub watch: Time,
    /// What counts as a success.
    #[serde(skip)]
    pub criteria: Criteria,
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
    /// `--dir`.
    pub dir: Option<PathBuf>,
    /// `--run`.
    pub run: Option<String>,
    /// `--databases`.
    pub databases: Vec<String>,
    /// Of these, the one that is meant now.
    pub database: Option<String>,
    /// `--include`, `--exclude`, `--without-data`.
    pub choice: Choice,
    /// `--jobs`.
    pub jobs: Option<usize>,
    /// `--ssh`.
    pub ssh: Option<String>,
    /// `--watch`.
    pub watch: Option<Time>,
    /// `--pause-max` and the like.
    pub criteria: Criteria,
    /// `--toast-compression`.
    pub toast_compression: Option<&'static str>,
    /// `--untested-version`.
    pub untested_version: bool,
    /// Of all these, those that came from the environment.
    pub from_environment: BTreeSet<String>,
}

/// How long a workload is watched where nobody says.
const WATCH: Time = Time(std::time::Duration::from_secs(30));

/// `config.toml` in the run's folder: the settings as they were resolved, connection strings without passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Resolved {
    run: String,
    source: String,
    target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ssh: Option<String>,
    jobs: usize,
    #[serde(flatten)]
    choice: Choice,
}

impl Settings {
    /// Of each database that the command is about: the one that the source's connection string names, or several.
    pub fn resolve_all(given: Given) -> Result<Vec<Self>> {
        let file = config::read(given.config.as_deref())?;
        let listed = Some(given.databases.clone()).filter(|list| !list.is_empty()).or(file.databases);
        let Some(names) = listed.filter(|list| !list.is_empty()) else {
            return Ok(vec![Self::resolve(given)?]);
        };
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() || names[..at].contains(name) {
                let attempt = format!("move database {name:?}");
                return Err(Error::new(Kind::Usage, Side::Local, attempt)
                    .because("it is empty, or stands there twice"));
            }
        }
        let one = |name| Self::resolve(Given { database: Some(name), ..given.clone() });
        names.into_iter().map(one).collect()
    }

    /// Flag over environment over file over what the run's folder keeps over default.
    pub fn resolve(given: Given) -> Result<Self> {
        Self::resolve_into(given, &mut Origins::default())
    }

    /// The same, with the origin of every value, also where the whole is refused.
    pub fn resolve_into(given: Given, origins: &mut Origins) -> Result<Self> {
        let file = config::read(given.config.as_deref())?;
        origins.begin(given.from_environment, file.place);
        let dir = PathBuf::from("pgferry-run");
        let mut dir = origins.pick("dir", Places::new(given.dir, file.dir), Some(dir)).unwrap_or_default();
        let listed = Some(given.databases).filter(|list| !list.is_empty());
        origins.pick("databases", Places::new(listed, file.databases), None);
        if let Some(name) = &given.database {
            dir = dir.join(folder_name(name));
        }
        origins.keep(&dir);
        // a run goes on without being told again where to; passwords are not kept
        let kept = kept(&dir);
        let of_kept = |part: fn(&Resolved) -> &String| kept.as_ref().map(part).cloned();
        let places = Places { kept: of_kept(|kept| &kept.source), ..Places::new(given.source, file.source) };
        let source = origins.pick_connection("source", "source_password", places);
        let source_password = origins.pick_password("source_password", file.source_password);
        let places = Places { kept: of_kept(|kept| &kept.target), ..Places::new(given.target, file.target) };
        let target = origins.pick_connection("target", "target_password", places);
        let target_password = origins.pick_password("target_password", file.target_password);
        let kept_ssh = kept.as_ref().and_then(|kept| kept.ssh.clone());
        let ssh = origins.pick("ssh", Places { kept: kept_ssh, ..Places::new(given.ssh, file.ssh) }, None);
        let far = source_defaults(ssh.is_some());
        let info = source.as_deref().map(|text| Conninfo::parse(text, Side::Source, &far));
        let named = info.as_ref().and_then(|info| Some(info.as_ref().ok()?.database().to_owned()));
        let of_database = |run: String| match &given.database {
            Some(name) => format!("{run}-{name}"),
            None => run,
        };
        let (said, filed) = (given.run.map(of_database), file.run.map(of_database));
        let places = Places { kept: of_kept(|kept| &kept.run), ..Places::new(said, filed) };
        let run = origins.pick("run", places, given.database.clone().or(named));
        let kept_choice = kept.filter(|_| Journal::has_begun(&dir)).map(|kept| kept.choice);
        let filed = [file.include, file.exclude, file.without_data];
        let choice = origins.pick_choice(given.choice, filed, kept_choice);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let jobs = origins.pick("jobs", Places::new(given.jobs, file.jobs), Some(cores.clamp(2, 8)));
        let toast = origins.pick("toast_compression", Places::new(given.toast_compression, None), None);
        let untested = Some(true).filter(|_| given.untested_version);
        let untested = origins.pick("untested_version", Places::new(untested, None), Some(false));
        let tools = origins.pick_tools(folders_in("PGFERRY_PG_BIN"), usual_tools());
        let watch = origins.pick("watch", Places::new(given.watch, file.watch), Some(WATCH)).unwrap_or(WATCH);
        let criteria = origins.pick_criteria(given.criteria, file.criteria);
        origins.refuse_impossible(jobs, &criteria)?;
        let source = source.ok_or_else(|| missing(Side::Source))?;
        let hosts = info.transpose()?.map(|info| info.hosts().to_vec()).unwrap_or_default();
        let tunnel = ssh.as_deref().map(|ssh| Tunnel::new(ssh, &hosts)).transpose()?;
        Ok(Self {
            run: run.unwrap_or_default(),
            dir,
            source: Secret::new(source),
            target: target.map(Secret::new),
            source_password,
            target_password,
            ssh,
            tunnel,
            database: given.database,
            choice,
            jobs: jobs.unwrap_or(1),
            watch,
            criteria,
            toast_compression: toast,
            untested_version: untested.unwrap_or_default(),
            tools,
        })
    }

    /// The connection string of a side, understood, with its password if one has to be looked up.
    pub fn conninfo(&self, side: Side) -> Result<Conninfo> {
        let info = self.parsed(side)?;
        let reference = if side == Side::Target { &self.target_password } else { &self.source_password };
        let Some(reference) = reference.as_ref().filter(|_| !info.has_password()) else { return Ok(info) };
        Ok(info.or_password(Some(reference.secret(side)?)))
    }

    /// With what the tunnel says, if a connection through it was lost.
    pub async fn explained<T>(&self, outcome: Result<T>) -> Result<T> {
        match (outcome, &self.tunnel) {
            (Err(error), Some(tunnel)) => Err(tunnel.explain(error).await),
            (outcome, _) => outcome,
        }
    }

    fn parsed(&self, side: Side) -> Result<Conninfo> {
        let (text, tunnel) = match side {
            Side::Target => (self.target.as_ref().ok_or_else(|| missing(side))?, None),
            Side::Source | Side::Local => (&self.source, self.tunnel.clone()),
        };
        let mut info = Conninfo::parse(text.reveal(), side, &source_defaults(tunnel.is_some()))?;
        if let Some(tunnel) = tunnel {
            info = info.through(tunnel);
        }
        Ok(match &self.database {
            Some(name) => info.with_database(name),
            None => info,
        })
    }

    /// Writes `config.toml`, or finds that the folder's run is about other databases and refuses. A run that has begun
    /// keeps its choice.
    pub fn keep(&self, has_begun: bool) -> Result<()> {
        let resolved = Resolved {
            run: self.run.clone(),
            source: self.parsed(Side::Source)?.redacted(),
            target: self.parsed(Side::Target)?.redacted(),
            ssh: self.ssh.clone(),
            jobs: self.jobs,
            choice: self.choice.clone(),
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
            if has_begun && kept.choice != self.choice {
                let attempt = format!("go on in {} with another choice", self.dir.display());
                return Err(Error::new(Kind::Usage, Side::Local, attempt).because(format!(
                    "the run began with {}, and now it is {}; name another --dir, or end that run by pgferry abort",
                    kept.choice, self.choice
                )));
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

/// A database's name as that of a folder, or as a part of a file's.
pub fn folder_name(database: &str) -> String {
    let plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
    let mut name = String::new();
    for one in database.chars() {
        match plain(one) {
            true => name.push(one),
            false => name.push_str(&format!("%{:X}", u32::from(one))),
        }
    }
    name
}

/// What an earlier process of the run in `dir` resolved.
fn kept(dir: &Path) -> Option<Resolved> {
    toml::from_str(&std::fs::read_to_string(dir.join("config.toml")).ok()?).ok()
}

/// What libpq would take from the environment, less what names a server or a person.
pub fn defaults() -> Defaults {
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
pub fn source_defaults(tunnel: bool) -> Defaults {
    Defaults { host: tunnel.then(|| "localhost".to_owned()), ..defaults() }
}

/// Folders divided by colons, where there is such a variable.
fn folders_in(variable: &str) -> Option<Vec<PathBuf>> {
    let list = std::env::var_os(variable).filter(|list| !list.is_empty())?;
    Some(std::env::split_paths(&list).collect())
}

/// PATH, and where Debian and Red Hat put several majors: those that hold `pg_dump`.
fn usual_tools() -> Vec<PathBuf> {
    let mut folders = folders_in("PATH").unwrap_or_default();
    let parents = ["/usr/lib/postgresql", "/usr/local/pgsql"]
        .into_iter()
        .filter_map(|parent| std::fs::read_dir(parent).ok());
    folders.extend(parents.flatten().flatten().map(|entry| entry.path().join("bin")));
    folders.extend((13..=18).map(|major| PathBuf::from(format!("/usr/pgsql-{major}/bin"))));
    folders.retain(|folder| folder.join("pg_dump").exists());
    folders
}
