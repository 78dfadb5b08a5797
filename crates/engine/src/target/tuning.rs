//! What the target's sessions set for themselves while loading, and what the target computes for us.

use crate::{
    catalog::roles::Setting,
    error::Result,
    limits,
    pg::{
        client::Client,
        ident::{Ident, Literal},
    },
};

/// Settings under which stored values are computed: another TimeZone or DateStyle gives another value.
const COMPUTING: &[&str] = &[
    "timezone",
    "datestyle",
    "intervalstyle",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "bytea_output",
    "extra_float_digits",
    "default_text_search_config",
    "xmloption",
];

/// For sessions that build indexes and views on `lanes` connections at a time: a share of the server's memory, no
/// wait for the disk at each commit, and the source's own settings for whatever is computed.
pub async fn building(target: &Client, lanes: usize, settings: &[Setting]) -> Result<String> {
    let sql = "select (select setting::int8 * 8192 from pg_catalog.pg_settings where name = 'shared_buffers'), \
               (select setting::int8 * 1024 from pg_catalog.pg_settings where name = 'maintenance_work_mem')";
    let row = target.one("read the target's memory settings", sql, &[]).await?;
    let (buffers, present): (i64, i64) = (row.get(0), row.get(1));
    let lanes = i64::try_from(lanes.max(1)).unwrap_or(1);
    let share = (buffers / 4 / lanes).min(limits::MAINTENANCE_MEMORY_MAX).max(present);
    let mut sql = format!("set synchronous_commit = off; set maintenance_work_mem = '{}kB';", share / 1024);
    let of_database = settings.iter().filter(|one| one.here && one.role.is_none());
    for setting in of_database.filter(|one| COMPUTING.contains(&one.name.to_lowercase().as_str())) {
        sql.push_str(&format!(
            "set {} = {};",
            Ident::new(setting.name.to_lowercase()),
            Literal(&setting.value)
        ));
    }
    Ok(sql)
}
