//! What a run decided and what came of it: one JSON value a line, on disk before anybody acts on it.
//!
//! ```text
//! {"format":1,"run":"shop","pgferry":"0.1.0"}
//! {"at":"2026-11-25T03:00:00Z","event":{"started":"rows"}} 8c7f6a1b
//! ```
//!
//! Behind each event stands its CRC-32. A last line that is torn was never acted on and is cut off; any other broken
//! line is an error. Readable at night by a person with `less`.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use pgferry_engine::{Error, Kind, Result, Side, target::state::Joined};
use serde::{Deserialize, Serialize};

use crate::run::Step;

/// The journal's format; another one is refused.
const FORMAT: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// The run's name.
    pub run: String,
    /// The program's version that began the run.
    pub pgferry: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A process took up the run.
    Opened {
        /// Its number, as the target counts.
        epoch: i32,
    },
    /// A step began.
    Started(Step),
    /// It is done, and this came of it.
    Succeeded(Step, serde_json::Value),
    /// It failed; a later process tries it again.
    Failed(Step, String),
    /// The target database is absent, and is about to be made.
    DatabaseBegun,
    /// The server refused to make it.
    DatabaseRefused,
    /// Abort or finish is about to take the first thing away. It holds what the target cannot tell any more afterwards.
    Ending(Ending),
    /// Everything of ours was taken back.
    Aborted,
    /// The operator ended the run; nothing of ours is left.
    Finished,
}

/// The two ends of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Everything of ours is taken back.
    Abort,
    /// The copy stays.
    Finish,
}

impl End {
    /// What to tell where this end was begun and is not done.
    pub fn interrupted(self) -> String {
        let command = match self {
            Self::Abort => "abort",
            Self::Finish => "finish",
        };
        format!("pgferry {command} was interrupted in it: run pgferry {command} again")
    }

    /// What the run is afterwards.
    pub fn done(self) -> &'static str {
        match self {
            Self::Abort => "aborted",
            Self::Finish => "finished",
        }
    }
}

/// What an end that was interrupted needs in order to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Which end.
    pub end: End,
    /// The target's cluster.
    pub target_system: i64,
    /// The number of the process that began it, as the target counts.
    pub epoch: i32,
    /// Whether we made the target database.
    pub database_created: bool,
    /// Roles that we made.
    pub roles: Vec<String>,
    /// Roles that we joined.
    #[serde(default)]
    pub joined: Vec<Joined>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: Timestamp,
    event: Event,
}

/// An open journal.
pub struct Journal {
    file: File,
    path: PathBuf,
    /// The first line.
    pub header: Header,
    events: Vec<(Timestamp, Event)>,
}

impl Journal {
    /// Opens the journal in `folder`, or begins one for `run`.
    pub fn open(folder: &Path, run: &str) -> Result<Self> {
        let path = folder.join("journal.jsonl");
        let failed = |error: std::io::Error| {
            Error::new(Kind::Io, Side::Local, format!("open {}", path.display())).because(error)
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let mut journal = match read(&text) {
            Ok(Some((header, events, whole))) => {
                file.set_len(whole).map_err(failed)?;
                file.seek(SeekFrom::End(0)).map_err(failed)?;
                Self { file, path: path.clone(), header, events }
            }
            Ok(None) => {
                file.set_len(0).map_err(failed)?;
                file.rewind().map_err(failed)?;
                let header = Header {
                    format: FORMAT,
                    run: run.to_owned(),
                    pgferry: env!("CARGO_PKG_VERSION").to_owned(),
                };
                let mut journal = Self { file, path: path.clone(), header, events: vec![] };
                let line = serde_json::to_string(&journal.header).map_err(|error| journal.failed(&error))?;
                journal.write(&format!("{line}\n"))?;
                sync_folder(folder)?;
                journal
            }
            Err(cause) => {
                return Err(
                    Error::new(Kind::Io, Side::Local, format!("read {}", path.display())).because(cause)
                );
            }
        };
        if journal.header.run != run {
            let cause = format!("this folder belongs to run {:?}, not to {run:?}", journal.header.run);
            return Err(Error::new(Kind::Usage, Side::Local, "use this folder").because(cause));
        }
        journal.events.shrink_to_fit();
        Ok(journal)
    }

    /// Whether the run in `folder` has done anything yet but to make an empty database.
    pub fn has_begun(folder: &Path) -> bool {
        let text = std::fs::read_to_string(folder.join("journal.jsonl")).unwrap_or_default();
        let counts = |line: &str| {
            event(line)
                .is_none_or(|(_, event)| !matches!(event, Event::DatabaseBegun | Event::DatabaseRefused))
        };
        text.split_inclusive('\n').skip(1).any(counts)
    }

    /// All events so far.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter().map(|(_, event)| event)
    }

    /// How the run was ended.
    pub fn ended(&self) -> Option<End> {
        self.events().find_map(|event| match event {
            Event::Aborted => Some(End::Abort),
            Event::Finished => Some(End::Finish),
            _ => None,
        })
    }

