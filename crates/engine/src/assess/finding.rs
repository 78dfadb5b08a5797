//! What an assessment says: findings by severity, and what it could not see.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Side;

/// How bad a finding is for one way of moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No concern.
    None,
    /// Good to know.
    Note,
    /// May hurt.
    Warning,
    /// Has to be changed, by plan and consent.
    Change,
    /// The move cannot go on, or would lose data.
    Blocker,
}

/// How rows travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Parallel copy, then logical replication.
    Live,
    /// Dump and restore, while the application stands still.
    Dump,
    /// AWS Database Migration Service.
    Dms,
}

/// A severity for each strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Severities {
    /// For strategy `live`.
    pub live: Severity,
    /// For strategy `dump`.
    pub dump: Severity,
    /// For strategy `dms`.
    pub dms: Severity,
}

impl Severities {
    /// The three in the order live, dump, dms.
    pub const fn new(live: Severity, dump: Severity, dms: Severity) -> Self {
        Self { live, dump, dms }
    }

    /// The same for every strategy.
    pub const fn all(severity: Severity) -> Self {
        Self::new(severity, severity, severity)
    }

    /// For one strategy.
    pub fn of(self, strategy: Strategy) -> Severity {
        match strategy {
            Strategy::Live => self.live,
            Strategy::Dump => self.dump,
            Strategy::Dms => self.dms,
        }
    }

    /// The worst of the three.
    pub fn worst(self) -> Severity {
        self.live.max(self.dump).max(self.dms)
    }

    /// The worse of two, strategy by strategy.
    #[must_use]
    pub fn or_worse(self, other: Self) -> Self {
        Self::new(self.live.max(other.live), self.dump.max(other.dump), self.dms.max(other.dms))
    }
}

/// When a mend is due; pieces of advice stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Due {
    /// Before anything else: a restart would not come back.
    First,
    /// Settings that wait for a restart: all of them, then one restart.
    Restart,
    /// Rights of our role.
    Grant,
    /// Keys and replica identities.
    Key,
    /// Rows that have to be mended.
    Data,
    /// Everything else.
    Rest,
}

/// One thing that can go wrong, with every object that it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// A stable name, as `identity-missing`.
    pub name: String,
    /// A stable code, as `PF1501`; `pgferry explain` knows both.
    pub code: String,
    /// What it is, in a few words.
    pub title: String,
    /// How bad, for each strategy: the worst of its objects.
    pub severity: Severities,
    /// Which side has it.
    pub side: Side,
    /// What is concerned, by name.
    pub objects: Vec<Object>,
    /// What it costs when nobody looks.
    pub effect: String,
    /// What to do.
    pub advice: String,
    /// When to do it.
    pub due: Due,
    /// Statements that mend it, in order; each once.
    pub sql: Vec<String>,
}

/// A thing that a finding concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Object {
    /// Qualified and quoted as PostgreSQL would.
    pub name: String,
    /// What about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Its own severity, where it is not the rule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severities>,
}

impl Finding {
    /// Makes notes of the objects that `is_left_out` names; the finding is as severe as the worst of the others, which are
    /// of severity `usual` unless they say otherwise.
    pub(super) fn sink(&mut self, usual: Severities, is_left_out: impl Fn(&str) -> bool) {
        let note = Severities::all(Severity::Note);
        for object in &mut self.objects {
            if is_left_out(&object.name) {
                object.severity = Some(note);
                object.detail = Some(match object.detail.take() {
                    Some(detail) => format!("{detail}; left out by the choice"),
                    None => "left out by the choice".to_owned(),
                });
            }
        }
        let severities = self.objects.iter().map(|object| object.severity.unwrap_or(usual));
        self.severity = severities.reduce(Severities::or_worse).unwrap_or(note);
    }

    /// What findings are sorted by: the worst first, then what is due first, then the code.
    pub fn order(&self) -> impl Ord {
        (std::cmp::Reverse(self.severity.worst()), self.due, self.code.clone(), self.side == Side::Target)
    }
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Unknown {
    /// Names of findings that might be there.
    pub what: String,
    /// Why it could not be seen.
    pub because: String,
    /// What would let us see it.
    pub lifted_by: String,
}

impl Unknown {
    /// One thing that could not be looked at.
    pub fn of(what: &str, because: impl Into<String>, lifted_by: impl Into<String>) -> Self {
        Self { what: what.to_owned(), because: because.into(), lifted_by: lifted_by.into() }
    }
}
