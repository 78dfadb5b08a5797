//! What the caller knows of our own machine and of the way to both servers; the engine cannot ask for it.

use std::time::{Duration, SystemTime};

use super::workload::RoundTrip;
use crate::{error::Result, pg::client::Client};

/// Facts around the servers. None is "not known".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Local {
    /// Majors of which both `pg_dump` and `pg_restore` are here.
    pub tools_found: Option<Vec<u32>>,
    /// Bytes free where the run keeps its files.
    pub work_free_bytes: Option<u64>,
    /// Bytes that the spool of a run is thought to need.
    pub spool_bytes: Option<u64>,
    /// Bytes free where the source keeps its WAL.
    pub source_wal_free_bytes: Option<u64>,
    /// Bytes of WAL that the source is thought to hold back for a run.
    pub wal_held_bytes: Option<u64>,
    /// Round trips to the source.
    pub source_round_trip: Option<RoundTrip>,
    /// Round trips to the target.
    pub target_round_trip: Option<RoundTrip>,
    /// Seconds that the source's clock is ahead of ours, or behind if negative.
    pub source_clock_ahead: Option<f64>,
    /// The same of the target's.
    pub target_clock_ahead: Option<f64>,
}

/// Seconds that a server's clock is ahead of ours: its time against the middle of the question.
pub async fn clock_ahead(client: &Client) -> Result<f64> {
    let before = now();
    let sql = "select extract(epoch from clock_timestamp())::float8";
    let there: f64 = client.one("ask for the time", sql, &[]).await?.get(0);
    Ok(there - f64::midpoint(before, now()))
}

fn now() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().as_ref().map_or(0.0, Duration::as_secs_f64)
}
