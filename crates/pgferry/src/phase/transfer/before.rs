//! Before the rows: the target database, and roles.

use pgferry_engine::{
    Result,
    catalog::roles::Roles,
    schema::{refused::Finding, rights::Names, roles},
    target::{database, state},
    verify::database::texts_differ,
};

use super::Outcome;
use crate::world::World;

/// The database is there and claimed since [`World::open`]; here it is closed to others, until the last step.
pub(super) async fn prepare_target(world: &World) -> Result<Outcome> {
    let target = world.target_client().await?;
    let name = world.target.info().database();
    let warning = database::close(&target, name).await?.map(|warning| Finding {
        object: "right of PUBLIC to connect to the target database".to_owned(),
        reason: warning.message,
        sqlstate: warning.sqlstate,
        instead: Some(
            "the database is not ours to close: others may have come in while it was filled".to_owned(),
        ),
    });
    let same_major = world.source_version.major() == world.target_version.major();
    let differences = texts_differ(&world.source_database, &world.target_database, same_major);
    let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    let otherwise = differences.into_iter().map(|one| Finding {
        object: format!("{} of database {name}", one.key),
        reason: format!("{} on the source, {} on the target", text(one.source), text(one.target)),
        sqlstate: String::new(),
        instead: Some("it stays: what is sorted, compared or stored by it may come out otherwise".to_owned()),
    });
    Ok(Outcome::of(warning.into_iter().chain(otherwise).collect()))
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
