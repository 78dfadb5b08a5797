//! Progress while it happens: one line that moves on a terminal, plain lines elsewhere, JSON for programs.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};
use pgferry_engine::progress::{Event, Progress, Shared};
use serde_json::json;
use tokio::task::JoinHandle;

/// How events and counters are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A line that moves.
    Terminal,
    /// A line now and then.
    Lines,
    /// One JSON value a line, on standard error; standard output is for the report.
    Json,
}

impl Form {
    /// JSON if asked for, else by what standard error is.
    pub fn choose(json: bool) -> Self {
        match (json, std::io::stderr().is_terminal()) {
            (true, _) => Self::Json,
            (false, true) => Self::Terminal,
            (false, false) => Self::Lines,
        }
    }
}

/// How often the moving line is drawn, and how often a plain line is written.
const TICK: Duration = Duration::from_millis(250);
const LINE: Duration = Duration::from_secs(10);

/// Shows progress until it is dropped.
pub struct Shown {
    task: JoinHandle<()>,
    bar: Option<ProgressBar>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Begins to show. Must be called within a runtime.
pub fn show(progress: &Shared, form: Form) -> Shown {
    let bar = (form == Form::Terminal).then(|| {
        let style = ProgressStyle::with_template("{spinner} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        ProgressBar::new_spinner().with_style(style)
    });
    let listener_bar = bar.clone();
    progress.listen(move |event| tell(event, form, listener_bar.as_ref()));
    let (shared, task_bar) = (progress.clone(), bar.clone());
    let task = tokio::spawn(async move {
        let mut pace = Pace::default();
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(TICK).await;
            pace.measure(&shared);
            match (&task_bar, form) {
                (Some(bar), _) => {
                    bar.set_message(pace.line(&shared));
                    bar.tick();
                }
                (None, _) if last.elapsed() < LINE => {}
                (None, Form::Json) => {
                    last = Instant::now();
                    write_line(&pace.json(&shared).to_string());
                }
                (None, _) => {
                    last = Instant::now();
                    write_line(&pace.line(&shared));
                }
            }
        }
    });
    Shown { task, bar }
}

fn tell(event: &Event, form: Form, bar: Option<&ProgressBar>) {
    let text = match form {
        Form::Json => serde_json::to_string(event).unwrap_or_default(),
        Form::Terminal | Form::Lines => sentence(event),
    };
    match bar {
        Some(bar) => bar.println(text),
        None => write_line(&text),
    }
}

fn write_line(text: &str) {
    // nobody is left to be told that standard error is gone
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn sentence(event: &Event) -> String {
    match event {
        Event::Began { what } => format!("… {what}"),
        Event::Ended { what, seconds } => format!("✓ {what} ({seconds} s)"),
        Event::Retrying { what, because } => format!("! again: {what}: {because}"),
        Event::Note { text } => format!("· {text}"),
    }
}

/// Rates over the last seconds, from which the time that is left follows.
#[derive(Default)]
struct Pace {
    samples: std::collections::VecDeque<(Instant, u64, u64)>,
}

/// Rates are taken over this many ticks.
const SAMPLES: usize = 60;

impl Pace {
    fn measure(&mut self, progress: &Progress) {
        self.samples.push_back((Instant::now(), progress.bytes_copied.get(), done(progress).0));
        if SAMPLES < self.samples.len() {
            self.samples.pop_front();
        }
    }

    /// Bytes of COPY data a second, and units of work a second.
    fn rates(&self) -> (f64, f64) {
        let (Some(first), Some(last)) = (self.samples.front(), self.samples.back()) else {
            return (0.0, 0.0);
        };
        let seconds = last.0.duration_since(first.0).as_secs_f64().max(0.001);
        let rate = |from: u64, to: u64| to.saturating_sub(from) as f64 / seconds;
        (rate(first.1, last.1), rate(first.2, last.2))
    }

    /// The time that is left at the present rate; none while there is no rate to tell it from.
    fn left(&self, progress: &Progress) -> Option<Duration> {
        let (done, planned) = done(progress);
        let rate = self.rates().1;
        let left = planned.saturating_sub(done) as f64;
        (0.0 < rate && 0.0 < left).then(|| Duration::from_secs_f64((left / rate).min(1e8)))
    }

    fn line(&self, progress: &Progress) -> String {
        let mut parts = Vec::new();
        if 0 < progress.tables_planned.get() {
            parts.push(format!("{}/{} tables", progress.tables_done.get(), progress.tables_planned.get()));
            parts.push(format!("{} rows", progress.rows_copied.get()));
            parts.push(format!(
                "{} at {}/s",
                HumanBytes(progress.bytes_copied.get()),
                HumanBytes(self.rates().0 as u64)
            ));
        }
        if 0 < progress.entries_planned.get() {
            parts.push(format!(
                "{}/{} definitions",
                progress.entries_done.get(),
                progress.entries_planned.get()
            ));
        }
        if 0 < progress.bytes_to_verify.get() {
            parts.push(format!(
                "{} of {} compared",
                HumanBytes(progress.bytes_verified.get()),
                HumanBytes(progress.bytes_to_verify.get())
            ));
        }
        parts.extend(
            self.left(progress).map(|left| format!("about {} left for this part", HumanDuration(left))),
        );
        parts.join(", ")
    }

    fn json(&self, progress: &Progress) -> serde_json::Value {
        json!({
            "event": "progress",
            "tables_done": progress.tables_done.get(),
            "tables_planned": progress.tables_planned.get(),
            "rows_copied": progress.rows_copied.get(),
            "bytes_copied": progress.bytes_copied.get(),
            "bytes_per_second": self.rates().0 as u64,
            "entries_done": progress.entries_done.get(),
            "entries_planned": progress.entries_planned.get(),
            "bytes_verified": progress.bytes_verified.get(),
            "bytes_to_verify": progress.bytes_to_verify.get(),
            "seconds_left": self.left(progress).map(|left| left.as_secs()),
        })
    }
}

/// Work done and planned, in the unit of whatever is going on: verification, copy, or definitions.
fn done(progress: &Progress) -> (u64, u64) {
    let pair = |done: &pgferry_engine::progress::Counter, planned: &pgferry_engine::progress::Counter| {
        (done.get(), planned.get())
    };
    let verify = pair(&progress.bytes_verified, &progress.bytes_to_verify);
    let copy = pair(&progress.bytes_done, &progress.bytes_planned);
    let entries = pair(&progress.entries_done, &progress.entries_planned);
    match (verify, copy) {
        (verify, _) if 0 < verify.1 => verify,
        (_, copy) if copy.0 < copy.1 => copy,
        _ => entries,
    }
}
