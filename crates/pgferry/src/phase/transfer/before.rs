//! Before the rows: the target database, and roles.

use pgferry_engine::{
    Result,
    catalog::roles::Roles,
    error::ServerError,
    schema::{refused::Finding, rights::Names, roles},
    target::{database, state},
};

use super::Outcome;
use crate::world::World;

/// The database is there and claimed since [`World::open`]; here it is closed to others, until the last step.
pub(super) async fn prepare_target(world: &World) -> Result<Outcome> {
    let target = world.target_client().await?;
    let warning = database::close(&target, world.target.info().database()).await?;
    let finding = |warning: ServerError| Finding {
        object: "right of PUBLIC to connect to the target database".to_owned(),
        reason: warning.message,
        sqlstate: warning.sqlstate,
        instead: Some(
            "the database is not ours to close: others may have come in while it was filled".to_owned(),
        ),
    };
    Ok(Outcome::of(warning.map(finding).into_iter().collect()))
}

/// Makes the roles that the target lacks. Their names are noted on the target first, so that `abort` finds them. Those that
/// it has stay as they are: what is otherwise with them is named.
pub(super) async fn make_roles(world: &World) -> Result<Outcome> {
    let source = Roles::read(&*world.source_client().await?).await?;
    let target = world.target_client().await?;
    let present = roles::present(&target).await?;
    let missing: Vec<String> =
        roles::missing(&source, &present).into_iter().map(|role| role.name.clone()).collect();
    let ours = state::note_roles(&target, world.epoch, &missing).await?;
    let mut findings = roles::make(&target, &source, &ours, &present).await?;
    let names = Names { bootstrap: source.bootstrap(), master: world.master() };
    findings.extend(roles::differences(&source, &Roles::read(&target).await?, &ours, &names));
    Ok(Outcome::of(findings))
}
