//! `pgferry verify`.

use std::sync::Arc;

use clap::Args;
use pgferry_engine::progress::Progress;

use super::{Common, Filters, several};
use crate::{
    phase,
    report::{exit::Exit, failure::Failure, progress},
    settings::Given,
};

/// Flags of `pgferry verify`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filters: Filters,
    /// Nothing writes to either side while they are compared.
    #[arg(long, required = true)]
    still: bool,
    /// Connections on each side that digest at a time [default: the cores of this machine, 2 to 8].
    #[arg(long, value_name = "N", env = "PGFERRY_JOBS")]
    jobs: Option<usize>,
}

/// Compares; 0 only if everything was compared and is equal.
pub async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    debug_assert!(arguments.still, "clap demands it");
    let json = arguments.common.json;
    let given =
        Given { jobs: arguments.jobs, choice: arguments.filters.choice(), ..arguments.common.given() };
    several::each(given, json, async |settings| {
        let counters = Arc::new(Progress::default());
        let _shown = progress::show(&counters, progress::Form::choose(json));
        phase::verify::still(&settings, &counters).await.map_err(Failure::looking)
    })
    .await
}
