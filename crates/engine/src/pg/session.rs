//! Where connections come from: one list of settings for every one that we open.

use super::{client::Client, conninfo::Conninfo, version::Version, wire::Wire};
use crate::{
    error::{Result, Side},
    limits,
};

/// The database that every server has.
pub const MAINTENANCE: &str = "postgres";

/// One of the two databases, and the name under which this process appears there.
#[derive(Clone, Debug)]
pub struct Endpoint {
    info: Conninfo,
    /// `pgferry/RUN/EPOCH`: what a later process recognises an older one by.
    name: String,
}

impl Endpoint {
    /// Connections of run `run` in its `epoch`th process.
    pub fn new(info: Conninfo, run: &str, epoch: i32) -> Self {
        Self { info, name: application_name(run, epoch) }
    }

    /// The same server, another database.
    #[must_use]
    pub fn database(&self, name: &str) -> Self {
        Self { info: self.info.with_database(name), name: self.name.clone() }
    }

    /// What it was made of.
    pub fn info(&self) -> &Conninfo {
        &self.info
    }

    /// Which side it is.
    pub fn side(&self) -> Side {
        self.info.side()
    }

    /// A connection for ordinary queries, with the settings of [`settings`].
    pub async fn client(&self) -> Result<Client> {
        Client::login(&self.info, &self.name).await
    }

    /// A connection for rows, with the settings of [`settings`].
    pub async fn wire(&self) -> Result<Wire> {
        self.prepared("").await
    }

    /// As [`Endpoint::wire`], prepared further by the statements `more` in the same round trip.
    pub async fn prepared(&self, more: &str) -> Result<Wire> {
        let mut parameters = vec![("application_name", self.name.as_str())];
        parameters.extend(self.info.options().map(|options| ("options", options)));
        let mut wire = Wire::login(&self.info, &parameters).await?;
        let sql = settings(wire.version()) + ENCODING + ";" + more;
        wire.execute(&sql, "prepare a session").await?;
        Ok(wire)
    }
}

/// Our texts are UTF-8, and the server takes those of a session that says nothing for its own encoding's. Where it has
/// none, bytes are bytes.
const ENCODING: &str = "select pg_catalog.set_config('client_encoding', \
    case pg_catalog.getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end, false)";

/// The application name of a run's sessions; the server cuts it at 63 bytes, so the run's name is cut before.
pub fn application_name(run: &str, epoch: i32) -> String {
    let mut end = run.len().min(40);
    while !run.is_char_boundary(end) {
        end -= 1;
    }
    format!("pgferry/{}/{epoch}", &run[..end])
}

/// What every session of ours sets first. Times that the operator set for the application do not bind us, row
/// security raises instead of hiding rows, and texts read the same on both sides.
pub fn settings(version: Version) -> String {
    let mut settings = vec![
        ("row_security", "off".to_owned()),
        ("search_path", String::new()),
        ("statement_timeout", "0".to_owned()),
        ("lock_timeout", "0".to_owned()),
        ("idle_in_transaction_session_timeout", "0".to_owned()),
        ("default_transaction_isolation", "read committed".to_owned()),
        ("default_transaction_read_only", "off".to_owned()),
        ("jit", "off".to_owned()),
        ("synchronize_seqscans", "off".to_owned()),
        ("client_min_messages", "warning".to_owned()),
        ("check_function_bodies", "off".to_owned()),
        ("standard_conforming_strings", "on".to_owned()),
        ("xmloption", "content".to_owned()),
        ("datestyle", "ISO, MDY".to_owned()),
        ("intervalstyle", "postgres".to_owned()),
        ("timezone", "UTC".to_owned()),
        ("extra_float_digits", "3".to_owned()),
        ("bytea_output", "hex".to_owned()),
        ("lc_monetary", "C".to_owned()),
        ("tcp_user_timeout", limits::TCP_USER_TIMEOUT.as_millis().to_string()),
        ("tcp_keepalives_idle", limits::KEEPALIVE_IDLE.as_secs().to_string()),
        ("tcp_keepalives_interval", limits::KEEPALIVE_INTERVAL.as_secs().to_string()),
        ("tcp_keepalives_count", limits::KEEPALIVE_PROBES.to_string()),
    ];
    if version.major() >= 14 {
        settings.push(("idle_session_timeout", "0".to_owned()));
    }
    if version.major() >= 17 {
        settings.push(("transaction_timeout", "0".to_owned()));
    }
    settings.iter().map(|(name, value)| format!("set {name} = '{value}';")).collect()
}
