//! Types: values that mean something else on another server, or that a tool changes on the way.

use super::{
    super::{
        finding::{Severities, Severity::*},
        rule::{Ask, Rule},
    },
    ask,
};
use crate::sql::sql;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "type-reg",
        code: "PF1601",
        title: "columns that name objects by their OID",
        severity: Severities::all(Warning),
        effect: "an OID means another object on the target: such values travel as text only, and a name \
            that is missing there fails; RDS refuses a later major upgrade while such columns exist, \
            but for regclass, regtype and regrole",
        advice: "store the name as text instead",
        ask: Ask::Query(|facts| {
            facts
                .uses(&[
                    "type regclass",
                    "type regcollation",
                    "type regconfig",
                    "type regdatabase",
                    "type regdictionary",
                    "type regnamespace",
                    "type regoper",
                    "type regoperator",
                    "type regproc",
                    "type regprocedure",
                    "type regrole",
                    "type regtype",
                ])
                .then_some(sql!("assess/type_reg"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "type-server-bound",
        code: "PF1602",
        title: "columns whose values mean something on this server alone",
        severity: Severities::all(Warning),
        effect: "transaction ids, row addresses, WAL positions and OIDs of one server mean nothing on \
            another, or something else",
        advice: "judge each: who reads it after the move, and what for",
        ask: Ask::Query(|facts| {
            facts
                .uses(&[
                    "type aclitem",
                    "type cid",
                    "type oid",
                    "type pg_lsn",
                    "type pg_snapshot",
                    "type tid",
                    "type txid_snapshot",
                    "type xid",
                    "type xid8",
                ])
                .then_some(sql!("assess/type_server_bound"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "xid-as-data",
        code: "PF1603",
        title: "transaction ids or WAL positions kept as data",
        severity: Severities::all(Warning),
        effect: "the target counts its transactions from a low number: whoever asks for \"greater than \
            the last one seen\" skips new rows, maybe for years",
        advice: "reset such cursors in the cutover, or count by a sequence",
        ask: ask!("assess/xid_as_data"),
        ..Rule::BASE
    },
    Rule {
        name: "type-char-high",
        code: "PF1604",
        title: "bytes beyond ASCII in columns of the one-byte type",
        severity: Severities::all(Change),
        effect: "servers from 15 on write and read such a byte in another way: a copy as text is refused \
            or changes it",
        advice: "copy in binary, as pgferry does, or change the column to another type",
        ask: Ask::Query(|facts| {
            (facts.version.major() < 15 && facts.uses(&["type char"]))
                .then_some(sql!("assess/type_char_high"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "type-dms-poor",
        code: "PF1605",
        title: "types that DMS does not carry well",
        severity: Severities::new(None, None, Blocker),
        effect: "DMS leaves such columns out, or carries them as text",
        advice: "use strategy live",
        ask: Ask::Query(|facts| {
            facts
                .uses(&[
                    "kind e",
                    "kind c",
                    "kind r",
                    "kind m",
                    "type inet",
                    "type cidr",
                    "type macaddr",
                    "type macaddr8",
                    "type tsvector",
                    "type tsquery",
                    "type line",
                    "type box",
                    "type path",
                    "type circle",
                ])
                .then_some(sql!("assess/type_dms_poor"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "dms-values",
        code: "PF1606",
        title: "values that DMS changes",
        severity: Severities::new(None, None, Warning),
        effect: "numbers without a precision are cut to 28 digits with 6 behind the point, infinite dates \
            are replaced, both without a word",
        advice: "give the column a precision, or use strategy live",
        ask: Ask::Query(|facts| {
            facts
                .uses(&["type numeric", "type date", "type timestamp", "type timestamptz"])
                .then_some(sql!("assess/dms_values"))
        }),
        ..Rule::BASE
    },
];
