//! `pgferry finish`.

use clap::Args;

use super::{Common, several};
use crate::{
    journal::End,
    phase::ending,
    report::{exit::Exit, failure::Failure},
    world::{Folder, World},
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
        let folder = Folder::open(&settings)?;
        if let Some(told) = ending::already(&folder.journal, End::Finish)? {
            return Ok(told);
        }
        let (world, mut journal, row) = World::open_to_end(settings, folder, End::Finish).await?;
        ending::refuse_unfinished(&journal)?;
        ending::finish(&world, &mut journal, row.as_ref()).await.map_err(Failure::ending)
    })
    .await
}
