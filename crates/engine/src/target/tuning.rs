//! What the target's sessions set for themselves while loading, and what the target computes for us.

use crate::{catalog::Computing, limits, pg::ident::Literal};

/// By these a server reads constants in definitions too, which are written under settings of ours.
const READ_BY_DEFINITIONS: [&str; 2] = ["lc_monetary", "xmloption"];

/// For sessions that build indexes and views on `lanes` connections at a time: a share of the server's memory, no
/// wait for the disk at each commit, and the source's own settings `computing`. The session itself works
/// the share out: nobody has to be asked first.
pub fn building(lanes: usize, computing: &[Computing]) -> String {
    format!(
        "set synchronous_commit = off; \
         select pg_catalog.set_config('maintenance_work_mem', greatest(pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')), \
         least(pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) / {}, {})) / 1024 || 'kB', false); {}",
        4 * lanes.max(1),
        limits::MAINTENANCE_MEMORY_MAX,
        computed_with(
            computing.iter().filter(|(name, _)| !READ_BY_DEFINITIONS.contains(&name.as_str())),
            false
        )
    )
}

/// A statement that sets these, for the transaction alone where it is `local`. A value that the target does not know, such as
/// a locale of another system, is left as it is there: verify sees what that makes of values.
pub fn computed_with<'a>(settings: impl IntoIterator<Item = &'a Computing>, local: bool) -> String {
    let set = |(name, value): &Computing| {
        format!(
            "begin perform pg_catalog.set_config({}, {}, {local}); exception when others then null; end;",
            Literal(name),
            Literal(value)
        )
    };
    let body = format!("begin {} end", settings.into_iter().map(set).collect::<String>());
    format!("do {};", Literal(&body))
}
