//! Dumping the source's definitions at a snapshot.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path};

use super::{relay::Relay, tools::Tools};
use crate::{
    catalog::{OUR_SCHEMA, choice::Chosen},
    error::{Error, Kind, Result, Side},
    limits,
    pg::session::Endpoint,
    source::snapshot::{self, Ids},
};

/// Under these the server writes texts that mean the same in a session of ours; `pg_dump` sets the others itself.
/// Without the first, backslashes come doubled.
const OPTIONS: &str =
    "-c standard_conforming_strings=on -c quote_all_identifiers=off -c lc_monetary=C -c bytea_output=hex";

/// Writes `file` (custom format, definitions only), at whichever id of the snapshot lives. It holds the passwords of user
/// mappings and subscriptions, so we alone can read it.
pub async fn write(tools: &Tools, source: &Endpoint, ids: &Ids, file: &Path, chosen: &Chosen) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(Kind::Io, Side::Local, format!("write {}", file.display())).because(error)
    };
    let next = file.with_extension("next");
    // one that an earlier process left may be open to others
    match std::fs::remove_file(&next) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&next).map_err(failed)?;
    let mut last = snapshot::lost("every keeper's connection has ended");
    for id in ids.list() {
        match at(tools, source, &id, &next, chosen).await {
            Err(error) if error.kind == Kind::ToolFailed => last = error,
            Err(error) => return Err(error),
            Ok(()) => return std::fs::rename(&next, file).map_err(failed),
        }
    }
    Err(last)
}

async fn at(tools: &Tools, source: &Endpoint, id: &str, file: &Path, chosen: &Chosen) -> Result<()> {
    let relay = Relay::open(source)?;
    let mut arguments = vec![
        "--format=custom".to_owned(),
        "--compress=0".to_owned(),
        "--schema-only".to_owned(),
        "--encoding=UTF8".to_owned(),
        format!("--exclude-schema={OUR_SCHEMA}"),
        format!("--snapshot={id}"),
        format!("--lock-wait-timeout={}", limits::LOCK_WAIT.as_millis()),
        format!("--file={}", file.display()),
        "--no-password".to_owned(),
        format!(
            "--dbname=host={} port=5432 sslmode=disable user={} dbname={} options={}",
            quoted(&relay.host().display().to_string()),
            quoted(source.info().user()),
            quoted(source.info().database()),
            quoted(OPTIONS)
        ),
    ];
    arguments.extend(unlocked(chosen));
    tools.dump(&arguments).await
}

/// What `pg_dump` need not lock, nor have a right to. What is made is decided by us, entry by entry; where the list is too
/// long for a command line the rest of it is locked for as long as the dump takes.
fn unlocked(chosen: &Chosen) -> impl Iterator<Item = String> + '_ {
    let schemas = chosen.schemas.iter().map(|name| format!("--exclude-schema={name}"));
    let tables = chosen.tables.iter().map(|name| format!("--exclude-table={name}"));
    schemas.chain(tables).scan(0, |bytes, argument| {
        *bytes += argument.len();
        (*bytes < limits::ARGUMENTS_BYTES).then_some(argument)
    })
}

/// A value of a keyword string. Source: PostgreSQL manual, "Keyword/Value Connection Strings".
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}
