//! Where each value came from: noted by the very call that chooses it.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

use pgferry_engine::{Error, Result, catalog::choice::Choice, pg::conninfo};
use serde::{Serialize, Serializer};

use crate::config::{Criteria, Place, reference::Reference};

/// The place that a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of this command.
    Flag(String),
    /// A variable of the environment.
    Environment(String),
    /// `FILE:LINE`.
    File(String),
    /// What an earlier process of the run kept.
    Kept(PathBuf),
    /// Nobody said anything.
    Default,
}

/// A key, what holds, and since where.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// As in the file; those of a table with its name before them.
    pub key: &'static str,
    /// Without secrets; nothing where there is no value.
    pub value: Option<serde_json::Value>,
    /// Where it came from.
    pub origin: Origin,
}

/// Every value that was chosen, in the order of choosing.
#[derive(Debug, Default)]
pub struct Origins {
    /// One a key.
    pub rows: Vec<Row>,
    environment: BTreeSet<String>,
    file: Place,
    kept: PathBuf,
}

/// The places in which one value may stand, the first going before the second and that before the third.
pub struct Places<T> {
    /// Flag or environment.
    pub given: Option<T>,
    /// The file.
    pub file: Option<T>,
    /// The run's folder.
    pub kept: Option<T>,
}

impl<T> Places<T> {
    /// A value that no folder keeps.
    pub fn new(given: Option<T>, file: Option<T>) -> Self {
        Self { given, file, kept: None }
    }
}

impl Origins {
    /// What is needed to name a place: which values came from the environment, and the file.
    pub fn begin(&mut self, environment: BTreeSet<String>, file: Place) {
        (self.environment, self.file) = (environment, file);
    }

    /// Kept values are those of this folder.
    pub fn keep(&mut self, dir: &Path) {
        self.kept = dir.join("config.toml");
    }

    /// The value that holds, of those at hand; notes where it came from.
    pub fn pick<T: Serialize>(
        &mut self,
        key: &'static str,
        places: Places<T>,
        default: Option<T>,
    ) -> Option<T> {
        let bare = key.rsplit('.').next().unwrap_or(key);
        let (value, origin) = match places {
            Places { given: Some(value), .. } if self.environment.contains(bare) => {
                (Some(value), Origin::Environment(format!("PGFERRY_{}", bare.to_uppercase())))
            }
            Places { given: Some(value), .. } => {
                (Some(value), Origin::Flag(format!("--{}", bare.replace('_', "-"))))
            }
            Places { file: Some(value), .. } => (Some(value), Origin::File(self.file.of(key))),
            Places { kept: Some(value), .. } => (Some(value), Origin::Kept(self.kept.clone())),
            _ => (default, Origin::Default),
        };
        let shown = value.as_ref().and_then(|value| serde_json::to_value(value).ok());
        self.rows.push(Row { key, value: shown, origin });
        value
    }

    /// As [`Origins::pick`] for a connection string, which is shown without its password; that is a row of its own.
    pub fn pick_connection(
        &mut self,
        key: &'static str,
        password: &'static str,
        places: Places<String>,
    ) -> Option<String> {
        let text = self.pick(key, places, None)?;
        let parted = conninfo::part(&text);
        let row = self.rows.last_mut()?;
        row.value = Some(parted.as_ref().map_or("***", |(rest, _)| rest).into());
        if let Ok((_, Some(_))) = parted {
            let origin = row.origin.clone();
            self.rows.push(Row { key: password, value: Some("***".into()), origin });
        }
        Some(text)
    }

    /// Where a password is found. Beside a connection string that holds one it would never be looked up.
    pub fn pick_password(&mut self, key: &'static str, file: Option<Reference>) -> Option<Reference> {
        let own =
            self.rows.iter().find(|row| row.key == key).map(|row| matches!(row.origin, Origin::File(_)));
        // of two in one file, refuse_impossible tells
        if own.is_some_and(|in_file| !in_file || file.is_none()) {
            return None;
        }
        let reference = self.pick(key, Places::new(None, file), None)?;
        let row = self.rows.last_mut()?;
        row.value = Some(format!("*** of {reference}").into());
        Some(reference)
    }

