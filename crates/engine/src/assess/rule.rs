//! A rule: one thing that can go wrong, how it is seen, what it costs, what mends it.

use futures_util::future::LocalBoxFuture;
use tokio_postgres::Row;

use super::{
    Evidence,
    facts::{Facts, Need},
    finding::{Due, Finding, Object, Severities, Severity, Unknown},
};
use crate::{
    error::{Result, Side},
    pg::{client::Client, ident::Ident, parameter::Parameter},
};

/// The column of a question whose rows are not hits yet: a statement that reads rows of user tables.
pub(super) const PROBE: &str = "probe";

/// One thing that can go wrong.
pub struct Rule {
    /// A stable name, as `identity-missing`.
    pub name: &'static str,
    /// A stable code: `PF1000` plus a hundred for each group of rules.
    pub code: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// How bad, unless an object says otherwise.
    pub severity: Severities,
    /// Which side is looked at.
    pub side: Side,
    /// Whether all that it asks rests on rows of user tables, so that without them it need not ask. One that finds
    /// something in catalogs alone has [`PROBE`]s only.
    pub deep: bool,
    /// Rights without which the answer may be empty though it should not.
    pub needs: &'static [Need],
    /// What it costs when nobody looks.
    pub effect: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// When.
    pub due: Due,
    /// How it is seen.
    pub ask: Ask,
}

/// How a rule sees.
pub enum Ask {
    /// One statement, behind what it names of the prelude, with rows of columns by name: `object` (text, needed), `detail` (text),
    /// `sql` (text, one statement that mends it), `severity` (text, as `B/C/–`, where it is not the rule's), `probe`
    /// (text: this row is a hit only if that statement says so, whose rows stand in its place; run in a deep assessment
    /// alone, without the prelude, and never by an index). None where the server cannot have the thing.
    Query(fn(&Facts) -> Option<&'static str>),
    /// The same, by what is known of both sides.
    Question(fn(&Evidence) -> Option<Question>),
    /// Judged by what was read already.
    Judge(fn(&Evidence) -> Answer),
    /// Tried on the server that the rule looks at, and undone.
    Trial(for<'a> fn(&'a Client, &'a Evidence) -> LocalBoxFuture<'a, Result<Vec<Answer>>>),
}

/// A statement as [`Ask::Query`] has them, with parameters.
pub struct Question {
    /// The statement.
    pub sql: &'static str,
    /// `$1` and so on.
    pub parameters: Vec<Box<dyn Parameter>>,
}

impl From<&'static str> for Question {
    fn from(sql: &'static str) -> Self {
        Self { sql, parameters: Vec::new() }
    }
}

/// What a rule saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These; none is an answer.
    Hits(Vec<Hit>),
    /// It could not look.
    Unknown {
        /// Why.
        because: String,
        /// What would let it.
        lifted_by: String,
    },
}

/// One object that a rule concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    /// Qualified and quoted.
    pub object: String,
    /// What about it.
    pub detail: Option<String>,
    /// A statement that mends it.
    pub sql: Option<String>,
    /// Where it is not the rule's.
    pub severity: Option<Severities>,
}

impl Rule {
    /// What the tables of rules fill in by `..RULE`: a question about the source that needs no right.
    pub(super) const BASE: Self = Self {
        name: "",
        code: "",
        title: "",
        severity: Severities::all(Severity::Note),
        side: Side::Source,
        deep: false,
        needs: &[],
        effect: "",
        advice: "",
        due: Due::Rest,
        ask: Ask::Query(|_| None),
    };

    /// The finding that hits make; none if there is no hit.
    pub(super) fn finding(&self, mut hits: Vec<Hit>) -> Option<Finding> {
        hits.sort_by(|one, other| (&one.object, &one.detail).cmp(&(&other.object, &other.detail)));
        hits.dedup();
        let severities = hits.iter().map(|hit| hit.severity.unwrap_or(self.severity));
        let severity = severities.reduce(Severities::or_worse)?;
        let mut sql = Vec::new();
        for statement in hits.iter().filter_map(|hit| hit.sql.as_ref()) {
            if !sql.contains(statement) {
                sql.push(statement.clone());
            }
        }
        Some(Finding {
            name: self.name.to_owned(),
            code: self.code.to_owned(),
            title: self.title.to_owned(),
            severity,
            side: self.side,
            objects: hits.into_iter().map(Hit::into_object).collect(),
            effect: self.effect.to_owned(),
            advice: self.advice.to_owned(),
            due: self.due,
            sql,
        })
    }
}

impl Answer {
    /// Nothing of the kind is there.
    pub(super) fn none() -> Self {
        Self::Hits(Vec::new())
    }

    /// What is to be said about `what`, where it could not be looked at.
    pub(super) fn about(self, what: &str) -> Option<Unknown> {
        match self {
            Self::Hits(_) => None,
            Self::Unknown { because, lifted_by } => Some(Unknown::of(what, because, lifted_by)),
        }
    }

    /// It could not look.
    pub(super) fn unknown(because: impl Into<String>, lifted_by: impl Into<String>) -> Self {
        Self::Unknown { because: because.into(), lifted_by: lifted_by.into() }
    }

    /// One hit if `is`, else none.
    pub(super) fn when(is: bool, hit: impl FnOnce() -> Hit) -> Self {
        Self::Hits(if is { vec![hit()] } else { Vec::new() })
    }
}

impl Hit {
    /// A thing by name, and what about it.
    pub(super) fn new(object: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { object: object.into(), detail: Some(detail.into()), ..Self::default() }
    }

    /// A thing by its bare name, which is quoted where it has to be.
    pub(super) fn named(name: &str, detail: impl Into<String>) -> Self {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let bare = name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(plain);
        Self::new(if bare { name.to_owned() } else { Ident::new(name).to_string() }, detail)
    }

    /// The same, with a statement that mends it.
    #[must_use]
    pub(super) fn mended_by(mut self, sql: impl Into<String>) -> Self {
        self.sql = Some(sql.into());
        self
    }

    /// The same, of another severity than the rule's.
    #[must_use]
    pub(super) fn graded(mut self, severity: Severities) -> Self {
        self.severity = Some(severity);
        self
    }

    pub(super) fn of(row: &Row) -> Self {
        Self {
            object: row.get("object"),
            detail: text(row, "detail"),
            sql: text(row, "sql"),
            severity: text(row, "severity").as_deref().map(severities),
        }
    }

    fn into_object(self) -> Object {
        Object { name: self.object, detail: self.detail, severity: self.severity }
    }
}

/// A column that a question may leave out.
pub(super) fn text(row: &Row, name: &str) -> Option<String> {
    let there = row.columns().iter().any(|column| column.name() == name);
    if there { row.get(name) } else { None }
}

/// `B/C/–` (live, dump, dms), or one letter for all three.
fn severities(text: &str) -> Severities {
    let mut letters = text.split('/').map(|letter| match letter {
        "B" => Severity::Blocker,
        "C" => Severity::Change,
        "W" => Severity::Warning,
        "N" => Severity::Note,
        _ => Severity::None,
    });
    let live = letters.next().unwrap_or(Severity::None);
    let dump = letters.next().unwrap_or(live);
    Severities::new(live, dump, letters.next().unwrap_or(dump))
}
