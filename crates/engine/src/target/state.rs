//! `pgferry.run`, `pgferry.chunk` and `pgferry.entry`: what the target itself says of the run.
//!
//! The row of `pgferry.run` carries the epoch that each new process raises; the row, not the journal, says whose the
//! database is.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::{
    catalog::Table,
    error::{Error, Result},
    pg::{client::Client, ident::Qualified, parameter::Parameter},
    sql::sql,
};

/// What stands in `pgferry.run`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// The run's name.
    pub name: String,
    /// Which cluster is copied.
    pub source_system: i64,
    /// Which of its databases.
    pub source_database: String,
    /// Whether we made the target database.
    pub database_created: bool,
    /// Roles that we made.
    pub roles_created: Vec<String>,
    /// `GRANT` statements that give the target database the rights that it had before us; only where it was there.
    pub rights_before: Vec<String>,
    /// How many processes have worked on this run.
    pub epoch: i32,
    /// How many copies were begun.
    pub attempt: i32,
}

const WRITE_RUN: &str = "write pgferry.run";

/// Whose a database is.
#[derive(Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody wrote to it.
    Empty,
    /// A run of pgferry.
    Run(RunRow),
    /// It holds these things, and no row of ours says that they are ours.
    Stranger(Vec<String>),
}

/// Looks whose the database is.
pub async fn owner(client: &Client) -> Result<Owner> {
    if let Some(row) = read(client).await? {
        return Ok(Owner::Run(row));
    }
    let objects = super::database::objects(client).await?;
    if objects.is_empty() { Ok(Owner::Empty) } else { Ok(Owner::Stranger(objects)) }
}

/// The row of the run that this database belongs to.
pub async fn read(client: &Client) -> Result<Option<RunRow>> {
    let there = client
        .one("look for pgferry's own tables", "select pg_catalog.to_regclass('pgferry.run') is not null", &[])
        .await?;
    if !there.get::<_, bool>(0) {
        return Ok(None);
    }
    let sql = "select name, source_system, source_database, database_created, roles_created, rights_before, epoch, attempt from pgferry.run";
    Ok(client.optional("read pgferry.run", sql, &[]).await?.map(|row| run_row(&row)))
}

fn run_row(row: &Row) -> RunRow {
    RunRow {
        name: row.get(0),
        source_system: row.get(1),
        source_database: row.get(2),
        database_created: row.get(3),
        roles_created: row.get(4),
        rights_before: row.get(5),
        epoch: row.get(6),
        attempt: row.get(7),
    }
}

/// Makes our tables and the run's row, or raises the epoch of the row that is there. The row as it is now.
pub async fn claim(client: &Client, row: &RunRow, version: &str) -> Result<RunRow> {
    let sql = "insert into pgferry.run as r (name, source_system, source_database, database_created, rights_before, epoch, attempt, state, version) \
               values ($1, $2, $3, $4, $5, 1, 0, 'copying', $6) \
               on conflict (name) do update set epoch = r.epoch + 1 \
               returning name, source_system, source_database, database_created, roles_created, rights_before, epoch, attempt";
    let values: [&dyn Parameter; 6] = [
        &row.name,
        &row.source_system,
        &row.source_database,
        &row.database_created,
        &row.rights_before,
        &version,
    ];
    // one behind the other on the same connection
    let (made, row) = tokio::join!(make_tables(client), client.one(WRITE_RUN, sql, &values));
    let row = made.and(row)?;
    Ok(run_row(&row))
}

/// Makes schema `pgferry` with its tables, where they are not there.
pub async fn make_tables(client: &Client) -> Result<()> {
    client.run("make pgferry's own tables on the target", sql!("state")).await
}

/// Removes our tables: from here on the database is nobody's.
pub async fn remove_tables(client: &Client) -> Result<()> {
    client.run("remove pgferry's own tables", "drop schema if exists pgferry cascade").await
}

/// Begins another copy: raises the attempt, provided that no newer process has raised the epoch, and forgets the progress
/// of an earlier one.
pub async fn begin_attempt(client: &Client, epoch: i32) -> Result<i32> {
    let sql = "with begun as (update pgferry.run set attempt = attempt + 1 where epoch = $1 returning attempt), \
               chunks as (delete from pgferry.chunk where exists (select from begun)), \
               entries as (delete from pgferry.entry where exists (select from begun)) \
               select attempt from begun";
    let row = client.optional(WRITE_RUN, sql, &[&epoch]).await?;
    Ok(row.ok_or_else(|| Error::superseded(WRITE_RUN))?.get(0))
}

/// Remembers roles that we are about to make, so that `abort` finds them. All that this run makes or made.
pub async fn note_roles(client: &Client, epoch: i32, roles: &[String]) -> Result<HashSet<String>> {
    let sql = "update pgferry.run set roles_created = (select coalesce(array_agg(distinct r), '{}') from unnest(roles_created || $2) r) \
               where epoch = $1 returning roles_created";
    let row = client.optional(WRITE_RUN, sql, &[&epoch, &roles]).await?;
    let roles: Vec<String> = row.ok_or_else(|| Error::superseded(WRITE_RUN))?.get(0);
    Ok(roles.into_iter().collect())
}

/// A role that we joined, so that we may act for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Which.
    pub role: String,
    /// The statement that makes our membership what it was before.
    pub leave: String,
}

/// Remembers roles that we are about to join, so that the end of the run leaves these and no others.
pub async fn note_joined(client: &Client, epoch: i32, joined: &[Joined]) -> Result<()> {
    let roles: Vec<String> = joined.iter().map(|one| one.role.clone()).collect();
    let leave: Vec<String> = joined.iter().map(|one| one.leave.clone()).collect();
    let sql = "with run as (select from pgferry.run where epoch = $1), \
               noted as (insert into pgferry.joined (role, leave) select u.role, u.leave from run, unnest($2, $3) u (role, leave) \
                         on conflict do nothing) \
               select count(*) from run";
    is_ours(client.one(NOTE, sql, &[&epoch, &roles, &leave]).await?.get(0))
}

