//! `pgferry abort`.

use std::sync::Arc;

use clap::Args;
use pgferry_engine::{Result, progress::Progress};

use super::Common;
use crate::{journal::Event, phase::ending, report::exit::Exit, world::World};

/// Flags of `pgferry abort`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// Takes everything back; says what.
#[expect(clippy::print_stdout, reason = "what was taken back is the command's data")]
pub async fn run(arguments: Arguments) -> Result<Exit> {
    let settings = arguments.common.settings()?;
    let (world, mut journal) = World::open_existing(settings, Arc::new(Progress::default())).await?;
    for line in ending::abort(&world).await? {
        println!("{line}");
    }
    journal.append(Event::Aborted)?;
    Ok(Exit::Done)
}
