//! An assessment as a person reads it: on a terminal of 80 columns, the most important first.

use std::fmt::Write;

use indicatif::{HumanBytes, HumanDuration};
use pgferry_engine::assess::{
    assessment::{Assessment, Changes},
    finding::{Due, Finding, Severity},
    forecast::{Judged, Range, Verdict},
    growth::Growth,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Report, exit::Exit};

pub mod earlier;
pub mod html;

/// Columns of a terminal.
const WIDTH: usize = 80;
/// Objects of a finding that a terminal shows; the JSON and the page have all.
const OBJECTS_SHOWN: usize = 3;
/// Statements of a finding that a terminal shows.
const STATEMENTS_SHOWN: usize = 2;
/// Tables and clients that a terminal shows.
const LINES_SHOWN: usize = 8;

/// The severities, the worst first, with what a heading calls them.
pub const SEVERITIES: [(Severity, &str); 4] = [
    (Severity::Blocker, "blockers"),
    (Severity::Change, "changes needed"),
    (Severity::Warning, "warnings"),
    (Severity::Note, "notes"),
];

/// An assessment, and how it differs from an earlier one.
#[derive(Serialize, JsonSchema)]
pub struct Assessed {
    /// What was seen.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// What changed since the assessment that `--against` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

impl Report for Assessed {
    fn text(&self) -> String {
        let assessment = &self.assessment;
        let mut text = head(assessment);
        if let Some(changes) = &self.changes {
            text.push_str(&changed(changes));
        }
        for (severity, title) in SEVERITIES {
            let of = |finding: &&Finding| finding.severity.of(assessment.strategy) == severity;
            let findings: Vec<&Finding> = assessment.findings.iter().filter(of).collect();
            if findings.is_empty() {
                continue;
            }
            let _ = write!(text, "\n{} ({})\n", title.to_uppercase(), findings.len());
            for finding in findings {
                text.push_str(&one(finding, severity));
            }
        }
        text.push_str(&super::choice::section(&assessment.left_out));
        text.push_str(&unseen(assessment));
        text.push_str(&figures(assessment));
        text.push_str(&sizing(assessment));
        text
    }

    fn exit(&self) -> Exit {
        if self.assessment.verdict == Severity::Blocker { Exit::Findings } else { Exit::Done }
    }

