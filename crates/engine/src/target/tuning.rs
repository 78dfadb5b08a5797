//! What the target's sessions set for themselves while loading, and what the target computes for us.

use crate::{
    catalog::roles::Setting,
    limits,
    pg::ident::{Ident, Literal},
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
/// wait for the disk at each commit, and the source's own settings for whatever is computed. The session itself works
/// the share out: nobody has to be asked first.
pub fn building(lanes: usize, settings: &[Setting]) -> String {
    let mut sql = format!(
        "set synchronous_commit = off; \
         select pg_catalog.set_config('maintenance_work_mem', greatest(pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')), \
         least(pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) / {}, {})) / 1024 || 'kB', false);",
        4 * lanes.max(1),
        limits::MAINTENANCE_MEMORY_MAX
    );
    let of_database = settings.iter().filter(|one| one.here && one.role.is_none());
    for setting in of_database.filter(|one| COMPUTING.contains(&one.name.to_lowercase().as_str())) {
        sql.push_str(&format!(
            "set {} = {};",
            Ident::new(setting.name.to_lowercase()),
            Literal(&setting.value)
        ));
    }
    sql
}
