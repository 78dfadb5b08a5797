//! Before the rows: the target database, and roles.

use pgferry_engine::{
    Result,
    catalog::roles::Roles,
    schema::{refused::Finding, roles},
    target::{database, state},
};

use super::Outcome;
use crate::world::World;

/// The database is there and claimed since [`World::open`]; here it is closed to others, until the last step.
pub(super) async fn prepare_target(world: &World) -> Result<Outcome> {
    let target = world.target_client().await?;
    let name = world.target.info().database();
    database::close(&target, name).await?;
    let otherwise = world.source_database.otherwise(&world.target_database);
    let finding = |(what, source, target): (&str, String, String)| Finding {
        object: format!("{what} of database {name}"),
        reason: format!("{source} on the source, {target} on the target"),
        sqlstate: String::new(),
        instead: Some("it stays: what is sorted, compared or stored by it may come out otherwise".to_owned()),
    };
    Ok(Outcome::of(otherwise.into_iter().map(finding).collect()))
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
