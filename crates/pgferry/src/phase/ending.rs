//! The two ends of a run: `abort` takes everything back, `finish` leaves the copy and takes only ourselves away.

use pgferry_engine::{
    Error, Kind, Result, Side,
    pg::{client::Client, ident::Ident},
    target::{database, state},
};

use crate::world::World;

/// Empties or drops the target database, drops the roles that we made. The source holds nothing of ours. In words,
/// what was done.
pub async fn abort(world: &World) -> Result<Vec<String>> {
    let target = world.target_client().await?;
    let row = state::read(&target).await?.ok_or_else(nothing_of_ours)?;
    let name = world.target.info().database();
    let mut told = Vec::new();
    if row.database_created {
        let server = world.maintenance_client().await?;
        database::drop(&server, name).await?;
        told.push(format!("dropped database {name}"));
        told.extend(drop_roles(&server, &row.roles_created).await?);
        return Ok(told);
    }
    database::empty(&target).await?;
    told.push(format!("emptied database {name}"));
    database::restore_rights(&target, name, &row.rights_before, &row.roles_created).await?;
    told.push(format!("gave database {name} back its rights"));
    target.run("remove pgferry's own tables", "drop schema pgferry cascade").await?;
    told.extend(drop_roles(&target, &row.roles_created).await?);
    Ok(told)
}

/// Removes our schema and our memberships.
///
/// # Errors
/// [`Kind::Usage`] while the copy is not whole.
pub async fn finish(world: &World, is_whole: bool) -> Result<Vec<String>> {
    if !is_whole {
        return Err(Error::new(Kind::Usage, Side::Target, "finish this run")
            .because("the copy is not whole; run pgferry transfer to its end, or pgferry abort"));
    }
    let target = world.target_client().await?;
    let row = state::read(&target).await?.ok_or_else(nothing_of_ours)?;
    let mut told = Vec::new();
    target.run("remove pgferry's own tables", "drop schema pgferry cascade").await?;
    told.push("removed schema pgferry".to_owned());
    let mut left = Vec::new();
    for role in &row.roles_created {
        // what an owner's member may do was needed to give things away; the order of these does not matter
        match target.run("leave a role", &format!("revoke {} from current_user", Ident::new(role))).await {
            Ok(()) => left.push(role.clone()),
            Err(error) if error.server.is_some() => {
                told.push(format!("membership in role {role} stays: {error}"));
            }
            Err(error) => return Err(error),
        }
    }
    if !left.is_empty() {
        told.push(format!("left the roles {}", left.join(", ")));
    }
    Ok(told)
}

fn nothing_of_ours() -> Error {
    Error::new(Kind::Usage, Side::Target, "end this run").because("the target holds nothing of pgferry's")
}

/// Drops roles; one that somebody uses elsewhere by now stays, and is named.
async fn drop_roles(client: &Client, roles: &[String]) -> Result<Vec<String>> {
    let mut told = Vec::new();
    for role in roles {
        let name = Ident::new(role);
        match client.run(&format!("drop role {role}"), &format!("drop role if exists {name}")).await {
            Ok(()) => told.push(format!("dropped role {role}")),
            Err(error) if error.server.is_some() => told.push(format!("role {role} stays: {error}")),
            Err(error) => return Err(error),
        }
    }
    Ok(told)
}
