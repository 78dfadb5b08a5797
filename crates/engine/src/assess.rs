//! Looks at a database before anything is touched, and names everything that could go wrong.
//!
//! Evidence is gathered by short statements, each a snapshot of its own, each bounded in time by the server; nothing is
//! written. Rules turn evidence into findings; one rule is one thing that can go wrong, under a stable name.
//!
//! ```text
//!   rules  ── ask: one statement ──▶ hits ┐
//!             └─ its probes, with --deep ▶ ┤
//!          ── judge: facts, window ─▶ hits ┴─▶ findings, sorted
//!          ── refused, too slow, masked ────▶ unknown: what lifts it
//! ```
//!
//! *Unknown* is a third answer. A view that hides rows from our role answers "none" without an error, so a rule says
//! which rights its answer needs, and lacking one of them is reported whatever the answer was.

use std::{cell::RefCell, collections::BTreeMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::{
    catalog::choice::Chosen,
    error::{Result, Side},
    limits,
    pg::client::Client,
};
use facts::{Facts, Need};
use finding::{Finding, Severity, Strategy, Unknown};
use local::Local;
use moved::Moved;
use prelude::statement;
use rule::{Answer, Ask, Hit, Question, Rule};
use unanswered::{Unanswered, unanswered};

pub mod assessment;
pub mod facts;
pub mod finding;
pub mod forecast;
pub mod growth;
pub mod inventory;
pub mod local;
pub mod moved;
mod prelude;
mod probe;
pub mod rule;
pub mod rules;
pub mod sizing;
pub mod trial;
mod unanswered;
pub mod workload;

/// How far an assessment may go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Depth {
    /// Read the rows of user tables too.
    pub deep: bool,
    /// Measure and try things on the target, all of which is dropped again.
    pub probe: bool,
}

/// What the rules found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// What could go wrong, in the order of [`Finding::order`].
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub unknown: Vec<Unknown>,
}

/// The two sides as they were read; rules judge these without asking again.
pub struct Evidence {
    /// Where rows are read.
    pub source: Facts,
    /// Where they are to go, if that was given.
    pub target: Option<Facts>,
    /// How far to go.
    pub depth: Depth,
    /// What moved on the source while it was watched, if it was.
    pub moved: Option<Moved>,
    /// What the caller knows of our own machine and the way to the servers.
    pub local: Option<Local>,
    /// What of the source is to move.
    pub chosen: Chosen,
    /// Pairs that a copy would have.
    pub jobs: usize,
}

/// Makes a session harmless: read only, and bounded by the server in every wait.
pub async fn prepare(client: &Client, depth: Depth) -> Result<()> {
    let statement = if depth.deep { limits::ASSESS_STATEMENT_DEEP } else { limits::ASSESS_STATEMENT };
    let sql = format!(
        "set default_transaction_read_only = on; set row_security = off; set statement_timeout = {}; \
         set lock_timeout = {}",
        statement.as_millis(),
        limits::ASSESS_LOCK.as_millis()
    );
    client.run("prepare a session that only looks", &sql).await
}

/// Asks every rule of both sides; those of the source over all its connections at once. `evidence` was read from the same
/// clients.
pub async fn judge(source: &[&Client], target: Option<&Client>, evidence: &Evidence) -> Result<Judgement> {
    let (of_target, of_source): (Vec<_>, Vec<_>) = rules::all().partition(|rule| rule.side == Side::Target);
    let judgement = RefCell::default();
    let left = RefCell::new(of_source.into_iter());
    let next = || left.borrow_mut().next();
    let ask = async |client: &&Client| {
        while let Some(rule) = next() {
            consider(rule, client, &evidence.source, evidence, &judgement).await?;
        }
        Ok(())
    };
    futures_util::future::try_join_all(source.iter().map(ask)).await?;
    if let (Some(client), Some(facts)) = (target, &evidence.target) {
        for rule in of_target {
            consider(rule, client, facts, evidence, &judgement).await?;
        }
    }
    let mut judgement: Judgement = judgement.into_inner();
    judgement.unknown.extend(masked(evidence));
    judgement.findings.sort_by(|one, other| one.order().cmp(&other.order()));
    judgement.unknown.sort();
    judgement.unknown.dedup();
    Ok(judgement)
}

