//! `pgferry finish`.

use std::sync::Arc;

use clap::Args;
use pgferry_engine::progress::Progress;

use super::{Common, several};
use crate::{
    journal::Event,
    phase::ending,
    report::{exit::Exit, failure::Failure},
    run::{Run, Step},
    world::{Purpose, World},
};

/// Flags of `pgferry finish`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// Removes what is ours from the target; the copy stays.
pub async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    several::each(arguments.common.given(), arguments.common.json, async |settings| {
        let progress = Arc::new(Progress::default());
        let (world, journal) = World::open(settings, progress.clone(), Purpose::End).await?;
        let mut run = Run::new(journal, progress);
        let told = ending::finish(&world, run.is_done(Step::Compare)).await?;
        run.journal.append(Event::Finished)?;
        Ok(told)
    })
    .await
}
