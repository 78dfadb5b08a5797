//! `pgferry verify`.

use std::{fmt::Write, sync::Arc};

use clap::Args;
use pgferry_engine::{Error, Kind, Result, Side, progress::Progress, verify::Verdict};

use super::Common;
use crate::{
    phase,
    report::{exit::Exit, progress},
    settings::{Given, Settings},
};

/// Flags of `pgferry verify`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Nothing writes to either side while they are compared.
    #[arg(long, required = true)]
    still: bool,
    /// Connections on each side that digest at a time [default: the cores of this machine, 2 to 8].
    #[arg(long, value_name = "N", env = "PGFERRY_JOBS")]
    jobs: Option<usize>,
}

/// Compares; 0 only if everything was compared and is equal.
#[expect(clippy::print_stdout, reason = "the verdict is the command's data")]
pub async fn run(arguments: Arguments) -> Result<Exit> {
    debug_assert!(arguments.still, "clap demands it");
    let settings = Settings::resolve(Given { jobs: arguments.jobs, ..arguments.common.given() })?;
    let counters = Arc::new(Progress::default());
    let shown = progress::show(&counters, progress::Form::choose(arguments.common.json));
    let verdict = phase::verify::still(&settings, &counters).await?;
    drop(shown);
    if arguments.common.json {
        let json = serde_json::to_string(&verdict)
            .map_err(|error| Error::new(Kind::Bug, Side::Local, "write the verdict").because(error))?;
        println!("{json}");
    } else {
        println!("{}", text(&verdict));
    }
    Ok(if verdict.is_equal() { Exit::Done } else { Exit::Findings })
}

/// For a person.
pub fn text(verdict: &Verdict) -> String {
    let mut text = String::new();
    for one in &verdict.differences {
        let column = one.column.as_ref().map_or(String::new(), |column| format!(", column {column}"));
        let value = |value: &Option<String>| {
            value.as_ref().map_or("nothing (NULL or absent)".to_owned(), |value| format!("{value:?}"))
        };
        let _ = writeln!(
            text,
            "different: {}, {}{column}\n  source: {}\n  target: {}",
            one.object,
            one.key,
            value(&one.source),
            value(&one.target)
        );
    }
    for one in &verdict.not_compared {
        let _ = writeln!(text, "not compared: {}\n  because: {}", one.object, one.reason);
    }
    let what = format!(
        "{} tables with {} rows, sequences, large objects, {} definitions",
        verdict.tables, verdict.rows, verdict.definitions
    );
    let word = match (verdict.differences.len(), verdict.not_compared.len()) {
        (0, 0) => format!("equal: {what}"),
        (0, some) => format!("not proved: {some} of {what} could not be compared"),
        (some, _) => format!("DIFFERENT in {some} places: {what}"),
    };
    text.push_str(&word);
    text
}
