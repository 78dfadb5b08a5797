//! Logins of a kind that an assessment does not need itself: whether a stream may be had.

use crate::{
    error::{Error, Kind, Result, ServerError},
    pg::{session::Endpoint, wire::Wire},
};

/// What the login came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Why no stream may be had.
    pub stream_refused: Option<ServerError>,
}

impl Trial {
    /// Logs in once as a stream of changes would.
    pub async fn of(endpoint: &Endpoint) -> Result<Self> {
        let stream = Wire::login(endpoint.info(), &[("replication", "database")]).await;
        Ok(Self { stream_refused: stream.err().map(refusal).transpose()? })
    }

    /// The words of a pooler: a server does not refuse a stream as a breach of the protocol.
    pub fn pooler(&self) -> Option<&str> {
        let refused = self.stream_refused.as_ref().filter(|refused| refused.sqlstate == "08P01");
        refused.map(|refused| refused.message.as_str())
    }
}

/// The server's own words; a server that did not answer is no answer.
fn refusal(error: Error) -> Result<ServerError> {
    match error.server {
        Some(ref server) if error.kind != Kind::ConnectionLost => Ok(server.as_ref().clone()),
        _ => Err(error),
    }
}
