//! Looks at a database before anything is touched, and names everything that could go wrong.
//!
//! Evidence is gathered by short statements, each a snapshot of its own, each bounded in time by the server; nothing is
//! written. Rules turn evidence into findings; one rule is one thing that can go wrong, under a stable name.
//!
//! ```text
//!   rules  ── ask: one statement ──▶ hits ┐
//!          ── judge: facts, window ─▶ hits ┴─▶ findings, sorted
//!          ── refused, too slow, masked ────▶ unknown: what lifts it
//! ```
//!
//! *Unknown* is a third answer. A view that hides rows from our role answers "none" without an error, so a rule says
//! which rights its answer needs, and lacking one of them is reported whatever the answer was.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Kind, Result, Side},
    limits,
    pg::client::Client,
};
use facts::{Facts, Need};
use finding::{Finding, Severity, Strategy, Unknown};
use rule::{Answer, Ask, Hit, Rule};

pub mod assessment;
pub mod facts;
pub mod finding;
pub mod forecast;
pub mod inventory;
mod probe;
pub mod rule;
pub mod rules;
pub mod sizing;
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
}

/// Makes a session harmless: read only, and bounded by the server in every wait.
pub async fn prepare(client: &Client, depth: Depth) -> Result<()> {
    let statement = if depth.deep { limits::ASSESS_STATEMENT_DEEP } else { limits::ASSESS_STATEMENT };
    let sql = format!(
        "set default_transaction_read_only = on; set statement_timeout = {}; set lock_timeout = {}",
        statement.as_millis(),
        limits::ASSESS_LOCK.as_millis()
    );
    client.run("prepare a session that only looks", &sql).await
}

/// Asks every rule of both sides. `evidence` was read from the same clients.
pub async fn judge(source: &Client, target: Option<&Client>, evidence: &Evidence) -> Result<Judgement> {
    let mut judgement = Judgement::default();
    let mut missing: BTreeMap<(Side, Need), Vec<&'static str>> = BTreeMap::new();
    for rule in rules::all() {
        let (client, facts) = match rule.side {
            Side::Target => match (target, &evidence.target) {
                (Some(client), Some(facts)) => (client, facts),
                _ => continue,
            },
            Side::Source | Side::Local => (source, &evidence.source),
        };
        if rule.deep && !evidence.depth.deep {
            judgement.unknown.push(Unknown::of(rule.name, "it reads the rows of user tables", "--deep"));
            continue;
        }
        for need in rule.needs.iter().filter(|need| !facts.has(**need)) {
            missing.entry((rule.side, *need)).or_default().push(rule.name);
        }
        match answer(rule, client, facts, evidence).await? {
            Answer::Hits(hits) => judgement.findings.extend(rule.finding(hits)),
            unknown @ Answer::Unknown { .. } => judgement.unknown.extend(unknown.unknown(rule.name)),
        }
    }
    judgement.unknown.extend(missing.into_iter().map(|((side, need), rules)| Unknown {
        what: rules.join(", "),
        because: format!("our role on the {side} {}", need.what_it_hides()),
        lifted_by: need.lifted_by(evidence.of(side).map_or("", |facts| facts.role.as_str())),
    }));
    judgement.findings.sort_by(|one, other| one.order().cmp(&other.order()));
    judgement.unknown.sort();
    judgement.unknown.dedup();
    Ok(judgement)
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

async fn answer(rule: &Rule, client: &Client, facts: &Facts, evidence: &Evidence) -> Result<Answer> {
    let question = match rule.ask {
        Ask::Judge(judge) => return Ok(judge(evidence)),
        Ask::Query(question) => question(facts),
    };
    let Some(question) = question else { return Ok(Answer::none()) };
    let attempt = format!("look for {}", rule.name);
    match client.query(&attempt, &statement(question), &[]).await {
        Ok(rows) => Ok(Answer::Hits(rows.iter().map(Hit::of).collect())),
        Err(error) => unanswered(error),
    }
}

/// The whole statement: what every question stands on, then the question.
pub fn statement(question: &str) -> String {
    format!("{}{question}", rule::PRELUDE)
}

/// A question that the server did not answer. A lost connection ends the assessment; anything else is unknown.
fn unanswered(error: Error) -> Result<Answer> {
    if error.kind == Kind::ConnectionLost {
        return Err(error);
    }
    let (because, lifted_by) = match error.sqlstate() {
        "57014" => ("it took longer than an assessment may bother the server with", "--deep"),
        "55P03" => ("somebody holds a lock on what had to be read", "running it again"),
        "42501" => ("our role may not read it", "GRANT pg_monitor, or a superuser for the assessment"),
        _ => {
            return Ok(Answer::Unknown { because: error.to_string(), lifted_by: "nothing known".to_owned() });
        }
    };
    let because = match &error.server {
        Some(server) => format!("{because}: {}", server.message),
        None => because.to_owned(),
    };
    Ok(Answer::Unknown { because, lifted_by: lifted_by.to_owned() })
}
