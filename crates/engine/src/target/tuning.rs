//! What the target's sessions set for themselves while loading, and what the target computes for us.

use crate::{
    catalog::roles::Setting,
    limits,
    pg::ident::{Ident, Literal},
};

/// For sessions that build indexes and views on `lanes` connections at a time: a share of the server's memory, no
/// wait for the disk at each commit, and the source's own settings `computing`. The session itself works
/// the share out: nobody has to be asked first.
pub fn building(lanes: usize, computing: &[Setting]) -> String {
    let mut sql = format!(
        "set synchronous_commit = off; \
         select pg_catalog.set_config('maintenance_work_mem', greatest(pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')), \
         least(pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) / {}, {})) / 1024 || 'kB', false);",
        4 * lanes.max(1),
        limits::MAINTENANCE_MEMORY_MAX
    );
    for setting in computing {
        sql.push_str(&format!(
            "set {} = {};",
            Ident::new(setting.name.to_lowercase()),
            Literal(&setting.value)
        ));
    }
    sql
}
