//! The final report of a copy: one value, shown as text or as JSON, kept as `report.json`.

use comfy_table::Table;
use indicatif::HumanBytes;
use pgferry_engine::{
    catalog::choice::{Choice, Notice},
    schema::refused::Finding,
};
use serde::{Deserialize, Serialize};

use super::{Report, choice, exit::Exit};
use crate::{
    journal::{Event, Journal},
    phase::transfer::Outcome,
    run::Step,
};

/// What came of a copy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// The run's name.
    pub run: String,
    /// From where.
    pub source: String,
    /// Where to.
    pub target: String,
    /// Tables copied.
    pub tables: u64,
    /// Rows copied.
    pub rows: u64,
    /// Bytes of COPY data.
    pub bytes: u64,
    /// The steps with their durations.
    pub steps: Vec<Timing>,
    /// What is missing on the target.
    pub missing: Vec<Finding>,
    /// What is there, but otherwise.
    pub changed: Vec<Finding>,
    /// What was asked for.
    #[serde(default)]
    pub choice: Choice,
    /// What that left out.
    #[serde(default)]
    pub left_out: Vec<Notice>,
}

/// How long a step took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timing {
    /// Which step.
    pub step: Step,
    /// Seconds from its last beginning to its end.
    pub seconds: f64,
}

impl Summary {
    /// Folds the journal and the steps' outcomes.
    pub fn new(
        journal: &Journal,
        (source, target): (&str, &str),
        (choice, left_out): (Choice, Vec<Notice>),
        outcomes: Vec<(Step, Outcome)>,
    ) -> Self {
        let rows = outcomes
            .iter()
            .find(|(step, _)| *step == Step::Rows)
            .map(|(_, outcome)| outcome.clone())
            .unwrap_or_default();
        let findings = outcomes.into_iter().flat_map(|(_, outcome)| outcome.findings);
        let (changed, missing) = findings.partition(|finding| finding.instead.is_some());
        Self {
            run: journal.header.run.clone(),
            source: source.to_owned(),
            target: target.to_owned(),
            tables: rows.tables,
            rows: rows.rows,
            bytes: rows.bytes,
            steps: timings(journal),
            missing,
            changed,
            choice,
            left_out,
        }
    }
}

impl Report for Summary {
    fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["step", "seconds"]);
        for timing in &self.steps {
            table.add_row([timing.step.what().to_owned(), format!("{:.1}", timing.seconds)]);
        }
        let seconds =
            self.steps.iter().find(|timing| timing.step == Step::Rows).map_or(0.0, |timing| timing.seconds);
        let rate = if 0.0 < seconds { self.bytes as f64 / seconds / 1e6 } else { 0.0 };
        let mut text = format!(
            "{}\n  from {}\n  to   {}\n\n{table}\n\n{} tables, {} rows, {} of rows ({rate:.0} MB/s while copying)\n",
            self.run,
            self.source,
            self.target,
            self.tables,
            self.rows,
            HumanBytes(self.bytes)
        );
        text.push_str(&choice::section(&self.left_out));
        text.push_str(&section("on the target, but otherwise", &self.changed));
        text.push_str(&section("MISSING on the target", &self.missing));
        if self.missing.is_empty() && self.changed.is_empty() {
            text.push_str("everything was made as it is on the source\n");
        }
        text
    }

    fn exit(&self) -> Exit {
        if self.missing.is_empty() { Exit::Done } else { Exit::Findings }
    }
}

fn section(title: &str, findings: &[Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title}: {}\n", findings.len());
    for finding in findings {
        text.push_str(&format!("  {}\n    because: {}\n", finding.object, finding.reason));
        if let Some(instead) = &finding.instead {
            text.push_str(&format!("    instead: {instead}\n"));
        }
    }
    text
}

fn timings(journal: &Journal) -> Vec<Timing> {
    let mut timings: Vec<Timing> = Vec::new();
    let mut begun = None;
    for (at, event) in journal.timed() {
        match event {
            Event::Started(_) => begun = Some(*at),
            Event::Succeeded(step, _) => {
                let seconds = begun.map_or(0.0, |begun| (*at - begun).as_secs_f64());
                timings.push(Timing { step: *step, seconds });
            }
            Event::Opened { .. }
            | Event::Failed(..)
            | Event::DatabaseBegun
            | Event::DatabaseRefused
            | Event::Ending(_)
            | Event::Aborted
            | Event::Finished => {}
        }
    }
    timings
}
