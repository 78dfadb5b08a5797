//! One server a major and test binary, one database a test.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

use crate::{Major, Options, Result, Server};

/// The one plain server of a major in this process. Nobody may stop it or change what all databases share, beyond
/// roles of its own names. Statics are never dropped: its watcher ends it.
///
/// # Panics
/// If the server cannot be started, with the reason: a test can do nothing else.
pub fn shared(major: Major) -> &'static Server {
    static SERVERS: Servers = [const { OnceLock::new() }; Major::ALL.len()];
    one_of(&SERVERS, Server::options(major))
}

/// The one server like RDS of a major in this process, on the same terms as [`shared`].
///
/// # Panics
/// If the server cannot be started.
pub fn shared_rds_like(major: Major) -> &'static Server {
    static SERVERS: Servers = [const { OnceLock::new() }; Major::ALL.len()];
    one_of(&SERVERS, Server::options(major).rds_like())
}

type Servers = [OnceLock<Server>; Major::ALL.len()];

fn one_of(servers: &'static Servers, options: Options) -> &'static Server {
    let major = options.major;
    let place = Major::ALL.iter().position(|known| *known == major);
    let place = place.unwrap_or_else(|| panic!("the lab knows no PostgreSQL {major}"));
    servers[place].get_or_init(|| options.start().unwrap_or_else(|error| panic!("{error}")))
}

/// Creates an empty database with a name that nobody else has in this process.
pub fn fresh_database(server: &Server, prefix: &str) -> Result<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let name = format!("{prefix}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    server.create_database(&name)?;
    Ok(name)
}