    /// The three lists of a choice. What the run's folder keeps holds only as a whole, where nothing else is said.
    pub fn pick_choice(
        &mut self,
        given: Choice,
        [include, exclude, without_data]: [Option<Vec<String>>; 3],
        kept: Option<Choice>,
    ) -> Choice {
        let lists = [&include, &exclude, &without_data];
        let is_said = !given.is_everything() || lists.iter().any(|list| list.is_some());
        let kept = kept.filter(|_| !is_said).unwrap_or_default();
        let mut list = |key, given: Vec<String>, file, kept: Vec<String>| {
            let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
            let places = Places { given: some(given), file, kept: some(kept) };
            self.pick(key, places, None).unwrap_or_default()
        };
        Choice {
            include: list("include", given.include, include, kept.include),
            exclude: list("exclude", given.exclude, exclude, kept.exclude),
            without_data: list("without_data", given.without_data, without_data, kept.without_data),
        }
    }

    /// Folders with `pg_dump`: those of PGFERRY_PG_BIN, which no flag gives, go before the usual ones.
    pub fn pick_tools(&mut self, named: Option<Vec<PathBuf>>, usual: Vec<PathBuf>) -> Vec<PathBuf> {
        self.environment.insert("pg_bin".to_owned());
        let is_named = named.is_some();
        let first = self.pick("pg_bin", Places::new(named, None), Some(usual.clone())).unwrap_or_default();
        if is_named { [first, usual].concat() } else { first }
    }

    /// Table `[criteria]`, each key by itself.
    pub fn pick_criteria(&mut self, given: Criteria, file: Criteria) -> Criteria {
        Criteria {
            strategy: self.pick("criteria.strategy", Places::new(given.strategy, file.strategy), None),
            pause_max: self.pick("criteria.pause_max", Places::new(given.pause_max, file.pause_max), None),
            duration_max: self.pick(
                "criteria.duration_max",
                Places::new(given.duration_max, file.duration_max),
                None,
            ),
            wal_held_max: self.pick(
                "criteria.wal_held_max",
                Places::new(given.wal_held_max, file.wal_held_max),
                None,
            ),
            end_by: self.pick("criteria.end_by", Places::new(given.end_by, file.end_by), None),
        }
    }

    /// Refuses values that cannot be meant, alone or together.
    pub fn refuse_impossible(&self, jobs: Option<usize>, criteria: &Criteria) -> Result<()> {
        if let Some(jobs) = jobs.filter(|jobs| !(1..=128).contains(jobs)) {
            return Err(self.refuse("jobs", &format!("it is {jobs}; give 1 to 128")));
        }
        for (side, key) in [("source", "source_password"), ("target", "target_password")] {
            let both = self.rows.iter().filter(|row| row.key == key && matches!(row.origin, Origin::File(_)));
            if both.count() > 1 {
                let why =
                    format!("{side} holds a password already, which would be used; keep one of the two");
                return Err(self.refuse(key, &why));
            }
        }
        match (criteria.pause_max, criteria.duration_max) {
            (Some(pause), Some(duration)) if duration < pause => {
                let why =
                    format!("a pause of {pause} does not fit into the whole duration_max of {duration}");
                Err(self.refuse("criteria.pause_max", &why))
            }
            _ => Ok(()),
        }
    }

    /// The value of `key` cannot be meant; its line, if it stands in the file and nothing went before it.
    pub fn refuse(&self, key: &str, why: &str) -> Error {
        if self.is_of_file(key) { self.file.refuse(key, why) } else { Place::default().refuse(key, why) }
    }

    fn is_of_file(&self, key: &str) -> bool {
        self.rows.iter().any(|row| row.key == key && matches!(row.origin, Origin::File(_)))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(place) => f.write_str(place),
            Self::Kept(path) => write!(f, "kept in {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
