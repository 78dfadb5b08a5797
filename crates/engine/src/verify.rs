//! Are two databases equal? Everything compared, nothing sampled, while nothing writes.
//!
//! ```text
//!   source: snapshot ─┬─ digest of each table ─┐             equal ────────────▶ equal
//!                     └─ sequences, objects    ├─ compare ─▶ different ─ narrow ▶ key, column, both values
//!   target: snapshot ─┬─ digest of each table ─┘             cannot be read ───▶ not compared
//! ```
//!
//! *Guarantee.* "Equal" is said of a table only if the number of rows and two keyed 64-bit sums over the text of every
//! row agree: 128 bits under seeds that are drawn for this very comparison, so that no data can have been made to
//! collide. Sums, so that duplicates count. The text of a row quotes, tells NULL from '' and sees the scale of 1.00.

pub mod database;
pub mod definitions;
pub mod diff;
pub mod digest;
pub mod objects;
pub mod reference;
pub mod roles;
pub mod subject;

use std::{collections::BTreeSet, path::PathBuf};

use serde::{Deserialize, Serialize};

use self::{
    definitions::Place,
    diff::{Asked, Difference, Narrowed, Rows},
    digest::{Digests, Hash, Subject},
};
use crate::{
    catalog::{
        Catalog,
        choice::{Choice, Chosen, Notice},
        roles::Roles,
    },
    error::{Error, Kind, Result},
    pg::{client::Client, ident::Literal, session::Endpoint},
    progress::Progress,
    schema::rights::Names,
    source::snapshot::Snapshot,
};

/// What came of a comparison.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Verdict {
    /// Tables and materialised views that were compared whole.
    pub tables: u64,
    /// Rows in them, on the source.
    pub rows: u64,
    /// Facts about definitions that were compared.
    pub definitions: u64,
    /// Where the two differ.
    pub differences: Vec<Difference>,
    /// What could not be compared, and why. Not the same as equal.
    pub not_compared: Vec<NotCompared>,
    /// What the operator should know, though it makes nothing unequal.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What the operator's choice left out of the comparison.
    pub left_out: Vec<Notice>,
}

/// Something about which nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCompared {
    /// What.
    pub object: String,
    /// The server's words.
    pub reason: String,
}

impl Verdict {
    /// Whether everything was compared, and equal.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty() && self.not_compared.is_empty()
    }
}

/// Two databases to compare, and how.
pub struct Comparison<'a> {
    /// What ought to be.
    pub source: &'a Endpoint,
    /// What is.
    pub target: &'a Endpoint,
    /// What of them is compared.
    pub choice: &'a Choice,
    /// Folders that may hold `pg_dump`; it is needed between majors only.
    pub tools: &'a [PathBuf],
    /// Connections to each side.
    pub lanes: usize,
    /// Counters.
    pub progress: &'a Progress,
}

impl Comparison<'_> {
    /// Compares them while nobody writes to either.
    pub async fn still(&self) -> Result<Verdict> {
        let (ours, theirs) = tokio::try_join!(Snapshot::take(self.source), Snapshot::take(self.target))?;
        tokio::select! {
            verdict = self.at(&ours, &theirs) => verdict,
            lost = ours.watch() => Err(lost),
            lost = theirs.watch() => Err(lost),
        }
    }

    async fn at(&self, ours: &Snapshot, theirs: &Snapshot) -> Result<Verdict> {
        let (source, target) = (self.source, self.target);
        let (reader, other) = tokio::try_join!(ours.reader(), theirs.reader())?;
        let catalog = Catalog::read(&reader, self.choice).await?;
        let (subjects, sizes) = subject::of_source(&reader, &catalog).await?;
        let other_sizes = subject::sizes(&other, &subjects).await?;
        let total: u64 = sizes.iter().chain(&other_sizes).map(|(_, bytes)| bytes).sum();
        self.progress.bytes_to_verify.set(total.max(1));
        let hash = Hash::agree(&reader, &other).await?;
        let reading = |endpoint, client: &Client, snapshot: &Snapshot| digest::Reading {
            endpoint,
            version: client.version(),
            ids: snapshot.ids(),
            hash: &hash,
            lanes: self.lanes,
            path: &catalog.search_path,
            progress: self.progress,
        };
        let (first, second) = (reading(source, &reader, ours), reading(target, &other, theirs));
        let (mine, others) = tokio::try_join!(
            digest::of_side(&first, &subjects, &sizes),
            digest::of_side(&second, &subjects, &other_sizes),
        )?;
        let mut verdict = Verdict { tables: subjects.len() as u64, ..Verdict::default() };
        rows(source, target, &subjects, (mine, others), (&hash, &catalog.search_path), &mut verdict).await?;
        let (source_now, target_now) = tokio::try_join!(source.client(), target.client())?;
        verdict.differences.extend(objects::sequences(&source_now, &target_now, &catalog).await?);
        verdict.differences.extend(objects::large_objects(&source_now, &target_now, &hash).await?);
        let worded = said((&source_now, &target_now), target.info().user(), &catalog, &mut verdict).await?;
        if reader.version().major() != other.version().major() {
            let (differences, not_compared) = reference::differences(self, ours, &catalog, &worded).await?;
            verdict.differences.extend(differences);
            verdict.not_compared.extend(not_compared);
        }
        verdict.left_out = catalog.chosen.notices;
        Ok(verdict)
    }
}

