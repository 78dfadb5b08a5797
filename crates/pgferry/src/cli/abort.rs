//! `pgferry abort`.

use clap::Args;

use super::{Common, several};
use crate::{
    journal::End,
    phase::ending,
    report::{exit::Exit, failure::Failure},
    world::{Folder, World},
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
        let folder = Folder::open(&settings)?;
        if let Some(told) = ending::already(&folder.journal, End::Abort)? {
            return Ok(told);
        }
        let (world, mut journal, row) = World::open_to_end(settings, folder, End::Abort).await?;
        ending::abort(&world, &mut journal, row.as_ref()).await.map_err(Failure::ending)
    })
    .await
}