    fn headline(&self) -> String {
        verdict(&self.assessment)
    }
}

/// What comes of it, in one line.
pub fn verdict(assessment: &Assessment) -> String {
    let count = |severity| {
        let of = |finding: &&Finding| finding.severity.of(assessment.strategy) == severity;
        assessment.findings.iter().filter(of).count()
    };
    let strategy = word(&assessment.strategy);
    match assessment.verdict {
        Severity::Blocker => {
            let blockers = count(Severity::Blocker);
            let stand = if blockers == 1 { "stands" } else { "stand" };
            format!("BLOCKED: {} {stand} against strategy {strategy}", many(blockers, "blocker"))
        }
        Severity::Change => {
            format!("ready for strategy {strategy} after {}", many(count(Severity::Change), "change"))
        }
        Severity::Warning => {
            format!("ready for strategy {strategy}, with {}", many(count(Severity::Warning), "warning"))
        }
        Severity::Note | Severity::None => format!("ready for strategy {strategy}"),
    }
}

/// "1 change", "2 changes".
fn many(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// A closed set's word, as JSON has it.
pub fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn head(assessment: &Assessment) -> String {
    let source = &assessment.source;
    let target = match &assessment.target {
        Some(target) => format!("{} on PostgreSQL {}", target.database, target.version),
        None => "not given".to_owned(),
    };
    format!(
        "{}\n\n  source  {} on PostgreSQL {}, {}\n  target  {target}\n",
        verdict(assessment),
        source.database,
        source.version,
        bytes(source.bytes as f64),
    )
}

fn one(finding: &Finding, severity: Severity) -> String {
    let mut text = format!("\n  {} {}\n", finding.code, finding.name);
    let target = if finding.side == pgferry_engine::Side::Target { " (target)" } else { "" };
    text.push_str(&wrapped("    ", "    ", &format!("{}{target}", finding.title)));
    for object in finding.objects.iter().take(OBJECTS_SHOWN) {
        let detail = object.detail.as_ref().map_or(String::new(), |detail| format!(": {detail}"));
        text.push_str(&wrapped("    - ", "      ", &format!("{}{detail}", line(&object.name))));
    }
    if OBJECTS_SHOWN < finding.objects.len() {
        let _ = writeln!(text, "      and {} more", finding.objects.len() - OBJECTS_SHOWN);
    }
    if severity < Severity::Warning {
        return text;
    }
    text.push_str(&wrapped("    costs: ", "      ", &finding.effect));
    text.push_str(&wrapped("    do: ", "      ", &finding.advice));
    if finding.due == Due::First {
        text.push_str("      before anything else\n");
    }
    for statement in finding.sql.iter().take(STATEMENTS_SHOWN) {
        let _ = writeln!(text, "      {statement};");
    }
    if STATEMENTS_SHOWN < finding.sql.len() {
        let _ = writeln!(
            text,
            "      and {} more statements (--json, --html)",
            finding.sql.len() - STATEMENTS_SHOWN
        );
    }
    text
}

/// A name that holds a line break stays on its line.
fn line(name: &str) -> String {
    name.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}

fn unseen(assessment: &Assessment) -> String {
    if assessment.unknown.is_empty() {
        return String::new();
    }
    let mut text = format!("\nNOT LOOKED AT ({})\n", assessment.unknown.len());
    for unknown in &assessment.unknown {
        text.push_str(&wrapped("  - ", "    ", &format!("{}: {}", unknown.what, unknown.because)));
        text.push_str(&wrapped("    lifted by ", "      ", &unknown.lifted_by));
    }
    text
}

fn changed(changes: &Changes) -> String {
    let mut text = String::from("\nSINCE THE EARLIER ASSESSMENT\n");
    for (title, list) in [("new", &changes.new), ("gone", &changes.gone), ("worse", &changes.worse)] {
        for (name, object) in list {
            text.push_str(&wrapped(&format!("  {title}: "), "    ", &format!("{name}, {}", line(object))));
        }
    }
    if *changes == Changes::default() {
        text.push_str("  nothing changed\n");
    }
    text
}

fn figures(assessment: &Assessment) -> String {
    let (inventory, workload, forecast) = (&assessment.inventory, &assessment.workload, &assessment.forecast);
    let mut text = format!(
        "\nWHAT IS THERE\n  {} tables, {} of rows, {} of indexes\n",
        inventory.tables.len(),
        bytes(inventory.row_bytes() as f64),
        bytes(inventory.indexes_bytes() as f64)
    );
    for table in inventory.tables.iter().take(LINES_SHOWN) {
        let size = bytes((table.row_bytes() + table.index_bytes) as f64);
        let _ = writeln!(text, "  {size:>12}  {}", line(&table.name));
    }
    text.push_str(&growth(inventory.growth.as_ref()));
    let _ = write!(
        text,
        "\nWHAT IT DOES (watched for {:.0} s)\n  {:.1} transactions, {:.1} changed rows, {} of WAL a second\n  longest transaction {:.1} s; round trip {:.1} ms (p95 {:.1})\n",
        workload.seconds,
        workload.transactions_per_second,
        workload.changes_per_second,
        workload.wal_bytes_per_second.map_or("an unknown amount".to_owned(), bytes),
        workload.transaction_seconds_max,
        workload.round_trip.p50_ms,
        workload.round_trip.p95_ms
    );
    for client in workload.clients.iter().take(LINES_SHOWN) {
        let application = if client.application.is_empty() { "(no name)" } else { &client.application };
        let what = format!("{} {application} as {} from {}", client.sessions, client.role, client.address);
        text.push_str(&wrapped("  - ", "    ", &line(&what)));
    }
    text.push_str("\nFORECAST\n");
    for (what, range, show) in ranges(forecast) {
        let shown = range.map_or("unknown".to_owned(), |range| between(range, show));
        let _ = writeln!(text, "  {what:<15} {shown}");
    }
    for judged in &assessment.criteria {
        let _ = writeln!(text, "  {:<15} {}", judged.criterion, criterion(judged));
    }
    text
}

fn growth(growth: Option<&Growth>) -> String {
    let Some(growth) = growth else { return String::new() };
    let grows = format!("{} ({})", a_day(growth.bytes_per_day), growth.reason);
    let mut text = wrapped("  grows by ", "    ", &grows);
    for table in growth.tables.iter().filter(|table| 0.0 < table.bytes_per_day).take(OBJECTS_SHOWN) {
        let what = format!("{} by {}", line(&table.name), a_day(table.bytes_per_day));
        text.push_str(&wrapped("  - ", "    ", &what));
    }
    text
}

/// "1.20 MiB a day", "less 1.20 MiB a day".
pub fn a_day(bytes_per_day: f64) -> String {
    let less = if bytes_per_day < 0.0 { "less " } else { "" };
    format!("{less}{} a day", bytes(bytes_per_day.abs()))
}

/// How a figure is shown.
pub type Show = fn(f64) -> String;

/// The forecast's ranges by name.
pub fn ranges(
    forecast: &pgferry_engine::assess::forecast::Forecast,
) -> [(&'static str, Option<&Range>, Show); 7] {
    [
        ("copy", Some(&forecast.copy_seconds), seconds),
        ("copy in 30 days", forecast.copy_seconds_in_30_days.as_ref(), seconds),
        ("indexes", Some(&forecast.index_seconds), seconds),
        ("verification", Some(&forecast.verify_seconds), seconds),
        ("catch-up", forecast.catch_up_seconds.as_ref(), seconds),
        ("WAL held", forecast.wal_held_bytes.as_ref(), bytes),
        ("write pause", Some(&forecast.pause_seconds), seconds),
    ]
}

/// "2.0 s to 3 minutes".
pub fn between(range: &Range, show: Show) -> String {
    format!("{} to {}", show(range.low), show(range.high))
}

/// "at risk: 5 seconds were asked for".
pub fn criterion(judged: &Judged) -> String {
    let word = match judged.verdict {
        Verdict::Met => "met",
        Verdict::AtRisk => "AT RISK",
        Verdict::Missed => "MISSED",
        Verdict::Unknown => "unknown",
    };
    let show = if judged.criterion.starts_with("wal") { bytes } else { seconds };
    format!("{word}: {} were asked for", show(judged.limit))
}

fn sizing(assessment: &Assessment) -> String {
    let mut text = String::from("\nSIZES THAT WOULD DO\n");
    for offer in &assessment.sizing.offers {
        let _ = writeln!(
            text,
            "  {:<9} {:<15} {:>2} vCPU {:>3} GiB, gp3 {:>5} GiB, {} IOPS, {} MiB/s",
            offer.name,
            offer.instance_class,
            offer.vcpus,
            offer.memory_gib,
            offer.storage_gib,
            offer.iops,
            offer.throughput_mibps
        );
    }
    text
}

/// "1.20 GiB".
pub fn bytes(bytes: f64) -> String {
    HumanBytes(bytes.max(0.0) as u64).to_string()
}

/// "0.3 s", "4 minutes".
pub fn seconds(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    HumanDuration(std::time::Duration::from_secs_f64(seconds)).to_string()
}

fn wrapped(first: &str, further: &str, text: &str) -> String {
    let options = textwrap::Options::new(WIDTH).initial_indent(first).subsequent_indent(further);
    textwrap::fill(text, options) + "\n"
}
