//! Before the rows: the target database, and roles.

use pgferry_engine::{
    Result,
    catalog::roles::Roles,
    schema::roles,
    target::{database, state},
};

use super::Outcome;
use crate::world::World;

/// The database is there and claimed since [`World::open`]; here it is closed to others, until the last step.
pub(super) async fn prepare_target(world: &World) -> Result<Outcome> {
    let target = world.target_client().await?;
    database::close(&target, world.target.info().database()).await?;
    Ok(Outcome::default())
}

/// Makes the roles that the target lacks. Their names are noted on the target first, so that `abort` finds them.
pub(super) async fn make_roles(world: &World) -> Result<Outcome> {
    let source = Roles::read(&*world.source_client().await?).await?;
    let target = world.target_client().await?;
    let present = roles::present(&target).await?;
    let missing: Vec<String> =
        roles::missing(&source, &present).into_iter().map(|role| role.name.clone()).collect();
    let ours = state::note_roles(&target, world.epoch, &missing).await?;
    Ok(Outcome::of(roles::make(&target, &source, &ours, &present).await?))
}
