//! What the operator asked for, from flags, environment and file, each value with the place that it came from.

use std::path::{Path, PathBuf};

use pgferry_engine::{
    Error, Kind, Result, Side,
    catalog::choice::Choice,
    pg::{
        conninfo::{Conninfo, Defaults},
        secret::Secret,
    },
};
use serde::{Deserialize, Serialize};

use crate::{config, journal::Journal};

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
    /// One of several databases that the command was given: its name on both sides.
    pub database: Option<String>,
    /// What of the database is carried.
    pub choice: Choice,
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
    /// `--dir`.
    pub dir: Option<PathBuf>,
    /// `--run`.
    pub run: Option<String>,
    /// `--databases`.
    pub databases: Vec<String>,
    /// `--include`, `--exclude`, `--without-data`.
    pub choice: Choice,
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
                let cause = "it is empty, or stands there twice";
                return Err(
                    Error::new(Kind::Usage, Side::Local, format!("move database {name:?}")).because(cause)
                );
            }
        }
        names.into_iter().map(|name| Self::of(given.clone(), Some(name))).collect()
    }

    /// Flag over environment over file over default.
    pub fn resolve(given: Given) -> Result<Self> {
        Self::of(given, None)
    }

    fn of(given: Given, database: Option<String>) -> Result<Self> {
        let mut file = config::read(given.config.as_deref())?;
        let mut dir = given.dir.or(file.dir).unwrap_or_else(|| PathBuf::from("pgferry-run"));
        let mut run = given.run.or(file.run);
        if let Some(name) = &database {
            dir = dir.join(folder_name(name));
            run = run.map(|run| format!("{run}-{name}"));
        }
        let mut kept_choice = Choice::default();
        if let Some(kept) = kept(&dir) {
            // a run goes on without being told again where to; passwords are not kept
            file.source = file.source.or(Some(kept.source));
            file.target = file.target.or(Some(kept.target));
            run = run.or(Some(kept.run));
            kept_choice = kept.choice;
        }
        let list = |flag: Vec<String>, file: Option<Vec<String>>| {
            if flag.is_empty() { file.unwrap_or_default() } else { flag }
        };
        let mut choice = Choice {
            include: list(given.choice.include, file.include),
            exclude: list(given.choice.exclude, file.exclude),
            without_data: list(given.choice.without_data, file.without_data),
        };
        if choice.is_everything() && Journal::has_begun(&dir) {
            choice = kept_choice;
        }
        let source = given.source.or(file.source).ok_or_else(|| missing(Side::Source))?;
        let target = given.target.or(file.target);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let jobs = given.jobs.or(file.jobs).unwrap_or_else(|| cores.clamp(2, 8));
        if !(1..=128).contains(&jobs) {
            let cause = format!("it is {jobs}; give 1 to 128");
            return Err(Error::new(Kind::Usage, Side::Local, "use this number of jobs").because(cause));
        }
        let named = Conninfo::parse(&source, Side::Source, &defaults())?.database().to_owned();
        Ok(Self {
            run: run.or_else(|| database.clone()).unwrap_or(named),
            dir,
            database,
            choice,
            source: Secret::new(source),
            target: target.map(Secret::new),
            jobs,
            toast_compression: given.toast_compression,
            untested_version: given.untested_version,
            tools: tool_folders(),
        })
    }

    /// The connection string of a side, understood.
    pub fn conninfo(&self, side: Side) -> Result<Conninfo> {
        let text = match side {
            Side::Target => self.target.as_ref().ok_or_else(|| missing(side))?,
            Side::Source | Side::Local => &self.source,
        };
        let info = Conninfo::parse(text.reveal(), side, &defaults())?;
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
            source: self.conninfo(Side::Source)?.redacted(),
            target: self.conninfo(Side::Target)?.redacted(),
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

/// A database's name as that of a folder.
fn folder_name(database: &str) -> String {
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
    }
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
