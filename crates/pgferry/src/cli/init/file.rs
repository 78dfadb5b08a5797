//! The text of a new `pgferry.toml`: what was answered, and the rest as comments.

use std::path::Path;

use pgferry_engine::Side;

use super::{End, variable};
use crate::config::{Criteria, measure::Time, quoted, reference::Reference};

/// What is written.
pub(super) struct Answers<'a> {
    pub(super) source: &'a End,
    pub(super) target: Option<&'a End>,
    pub(super) ssh: Option<&'a str>,
    pub(super) dir: Option<&'a Path>,
    pub(super) run: Option<&'a str>,
    pub(super) jobs: Option<usize>,
    pub(super) watch: Option<Time>,
    pub(super) criteria: Criteria,
}

const HEAD: &str = "\
# What pgferry moves, and how. Written by `pgferry init`; yours to change.
# A flag goes before the environment (PGFERRY_…), that before this file. `pgferry config` shows what holds, and why.
# It holds no password, only where one is found: { env = \"NAME\" }, { file = \"PATH\" }, { command = [\"PROGRAM\", \"ARGUMENT\"] }.
# Without such a line the passfile (~/.pgpass) is looked at.
";

/// The whole file.
pub(super) fn text(answers: &Answers) -> String {
    let text = |text: &str| quoted(text);
    let criteria = &answers.criteria;
    let target = answers.target.map(|end| quoted(&end.text));
    let strategy =
        criteria.strategy.and_then(|strategy| Some(serde_json::to_value(strategy).ok()?.to_string()));
    let time = |time: Option<Time>| time.map(|time| quoted(&time.to_string()));
    [
        HEAD.to_owned(),
        "\n# The database that is read: a libpq URI or keyword string.\n".to_owned(),
        line("source", Some(text(&answers.source.text)), ""),
        password(Side::Source, Some(answers.source)),
        "# The machine by which it is reached, if PostgreSQL listens on its localhost only.\n".to_owned(),
        line("ssh", answers.ssh.map(text), "\"user@droplet\""),
        "\n# The database that is written; made if it is absent.\n".to_owned(),
        line("target", target, "\"postgresql://master@host/database\""),
        password(Side::Target, answers.target),
        "\n# The run's folder (journal, dump, report), and its name; by default the source database's.\n".to_owned(),
        line("dir", answers.dir.map(|dir| quoted(&dir.to_string_lossy())), "\"pgferry-run\""),
        line("run", answers.run.map(text), "\"shop\""),
        "\n# Connections on each side that copy or build at a time; by default the cores of this machine, 2 to 8.\n".to_owned(),
        line("jobs", answers.jobs.map(|jobs| jobs.to_string()), "4"),
        "\n# What is carried; everything where nothing is said. A pattern is schema or schema.table, with * and ?.\n".to_owned(),
        line("include", None, "[\"shop\", \"audit.*\"]"),
        line("exclude", None, "[\"shop.log_*\"]"),
        line("without_data", None, "[\"shop.sessions\"]"),
        "# Several databases of the source's server, a run each.\n".to_owned(),
        line("databases", None, "[\"shop\", \"crm\"]"),
        "\n# How long an assessment watches the workload.\n".to_owned(),
        line("watch", time(answers.watch), "\"30s\""),
        "\n# What counts as a success; an assessment says of each whether it is met.\n[criteria]\n".to_owned(),
        "# live (copy, then follow), dump (copy while the application stands still) or dms.\n".to_owned(),
        line("strategy", strategy, "\"live\""),
        "# How long writers may wait at the cutover; how long all may take; WAL that the source may hold; the latest end.\n".to_owned(),
        line("pause_max", time(criteria.pause_max), "\"5s\""),
        line("duration_max", time(criteria.duration_max), "\"4h\""),
        line("wal_held_max", criteria.wal_held_max.map(|size| quoted(&size.to_string())), "\"20GiB\""),
        line("end_by", criteria.end_by.map(|moment| quoted(&moment.to_string())), "\"2026-12-01T04:00:00Z\""),
    ]
    .concat()
}

/// `key = value`; an example as a comment where there is no value.
fn line(key: &str, value: Option<String>, example: &str) -> String {
    match value {
        Some(value) => format!("{key} = {value}\n"),
        None => format!("# {key} = {example}\n"),
    }
}

fn password(side: Side, end: Option<&End>) -> String {
    let example = variable(side).parse::<Reference>().map(|example| example.toml()).unwrap_or_default();
    let reference = end.and_then(|end| end.password.as_ref()).map(Reference::toml);
    line(&format!("{side}_password"), reference, &example)
}
