//! `pgferry assess`.

use std::path::PathBuf;

use clap::Args;
use pgferry_engine::{
    Error, Kind, Result, Side,
    assess::{
        Depth,
        assessment::{Assessment, Options},
        finding::{Severity, Strategy},
        local::Local,
    },
};

use super::{Common, Filters, goals::Goals};
use crate::{
    config::measure::Bytes,
    phase,
    report::{assessment, exit::Exit},
    settings::{Given, Settings},
    world::write_whole,
};

/// Flags of `pgferry assess`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    goals: Goals,
    /// Read the rows of user tables too: broken foreign keys, doubles, values that are too large, bytes that are no UTF-8.
    #[arg(long)]
    deep: bool,
    /// Measure instead of assuming: some seconds of reading the largest table and of writing into a temporary table; try
    /// locales on the target.
    #[arg(long)]
    probe: bool,
    /// Write the report as a page that needs no network.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Say what is new, gone and worse since an earlier assessment (its JSON).
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Print the JSON schema of what --json prints, and look at nothing.
    #[arg(long)]
    schema: bool,
    /// How much storage the target has, as 100GiB: SQL does not show it.
    #[arg(long, value_name = "SIZE", env = "PGFERRY_TARGET_STORAGE")]
    target_storage: Option<Bytes>,
    /// Connections that the copy would have [default: the cores of this machine, 2 to 8].
    #[arg(long, value_name = "N", env = "PGFERRY_JOBS")]
    jobs: Option<usize>,
}

/// Looks, and reports; 3 if the strategy is blocked.
#[expect(clippy::print_stdout, reason = "the report is the command's data")]
pub async fn run(arguments: Arguments) -> Result<Exit> {
    if arguments.schema {
        println!("{}", json(&schemars::schema_for!(Assessment))?);
        return Ok(Exit::Done);
    }
    let settings = Settings::resolve(arguments.goals.given(Given {
        jobs: arguments.jobs,
        choice: arguments.filters.choice(),
        ..arguments.common.given()
    }))?;
    // before a server is bothered
    let earlier = arguments.against.as_ref().map(read).transpose()?;
    let options = Options {
        depth: Depth { deep: arguments.deep, probe: arguments.probe },
        watch: settings.watch.0,
        jobs: settings.jobs,
        strategy: settings.criteria.strategy.unwrap_or(Strategy::Live),
        criteria: settings.criteria.limits(),
        choice: settings.choice.clone(),
        local: Local {
            target_storage_bytes: arguments.target_storage.map(|size| size.0),
            ..phase::assess::local(&settings).await
        },
    };
    let assessment = phase::assess::assess(&settings, &options).await?;
    let changes = earlier.map(|earlier| assessment.since(&earlier));
    if let Some(path) = &arguments.html {
        write_whole(path, assessment::html::page(&assessment, changes.as_ref())?.as_bytes())?;
    }
    if arguments.common.json {
        println!("{}", json(&assessment)?);
    } else {
        println!("{}", assessment::text(&assessment, changes.as_ref()));
    }
    Ok(if assessment.verdict == Severity::Blocker { Exit::Findings } else { Exit::Done })
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::new(Kind::Bug, Side::Local, "write the assessment").because(error))
}

fn read(path: &PathBuf) -> Result<Assessment> {
    let failed = |cause: &dyn std::fmt::Display| {
        let attempt = format!("compare with {}", path.display());
        Error::new(Kind::Usage, Side::Local, attempt)
            .because(format!("{cause}; it has to be what `pgferry assess --json` printed"))
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|error| failed(&error))
}