/// Forgets roles that we could not join.
pub async fn forget_joined(client: &Client, roles: &[String]) -> Result<()> {
    client.execute(NOTE, "delete from pgferry.joined where role = any ($1)", &[&roles]).await.map(drop)
}

/// The roles that we joined.
pub async fn joined(client: &Client) -> Result<Vec<Joined>> {
    let sql = "select role, leave from pgferry.joined order by role";
    let rows = client.query("read pgferry.joined", sql, &[]).await?;
    Ok(rows.iter().map(|row| Joined { role: row.get(0), leave: row.get(1) }).collect())
}

/// Where an owner has to be let in: a schema (none: the database), and who.
pub type Door = (Option<String>, String);

/// Remembers doors that we are about to open, so that whoever follows us shuts them.
pub async fn note_doors(client: &Client, epoch: i32, doors: &[&Door]) -> Result<()> {
    let schemas: Vec<String> = doors.iter().map(|(schema, _)| schema.clone().unwrap_or_default()).collect();
    let owners: Vec<String> = doors.iter().map(|(_, owner)| owner.clone()).collect();
    let sql = "with run as (select from pgferry.run where epoch = $1), \
               noted as (insert into pgferry.door (schema, owner) select u.schema, u.owner from run, unnest($2, $3) u (schema, owner) \
                         on conflict do nothing) \
               select count(*) from run";
    is_ours(client.one(NOTE, sql, &[&epoch, &schemas, &owners]).await?.get(0))
}

/// Doors that we, or an earlier process, opened.
pub async fn doors(client: &Client) -> Result<BTreeSet<Door>> {
    let sql = "select nullif(schema, ''), owner from pgferry.door";
    Ok(client
        .query("read pgferry.door", sql, &[])
        .await?
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect())
}

/// Forgets the doors: they are shut.
pub async fn forget_doors(client: &Client) -> Result<()> {
    client.run(NOTE, "delete from pgferry.door").await
}

const NOTE: &str = "note on the target what has to be taken back";

fn is_ours(runs: i64) -> Result<()> {
    if runs == 1 { Ok(()) } else { Err(Error::superseded(NOTE)) }
}

/// Forgets that definitions are made, so that they are made again.
pub async fn forget_entries(client: &Client, epoch: i32, ids: &[u32]) -> Result<()> {
    let sql = "with run as (select from pgferry.run where epoch = $1), \
               gone as (delete from pgferry.entry where id::oid = any ($2) and exists (select from run)) \
               select count(*) from run";
    is_ours(client.one("forget definitions that are made again", sql, &[&epoch, &ids]).await?.get(0))
}

/// Has the server write to disk everything that it has committed so far, whoever committed it.
pub const FLUSH: &str =
    "begin; set local synchronous_commit = on; update pgferry.run set state = state; commit";

/// Numbers of definitions that are executed, with what the report has to say of each.
pub const ENTRIES: &str = "select id, finding from pgferry.entry";

/// Executes [`FLUSH`].
pub async fn flush(client: &Client) -> Result<()> {
    client.run("flush the target's WAL", FLUSH).await
}

/// When the server was started, in its own words.
pub async fn started(client: &Client) -> Result<String> {
    let sql = "select pg_catalog.pg_postmaster_start_time()::text";
    Ok(client.one("ask since when the target runs", sql, &[]).await?.get(0))
}

/// Keys of progress rows of one copy.
pub async fn chunks(client: &Client, attempt: i32) -> Result<HashSet<i64>> {
    let sql = "select id from pgferry.chunk where attempt = $1 and rows is not null";
    Ok(client.query("read pgferry.chunk", sql, &[&attempt]).await?.iter().map(|row| row.get(0)).collect())
}

/// Rows that a copy has carried.
pub async fn rows(client: &Client, attempt: i32) -> Result<u64> {
    let sql = "select coalesce(sum(rows), 0)::int8 from pgferry.chunk where attempt = $1";
    let rows: i64 = client.one("read pgferry.chunk", sql, &[&attempt]).await?.get(0);
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// Tables without WAL whose rows arrived and are gone: the target crashed since.
pub async fn emptied(client: &Client, tables: &[Table]) -> Result<Vec<Qualified>> {
    let mut emptied = Vec::new();
    for (at, table) in tables.iter().enumerate().filter(|(_, table)| table.unlogged) {
        let sql = format!(
            "select coalesce(sum(rows), 0) > 0 and not exists (select from only {}) from pgferry.chunk \
             where relation = {at} and attempt = (select attempt from pgferry.run)",
            table.name
        );
        if client.one("look for tables that a crash has emptied", &sql, &[]).await?.get(0) {
            emptied.push(table.name.clone());
        }
    }
    Ok(emptied)
}

/// What [`ENTRIES`] gives.
pub async fn entries(client: &Client) -> Result<HashMap<u32, Option<String>>> {
    let rows = client.query("read pgferry.entry", ENTRIES, &[]).await?;
    Ok(rows.iter().filter_map(|row| Some((u32::try_from(row.get::<_, i32>(0)).ok()?, row.get(1)))).collect())
}

/// Writes how far the run is, in a word for people.
pub async fn set_state(client: &Client, epoch: i32, state: &str) -> Result<()> {
    match client
        .execute(WRITE_RUN, "update pgferry.run set state = $2 where epoch = $1", &[&epoch, &state])
        .await?
    {
        1 => Ok(()),
        _ => Err(Error::superseded(WRITE_RUN)),
    }
}
