//! Sequences: where they end, and what they number.

use super::{
    super::{
        facts::Need,
        finding::{Due, Severities, Severity::*},
        rule::{Ask, Rule},
    },
    ask,
};
use crate::sql::sql;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "sequence-near-end",
        code: "PF1801",
        title: "sequences near their end",
        severity: Severities::all(Warning),
        needs: &[Need::Sequences],
        effect: "it runs out some time after the move, and every insert fails then",
        advice: "let it count in bigint, and the column too",
        ask: ask!("assess/sequence_near_end"),
        ..Rule::BASE
    },
    Rule {
        name: "sequence-column-narrow",
        code: "PF1802",
        title: "sequences that go further than their column",
        severity: Severities::all(Warning),
        effect: "the column overflows while its sequence looks nearly unused",
        advice: "change the column to bigint before the run: it rewrites the table",
        ask: ask!("assess/sequence_column_narrow"),
        ..Rule::BASE
    },
    Rule {
        name: "sequence-kinds",
        code: "PF1803",
        title: "sequences that tools forget",
        severity: Severities::new(Note, Note, Change),
        effect: "tools that look at the columns which own sequences miss the others, and \"ahead of the \
            column\" means nothing for one that starts again",
        advice: "nothing to do for pgferry, which carries them all while writes are held; for DMS set \
            them by hand",
        ask: ask!("assess/sequence_kinds"),
        ..Rule::BASE
    },
    Rule {
        name: "sequence-behind",
        code: "PF1804",
        title: "sequences behind their column",
        severity: Severities::all(Warning),
        deep: true,
        needs: &[Need::Sequences],
        effect: "the next insert gives a number that is there already: it fails today as it will after \
            the move",
        advice: "set the sequence to the column's furthest value",
        due: Due::Data,
        ask: ask!("assess/sequence_behind"),
        ..Rule::BASE
    },
];