    /// The end that was begun, be it done or not, as the last process knew it.
    pub fn ending(&self) -> Option<&Ending> {
        self.events().rev().find_map(|event| match event {
            Event::Ending(ending) => Some(ending),
            _ => None,
        })
    }

    /// Whether `step` is done.
    pub fn is_done(&self, step: Step) -> bool {
        self.events().any(|event| matches!(event, Event::Succeeded(done, _) if *done == step))
    }

    /// Whether any step is done.
    pub fn has_succeeded(&self) -> bool {
        self.events().any(|event| matches!(event, Event::Succeeded(..)))
    }

    /// The number of the process that took up the run last; 0 if none did.
    pub fn epoch(&self) -> i32 {
        let opened = |event: &Event| match event {
            Event::Opened { epoch } => Some(*epoch),
            _ => None,
        };
        self.events().rev().find_map(opened).unwrap_or(0)
    }

    /// Whether an earlier process was making the target database, and did not come to mark it as ours.
    pub fn makes_database(&self) -> bool {
        let last = self.events().rev().find(|event| {
            matches!(event, Event::DatabaseBegun | Event::DatabaseRefused | Event::Opened { .. })
        });
        matches!(last, Some(Event::DatabaseBegun))
    }

    /// All events with their times.
    pub fn timed(&self) -> &[(Timestamp, Event)] {
        &self.events
    }

    /// Writes an event; it is on disk when this returns.
    pub fn append(&mut self, event: Event) -> Result<()> {
        let line = Line { at: Timestamp::now(), event };
        let text = serde_json::to_string(&line).map_err(|error| self.failed(&error))?;
        self.write(&format!("{text} {:08x}\n", crc32fast::hash(text.as_bytes())))?;
        self.events.push((line.at, line.event));
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<()> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| self.failed(&error))
    }

    fn failed(&self, cause: &dyn std::fmt::Display) -> Error {
        Error::new(Kind::Io, Side::Local, format!("write {}", self.path.display())).because(cause)
    }
}

/// Makes a new file in `folder` survive a crash.
pub fn sync_folder(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| {
        Error::new(Kind::Io, Side::Local, format!("sync {}", folder.display())).because(error)
    })
}

type Parsed = (Header, Vec<(Timestamp, Event)>, u64);

/// The header, the events, and the length of what is whole; `None` for a journal that was never begun.
fn read(text: &str) -> std::result::Result<Option<Parsed>, String> {
    let Some((first, _)) = text.split_once('\n') else { return Ok(None) };
    let header: Header = serde_json::from_str(first).map_err(|error| format!("line 1: {error}"))?;
    if header.format != FORMAT {
        return Err(format!("it is of format {}, this program reads {FORMAT}", header.format));
    }
    let mut whole = first.len() + 1;
    let mut events = Vec::new();
    for (number, line) in text[whole..].split_inclusive('\n').enumerate() {
        match event(line) {
            Some(event) => events.push(event),
            None if whole + line.len() == text.len() => break,
            None => return Err(format!("line {} is damaged", number + 2)),
        }
        whole += line.len();
    }
    Ok(Some((header, events, whole as u64)))
}

fn event(line: &str) -> Option<(Timestamp, Event)> {
    let (text, crc) = line.strip_suffix('\n')?.rsplit_once(' ')?;
    if u32::from_str_radix(crc, 16).ok()? != crc32fast::hash(text.as_bytes()) {
        return None;
    }
    let line: Line = serde_json::from_str(text).ok()?;
    Some((line.at, line.event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(folder: &Path) -> String {
        let mut journal = Journal::open(folder, "shop").unwrap();
        journal.append(Event::Started(Step::Rows)).unwrap();
        journal.append(Event::Succeeded(Step::Rows, serde_json::json!({"rows": 3}))).unwrap();
        std::fs::read_to_string(folder.join("journal.jsonl")).unwrap()
    }

    proptest! {
        /// Wherever a crash cuts the file, what was whole is read and nothing else.
        #[test]
        fn a_torn_tail_is_cut_off(cut in 0usize..400) {
            let folder = tempfile::tempdir().unwrap();
            let text = written(folder.path());
            let cut = cut.min(text.len());
            std::fs::write(folder.path().join("journal.jsonl"), &text[..cut]).unwrap();
            let journal = Journal::open(folder.path(), "shop").unwrap();
            let whole = text[..cut].matches('\n').count().saturating_sub(1);
            prop_assert_eq!(journal.events().count(), whole);
        }
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let text = written(folder.path()).replacen("started", "starred", 1);
        std::fs::write(folder.path().join("journal.jsonl"), text).unwrap();
        assert!(Journal::open(folder.path(), "shop").is_err());
    }

    #[test]
    fn a_folder_belongs_to_one_run() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path());
        assert!(Journal::open(folder.path(), "other").is_err());
    }
}
