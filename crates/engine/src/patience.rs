//! Patience with what may pass: a lost connection, a server that is away.
//!
//! Work that is lost over and over again is tried a few times only: it may be the work that ends the server. A target that
//! lets nobody in is waited for much longer, for as long as a failover or a restart may take: to give up would cost the
//! snapshot, and with it every row.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    error::{Error, Result, Side},
    limits,
};

/// How much longer one piece of work is tried again.
#[derive(Debug)]
pub struct Patience {
    left: u32,
    pause: Duration,
    also: &'static str,
    away_max: Duration,
    away_since: Option<Instant>,
}

impl Default for Patience {
    fn default() -> Self {
        Self::also("no other SQLSTATE")
    }
}

impl Patience {
    /// With errors of this SQLSTATE too.
    pub fn also(sqlstate: &'static str) -> Self {
        Self {
            left: limits::WORK_RETRIES - 1,
            pause: limits::RETRY_PAUSE,
            also: sqlstate,
            away_max: limits::TARGET_AWAY,
            away_since: None,
        }
    }

    /// Where nothing is lost by giving up: a target that is away is worth no more than another loss.
    pub fn short() -> Self {
        Self { away_max: Duration::ZERO, ..Self::default() }
    }

    /// Waits before the work that ended with `error` is tried again, twice as long each time; `tell` hears of it
    /// before.
    ///
    /// # Errors
    /// `error` itself, where trying again does not help or was done often enough.
    pub async fn wait(&mut self, error: Error, tell: impl FnOnce(&Error)) -> Result<()> {
        let Some(pause) = self.next(&error, Instant::now()) else {
            // whoever had no patience for it himself need not begin
            return Err(Error { given_up: true, ..error });
        };
        tell(&error);
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// The pause before the next attempt, if there is to be one.
    fn next(&mut self, error: &Error, now: Instant) -> Option<Duration> {
        let passes = !error.given_up && (error.is_transient() || error.sqlstate() == self.also);
        let is_away = error.is_away() && error.side == Side::Target && !self.away_max.is_zero();
        let since = *self.away_since.get_or_insert(now);
        if !is_away {
            self.away_since = None;
        }
        let goes_on = if is_away { now - since < self.away_max } else { 0 < self.left };
        if !passes || !goes_on {
            return None;
        }
        if !is_away {
            self.left -= 1;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(limits::RETRY_PAUSE_MAX);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Kind, ServerError};

    #[test]
    fn pauses_double_and_end() {
        let lost = Error::new(Kind::ConnectionLost, Side::Target, "work");
        let mut patience = Patience::default();
        let pauses: Vec<Duration> = std::iter::from_fn(|| patience.next(&lost, Instant::now())).collect();
        assert_eq!(pauses.len() + 1, limits::WORK_RETRIES as usize);
        assert_eq!(pauses[..2], [limits::RETRY_PAUSE, limits::RETRY_PAUSE * 2]);
        assert!(pauses.iter().all(|pause| *pause <= limits::RETRY_PAUSE_MAX));
    }

    #[tokio::test]
    async fn what_was_given_up_is_not_begun_again() {
        let error = Error::new(Kind::ConnectionLost, Side::Target, "work");
        let mut exhausted = Patience { left: 0, ..Patience::default() };
        let given_up = exhausted.wait(error, |_| ()).await.unwrap_err();
        assert_eq!(Patience::default().next(&given_up, Instant::now()), None);
    }

    #[test]
    fn what_does_not_pass_is_not_waited_for() {
        let server = ServerError { sqlstate: "55P03".to_owned(), ..ServerError::default() };
        let locked = Error::refused(Side::Target, "work", server);
        assert_eq!(Patience::default().next(&locked, Instant::now()), None);
        assert_eq!(Patience::also("55P03").next(&locked, Instant::now()), Some(limits::RETRY_PAUSE));
    }

    /// How long a server that is away is waited for, all pauses together.
    fn waited(side: Side) -> Duration {
        let away = Error::new(Kind::Unreachable, side, "work");
        let (begun, mut now) = (Instant::now(), Instant::now());
        let mut patience = Patience::default();
        while let Some(pause) = patience.next(&away, now) {
            now += pause;
        }
        now - begun
    }

    #[test]
    fn a_target_that_is_away_is_waited_for_as_long_as_a_failover_takes() {
        let waited_for = waited(Side::Target);
        assert!((limits::TARGET_AWAY..limits::TARGET_AWAY + limits::RETRY_PAUSE_MAX).contains(&waited_for));
        assert!(waited(Side::Source) < limits::TARGET_AWAY / 10);
    }

    #[test]
    fn a_target_that_came_back_has_all_its_time_again() {
        let away = Error::new(Kind::Timeout, Side::Target, "work");
        let lost = Error::new(Kind::ConnectionLost, Side::Target, "work");
        let begun = Instant::now();
        let mut patience = Patience::default();
        assert!(patience.next(&away, begun).is_some());
        let late = begun + limits::TARGET_AWAY * 2;
        assert!(patience.next(&lost, late).is_some() && patience.next(&away, late).is_some());
    }
}
