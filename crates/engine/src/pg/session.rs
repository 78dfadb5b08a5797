//! Where connections come from: one list of settings for every one that we open.

use super::{
    client::Client,
    conninfo::Conninfo,
    settings::{ENCODING, settings},
    wire::Wire,
};
use crate::error::{Result, Side};

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

    /// A connection for ordinary queries, with our [`settings`].
    pub async fn client(&self) -> Result<Client> {
        Client::login(&self.info, &self.name).await
    }

    /// A connection for rows, with our [`settings`].
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

/// The application name of a run's sessions; the server cuts it at 63 bytes, so the run's name is cut before.
pub fn application_name(run: &str, epoch: i32) -> String {
    let mut end = run.len().min(40);
    while !run.is_char_boundary(end) {
        end -= 1;
    }
    format!("pgferry/{}/{epoch}", &run[..end])
}
