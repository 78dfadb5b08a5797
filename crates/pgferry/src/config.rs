//! `pgferry.toml`: what it may hold, and where each key stands in it.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};

use measure::{Bytes, Moment, Time};
use pgferry_engine::{
    Error, Kind, Result, Side,
    assess::{finding::Strategy, forecast},
};
use reference::Reference;
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

pub mod measure;
pub mod reference;
mod shown;

/// The file's name where none is given.
pub const FILE: &str = "pgferry.toml";

/// What the file may hold. A key of it is described in `docs/configuration.md`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The run's name.
    pub run: Option<String>,
    /// The run's folder.
    pub dir: Option<PathBuf>,
    /// The source's connection string.
    pub source: Option<String>,
    /// Where its password is found.
    pub source_password: Option<Reference>,
    /// The target's connection string.
    pub target: Option<String>,
    /// Where its password is found.
    pub target_password: Option<Reference>,
    /// What is typed behind `ssh` to reach the source.
    pub ssh: Option<String>,
    /// Pairs, and connections that build.
    pub jobs: Option<usize>,
    /// Only these schemas and tables.
    pub include: Option<Vec<String>>,
    /// Not these.
    pub exclude: Option<Vec<String>>,
    /// Of these tables the definition alone.
    pub without_data: Option<Vec<String>>,
    /// Several databases of the source's server, a run each.
    pub databases: Option<Vec<String>>,
    /// How long an assessment watches the workload.
    pub watch: Option<Time>,
    /// What counts as a success.
    #[serde(default)]
    pub criteria: Criteria,
    /// Where all that stood.
    #[serde(skip)]
    pub place: Place,
}

/// `[criteria]`: what the operator calls a success.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    /// How rows travel.
    pub strategy: Option<Strategy>,
    /// How long writers may wait at the cutover.
    pub pause_max: Option<Time>,
    /// From the start to the cutover.
    pub duration_max: Option<Time>,
    /// WAL that the source may hold for us.
    pub wal_held_max: Option<Bytes>,
    /// When it has to be over.
    pub end_by: Option<Moment>,
}

impl Criteria {
    /// As a forecast is judged by them.
    pub fn limits(&self) -> forecast::Criteria {
        let seconds = |time: Option<Time>| time.map(|time| time.0.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a limit")]
        forecast::Criteria {
            pause_seconds_max: seconds(self.pause_max),
            duration_seconds_max: seconds(self.duration_max),
            wal_held_bytes_max: self.wal_held_max.map(|size| size.0 as f64),
            end_within_seconds: self
                .end_by
                .map(|moment| moment.0.duration_since(jiff::Timestamp::now()).as_secs_f64().max(0.0)),
        }
    }
}

/// The file itself: its text, and where in it each key stands.
#[derive(Debug, Default)]
pub struct Place {
    path: PathBuf,
    text: String,
    keys: BTreeMap<String, Range<usize>>,
}

impl Place {
    /// `FILE:LINE` of a key, as `jobs` or `criteria.pause_max`.
    pub fn of(&self, key: &str) -> String {
        let line = self.keys.get(key).map_or(0, |span| shown::line(&self.text, span.start));
        format!("{}:{line}", self.path.display())
    }

    /// The value of `key` cannot be meant, with its line if it stands in the file.
    pub fn refuse(&self, key: &str, why: &str) -> Error {
        match self.keys.get(key) {
            Some(span) => unusable(&self.path, &shown::show(&self.text, &self.path, span.clone(), why)),
            None => Error::new(Kind::Usage, Side::Local, format!("use this value of {key}")).because(why),
        }
    }

    fn new(path: &Path, text: &str) -> Self {
        let table = DeTable::parse(text).map(toml::Spanned::into_inner).unwrap_or_default();
        let mut keys = BTreeMap::new();
        for (key, value) in &table {
            keys.insert(key.get_ref().to_string(), key.span());
            if let DeValue::Table(inner) = value.get_ref() {
                let inner = inner
                    .keys()
                    .map(|under| (format!("{}.{}", key.get_ref(), under.get_ref()), under.span()));
                keys.extend(inner);
            }
        }
        Self { path: path.to_owned(), text: text.to_owned(), keys }
    }
}

/// Reads `path`, else `pgferry.toml` here if there is one.
pub fn read(path: Option<&Path>) -> Result<File> {
    let named = path.unwrap_or(Path::new(FILE));
    match std::fs::read_to_string(named) {
        Ok(text) => parse(&text, named),
        Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => {
            Err(Error::new(Kind::Usage, Side::Local, format!("read {}", named.display())).because(error))
        }
    }
}

/// Understands the text of `path`.
pub fn parse(text: &str, path: &Path) -> Result<File> {
    let read: std::result::Result<File, toml::de::Error> = toml::from_str(text);
    let file = read.map_err(|error| unusable(path, &shown::refusal(text, path, &error)))?;
    Ok(File { place: Place::new(path, text), ..file })
}

fn unusable(path: &Path, shown: &str) -> Error {
    Error::new(Kind::Usage, Side::Local, format!("use {}", path.display())).because(shown)
}

/// As TOML.
pub fn write(value: &impl Serialize) -> std::result::Result<String, String> {
    let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    let mut text = String::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        // JSON's strings and numbers are TOML's
        text.push_str(&format!("{key} = {value}\n"));
    }
    Ok(text)
}

/// A text in TOML's quotes, which are JSON's but for one character.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
