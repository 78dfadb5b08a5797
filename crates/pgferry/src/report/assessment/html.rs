//! An assessment as one page that needs no network: summary on top, findings that filter, charts as inline SVG.
//!
//! Every control is a link, a button or `details`; without scripts everything is shown, as on paper.

use std::collections::BTreeMap;

use askama::Template;
use pgferry_engine::{
    Error, Kind, Result, Side,
    assess::{
        assessment::{Assessment, Changes},
        finding::{Finding, Severity, Strategy, Unknown},
        growth::Growth,
        inventory::{Inventory, TableSize},
        sizing::Offer,
        workload::{Look, Sessions},
    },
};

use super::{Assessed, Show, a_day, between, bytes, criterion, ranges, seconds, verdict, word};

/// Objects of a finding that stand open; the rest unfolds.
const OBJECTS_OPEN: usize = 5;
/// Tables in the chart, the largest first.
const TABLES_CHARTED: usize = 20;
/// The drawing's size.
const CHART: (f64, f64) = (600.0, 120.0);

#[derive(Template)]
#[template(path = "assessment.html")]
struct Page<'a> {
    assessment: &'a Assessment,
    verdict: String,
    severity: String,
    size: String,
    watched: String,
    strategy: String,
    changes: Option<&'a Changes>,
    findings: Vec<Card<'a>>,
    counts: Vec<(&'static str, &'static str, usize)>,
    tables: Vec<Bar<'a>>,
    growth: Option<String>,
    load: Vec<Chart>,
    forecast: Vec<Span>,
    criteria: Vec<(String, String)>,
    unknown: &'a [Unknown],
    clients: &'a [Sessions],
    offers: &'a [Offer],
}

struct Card<'a> {
    finding: &'a Finding,
    live: String,
    dump: String,
    dms: String,
    side: String,
    open: &'a [pgferry_engine::assess::finding::Object],
    folded: &'a [pgferry_engine::assess::finding::Object],
}

/// A table's bar, in shares of the largest.
struct Bar<'a> {
    table: &'a TableSize,
    size: String,
    growth: String,
    heap: f64,
    toast: f64,
    index: f64,
}

/// A line over the window.
struct Chart {
    title: &'static str,
    most: String,
    points: String,
}

/// A forecast range on a line of its own scale.
struct Span {
    name: &'static str,
    said: String,
    reason: String,
    left: f64,
    width: f64,
}

/// The whole page.
pub fn page(assessed: &Assessed) -> Result<String> {
    let Assessed { assessment, changes } = assessed;
    let page = Page {
        assessment,
        verdict: verdict(assessment),
        severity: word(&assessment.verdict),
        size: bytes(assessment.source.bytes as f64),
        watched: seconds(assessment.workload.seconds),
        strategy: word(&assessment.strategy),
        changes: changes.as_ref(),
        findings: assessment.findings.iter().map(card).collect(),
        counts: counts(assessment),
        tables: bars(&assessment.inventory),
        growth: assessment.inventory.growth.as_ref().map(grows),
        load: load(&assessment.workload.looks),
        forecast: spans(assessment),
        criteria: assessment
            .criteria
            .iter()
            .map(|judged| (judged.criterion.clone(), criterion(judged)))
            .collect(),
        unknown: &assessment.unknown,
        clients: &assessment.workload.clients,
        offers: &assessment.sizing.offers,
    };
    page.render().map_err(|error| Error::new(Kind::Bug, Side::Local, "write the page").because(error))
}

fn card(finding: &Finding) -> Card<'_> {
    let severity = |strategy| word(&finding.severity.of(strategy));
    let (open, folded) = finding.objects.split_at(OBJECTS_OPEN.min(finding.objects.len()));
    Card {
        finding,
        live: severity(Strategy::Live),
        dump: severity(Strategy::Dump),
        dms: severity(Strategy::Dms),
        side: finding.side.to_string(),
        open,
        folded,
    }
}

