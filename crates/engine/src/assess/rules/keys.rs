//! Keys of tables: what tells the rows of a stream apart.

use super::{
    super::{
        finding::{Due, Severities, Severity::*},
        rule::{Ask, Rule},
    },
    ask,
};
use crate::sql::sql;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "identity-missing",
        code: "PF1501",
        title: "tables without a replica identity",
        severity: Severities::new(Change, None, Warning),
        effect: "once the table is published, the application's own UPDATE, DELETE and INSERT … ON \
            CONFLICT DO UPDATE on it fail, even where no row matches; DMS ignores such changes",
        advice: "give it a key (see identity-offer and identity-trap), else let pgferry set REPLICA \
            IDENTITY FULL for the time of the move",
        due: Due::Key,
        ask: ask!("assess/identity_missing"),
        ..Rule::BASE
    },
    Rule {
        name: "identity-offer",
        code: "PF1502",
        title: "indexes that could be the replica identity",
        severity: Severities::new(Note, None, Note),
        effect: "nothing is lost: this is the cheapest way to give the table an identity",
        advice: "make the index the replica identity",
        due: Due::Key,
        ask: ask!("assess/identity_offer"),
        ..Rule::BASE
    },
    Rule {
        name: "identity-trap",
        code: "PF1503",
        title: "unique indexes that cannot be the replica identity",
        severity: Severities::new(Note, None, Note),
        effect: "it looks like a key, and is refused as an identity",
        advice: "make its columns NOT NULL, or build a plain, valid, immediate unique index over NOT NULL \
            columns",
        due: Due::Key,
        ask: ask!("assess/identity_trap"),
        ..Rule::BASE
    },
    Rule {
        name: "pk-deferrable",
        code: "PF1504",
        title: "deferrable primary keys",
        severity: Severities::new(Change, None, Change),
        effect: "a primary key that is checked late identifies no row in a stream: the table counts as \
            one without a key",
        advice: "build a unique index over the same columns; then make that the replica identity \
            (identity-offer names it)",
        due: Due::Key,
        ask: ask!("assess/pk_deferrable"),
        ..Rule::BASE
    },
    Rule {
        name: "identity-full",
        code: "PF1505",
        title: "tables that are identified by their whole rows",
        severity: Severities::new(Warning, None, Warning),
        effect: "every change writes the whole old row to the WAL and is searched by all its columns: \
            slow to apply; DMS with pglogical cannot; columns that nothing can compare stop other \
            appliers",
        advice: "give the table a key and make that its identity; pgferry compares such rows by their text",
        due: Due::Key,
        ask: Ask::Query(|facts| facts.uses(&["full identities"]).then_some(sql!("assess/identity_full"))),
        ..Rule::BASE
    },
    Rule {
        name: "key-not-bytewise",
        code: "PF1506",
        title: "keys that are equal without being the same bytes",
        severity: Severities::new(Note, None, Warning),
        effect: "1.0 and 1.00 are one key in two shapes: a tool that spreads changes by the bytes of the \
            key applies them out of order, and another version of ICU may judge otherwise",
        advice: "nothing to do for pgferry, which applies such tables one change after the other, slower; \
            for DMS choose another key",
        ask: ask!("assess/key_not_bytewise"),
        ..Rule::BASE
    },
    Rule {
        name: "keys-several",
        code: "PF1507",
        title: "tables with a second unique rule",
        severity: Severities::new(Note, None, Change),
        effect: "changes of rows with different keys can depend on each other through the second rule: \
            DMS's BatchApply loses some",
        advice: "nothing to do for pgferry, which keeps their order; with DMS switch BatchApply off for them",
        ask: ask!("assess/keys_several"),
        ..Rule::BASE
    },
    Rule {
        name: "dms-key",
        code: "PF1508",
        title: "keys that DMS does not carry",
        severity: Severities::new(None, None, Blocker),
        effect: "DMS does not carry rows whose primary key is of such a type, nor arrays of tables \
            without a primary key",
        advice: "use strategy live, or give the key another type such as varchar(n)",
        ask: ask!("assess/dms_key"),
        ..Rule::BASE
    },
];
