//! Trying a connection, and saying in words what is missing.

use pgferry_engine::{
    Error, Kind, Result, Side,
    pg::{
        client::Client,
        conninfo::Conninfo,
        session::{Endpoint, MAINTENANCE},
    },
};
use serde::Serialize;

use super::End;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Found {
    pub(super) side: Side,
    /// Commands will get through.
    pub(super) good: bool,
    /// For people: what was found, or what failed and what mends it.
    pub(super) lines: Vec<String>,
    #[serde(skip)]
    pub(super) password_missing: bool,
}

/// Connects once. An error is a connection string that cannot be meant; all else is what was found.
pub(super) async fn attempt(end: &End, ssh: Option<&str>) -> Result<Found> {
    let side = end.side;
    let info = end.info(ssh)?;
    let found = |good: bool, lines: Vec<String>| Found { side, good, lines, password_missing: false };
    let password = match end.secret() {
        Ok(password) => password,
        Err(error) => return Ok(found(false, vec![format!("{side}: {error}")])),
    };
    let endpoint = Endpoint::new(info.clone().or_password(password), "init", 0);
    let tried = match endpoint.client().await {
        Ok(client) => look(&client, &info).await.map(|line| vec![line]),
        Err(error) if error.kind == Kind::DatabaseMissing => return Ok(absent(&endpoint, error).await),
        Err(error) => Err(error),
    };
    Ok(match tried {
        Ok(lines) => found(true, lines),
        Err(error) => Found {
            password_missing: is_password_missing(&error),
            ..found(false, vec![format!("{side}: {error}"), format!("  {}", advice(&error, &info))])
        },
    })
}

async fn look(client: &Client, info: &Conninfo) -> Result<String> {
    let sql = "select pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(pg_catalog.current_database()))";
    let size: String = client.one("ask how large the database is", sql, &[]).await?.get(0);
    Ok(format!("{}: PostgreSQL {}, {} holds {size}", client.side(), client.version(), info.redacted()))
}

/// The server is there, the database is not: a target is made later, a source is told what there is.
async fn absent(endpoint: &Endpoint, error: Error) -> Found {
    let side = endpoint.side();
    let name = endpoint.info().database();
    let found = |good: bool, lines: Vec<String>| Found { side, good, lines, password_missing: false };
    let sql = match side {
        Side::Target => {
            "select case when rolcreatedb or rolsuper then '' else rolname::text end from pg_catalog.pg_roles \
             where rolname = current_user"
        }
        Side::Source | Side::Local => {
            "select pg_catalog.string_agg(datname::text, ', ' order by datname) from pg_catalog.pg_database \
             where not datistemplate and datallowconn"
        }
    };
    let asked = match endpoint.database(MAINTENANCE).client().await {
        Ok(client) => client.one("ask what there is", sql, &[]).await.map(|row| row.get::<_, String>(0)),
        Err(error) => Err(error),
    };
    match (side, asked) {
        (Side::Target, Ok(role)) if role.is_empty() => {
            found(true, vec![format!("{side}: there is no database {name} yet; transfer makes it")])
        }
        (Side::Target, Ok(role)) => found(
            false,
            vec![
                format!("{side}: there is no database {name}, and {role} may not make one"),
                format!("  alter role {role} createdb, or make the database"),
            ],
        ),
        (_, Ok(names)) => found(
            false,
            vec![format!("{side}: there is no database {name}"), format!("  the server has: {names}")],
        ),
        (_, Err(_)) => found(false, vec![format!("{side}: {error}"), format!("  name one that is there")]),
    }
}

fn is_password_missing(error: &Error) -> bool {
    error.kind == Kind::Authentication
        && error.cause.as_deref().is_some_and(|cause| cause.contains("asks for a password"))
}

/// What mends it.
fn advice(error: &Error, info: &Conninfo) -> String {
    let side = error.side;
    let host = info.hosts().first().map_or("host", |host| host.name.as_str());
    let tunnel = format!("use ssh = \"user@{host}\" with localhost in {side}");
    match error.kind {
        Kind::UnknownHost => "check the host's name, and the resolver of this machine".to_owned(),
        Kind::Tunnel => "make ssh work by itself first: pgferry explain PF0211".to_owned(),
        Kind::NotPostgres => "name the port on which PostgreSQL itself listens, mostly 5432".to_owned(),
        Kind::Unreachable | Kind::Timeout if info.tunnel().is_some() => {
            "see what ssh says: is sshd reached, and does PostgreSQL listen there?".to_owned()
        }
        Kind::Unreachable if info.is_local() => {
            "nothing listens there: is it the right port, and does the server run?".to_owned()
        }
        Kind::Unreachable if side == Side::Source => {
            format!("PostgreSQL on a droplet mostly listens on localhost only: {tunnel}")
        }
        Kind::Timeout if side == Side::Source => {
            format!("something drops the packets, mostly a firewall: {tunnel}")
        }
        Kind::Unreachable | Kind::Timeout => {
            "check that it listens there, and that security groups and firewalls let this machine in"
                .to_owned()
        }
        Kind::Tls => {
            "see pgferry explain PF0204 for sslmode and sslrootcert: append ?sslrootcert=FILE to pin a \
                      certificate or an authority, ?sslmode=require to believe any, ?sslmode=disable for none"
                .to_owned()
        }
        Kind::Authentication if is_password_missing(error) => format!(
            "the password is missing: give {side}_password = {{ env = \"NAME\" }}, {{ file = \"PATH\" }} or \
             {{ command = [\"PROGRAM\"] }}, or a line in ~/.pgpass"
        ),
        Kind::Authentication if error.to_string().contains("pg_hba.conf") => match side {
            Side::Source => format!("pg_hba.conf lets nobody in from here: add a line, or {tunnel}"),
            _ => "the server lets nobody in from here: add a line to pg_hba.conf".to_owned(),
        },
        Kind::Authentication => "check the role and its password".to_owned(),
        Kind::Protocol => "check host and port: this is not PostgreSQL's".to_owned(),
        _ => "mend what the server says, and run pgferry assess".to_owned(),
    }
}
