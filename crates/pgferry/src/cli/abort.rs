//! `pgferry abort`.

use std::sync::Arc;

use clap::Args;
use pgferry_engine::progress::Progress;

use super::{Common, several};
use crate::{
    journal::Event,
    phase::ending,
    report::{exit::Exit, failure::Failure},
    world::{Purpose, World},
};

/// Flags of `pgferry abort`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// Takes everything back; says what.
pub async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    several::each(arguments.common.given(), arguments.common.json, async |settings| {
        let (world, mut journal) = World::open(settings, Arc::new(Progress::default()), Purpose::End).await?;
        let told = ending::abort(&world).await?;
        journal.append(Event::Aborted)?;
        Ok(told)
    })
    .await
}