/// Asks one rule.
async fn consider(
    rule: &Rule,
    client: &Client,
    facts: &Facts,
    evidence: &Evidence,
    judgement: &RefCell<Judgement>,
) -> Result<()> {
    let answers = answers(rule, client, facts, evidence).await?;
    let mut judgement = judgement.borrow_mut();
    let mut hits = Vec::new();
    for answer in answers {
        match answer {
            Answer::Hits(more) => hits.extend(more),
            Answer::Unknown { because, lifted_by } => {
                judgement.unknown.push(Unknown::of(rule.name, because, lifted_by));
            }
        }
    }
    judgement.findings.extend(rule.finding(hits));
    Ok(())
}

/// Rules whose answers may be empty since our role lacks a right, by that right.
fn masked(evidence: &Evidence) -> impl Iterator<Item = Unknown> {
    let mut missing: BTreeMap<(Side, Need), Vec<&'static str>> = BTreeMap::new();
    for rule in rules::all().filter(|rule| evidence.depth.deep || !rule.deep) {
        let Some(facts) = evidence.of(rule.side) else { continue };
        for need in rule.needs.iter().filter(|need| !facts.has(**need)) {
            missing.entry((rule.side, *need)).or_default().push(rule.name);
        }
    }
    missing.into_iter().map(|((side, need), rules)| Unknown {
        what: rules.join(", "),
        because: need.missing(side),
        lifted_by: need.lifted_by(evidence.of(side).map_or("", |facts| facts.role.as_str())),
    })
}

impl Evidence {
    /// The facts of a side.
    pub fn of(&self, side: Side) -> Option<&Facts> {
        if side == Side::Target { self.target.as_ref() } else { Some(&self.source) }
    }
}

impl Judgement {
    /// The worst that was found for a strategy.
    pub fn worst(&self, strategy: Strategy) -> Severity {
        self.findings.iter().map(|finding| finding.severity.of(strategy)).max().unwrap_or(Severity::None)
    }
}

/// What a rule answers: one answer to its question, and one for the rows that it read.
async fn answers(rule: &Rule, client: &Client, facts: &Facts, evidence: &Evidence) -> Result<Vec<Answer>> {
    let question = match rule.ask {
        Ask::Judge(judge) => return Ok(vec![judge(evidence)]),
        Ask::Trial(attempt) => return attempt(client, evidence).await,
        Ask::Query(question) => question(facts).map(Question::from),
        Ask::Question(question) => question(evidence),
    };
    let Some(question) = question else { return Ok(Vec::new()) };
    if rule.deep && !evidence.depth.deep {
        return Ok(vec![needs_rows()]);
    }
    let attempt = format!("look for {}", rule.name);
    let parameters: Vec<_> = question.parameters.iter().map(|parameter| &**parameter as _).collect();
    let rows = match client.query(&attempt, &statement(question.sql), &parameters).await {
        Ok(rows) => rows,
        Err(error) => return Ok(vec![unanswered(client, error).await?]),
    };
    let (probes, hits): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| rule::text(row, rule::PROBE).is_some());
    let mut answers = vec![Answer::Hits(hits.into_iter().map(Hit::of).collect())];
    if !probes.is_empty() && evidence.depth.deep {
        answers.extend(read_rows(client, &attempt, &probes).await?);
    } else if !probes.is_empty() {
        answers.push(needs_rows());
    }
    Ok(answers)
}

fn needs_rows() -> Answer {
    Answer::unknown("it reads the rows of user tables", "--deep")
}

/// Runs each probe. What it finds is in the rows themselves: an index is what may be broken.
async fn read_rows(client: &Client, attempt: &str, probes: &[&Row]) -> Result<Vec<Answer>> {
    let without = "set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off";
    client.run("read tables without their indexes", without).await?;
    let mut hits = Vec::new();
    let mut unread = Unanswered::default();
    for probe in probes {
        let statement: &str = probe.get(rule::PROBE);
        match client.query(attempt, statement, &[]).await {
            Ok(rows) => hits.extend(rows.iter().map(Hit::of)),
            // data_corrupted, index_corrupted: what a check of amcheck says is no failure of ours
            Err(error) if matches!(error.sqlstate(), "XX001" | "XX002") => {
                let detail = error.server.map(|server| server.message);
                hits.push(Hit { detail, ..Hit::of(probe) });
            }
            Err(error) => unread.add(probe.get("object"), statement, error)?,
        }
    }
    let again = "reset enable_indexscan; reset enable_indexonlyscan; reset enable_bitmapscan";
    client.run("use indexes again", again).await?;
    let mut answers = unread.answers(client).await?;
    answers.push(Answer::Hits(hits));
    Ok(answers)
}
