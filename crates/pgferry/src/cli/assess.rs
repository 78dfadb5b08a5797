//! `pgferry assess`.

use std::path::{Path, PathBuf};

use clap::Args;
use pgferry_engine::{
    Error, Kind, Result, Side,
    assess::{
        Depth,
        assessment::Options,
        finding::{Strategy, Unknown},
        local::Local,
    },
};

use super::{Common, Filters, goals::Goals, several};
use crate::{
    config::measure::Bytes,
    phase,
    report::{
        assessment::{Assessed, earlier::Earlier, html},
        exit::Exit,
        failure::Failure,
    },
    settings::{Given, Settings, folder_name},
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
    /// Write the report as a page that needs no network; of several databases one each, as FILE-DATABASE.html.
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
pub async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    if arguments.schema {
        return Ok(print_schema()?);
    }
    let given = arguments.goals.given(Given {
        jobs: arguments.jobs,
        choice: arguments.filters.choice(),
        ..arguments.common.given()
    });
    // before a server is bothered
    let earlier = arguments.against.as_deref().map(Earlier::read).transpose().map_err(Failure::looking)?;
    several::each(given, arguments.common.json, async |settings| {
        one(&arguments, &settings, earlier.as_ref()).await.map_err(Failure::looking)
    })
    .await
}

/// Assesses one database.
async fn one(arguments: &Arguments, settings: &Settings, earlier: Option<&Earlier>) -> Result<Assessed> {
    let source = settings.conninfo(Side::Source)?;
    let before = earlier.and_then(|earlier| earlier.of(source.database(), settings.database.is_none()));
    let options = Options {
        depth: Depth { deep: arguments.deep, probe: arguments.probe },
        watch: settings.watch.0,
        jobs: settings.jobs,
        strategy: settings.criteria.strategy.unwrap_or(Strategy::Live),
        criteria: settings.criteria.limits(),
        choice: settings.choice.clone(),
        earlier: before,
        local: Local {
            target_storage_bytes: arguments.target_storage.map(|size| size.0),
            ..phase::assess::local(settings).await
        },
    };
    let mut assessment = phase::assess::assess(settings, &options).await?;
    if earlier.is_some() && before.is_none() {
        assessment.unknown.push(Unknown::of(
            "what changed",
            "the earlier assessment is not about this database",
            "an earlier assessment of the same databases",
        ));
    }
    let changes = before.map(|before| assessment.since(before));
    let assessed = Assessed { assessment, changes };
    if let Some(path) = &arguments.html {
        write_whole(&page_of(path, settings.database.as_deref()), html::page(&assessed)?.as_bytes())?;
    }
    Ok(assessed)
}

/// `report.html`, and of one of several databases `report-shop.html`.
fn page_of(path: &Path, database: Option<&str>) -> PathBuf {
    let Some(database) = database else { return path.to_owned() };
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{}", folder_name(database)));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[expect(clippy::print_stdout, reason = "the schema is the command's data")]
fn print_schema() -> Result<Exit> {
    let schema = serde_json::to_string(&schemars::schema_for!(several::Printed<Assessed>))
        .map_err(|error| Error::new(Kind::Bug, Side::Local, "write the schema").because(error))?;
    println!("{schema}");
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_several_databases_has_a_page_of_its_own() {
        let page = |path: &str, database| page_of(Path::new(path), database).display().to_string();
        assert_eq!(page("a/report.html", None), "a/report.html");
        assert_eq!(page("a/report.html", Some("shop")), "a/report-shop.html");
        assert_eq!(page("report", Some("../x y")), "report-%2E%2E%2Fx%20y");
    }
}
