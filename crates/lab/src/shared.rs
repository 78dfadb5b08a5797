//! One server a major and test binary, one database a test.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

use crate::{Major, Result, Server};

/// The one plain server of a major in this process. Nobody may stop it or change what all databases share, beyond
/// roles of its own names. Statics are never dropped: its watcher ends it.
///
/// # Panics
/// If the server cannot be started, with the reason: a test can do nothing else.
pub fn shared(major: Major) -> &'static Server {
    static SERVERS: [OnceLock<Server>; Major::ALL.len()] = [const { OnceLock::new() }; Major::ALL.len()];
    let place = Major::ALL.iter().position(|known| *known == major);
    let place = place.unwrap_or_else(|| panic!("the lab knows no PostgreSQL {major}"));
    SERVERS[place].get_or_init(|| match Server::start(major) {
        Ok(server) => server,
        Err(error) => panic!("{error}"),
    })
}

/// Creates an empty database with a name that nobody else has in this process.
pub fn fresh_database(server: &Server, prefix: &str) -> Result<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let name = format!("{prefix}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    server.create_database(&name)?;
    Ok(name)
}
