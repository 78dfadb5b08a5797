//! The target database as a whole: made, guarded, emptied, dropped.

use crate::{
    catalog::{
        Database,
        roles::{DatabaseGrant, database_grants},
    },
    error::{Error, Kind, Result, Side},
    limits,
    pg::{
        client::Client,
        ident::{Ident, Literal},
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
        "i" => sql.push_str(&format!(" locale_provider icu icu_locale {}", Literal(locale))),
        "b" => sql.push_str(&format!(" locale_provider builtin builtin_locale {}", Literal(locale))),
        _ => {}
    }
    server.run(&format!("create database {name} with the source's encoding and locale"), &sql).await
}

/// Whether the server has a database of this name.
pub async fn exists(server: &Client, name: &str) -> Result<bool> {
    let sql = "select exists (select from pg_catalog.pg_database where datname = $1)";
    Ok(server.one("look for the target database", sql, &[&name]).await?.get(0))
}

/// Ends other sessions in the database and drops it.
pub async fn drop(server: &Client, name: &str) -> Result<()> {
    let sql = format!("drop database if exists {} with (force)", Ident::new(name));
    server.run(&format!("drop database {name}"), &sql).await
}

/// Lets nobody but its owner connect: the target fence. What it was is not kept: the source's rights come at the end.
pub async fn close(client: &Client, name: &str) -> Result<()> {
    client
        .run(
            "keep others out of the target database",
            &format!("revoke connect on database {} from public", Ident::new(name)),
        )
        .await
}

/// Statements that give the database the rights that it has now.
pub async fn rights(client: &Client, name: &str) -> Result<Vec<String>> {
    let grants = database_grants(client).await?;
    let name = Ident::new(name);
    let all_default = vec![format!("grant connect, temporary on database {name} to public")];
    let grant = |grant: &DatabaseGrant| {
        let to =
            grant.grantee.as_ref().map_or_else(|| "public".to_owned(), |role| Ident::new(role).to_string());
        let with = if grant.grantable { " with grant option" } else { "" };
        format!("grant {} on database {name} to {to}{with}", grant.privilege)
    };
    Ok(grants.map_or(all_default, |grants| grants.iter().map(grant).collect()))
}

/// Gives the database back the rights that [`rights`] told of.
pub async fn restore_rights(client: &Client, name: &str, rights: &[String]) -> Result<()> {
    let attempt = format!("give database {name} back its rights");
    client.run(&attempt, &format!("revoke all on database {} from public", Ident::new(name))).await?;
    for sql in rights {
        client.run(&attempt, sql).await?;
    }
    Ok(())
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

/// Ends sessions of earlier processes of this run: what they were at must not come late.
pub async fn end_older_sessions(client: &Client, run: &str, epoch: i32) -> Result<()> {
    let prefix = crate::pg::session::application_name(run, 0);
    let prefix = prefix.trim_end_matches('0');
    let sql = "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity \
               where pg_catalog.starts_with(application_name, $1) and application_name <> $2 \
                 and usename = current_user and pid <> pg_catalog.pg_backend_pid()";
    let own = crate::pg::session::application_name(run, epoch);
    let deadline = tokio::time::Instant::now() + limits::ZOMBIE_PATIENCE;
    while !client.query("end sessions of an earlier process", sql, &[&prefix, &own]).await?.is_empty() {
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
