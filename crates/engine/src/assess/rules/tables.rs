//! Tables: kinds, columns, storage, and what fires on their rows.

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
        name: "table-unlogged",
        code: "PF1509",
        title: "unlogged tables and sequences",
        severity: Severities::new(Change, Note, Warning),
        effect: "their rows are not in the WAL: they are refused in a publication and never come by the \
            stream",
        advice: "pgferry copies them again while writes are held; or make them logged, which rewrites the \
            table under a lock",
        ask: ask!("assess/table_unlogged"),
        ..Rule::BASE
    },
    Rule {
        name: "partition-root-unlogged",
        code: "PF1510",
        title: "partitioned tables that are called unlogged",
        severity: Severities::new(Warning, Change, Warning),
        effect: "servers from 18 on refuse the word: the table and all its partitions are missing there",
        advice: "pgferry leaves the word out; in a dump of your own, do the same by hand",
        ask: Ask::Query(|facts| {
            (facts.version.major() < 18).then_some(sql!("assess/partition_root_unlogged"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "table-tree",
        code: "PF1511",
        title: "trees of tables",
        severity: Severities::new(Note, Note, Warning),
        effect: "tools that do not say ONLY copy the rows of children twice, or into the parent; \
            thousands of leaves need thousands of locks and long planning",
        advice: "nothing to do for pgferry, which copies each table alone; look at what other tools do",
        ask: ask!("assess/table_tree"),
        ..Rule::BASE
    },
    Rule {
        name: "inherited-null",
        code: "PF1512",
        title: "columns that allow NULL where their parent forbids it",
        severity: Severities::all(Blocker),
        effect: "restoring makes the column NOT NULL as in the parent: if a row of it is NULL, the whole \
            table's load fails on any target",
        advice: "fill the NULLs and set the column NOT NULL, or drop NOT NULL from the parent",
        due: Due::Data,
        ask: Ask::Query(|facts| (facts.version.major() < 18).then_some(sql!("assess/inherited_null"))),
        ..Rule::BASE
    },
    Rule {
        name: "partition-hash-enum",
        code: "PF1513",
        title: "hash partitions by an enum",
        severity: Severities::all(Change),
        effect: "the hash is made of numbers that differ on the target: rows belong to other partitions \
            there, and a copy from leaf to leaf is refused; pg_dump does not see this through arrays \
            and composites",
        advice: "pgferry loads them through the root; dump by hand with --load-via-partition-root",
        ask: Ask::Query(|facts| {
            (facts.uses(&["partitions"]) && facts.uses(&["kind e"]))
                .then_some(sql!("assess/partition_hash_enum"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "partition-foreign",
        code: "PF1514",
        title: "partitions that are foreign tables",
        severity: Severities::new(Blocker, Blocker, Warning),
        effect: "publishing the root is accepted, and the rows of this partition never come",
        advice: "detach it and move its rows apart",
        ask: Ask::Query(|facts| {
            (facts.uses(&["partitions"]) && facts.uses(&["foreign tables"]))
                .then_some(sql!("assess/partition_foreign"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "partition-half-detached",
        code: "PF1515",
        title: "partitions that are half detached",
        severity: Severities::all(Change),
        effect: "a dump attaches the partition again: rows that are hidden here come back there",
        advice: "finish the detaching",
        ask: Ask::Query(|facts| {
            (facts.version.major() >= 14).then_some(sql!("assess/partition_half_detached"))
        }),
        ..Rule::BASE
    },
    Rule {
        name: "partition-maker",
        code: "PF1516",
        title: "makers of new partitions",
        severity: Severities::new(Warning, None, Warning),
        effect: "a partition that is made during the run is a table which nobody copied yet",
        advice: "pause it for the time of the move; pgferry's comparison of both schemas catches what was \
            made nevertheless",
        ask: ask!("assess/partition_maker"),
        ..Rule::BASE
    },
    Rule {
        name: "column-layout",
        code: "PF1517",
        title: "columns that were dropped, or stored in a way of their own",
        severity: Severities::all(Note),
        effect: "columns stand in another order on the target, which matters to those who rely on it; a \
            table of more than 1,500 columns ever made can hardly be changed; a server without lz4 \
            refuses a column compressed by it",
        advice: "nothing to do for pgferry, which copies by name; look whether the target knows lz4",
        ask: ask!("assess/column_layout"),
        ..Rule::BASE
    },
    Rule {
        name: "column-generated",
        code: "PF1518",
        title: "columns that the server fills",
        severity: Severities::new(Note, Note, Warning),
        effect: "they are computed again on the target; DMS writes to them and fails",
        advice: "nothing to do for pgferry, whose verify compares them; for DMS leave them out",
        ask: ask!("assess/column_generated"),
        ..Rule::BASE
    },
    Rule {
        name: "value-huge",
        code: "PF1519",
        title: "huge values",
        severity: Severities::all(Warning),
        deep: true,
        effect: "a value that is over 1 GB as text cannot be sent, and bytea doubles as text; DMS cuts \
            off what is over its limit without a word",
        advice: "copy in binary, as pgferry does; for DMS set LobMaxSize and FailTasksOnLobTruncation",
        ask: ask!("assess/value_huge"),
        ..Rule::BASE
    },
    Rule {
        name: "table-row-security",
        code: "PF1520",
        title: "tables with row security",
        severity: Severities::new(Note, Note, Change),
        effect: "policies hide rows from whoever reads, and refuse rows of whoever loads",
        advice: "nothing to do for pgferry, which switches it on after the load; others need a role with \
            BYPASSRLS",
        ask: Ask::Query(|facts| facts.uses(&["row security"]).then_some(sql!("assess/table_row_security"))),
        ..Rule::BASE
    },
    Rule {
        name: "table-rules",
        code: "PF1521",
        title: "rules on tables",
        severity: Severities::new(Note, Note, Warning),
        effect: "DMS writes by INSERT, which runs them once more; COPY does not",
        advice: "nothing to do for pgferry; for DMS disable them on the target while it loads",
        ask: Ask::Query(|facts| facts.uses(&["rules"]).then_some(sql!("assess/table_rules"))),
        ..Rule::BASE
    },
    Rule {
        name: "replica-firing",
        code: "PF1522",
        title: "triggers and rules that fire for replicated rows",
        severity: Severities::new(Change, Note, Change),
        effect: "they fire on the target for rows for which they have fired here: their effects are doubled",
        advice: "pgferry holds them back until the cutover; otherwise disable them on the target till then",
        ask: ask!("assess/replica_firing"),
        ..Rule::BASE
    },
    Rule {
        name: "trigger-disabled",
        code: "PF1523",
        title: "triggers that are disabled",
        severity: Severities::all(Change),
        effect: "a disabled foreign key has let every row pass since; adding it on the target fails at \
            the last step, as a dump does not know that it was off",
        advice: "mend the rows and enable the trigger (enabling checks nothing), or carry the constraint \
            as NOT VALID",
        due: Due::Data,
        ask: ask!("assess/trigger_disabled"),
        ..Rule::BASE
    },
    Rule {
        name: "tablespace-own",
        code: "PF1524",
        title: "tablespaces of your own",
        severity: Severities::new(Note, Change, Note),
        effect: "a managed server has none: creating the object is refused, and it is missing",
        advice: "nothing to do for pgferry, which leaves them out; dump by hand with --no-tablespaces",
        ask: ask!("assess/tablespace_own"),
        ..Rule::BASE
    },
    Rule {
        name: "access-method",
        code: "PF1525",
        title: "storage and index methods that a plain server does not have",
        severity: Severities::all(Blocker),
        effect: "the method is missing on the target, and the table or index with it",
        advice: "change tables to heap; for indexes see whether the target offers the extension, else \
            drop them",
        ask: ask!("assess/access_method"),
        ..Rule::BASE
    },
    Rule {
        name: "foreign-table",
        code: "PF1526",
        title: "foreign tables and servers",
        severity: Severities::new(Warning, Warning, None),
        effect: "their servers may be out of the target's reach, passwords of user mappings are hidden, \
            and wrappers that the target does not offer cannot be created",
        advice: "make a route from the target, and the user mappings anew; drop what rests on a wrapper \
            that is not offered",
        ask: ask!("assess/foreign_table"),
        ..Rule::BASE
    },
    Rule {
        name: "names-odd",
        code: "PF1527",
        title: "names that tools mix up",
        severity: Severities::new(Note, Note, Blocker),
        effect: "DMS mixes up names that differ in case alone, and stumbles over quotes, dots, percent \
            signs, semicolons and spaces",
        advice: "nothing to do for pgferry; for DMS rename them",
        ask: ask!("assess/names_odd"),
        ..Rule::BASE
    },
    Rule {
        name: "object-in-catalog",
        code: "PF1528",
        title: "objects of yours among the system's own",
        severity: Severities::all(Blocker),
        effect: "pg_dump leaves out without a word what lives in pg_catalog: it is missing on the target, \
            with all that uses it",
        advice: "move it to a schema of yours, as by ALTER FUNCTION … SET SCHEMA",
        ask: ask!("assess/object_in_catalog"),
        ..Rule::BASE
    },
    Rule {
        name: "table-rewriter",
        code: "PF1529",
        title: "tables that are rewritten now and then",
        severity: Severities::new(Warning, None, Warning),
        effect: "a rewrite during the copy moves every row: copying it starts again",
        advice: "pause CLUSTER, pg_repack, pg_squeeze and VACUUM FULL for the time of the move",
        ask: ask!("assess/table_rewriter"),
        ..Rule::BASE
    },
    Rule {
        name: "matview",
        code: "PF1530",
        title: "materialized views",
        severity: Severities::new(Note, Note, Warning),
        effect: "their rows are made again on the target, which takes time; DMS does not carry them",
        advice: "nothing to do for pgferry, which refreshes them in order and leaves empty ones empty",
        ask: Ask::Query(|facts| facts.uses(&["materialised views"]).then_some(sql!("assess/matview"))),
        ..Rule::BASE
    },
];
