//! `pgferry config`.

use std::collections::BTreeSet;

use clap::Args;
use pgferry_engine::{Error, Kind, Result, Side};

use super::{Common, Filters, goals::Goals, transfer::Compression};
use crate::{
    report::exit::Exit,
    settings::{
        Given, Settings,
        origin::{Origins, Row},
    },
};

/// Flags of `pgferry config`: those that other commands take, so that their effect can be seen.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    goals: Goals,
    #[command(flatten)]
    filters: Filters,
    /// Connections on each side that copy or build at a time.
    #[arg(long, value_name = "N", env = "PGFERRY_JOBS")]
    jobs: Option<usize>,
    /// How out-of-line values are compressed on the target.
    #[arg(long, value_enum, env = "PGFERRY_TOAST_COMPRESSION")]
    toast_compression: Option<Compression>,
    /// Go on with a server newer than those that pgferry was tested with.
    #[arg(long)]
    untested_version: bool,
}

/// Prints each value with its origin; what a command would refuse is an error here too, behind the values.
#[expect(clippy::print_stdout, reason = "the values are the command's data")]
pub fn run(arguments: Arguments, from_environment: BTreeSet<String>) -> Result<Exit> {
    let given = Given {
        jobs: arguments.jobs,
        choice: arguments.filters.choice(),
        toast_compression: arguments.toast_compression.map(Compression::setting),
        untested_version: arguments.untested_version,
        from_environment,
        ..arguments.common.given()
    };
    let mut origins = Origins::default();
    let resolved = Settings::resolve_into(arguments.goals.given(given), &mut origins);
    if arguments.common.json {
        let text = serde_json::to_string(&origins.rows)
            .map_err(|error| Error::new(Kind::Bug, Side::Local, "write the values").because(error))?;
        println!("{text}");
    } else if !origins.rows.is_empty() {
        println!("{}", text(&origins.rows));
    }
    resolved.map(|_| Exit::Done)
}

/// Three columns.
fn text(rows: &[Row]) -> String {
    let cells: Vec<(&str, String, String)> =
        rows.iter().map(|row| (row.key, value(row), origin(row))).collect();
    let width = |cell: fn(&(&str, String, String)) -> usize| cells.iter().map(cell).max().unwrap_or(0);
    let (keys, values) = (width(|cell| cell.0.len()), width(|cell| cell.1.chars().count()));
    let lines = cells.iter().map(|(key, value, origin)| format!("{key:keys$}  {value:values$}  {origin}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn value(row: &Row) -> String {
    match &row.value {
        None => "-".to_owned(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn origin(row: &Row) -> String {
    if row.value.is_none() { "not given".to_owned() } else { row.origin.to_string() }
}
