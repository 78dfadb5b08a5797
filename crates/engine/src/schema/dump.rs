//! Dumping the source's definitions at a snapshot.

use std::path::Path;

use super::{relay::Relay, tools::Tools};
use crate::{
    catalog::{OUR_SCHEMA, choice::Chosen},
    error::Result,
    limits,
    pg::session::Endpoint,
};

/// Writes `file` (custom format, definitions only) as of snapshot `id`.
pub async fn write(tools: &Tools, source: &Endpoint, id: &str, file: &Path, chosen: &Chosen) -> Result<()> {
    let relay = Relay::open(source)?;
    let mut arguments = vec![
        "--format=custom".to_owned(),
        "--compress=0".to_owned(),
        "--schema-only".to_owned(),
        "--encoding=UTF8".to_owned(),
        format!("--exclude-schema={OUR_SCHEMA}"),
        format!("--snapshot={id}"),
        format!("--file={}", file.display()),
        "--no-password".to_owned(),
        format!(
            "--dbname=host={} port=5432 sslmode=disable user={} dbname={}",
            quoted(&relay.host().display().to_string()),
            quoted(source.info().user()),
            quoted(source.info().database())
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
