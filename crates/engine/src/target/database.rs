//! The target database as a whole: made, guarded, emptied, dropped.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Row;

use crate::{
    catalog::{Database, roles::Setting},
    error::{Error, Kind, Result, ServerError, Side},
    limits,
    pg::{
        client::Client,
        ident::{Ident, Literal},
        session::application_prefix,
        wire::Wire,
    },
    sql::sql,
};

/// Makes a database with the source's encoding and locale. `server` is connected to another database of the target.
pub async fn create(server: &Client, name: &str, like: &Database) -> Result<()> {
    let mut sql = format!(
        "create database {} template template0 encoding {} lc_collate {} lc_ctype {}",
        Ident::new(name),
        Literal(&like.encoding),
        Literal(&like.collate),
        Literal(&like.ctype)
    );
    let locale = like.locale.as_deref().unwrap_or("");
    match like.provider.as_str() {
        "i" => {
            sql.push_str(&format!(" locale_provider icu icu_locale {}", Literal(locale)));
            if let Some(rules) = &like.rules {
                sql.push_str(&format!(" icu_rules {}", Literal(rules)));
            }
        }
        // else it would be whatever the server was made with
        "c" if 15 <= server.version().major() => sql.push_str(" locale_provider libc"),
        "b" => sql.push_str(&format!(" locale_provider builtin builtin_locale {}", Literal(locale))),
        _ => {}
    }
    server.run(&format!("create database {name} with the source's encoding and locale"), &sql).await
}

/// Drops the schema that every new database has: the source has none.
pub async fn drop_public(client: &Client) -> Result<()> {
    client.run("drop schema public, which the source does not have", "drop schema if exists public").await
}

/// Whether the server has a database of this name.
pub async fn exists(server: &Client, name: &str) -> Result<bool> {
    let sql = "select exists (select from pg_catalog.pg_database where datname = $1)";
    Ok(server.one("look for the target database", sql, &[&name]).await?.get(0))
}

/// Whether the server was interrupted while it dropped the database: nobody can connect, and dropping it again ends it.
pub async fn is_half_dropped(server: &Client, name: &str) -> Result<bool> {
    let sql = "select exists (select from pg_catalog.pg_database where datname = $1 and datconnlimit = -2)";
    Ok(server.one("look for a database that is half dropped", sql, &[&name]).await?.get(0))
}

/// Ends other sessions in the database and drops it.
pub async fn drop(server: &Client, name: &str) -> Result<()> {
    let sql = format!("drop database if exists {} with (force)", Ident::new(name));
    server.run(&format!("drop database {name}"), &sql).await
}

/// Lets nobody but its owner connect: the target fence. What it was is not kept: the source's rights come at the end. The
/// server's warning, if it is not ours to close.
pub async fn close(client: &Client, name: &str) -> Result<Option<ServerError>> {
    client.take_withheld();
    let sql = format!("revoke connect on database {} from public", Ident::new(name));
    client.run("keep others out of the target database", &sql).await?;
    Ok(client.take_withheld())
}

/// A statement that makes something of the database what it is now, and the one that takes it back.
struct State {
    owner: bool,
    give: String,
    take: Option<String>,
}

async fn state(client: &Client, name: &str) -> Result<Vec<State>> {
    let rows = client.query("read the database's owner and rights", sql!("database_before"), &[]).await?;
    let state = |row: &Row| State { owner: row.get::<_, i32>(0) == 1, give: row.get(1), take: row.get(2) };
    let mut states: Vec<State> = rows.iter().map(state).collect();
    let rows = client.query("list the stored settings", sql!("stored_settings"), &[]).await?;
    for row in rows.iter().filter(|row| row.get("here")) {
        let setting = Setting { role: row.get(0), here: true, name: row.get(2), value: row.get(3) };
        let of_database = format!("database {}", Ident::new(name));
        let whose = setting.role.as_ref().map_or_else(
            || of_database.clone(),
            |role| format!("role {} in {of_database}", Ident::new(role)),
        );
        let (give, take) = (setting.set(&whose), setting.reset(&whose));
        states.push(State { owner: false, give, take: Some(take) });
    }
    Ok(states)
}

/// Statements that make the database and its schema `public` what they are now: owner, rights, comment, settings.
pub async fn rights(client: &Client, name: &str) -> Result<Vec<String>> {
    Ok(state(client, name).await?.into_iter().map(|state| state.give).collect())
}