/// Severity's word, its heading, how many findings have it for the chosen strategy.
fn counts(assessment: &Assessment) -> Vec<(&'static str, &'static str, usize)> {
    let names = ["blocker", "change", "warning", "note"];
    let severities = [Severity::Blocker, Severity::Change, Severity::Warning, Severity::Note];
    let titles = ["blockers", "changes", "warnings", "notes"];
    let count = |severity| {
        assessment
            .findings
            .iter()
            .filter(|finding| finding.severity.of(assessment.strategy) == severity)
            .count()
    };
    (0..4).map(|at| (names[at], titles[at], count(severities[at]))).collect()
}

/// "1.20 MiB a day: two assessments, 12.0 days apart".
fn grows(growth: &Growth) -> String {
    format!("{}: {}", a_day(growth.bytes_per_day), growth.reason)
}

fn bars<'a>(inventory: &'a Inventory) -> Vec<Bar<'a>> {
    let tables = &inventory.tables;
    let grown = inventory.growth.iter().flat_map(|growth| &growth.tables);
    let grown: BTreeMap<&str, f64> = grown.map(|one| (one.name.as_str(), one.bytes_per_day)).collect();
    let all = |table: &TableSize| (table.row_bytes() + table.index_bytes) as f64;
    let largest = tables.first().map_or(1.0, all).max(1.0);
    let share = |bytes: i64| 100.0 * bytes as f64 / largest;
    let growth = |name: &str| grown.get(name).map(|growth| a_day(*growth)).unwrap_or_default();
    let bar = |table: &'a TableSize| Bar {
        table,
        size: bytes(all(table)),
        growth: growth(&table.name),
        heap: share(table.heap_bytes),
        toast: share(table.toast_bytes),
        index: share(table.index_bytes),
    };
    tables.iter().take(TABLES_CHARTED).map(bar).collect()
}

fn load(looks: &[Look]) -> Vec<Chart> {
    let per_second: Show = |rate| format!("{rate:.1} a second");
    let number: Show = |count| format!("{count:.0}");
    let wal: Show = |rate| format!("{} a second", bytes(rate));
    vec![
        chart("transactions", looks, |look| look.transactions_per_second, per_second),
        chart("WAL", looks, |look| look.wal_bytes_per_second.unwrap_or(0.0), wal),
        chart("sessions at work", looks, |look| look.active as f64, number),
    ]
}

fn chart(title: &'static str, looks: &[Look], value: fn(&Look) -> f64, show: Show) -> Chart {
    let most = looks.iter().map(value).fold(0.0, f64::max);
    let until = looks.last().map_or(1.0, |look| look.at).max(f64::EPSILON);
    let point = |look: &Look| {
        let height = if 0.0 < most { value(look) / most } else { 0.0 };
        format!("{:.1},{:.1}", CHART.0 * look.at / until, CHART.1 * (1.0 - height))
    };
    Chart { title, most: show(most), points: looks.iter().map(point).collect::<Vec<_>>().join(" ") }
}

fn spans(assessment: &Assessment) -> Vec<Span> {
    let ranges = ranges(&assessment.forecast);
    let longest = |show: Show| {
        let same = ranges.iter().filter(|(_, _, other)| std::ptr::fn_addr_eq(*other, show));
        same.filter_map(|(_, range, _)| range.map(|range| range.high)).fold(f64::EPSILON, f64::max)
    };
    let span =
        |(name, range, show): &(&'static str, Option<&pgferry_engine::assess::forecast::Range>, Show)| {
            let Some(range) = range else {
                return Span {
                    name,
                    said: "unknown".to_owned(),
                    reason: String::new(),
                    left: 0.0,
                    width: 0.0,
                };
            };
            let scale = 100.0 / longest(*show);
            Span {
                name,
                said: between(range, *show),
                reason: range.reason.clone(),
                left: range.low * scale,
                width: ((range.high - range.low) * scale).max(0.5),
            }
        };
    ranges.iter().map(span).collect()
}
