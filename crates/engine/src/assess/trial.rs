//! Logins of kinds that an assessment does not need itself: what stands on the port, and whether a stream may be had.

use crate::{
    error::{Error, Kind, Result, ServerError},
    pg::{session::Endpoint, wire::Wire},
};

/// What the logins came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What shows that a pooler answers, and not a server.
    pub pooler: Option<String>,
    /// Why no stream may be had.
    pub stream_refused: Option<ServerError>,
}

impl Trial {
    /// Logs in once as everybody does, and once as a stream of changes would.
    pub async fn of(endpoint: &Endpoint) -> Result<Self> {
        let mut plain = Wire::login(endpoint.info(), &[]).await?;
        let answer = plain.execute("select pg_catalog.pg_backend_pid()", "ask who serves us").await?;
        let served_by = answer.first().and_then(|outcome| outcome.rows.first()?.first()?.clone());
        let promised = plain.pid().to_string();
        let mut pooler = served_by
            .filter(|pid| *pid != promised)
            .map(|pid| format!("process {promised} was promised at login, process {pid} answers"));
        let stream = Wire::login(endpoint.info(), &[("replication", "database")]).await;
        let stream_refused = stream.err().map(refusal).transpose()?;
        if let Some(refused) = stream_refused.as_ref().filter(|refused| refused.sqlstate == "08P01") {
            pooler.get_or_insert_with(|| refused.message.clone());
        }
        Ok(Self { pooler, stream_refused })
    }
}

/// The server's own words; a server that did not answer is no answer.
fn refusal(error: Error) -> Result<ServerError> {
    match error.server {
        Some(ref server) if error.kind != Kind::ConnectionLost => Ok(server.as_ref().clone()),
        _ => Err(error),
    }
}
