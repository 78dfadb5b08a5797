//! Tables: keys, kinds, storage, and what fires on their rows.

use super::{
    super::{
        finding::{Due, Severities, Severity::*},
        rule::{Ask, Rule},
    },
    ask,
};
use crate::sql::sql;

pub(super) const RULES: &[Rule] = &[Rule {
    name: "identity-missing",
    code: "PF1501",
    title: "tables without a replica identity",
    severity: Severities::new(Change, None, Warning),
    effect: "once the table is published, the application's own UPDATE, DELETE and INSERT … ON CONFLICT DO \
                 UPDATE on it fail, even where no row matches; DMS ignores such changes",
    advice: "give it a key (see identity-offer and identity-trap), else let pgferry set REPLICA IDENTITY FULL \
                 for the time of the move",
    due: Due::Key,
    ask: ask!("assess/identity_missing"),
    ..Rule::BASE
}];
