//! Connections of one kind, kept for the next who needs one: behind a long line each login costs several round trips.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{session::Endpoint, wire::Wire};
use crate::error::Result;

/// Prepared connections to one database. It holds no more of them than were in use at a time.
pub struct Pool {
    endpoint: Endpoint,
    settings: String,
    idle: Mutex<Vec<Wire>>,
}

impl Pool {
    /// Connections to `endpoint`, each prepared by the statements `settings`.
    pub fn new(endpoint: Endpoint, settings: String) -> Self {
        Self { endpoint, settings, idle: Mutex::default() }
    }

    /// One that waits and is quiet, else a new one.
    pub async fn take(&self) -> Result<Wire> {
        while let Some(mut wire) = self.waiting() {
            if wire.is_quiet() {
                return Ok(wire);
            }
        }
        self.make().await
    }

    /// A new one, whatever waits: after a loss that is what can be trusted.
    pub async fn make(&self) -> Result<Wire> {
        self.endpoint.prepared(&self.settings).await
    }

    /// Gives one back, with every answer read and no transaction open.
    pub fn give(&self, wire: Wire) {
        self.idle().push(wire);
    }

    fn waiting(&self) -> Option<Wire> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Wire>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
