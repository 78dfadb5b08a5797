//! `pgferry transfer`.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use pgferry_engine::{Error, Kind, Side, progress::Progress};

use super::{Common, Filters, several};
use crate::{
    journal::Event,
    phase::transfer,
    report::{exit::Exit, failure::Failure, progress, summary::Summary},
    run::Run,
    settings::{Given, Settings},
    world::{World, write_whole},
};

/// Flags of `pgferry transfer`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filters: Filters,
    /// How far to go.
    #[arg(long, value_enum, default_value_t = Until::Copied)]
    until: Until,
    /// Connections on each side that copy or build at a time [default: the cores of this machine, 2 to 8].
    #[arg(long, value_name = "N", env = "PGFERRY_JOBS")]
    jobs: Option<usize>,
    /// Compress out-of-line values on the target by this method; lz4 costs less CPU where the server was built with it
    /// [default: the target's own setting].
    #[arg(long, value_enum, env = "PGFERRY_TOAST_COMPRESSION")]
    toast_compression: Option<Compression>,
    /// Go on with a server newer than those that pgferry was tested with.
    #[arg(long)]
    untested_version: bool,
}

/// `default_toast_compression` of sessions that write rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Compression {
    /// PostgreSQL's own.
    Pglz,
    /// Faster; 14 and newer, where built in.
    Lz4,
}

impl Compression {
    /// Its name on the server.
    pub(super) fn setting(self) -> &'static str {
        match self {
            Self::Pglz => "pglz",
            Self::Lz4 => "lz4",
        }
    }
}

/// Where a transfer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Until {
    /// Everything as of one snapshot; the copy cannot be followed later, and nothing is left on the source.
    Copied,
}

/// Copies, or goes on copying, and reports.
pub async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Until::Copied = arguments.until;
    let json = arguments.common.json;
    let given = Given {
        choice: arguments.filters.choice(),
        jobs: arguments.jobs,
        toast_compression: arguments.toast_compression.map(Compression::setting),
        untested_version: arguments.untested_version,
        ..arguments.common.given()
    };
    several::each(given, json, async |settings| copy(settings, progress::Form::choose(json)).await).await
}

/// The whole copy, as `transfer` and `demo` do it.
pub async fn copy(settings: Settings, form: progress::Form) -> Result<Summary, Failure> {
    let counters = Arc::new(Progress::default());
    let _shown = progress::show(&counters, form);
    for side in [Side::Source, Side::Target] {
        settings.conninfo(side)?.warnings().into_iter().for_each(|warning| counters.note(warning));
    }
    let (world, mut journal) = World::open(settings, counters.clone()).await?;
    journal.append(Event::Opened { epoch: world.epoch })?;
    let mut run = Run::new(journal, counters);
    let outcomes = transfer::until_copied(&mut run, &world).await.map_err(Failure::midway)?;
    let (source, target) = (world.source.info().redacted(), world.target.info().redacted());
    let left_out = world.plan().await?.catalog.chosen.notices.clone();
    let choice = (world.settings.choice.clone(), left_out);
    let summary = Summary::new(&run.journal, (&source, &target), choice, outcomes);
    let json = serde_json::to_vec_pretty(&summary)
        .map_err(|error| Error::new(Kind::Bug, Side::Local, "write the report").because(error))?;
    write_whole(&world.settings.dir.join("report.json"), &json)?;
    Ok(summary)
}
