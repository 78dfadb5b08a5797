//! Where connections come from: one list of settings for every one that we open.

use super::{
    client::Client,
    conninfo::Conninfo,
    ident::short_hash,
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
    /// `pgferry/RUN/HASH/EPOCH`: what a later process recognises an older one by.
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

/// The application name of a run's sessions, but for the epoch. The server cuts a name at 63 bytes and makes what is not
/// printable ASCII unrecognisable: so the run's own name is there for people, and its hash for us.
pub fn application_prefix(run: &str) -> String {
    let shown: String = run.chars().take(32).map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
    format!("pgferry/{shown}/{}/", short_hash(run, 4))
}

/// The application name of a run's sessions in its `epoch`th process.
pub fn application_name(run: &str, epoch: i32) -> String {
    format!("{}{epoch}", application_prefix(run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_told_apart_by_the_whole_of_their_names() {
        let long = "a".repeat(60);
        let names =
            [&long, &format!("{long}b"), "größe", "grüße"].map(|run| application_name(run, 1_000_000_000));
        assert!(names.iter().all(|name| name.len() < 64 && name.is_ascii()), "{names:?}");
        assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), 4);
    }
}