/// Makes the database and its schema `public` again what [`rights`] told of. Nothing outside of this database changes: DROP
/// OWNED would also take rights on other databases of the server.
pub async fn restore_rights(client: &Client, name: &str, before: &[String]) -> Result<()> {
    let attempt = format!("make database {name} what it was");
    let lacks = |now: &[State], sql: &String| now.iter().all(|state| state.give != *sql);
    let now = state(client, name).await?;
    let is_owner = |sql: &&String| sql.starts_with("alter ") && sql.contains(" owner to ");
    for sql in before.iter().filter(is_owner).filter(|sql| lacks(&now, sql)) {
        client.run(&attempt, sql).await?;
    }
    for state in
        state(client, name).await?.iter().filter(|state| !state.owner && !before.contains(&state.give))
    {
        if let Some(take) = &state.take {
            client.run(&attempt, take).await?;
        }
    }
    let now = state(client, name).await?;
    for sql in before.iter().filter(|sql| lacks(&now, sql)) {
        client.run(&attempt, sql).await?;
    }
    Ok(())
}

/// Roles that own the database or something in it: whoever takes that away has to act for them.
pub async fn owners(client: &Client) -> Result<BTreeSet<String>> {
    let rows = client.query("look who owns what the target database holds", sql!("owners_here"), &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Which of `roles` somebody uses beyond database `name`, and where, in words.
pub async fn used_elsewhere(
    client: &Client,
    name: &str,
    roles: &[String],
) -> Result<BTreeMap<String, String>> {
    let attempt = "look where else the roles of this run are used";
    let rows = client.query(attempt, sql!("roles_elsewhere"), &[&roles, &name]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// What somebody made in the database, in words; ours left out.
pub async fn objects(client: &Client) -> Result<Vec<String>> {
    let rows = client.query("look what the target database holds", sql!("user_objects"), &[]).await?;
    let mut objects: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {}", row.get::<_, &str>("type"), row.get::<_, &str>("identity")))
        .collect();
    let sql = "select count(*) from pg_catalog.pg_largeobject_metadata";
    let large: i64 = client.one("count the target's large objects", sql, &[]).await?.get(0);
    if large > 0 {
        objects.push(format!("{large} large objects"));
    }
    Ok(objects)
}

/// Drops everything that was made in the database, but for our own schema.
///
/// # Errors
/// [`Kind::Server`] with the first refusal, if something cannot be dropped.
pub async fn empty(client: &Client) -> Result<()> {
    let mut last = None;
    for _ in 0..limits::EMPTYING_ROUNDS {
        let rows = client.query("look what the target database holds", sql!("user_objects"), &[]).await?;
        if rows.is_empty() {
            return unlink_all(client).await;
        }
        last = None;
        for row in &rows {
            let what = format!("drop {} {}", row.get::<_, &str>("type"), row.get::<_, &str>("identity"));
            if let Err(error) = client.run(&what, row.get("drop_sql")).await {
                last.get_or_insert(error);
            }
        }
    }
    Err(last.unwrap_or_else(|| Error::new(Kind::Mismatch, Side::Target, "empty the target database")))
}

async fn unlink_all(client: &Client) -> Result<()> {
    loop {
        let sql = "select count(pg_catalog.lo_unlink(oid)) from (select oid from pg_catalog.pg_largeobject_metadata limit $1) batch";
        let gone: i64 =
            client.one("remove large objects", sql, &[&limits::LARGE_OBJECTS_BATCH]).await?.get(0);
        if gone == 0 {
            return Ok(());
        }
    }
}

/// Ends all sessions of this run in this database but `client` itself, with whatever they are at: what an earlier process
/// began must not come late.
pub async fn end_other_sessions(client: &Client, run: &str) -> Result<()> {
    let sql = "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity \
               where pg_catalog.starts_with(application_name, $1) \
                 and datname = pg_catalog.current_database() \
                 and usename = current_user and pid <> pg_catalog.pg_backend_pid()";
    let prefix = application_prefix(run);
    let deadline = tokio::time::Instant::now() + limits::ZOMBIE_PATIENCE;
    while !client.query("end sessions of an earlier process", sql, &[&prefix]).await?.is_empty() {
        if deadline < tokio::time::Instant::now() {
            return Err(Error::new(
                Kind::Busy,
                client.side(),
                "end sessions of an earlier process of this run",
            ));
        }
        tokio::time::sleep(limits::POLL_PAUSE).await;
    }
    Ok(())
}

/// Ends a server process that may still carry a request of ours, and waits until it is gone.
pub async fn end_backend(target: &mut Wire, pid: i32) -> Result<()> {
    let sql = format!(
        "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity \
         where pid = {pid} and application_name = pg_catalog.current_setting('application_name') and usename = current_user"
    );
    let deadline = tokio::time::Instant::now() + limits::ZOMBIE_PATIENCE;
    loop {
        let outcomes = target.execute(&sql, "end a connection that was given up").await?;
        if outcomes.iter().all(|outcome| outcome.rows.is_empty()) {
            return Ok(());
        }
        if deadline < tokio::time::Instant::now() {
            return Err(Error::new(
                Kind::Busy,
                Side::Target,
                format!("end server process {pid}, whose connection was given up"),
            ));
        }
        tokio::time::sleep(limits::POLL_PAUSE).await;
    }
}
