//! Constraints and indexes: rules that rows break, that nobody checks, or that do not come along.

use super::{
    super::{
        finding::{Due, Severities, Severity::*},
        rule::{Ask, Question, Rule},
    },
    ask,
};
use crate::{pg::parameter::Parameter, sql::sql};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "constraint-not-valid",
        code: "PF1701",
        title: "constraints that rows may break",
        severity: Severities::all(Note),
        effect: "they are carried as they are; those that are not enforced, and NOT NULL that is not \
            valid, do not load into a server older than 18",
        advice: "validate them, if that was the intention",
        ask: ask!("assess/constraint_not_valid"),
        ..Rule::BASE
    },
    Rule {
        name: "fk-violated",
        code: "PF1702",
        title: "rows that refer to nothing",
        severity: Severities::all(Change),
        deep: true,
        effect: "adding the foreign key fails at the very end of the load",
        advice: "mend the rows, or carry the constraint as NOT VALID",
        due: Due::Data,
        ask: ask!("assess/fk_violated"),
        ..Rule::BASE
    },
    Rule {
        name: "unique-violated",
        code: "PF1703",
        title: "values that stand twice under a unique index",
        severity: Severities::all(Blocker),
        deep: true,
        effect: "the index is broken, and building it on the target fails, hours into the load",
        advice: "remove the doubles and REINDEX; look for the cause in the version of the collation",
        due: Due::Data,
        ask: ask!("assess/unique_violated"),
        ..Rule::BASE
    },
    Rule {
        name: "check-reads-tables",
        code: "PF1704",
        title: "checks that may read other tables",
        severity: Severities::all(Change),
        effect: "a check holds while rows are loaded, of replicated rows too: they are refused while the \
            table that it reads is empty, or the search path is",
        advice: "nothing to do for pgferry, which adds such checks after the data; otherwise drop the \
            check and add it after the load",
        ask: ask!("assess/check_reads_tables"),
        ..Rule::BASE
    },
    Rule {
        name: "expression-path",
        code: "PF1705",
        title: "functions with the caller's search path in indexes, generated columns and materialized views",
        severity: Severities::all(Change),
        effect: "a load runs with an empty search path: names without a schema are not found in the \
            function, and the index or view is missing; from 17 on even the server's own REINDEX and \
            REFRESH fail so",
        advice: "fix the function's search path, or name schemas in its body",
        ask: ask!("assess/expression_path"),
        ..Rule::BASE
    },
    Rule {
        name: "constraint-deferrable",
        code: "PF1706",
        title: "unique rules that are not checked while rows are replicated",
        severity: Severities::new(Warning, Note, Warning),
        effect: "an exclusion or deferrable constraint is checked by a trigger, which does not fire for \
            replicated rows: doubles go unseen",
        advice: "nothing to do for pgferry, which applies such tables in order and has verify check them",
        ask: ask!("assess/constraint_deferrable"),
        ..Rule::BASE
    },
    Rule {
        name: "fk-crosses-selection",
        code: "PF1707",
        title: "foreign keys to what is left out",
        severity: Severities::all(Change),
        effect: "the constraint is refused on the target, which holds nothing that its rows could refer to",
        advice: "include the other table with its rows; else agree that the key is left out, as pgferry does",
        ask: Ask::Question(|evidence| {
            let (classes, oids) = evidence.chosen.left_out();
            let parameters: Vec<Box<dyn Parameter>> = vec![Box::new(classes), Box::new(oids.clone())];
            (!oids.is_empty()).then(|| Question { sql: sql!("assess/fk_crosses_selection"), parameters })
        }),
        ..Rule::BASE
    },
    Rule {
        name: "fk-on-partitioned",
        code: "PF1708",
        title: "foreign keys of or to partitioned tables",
        severity: Severities::all(Warning),
        effect: "up to version 17 they cannot be NOT VALID: adding one on the target holds long locks and \
            checks one row after the other",
        advice: "plan the time for it",
        ask: ask!("assess/fk_on_partitioned"),
        ..Rule::BASE
    },
    Rule {
        name: "index-invalid",
        code: "PF1709",
        title: "indexes that are not valid",
        severity: Severities::all(Warning),
        effect: "a dump leaves them out without a word: a unique rule that the team believes in is gone",
        advice: "look for doubles, then build it again, or drop it",
        ask: ask!("assess/index_invalid"),
        ..Rule::BASE
    },
    Rule {
        name: "index-advice",
        code: "PF1710",
        title: "indexes that are there twice, missing, or unread",
        severity: Severities::all(Note),
        effect: "each costs time to build, WAL and space; a foreign key without an index makes deletes slow",
        advice: "drop or create them, CONCURRENTLY; ask the standbys too before you call an index unread",
        ask: ask!("assess/index_advice"),
        ..Rule::BASE
    },
];
