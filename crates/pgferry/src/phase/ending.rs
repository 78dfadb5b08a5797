//! The two ends of a run: `abort` takes everything back, `finish` leaves the copy and takes only ourselves away.
//!
//! An end may be killed anywhere, and the same command goes on: the journal keeps what it needs, written before the first
//! thing is taken away; `pgferry.run` goes last where it can; what is gone already is passed over.

use pgferry_engine::{
    Error, Kind, Result, Side,
    catalog::Database,
    pg::{client::Client, ident::Ident},
    schema::roles,
    target::{
        database,
        state::{self, Joined, RunRow},
    },
};

use crate::{
    journal::{End, Ending, Event, Journal},
    run::Step,
    world::World,
};

/// What to tell if the run has come to this end before.
///
/// # Errors
/// [`Kind::Usage`] if it came to the other one, or is on its way there.
pub fn already(journal: &Journal, end: End) -> Result<Option<Vec<String>>> {
    let begun = journal.ending().map(|ending| ending.end);
    let refused = |cause: String| Err(Error::new(Kind::Usage, Side::Local, "end this run").because(cause));
    match (journal.ended(), begun) {
        (Some(ended), _) if ended == end => {
            Ok(Some(vec![format!("this run was {} already: there is nothing left to do", end.done())]))
        }
        (Some(End::Abort), _) => refused("it was aborted: no copy is left".to_owned()),
        (Some(End::Finish), _) => {
            refused("it was finished: the copy is yours, and not pgferry's to take back".to_owned())
        }
        (None, Some(begun)) if begun != end => refused(begun.interrupted()),
        (None, _) => Ok(None),
    }
}

/// Empties or drops the target database, drops the roles that we made. The source holds nothing of ours. In words,
/// what was done.
pub async fn abort(world: &World, journal: &mut Journal, row: Option<&RunRow>) -> Result<Vec<String>> {
    let mut told = Vec::new();
    if row.is_some() {
        // an end of another run may have left roles that things here belong to
        let target = world.target_client().await?;
        let refused = roles::join(&target, world.epoch, &database::owners(&target).await?).await?;
        told.extend(refused.into_iter().map(|one| format!("{} is refused: {}", one.object, one.reason)));
    }
    let ending = begin(world, journal, End::Abort, row).await?;
    let name = world.target.info().database();
    if ending.database_created {
        let server = world.maintenance_client().await?;
        // without our row it is another one of that name
        if row.is_some() || database::is_half_dropped(&server, name).await? {
            database::drop(&server, name).await?;
            told.push(format!("dropped database {name}"));
        }
        told.extend(drop_roles(&server, name, &ending).await?);
    } else {
        let target = world.target_client().await?;
        if let Some(row) = row {
            database::empty(&target).await?;
            told.push(format!("emptied database {name}"));
            database::restore_rights(&target, name, &row.rights_before).await?;
            told.push(format!("gave database {name} back its rights"));
        }
        told.extend(drop_roles(&target, name, &ending).await?);
        if row.is_some() {
            state::remove_tables(&target).await?;
        }
    }
    journal.append(Event::Aborted)?;
    Ok(told_or_nothing(told))
}

/// Refuses to call a copy good that is not whole.
pub fn refuse_unfinished(journal: &Journal) -> Result<()> {
    if journal.is_done(Step::Compare) {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, Side::Target, "finish this run")
        .because("the copy is not whole; run pgferry transfer to its end, or pgferry abort"))
}

/// Removes our memberships and our schema from a copy that is whole.
pub async fn finish(world: &World, journal: &mut Journal, row: Option<&RunRow>) -> Result<Vec<String>> {
    let ending = begin(world, journal, End::Finish, row).await?;
    let target = world.target_client().await?;
    let mut told = leave_roles(&target, memberships(&ending)).await?;
    if row.is_some() {
        state::remove_tables(&target).await?;
        told.push("removed schema pgferry".to_owned());
    }
    journal.append(Event::Finished)?;
    Ok(told_or_nothing(told))
}

/// What an earlier process began, or what this one does.
async fn begin(world: &World, journal: &mut Journal, end: End, row: Option<&RunRow>) -> Result<Ending> {
    let joined = match row {
        Some(_) => state::joined(&*world.target_client().await?).await?,
        None => vec![],
    };
    if let Some(ending) = journal.ending() {
        // this process may have joined some more
        let joined =
            ending.joined.iter().filter(|one| !joined.contains(one)).chain(&joined).cloned().collect();
        let ending = Ending { joined, ..ending.clone() };
        journal.append(Event::Ending(ending.clone()))?;
        return Ok(ending);
    }
    let ending = Ending {
        end,
        target_system: Database::read(&*world.target_client().await?).await?.system_identifier,
        epoch: world.epoch,
        database_created: world.target_is_ours,
        roles: row.map(|row| row.roles_created.clone()).unwrap_or_default(),
        joined,
    };
    journal.append(Event::Ending(ending.clone()))?;
    Ok(ending)
}

fn told_or_nothing(told: Vec<String>) -> Vec<String> {
    if told.is_empty() { vec!["nothing was left to take away".to_owned()] } else { told }
}

/// Our memberships: in the roles that we made, and in those that we joined.
fn memberships(ending: &Ending) -> Vec<Joined> {
    let of_made = |role: &String| Joined {
        role: role.clone(),
        leave: format!("revoke {} from current_user", Ident::new(role)),
    };
    ending.roles.iter().map(of_made).chain(ending.joined.iter().cloned()).collect()
}

/// Gives up what an owner's member may do, which was needed to give things away. The order of these does not matter.
async fn leave_roles(target: &Client, memberships: Vec<Joined>) -> Result<Vec<String>> {
    let (mut told, mut left) = (Vec::new(), Vec::new());
    let roles: Vec<String> = memberships.iter().map(|one| one.role.clone()).collect();
    let present = present(target, &roles).await?;
    for Joined { role, leave } in memberships.into_iter().filter(|one| present.contains(&one.role)) {
        match target.run("leave a role", &leave).await {
            Ok(()) => left.push(role),
            Err(error) if error.is_refusal() => {
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

/// Drops the roles that we made and leaves those that we joined. A role that somebody uses elsewhere by now stays with all
/// that it has there, and is named.
async fn drop_roles(client: &Client, database: &str, ending: &Ending) -> Result<Vec<String>> {
    let (mut told, mut left) = (Vec::new(), ending.joined.clone());
    let elsewhere = database::used_elsewhere(client, database, &ending.roles).await?;
    for role in present(client, &ending.roles).await? {
        if let Some(somewhere) = elsewhere.get(&role) {
            // another run may give things to it, or compare what is the role's
            told.push(format!("role {role} stays, with our membership in it: it is used {somewhere}"));
            continue;
        }
        let sql = format!("drop role if exists {}", Ident::new(&role));
        match client.run(&format!("drop role {role}"), &sql).await {
            Ok(()) => told.push(format!("dropped role {role}")),
            Err(error) if error.is_refusal() => {
                told.push(format!("role {role} stays: {error}"));
                left.extend(memberships(ending).into_iter().find(|one| one.role == role));
            }
            Err(error) => return Err(error),
        }
    }
    told.extend(leave_roles(client, left).await?);
    Ok(told)
}

/// Those of `roles` that are still there.
async fn present(client: &Client, roles: &[String]) -> Result<Vec<String>> {
    let sql = "select rolname::text from pg_catalog.pg_roles where rolname = any ($1::text[]) order by 1";
    let rows = client.query("look for the roles of this run", sql, &[&roles]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
