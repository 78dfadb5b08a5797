//! A run is a story with a memory.
//!
//! A phase is an ordinary function, read from its first line by every process that takes up the run. What is *done*
//! (durable in a database) goes through [`Run::step`] and is remembered by the journal; what is only *held* (a
//! snapshot, a connection) is taken again each time. Steps are idempotent: twice is once.

use std::future::Future;

use pgferry_engine::{Error, Kind, Result, Side, patience::Patience, progress};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::journal::{Event, Journal};

/// Every journalled step of `transfer --until copied`, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The target database is there, ours, and closed to others.
    PrepareTarget,
    /// Roles and memberships.
    Roles,
    /// Tables, rows, large objects, sequences.
    Rows,
    /// Indexes, primary and unique keys.
    Indexes,
    /// VACUUM (ANALYZE), before anything asks the planner.
    Vacuum,
    /// Foreign keys.
    ForeignKeys,
    /// Materialised views and what rests on them.
    Matviews,
    /// Triggers, rules, row security, publications.
    Enable,
    /// Owners and grants.
    Rights,
    /// The database's settings, rights and owner: the application may come in.
    Open,
    /// What the catalogs say on both sides, side by side: nothing is passed over in silence.
    Compare,
}

impl Step {
    /// What it does, for people.
    pub fn what(self) -> &'static str {
        match self {
            Self::PrepareTarget => "prepare the target database",
            Self::Roles => "make roles",
            Self::Rows => "copy tables and rows",
            Self::Indexes => "build indexes and keys",
            Self::ForeignKeys => "add foreign keys",
            Self::Matviews => "refresh materialised views",
            Self::Vacuum => "vacuum and analyse",
            Self::Enable => "enable triggers, rules, row security",
            Self::Rights => "give owners and grants",
            Self::Compare => "compare definitions",
            Self::Open => "open the target database",
        }
    }
}

/// A run in one process: the journal, and whom to tell.
pub struct Run {
    /// What happened so far.
    pub journal: Journal,
    progress: progress::Shared,
}

impl Run {
    /// Takes up what the journal holds.
    pub fn new(journal: Journal, progress: progress::Shared) -> Self {
        Self { journal, progress }
    }

    /// Does `act` once per run; on resume returns what it returned the first time. A lost connection is no failure of
    /// the step: it is tried again, within bounds.
    pub async fn step<T, F>(&mut self, step: Step, act: impl Fn() -> F) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        F: Future<Output = Result<T>>,
    {
        let done = self.journal.events().find_map(|event| match event {
            Event::Succeeded(done, outcome) if *done == step => Some(outcome.clone()),
            _ => None,
        });
        if let Some(outcome) = done {
            return serde_json::from_value(outcome).map_err(|error| unreadable(step, &error));
        }
        self.journal.append(Event::Started(step))?;
        self.progress.tell(progress::Event::Began { what: step.what().to_owned() });
        let begun = std::time::Instant::now();
        match self.persist(step, act).await {
            Ok(outcome) => {
                let value = serde_json::to_value(&outcome).map_err(|error| unreadable(step, &error))?;
                self.journal.append(Event::Succeeded(step, value))?;
                let seconds = begun.elapsed().as_secs();
                self.progress.tell(progress::Event::Ended { what: step.what().to_owned(), seconds });
                Ok(outcome)
            }
            Err(error) => {
                self.journal.append(Event::Failed(step, error.to_string()))?;
                Err(error)
            }
        }
    }

    async fn persist<T, F: Future<Output = Result<T>>>(&self, step: Step, act: impl Fn() -> F) -> Result<T> {
        let mut patience = Patience::default();
        loop {
            match act().await {
                Err(error) => {
                    patience.wait(error, |error| self.progress.retrying(step.what(), error)).await?;
                }
                done => return done,
            }
        }
    }
}

fn unreadable(step: Step, error: &serde_json::Error) -> Error {
    Error::new(Kind::Bug, Side::Local, format!("keep the outcome of step {step:?}")).because(error)
}