/// Compares what the catalogs say of what is chosen: how many facts the source has, and where the target differs. Texts
/// that servers make count only within one major.
pub async fn definitions(
    source: &Client,
    target: &Client,
    names: &Names<'_>,
    chosen: &Chosen,
) -> Result<(u64, Vec<Difference>)> {
    let compared = definitions::compare(source, target, names, chosen).await?;
    Ok((compared.facts, compared.differences))
}

/// Compares all that the catalogs say; texts that are still to be compared, since two majors worded them, come back.
async fn said(
    (source, target): (&Client, &Client),
    master: &str,
    catalog: &Catalog,
    verdict: &mut Verdict,
) -> Result<BTreeSet<Place>> {
    let known = Roles::read(source).await?;
    let names = Names { bootstrap: known.bootstrap(), master };
    let compared = definitions::compare(source, target, &names, &catalog.chosen).await?;
    let (facts, differences) = roles::differences(source, target, &names).await?;
    let database = database::compare(source, target, &names).await?;
    verdict.definitions = compared.facts + facts + database.facts;
    for differences in [compared.differences, differences, database.differences] {
        verdict.differences.extend(differences);
    }
    verdict.not_compared.extend(compared.not_compared);
    verdict.notes = database.notes;
    Ok(compared.worded)
}

/// [`diff::narrow`], under the search_path of the source's own sessions where a body needs it.
async fn narrowed(
    (source, target): (&Endpoint, &Endpoint),
    subject: &Subject,
    hash: &Hash,
    path: &str,
) -> Result<Narrowed> {
    let under = async |settings: &str| {
        let (mut ours, mut theirs) = tokio::try_join!(source.prepared(settings), target.prepared(settings))?;
        let (mut ours, mut theirs) = (Asked::Wire(&mut ours), Asked::Wire(&mut theirs));
        diff::narrow(&mut ours, &mut theirs, &Rows::of(subject), hash).await
    };
    match under("").await {
        Err(error) if error.is_about_a_name() => {
            under(&format!("select pg_catalog.set_config('search_path', {}, false)", Literal(path))).await
        }
        narrowed => narrowed,
    }
}

/// Compares digests, and narrows what differs.
async fn rows(
    source: &Endpoint,
    target: &Endpoint,
    subjects: &[Subject],
    digests: (Digests, Digests),
    (hash, path): (&Hash, &str),
    verdict: &mut Verdict,
) -> Result<()> {
    for (subject, (mine, other)) in subjects.iter().zip(digests.0.into_iter().zip(digests.1)) {
        match (mine, other) {
            (Ok(mine), Ok(other)) if mine == other => verdict.rows += mine.rows,
            (Ok(mine), Ok(other)) => {
                verdict.rows += mine.rows;
                let unnamed = |key| Difference {
                    object: subject.name.to_string(),
                    key,
                    column: None,
                    source: Some(format!("{} rows", mine.rows)),
                    target: Some(format!("{} rows", other.rows)),
                };
                match narrowed((source, target), subject, hash, path).await {
                    Ok(narrowed) if narrowed.found.is_empty() => {
                        verdict.differences.push(unnamed("all rows".to_owned()));
                    }
                    Ok(narrowed) => {
                        let found = narrowed.found.into_iter();
                        verdict.differences.extend(found.map(|found| found.of(&subject.name.to_string())));
                    }
                    // that they differ is known; which rows, the server would not say
                    Err(Error { server: Some(refusal), kind, side, .. }) if kind != Kind::ConnectionLost => {
                        let key = format!("rows that the {side} cannot name: {}", refusal.message);
                        verdict.differences.push(unnamed(key));
                    }
                    Err(lost) => return Err(lost),
                }
            }
            (Ok(_), Err(refusal)) if matches!(refusal.sqlstate.as_str(), "42P01" | "3F000" | "42703") => {
                verdict.differences.push(Difference {
                    object: subject.name.to_string(),
                    key: "the table".to_owned(),
                    column: None,
                    source: Some("there".to_owned()),
                    target: Some(refusal.message),
                });
            }
            (Err(refusal), _) | (_, Err(refusal)) => {
                verdict
                    .not_compared
                    .push(NotCompared { object: subject.name.to_string(), reason: refusal.message });
            }
        }
    }
    Ok(())
}
