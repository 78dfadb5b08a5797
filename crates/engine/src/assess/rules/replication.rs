//! Publications, subscriptions and slots that are there already, and what earlier moves left.

use super::{
    super::{
        facts::Need,
        finding::{Severities, Severity::*},
        rule::{Ask, Rule},
    },
    ask,
};
use crate::sql::sql;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "publication-all",
        code: "PF2201",
        title: "publications of all tables",
        severity: Severities::new(Warning, None, Warning),
        effect: "UPDATE and DELETE on tables without a key fail already; the publication takes in pgferry's own \
                 table of marks; on a managed target only its superuser can create it again",
        advice: "let whoever reads it use a publication with a list of tables",
        ask: ask!("assess/publication_all"),
        ..Rule::BASE
    },
    Rule {
        name: "subscription-here",
        code: "PF2202",
        title: "subscriptions that feed this database",
        severity: Severities::all(Change),
        effect: "the feed ends when the application moves: rows from its publisher never reach the target, and the \
                 connection string in it is hidden from us",
        advice: "create the subscription on the target during the cutover, at the position that this one reached, \
                 and disable this one",
        ask: ask!("assess/subscription_here"),
        ..Rule::BASE
    },
    Rule {
        name: "slot-consumer",
        code: "PF2203",
        title: "programs that take changes from this database",
        severity: Severities::all(Warning),
        needs: &[Need::Primary],
        effect: "a slot does not move: Debezium and its kin stay with the old server and see no change after the \
                 cutover",
        advice: "give each a slot on the target before the application writes there, and a snapshot of its own if it \
                 cannot tell where it stood",
        ask: ask!("assess/slot_consumer"),
        ..Rule::BASE
    },
    Rule {
        name: "slot-forgotten",
        code: "PF2204",
        title: "replication slots that nobody reads",
        severity: Severities::all(Warning),
        needs: &[Need::Primary],
        effect: "the server keeps WAL and dead catalog rows for it until the disk is full",
        advice: "drop it, unless its reader is known and comes back",
        ask: ask!("assess/slot_forgotten"),
        ..Rule::BASE
    },
    Rule {
        name: "leftover-ours",
        code: "PF2205",
        title: "what an earlier run of pgferry left",
        severity: Severities::all(Change),
        needs: &[Need::Primary],
        effect: "an old slot holds WAL back, and a new run meets names that are taken; a schema pgferry that somebody \
                 else made would be mixed with ours",
        advice: "end the earlier run with pgferry abort or pgferry finish, unless it is still under way; rename a \
                 schema that is not ours",
        ask: ask!("assess/leftover_ours"),
        ..Rule::BASE
    },
    Rule {
        name: "leftover-other",
        code: "PF2206",
        title: "what another tool of replication left",
        severity: Severities::all(Warning),
        needs: &[Need::Primary],
        effect: "its triggers fire on the target too, its slots hold WAL back, and two replications of the same tables \
                 can run in a circle",
        advice: "end that replication with its own tool first, then remove what stays behind",
        ask: ask!("assess/leftover_other"),
        ..Rule::BASE
    },
];
