//! Code that lives in the database: functions, what only a superuser may create, what fires, what runs on a clock, and
//! what lives outside rows.

use super::{
    super::{
        facts::{Facts, Need},
        finding::{
            Severities,
            Severity::{Blocker, Change, Warning},
        },
        rule::{Ask, Rule},
    },
    ask,
};
use crate::sql::sql;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "language-untrusted",
        code: "PF1901",
        title: "languages that only a superuser may use",
        severity: Severities::all(Blocker),
        effect: "a managed target has no such language: it refuses the functions, and all that uses them",
        advice: "write them anew in a trusted language (plpgsql, plperl, plv8), or move them out of the database",
        ask: ask!("assess/language_untrusted"),
        ..Rule::BASE
    },
    Rule {
        name: "function-c",
        code: "PF1902",
        title: "functions that run a library's code",
        severity: Severities::all(Blocker),
        effect: "a managed target answers \"permission denied for language\", and lacks the library",
        advice: "use an extension that the target offers, or write them in a trusted language",
        ask: ask!("assess/function_c"),
        ..Rule::BASE
    },
    Rule {
        name: "object-superuser-only",
        code: "PF1903",
        title: "objects that only a superuser may create",
        severity: Severities::all(Blocker),
        effect: "the target refuses them (\"must be superuser to create …\", \"must be owner of type …\"), and with them \
                 the tables and indexes that use them",
        advice: "use what the server or an extension offers in their place; a cast with a function on a type of your own \
                 passes",
        ask: ask!("assess/object_superuser_only"),
        ..Rule::BASE
    },
    Rule {
        name: "function-privileged",
        code: "PF1904",
        title: "functions with a clause that only a superuser may write",
        severity: Severities::all(Change),
        effect: "the target refuses the function as it stands, and it is missing there",
        advice: "pgferry leaves the clause out, by your consent, and says so; drop it here if nothing needs it",
        ask: ask!("assess/function_privileged"),
        ..Rule::BASE
    },
    Rule {
        name: "function-secdef-path",
        code: "PF1905",
        title: "SECURITY DEFINER functions without a search_path of their own",
        severity: Severities::all(Warning),
        effect: "they run with their owner's rights and resolve names by the caller's path: another owner and another \
                 path on the target change what they do",
        advice: "give each a search_path; look first whether its body names things of other schemas, which then have \
                 to be in it",
        ask: ask!("assess/function_secdef_path"),
        ..Rule::BASE
    },
    Rule {
        name: "function-outside",
        code: "PF1906",
        title: "functions that seem to reach files, other servers or other roles",
        severity: Severities::all(Change),
        effect: "they are created without complaint and fail when they are called, perhaps days later: a managed target \
                 has no files and no superuser, and may have no route to the other server",
        advice: "rewrite them, give the target a route to the other server, or its roles the memberships",
        ask: ask!("assess/function_outside"),
        ..Rule::BASE
    },
    Rule {
        name: "fts-dictionary-file",
        code: "PF1907",
        title: "text search dictionaries that read files of the server",
        severity: Severities::all(Change),
        effect: "the target answers \"could not open …\", or finds another file of that name and other words in it",
        advice: "use a dictionary with one of the files that PostgreSQL ships, and build its tsvectors anew",
        ask: ask!("assess/fts_dictionary_file"),
        ..Rule::BASE
    },
    Rule {
        name: "event-trigger",
        code: "PF1908",
        title: "event triggers",
        severity: Severities::new(Warning, Change, Warning),
        effect: "they fire on what a live move does here (CREATE PUBLICATION, REPLICA IDENTITY, ALTER SEQUENCE), and one \
                 that raises stops it; on the target only a privileged role creates them, and they bar major upgrades \
                 on RDS",
        advice: "look at what they do; pgferry restores them last, and disables them here only by your consent",
        ask: ask!("assess/event_trigger"),
        ..Rule::BASE
    },
    Rule {
        name: "event-trigger-login",
        code: "PF1909",
        title: "triggers on logins",
        severity: Severities::new(Warning, Change, Warning),
        effect: "one that raises shuts out pgferry, and the replication stream too",
        advice: "let it pass our role, or connect as a superuser with options=-c event_triggers=off",
        ask: Ask::Query(|facts| (facts.version.major() >= 17).then_some(sql!("assess/event_trigger_login"))),
        ..Rule::BASE
    },
    Rule {
        name: "view-on-catalog",
        code: "PF1910",
        title: "views and functions that read the system's catalogs",
        severity: Severities::all(Warning),
        effect: "catalogs differ from major to major, and the view is refused; one on pg_authid or its like is created \
                 and fails when it is read",
        advice: "try the definitions on the target's major, and rewrite those that fail",
        ask: ask!("assess/view_on_catalog"),
        ..Rule::BASE
    },
    Rule {
        name: "syntax-removed",
        code: "PF1911",
        title: "definitions that later majors refuse",
        severity: Severities::all(Change),
        effect: "they are refused on the target, and with them what uses them",
        advice: "make the operator a prefix one, the aggregate one on anycompatiblearray (14 and newer), and drop the \
                 extension",
        ask: ask!("assess/syntax_removed"),
        ..Rule::BASE
    },
    Rule {
        name: "cron-jobs",
        code: "PF1912",
        title: "jobs that the database runs on a clock",
        severity: Severities::all(Change),
        needs: &[Need::Settings],
        effect: "after the move they run on both sides, or on none; crontabs of machines cannot be seen from here",
        advice: "keep them off on the target until the cutover, and take them off here after it",
        ask: Ask::Query(cron_jobs),
        ..Rule::BASE
    },
    Rule {
        name: "session-state",
        code: "PF1913",
        title: "notifications, advisory locks, temporary tables",
        severity: Severities::all(Warning),
        needs: &[Need::Statistics],
        effect: "none of them crosses to the target: a listener hears nothing, two workers hold one lock, rows are gone",
        advice: "stop workers at the cutover and let every one of them connect again",
        ask: ask!("assess/session_state"),
        ..Rule::BASE
    },
    Rule {
        name: "large-objects",
        code: "PF1914",
        title: "large objects",
        severity: Severities::new(Change, Warning, Blocker),
        effect: "they are in no replication stream, and DMS loses them",
        advice: "pgferry copies them in passes, the last one while nobody writes; many of them make that pause longer",
        ask: ask!("assess/large_objects"),
        ..Rule::BASE
    },
];

/// pg_cron's table is in one database of a server, pgAgent's where it was installed, as an extension or by its script.
fn cron_jobs(facts: &Facts) -> Option<&'static str> {
    if facts.has_extension("pg_cron") {
        Some(sql!("assess/cron_jobs"))
    } else if facts.uses(&["jobs of pgAgent"]) {
        Some(sql!("assess/cron_jobs_pgagent"))
    } else if facts.settings.contains_key("cron.database_name") {
        Some(sql!("assess/cron_jobs_elsewhere"))
    } else {
        None
    }
}
