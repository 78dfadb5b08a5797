//! `pgferry finish`.

use std::sync::Arc;

use clap::Args;
use pgferry_engine::{Result, progress::Progress};

use super::Common;
use crate::{
    journal::Event,
    phase::ending,
    report::exit::Exit,
    run::{Run, Step},
    world::World,
};

/// Flags of `pgferry finish`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// Removes what is ours from the target; the copy stays.
#[expect(clippy::print_stdout, reason = "what was removed is the command's data")]
pub async fn run(arguments: Arguments) -> Result<Exit> {
    let settings = arguments.common.settings()?;
    let progress = Arc::new(Progress::default());
    let (world, journal) = World::open_existing(settings, progress.clone()).await?;
    let mut run = Run::new(journal, progress);
    for line in ending::finish(&world, run.is_done(Step::Compare)).await? {
        println!("{line}");
    }
    run.journal.append(Event::Finished)?;
    Ok(Exit::Done)
}
