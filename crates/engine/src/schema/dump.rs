//! Dumping the source's definitions at a snapshot.

use std::path::Path;

use super::{relay::Relay, tools::Tools};
use crate::{catalog::OUR_SCHEMA, error::Result, pg::session::Endpoint};

/// Writes `file` (custom format, definitions only) as of snapshot `id`.
pub async fn write(tools: &Tools, source: &Endpoint, id: &str, file: &Path) -> Result<()> {
    let relay = Relay::open(source)?;
    let arguments = [
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
    tools.dump(&arguments).await
}

/// A value of a keyword string. Source: PostgreSQL manual, "Keyword/Value Connection Strings".
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}
