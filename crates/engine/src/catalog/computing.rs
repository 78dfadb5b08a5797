//! Settings under which stored values are computed: another TimeZone or DateStyle gives another value.

use crate::{error::Result, pg::client::Client, sql::sql};

/// Their names, in lower case.
pub(super) const NAMES: [&str; 11] = [
    "timezone",
    "datestyle",
    "intervalstyle",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "bytea_output",
    "extra_float_digits",
    "default_text_search_config",
    "xmlbinary",
    "xmloption",
];

/// A setting's name and its value.
pub type Computing = (String, String);

/// What sessions of the application begin with in this database.
pub(super) async fn computing(client: &Client) -> Result<Vec<Computing>> {
    let rows = client.query("list the settings that compute", sql!("computing"), &[&&NAMES[..]]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// `name=value`, as `pg_db_role_setting` holds it.
pub(super) fn stored(text: &str) -> Option<Computing> {
    text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
}
