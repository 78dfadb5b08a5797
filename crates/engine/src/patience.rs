//! Patience with what may pass: a lost connection, a server that is not up yet.

use std::time::Duration;

use crate::{
    error::{Error, Result},
    limits,
};

/// How much longer one piece of work is tried again.
#[derive(Debug)]
pub struct Patience {
    left: u32,
    pause: Duration,
    also: &'static str,
}

impl Default for Patience {
    fn default() -> Self {
        Self::also("no other SQLSTATE")
    }
}

impl Patience {
    /// With errors of this SQLSTATE too.
    pub fn also(sqlstate: &'static str) -> Self {
        Self { left: limits::WORK_RETRIES - 1, pause: limits::RETRY_PAUSE, also: sqlstate }
    }

    /// Waits before the work that ended with `error` is tried again, twice as long each time; `tell` hears of it
    /// before.
    ///
    /// # Errors
    /// `error` itself, where trying again does not help or was done often enough.
    pub async fn wait(&mut self, error: Error, tell: impl FnOnce(&Error)) -> Result<()> {
        let Some(pause) = self.next(&error) else { return Err(error) };
        tell(&error);
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// The pause before the next attempt, if there is to be one.
    fn next(&mut self, error: &Error) -> Option<Duration> {
        let passes = error.is_transient() || error.sqlstate() == self.also;
        if !passes || self.left == 0 {
            return None;
        }
        let pause = self.pause;
        self.left -= 1;
        self.pause = (pause * 2).min(limits::RETRY_PAUSE_MAX);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Kind, ServerError, Side};

    #[test]
    fn pauses_double_and_end() {
        let lost = Error::new(Kind::ConnectionLost, Side::Target, "work");
        let mut patience = Patience::default();
        let pauses: Vec<Duration> = std::iter::from_fn(|| patience.next(&lost)).collect();
        assert_eq!(pauses.len() + 1, limits::WORK_RETRIES as usize);
        assert_eq!(pauses[..2], [limits::RETRY_PAUSE, limits::RETRY_PAUSE * 2]);
        assert!(pauses.iter().all(|pause| *pause <= limits::RETRY_PAUSE_MAX));
    }

    #[test]
    fn what_does_not_pass_is_not_waited_for() {
        let server = ServerError { sqlstate: "55P03".to_owned(), ..ServerError::default() };
        let locked = Error::refused(Side::Target, "work", server);
        assert_eq!(Patience::default().next(&locked), None);
        assert_eq!(Patience::also("55P03").next(&locked), Some(limits::RETRY_PAUSE));
    }
}
