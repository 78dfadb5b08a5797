//! What moved between two reads: WAL, definitions, savepoints. Each read is a few short statements.

use tokio::time::Instant;

use super::{facts::Facts, workload::Counters};
use crate::{error::Result, pg::client::Client, sql::sql};

/// Counters at one moment.
#[derive(Clone, Debug)]
pub struct Sample {
    at: Instant,
    /// Those of the server as a whole.
    pub(super) counters: Counters,
    catalog_inserts: i64,
    definitions: Option<i64>,
    subtrans: i64,
    overflowed: Vec<String>,
    spilled: Vec<(String, i64)>,
}

/// What changed over a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moved {
    /// How long the window was.
    pub seconds: f64,
    /// WAL written; None on a standby, or where the position could not be read.
    pub wal_bytes: Option<i64>,
    /// WAL a second where it was most, if that was watched more closely.
    pub wal_bytes_per_second_peak: Option<f64>,
    /// Rows inserted into the catalogs of tables and columns; temporary tables count too.
    pub catalog_inserts: i64,
    /// CREATE, ALTER, DROP and TRUNCATE that pg_stat_statements counted; None where it is not there, or masked.
    pub definitions: Option<i64>,
    /// Lookups of subtransactions.
    pub subtrans: i64,
    /// Sessions with more savepoints in a transaction than the server keeps at hand, at either read (16 and newer).
    pub overflowed: Vec<String>,
    /// Slots whose decoding went to disk, with bytes since their counters began (14 and newer).
    pub spilled: Vec<(String, i64)>,
}

impl Sample {
    /// Reads the counters of this moment.
    pub async fn read(client: &Client, facts: &Facts) -> Result<Self> {
        let counters = Counters::read(client).await?;
        let row = client.one("read what grows", sql!("assess/sample"), &[]).await?;
        let major = facts.version.major();
        let mut overflowed = Vec::new();
        if 16 <= major {
            let sessions = client.query("look for savepoints", sql!("assess/sample_overflowed"), &[]).await?;
            overflowed = sessions.iter().map(|row| row.get("session")).collect();
        }
        let mut spilled = Vec::new();
        if 14 <= major {
            let slots = client.query("look for decoding on disk", sql!("assess/sample_spilled"), &[]).await?;
            spilled = slots.iter().map(|row| (row.get("slot"), row.get("spill_bytes"))).collect();
        }
        Ok(Self {
            at: Instant::now(),
            counters,
            catalog_inserts: row.get::<_, Option<i64>>("catalog_inserts").unwrap_or(0),
            definitions: definitions(client, facts).await,
            subtrans: row.get::<_, Option<i64>>("subtrans").unwrap_or(0),
            overflowed,
            spilled,
        })
    }

    /// What moved from here to `later`.
    pub fn until(&self, later: &Self) -> Moved {
        let mut overflowed = [self.overflowed.clone(), later.overflowed.clone()].concat();
        overflowed.sort();
        overflowed.dedup();
        Moved {
            seconds: (later.at - self.at).as_secs_f64(),
            wal_bytes: later.counters.wal_since(&self.counters),
            wal_bytes_per_second_peak: None,
            catalog_inserts: later.catalog_inserts - self.catalog_inserts,
            definitions: later.definitions.zip(self.definitions).map(|(now, before)| now - before),
            subtrans: later.subtrans - self.subtrans,
            overflowed,
            spilled: later.spilled.clone(),
        }
    }
}

impl Moved {
    /// WAL a second: the peak where it is known, else the mean.
    pub fn wal_bytes_per_second(&self) -> Option<f64> {
        let mean = self.wal_bytes.filter(|_| 0.0 < self.seconds).map(|bytes| bytes as f64 / self.seconds);
        self.wal_bytes_per_second_peak.or(mean)
    }
}

/// Calls of statements that define; an extension that is there without its library answers with an error.
async fn definitions(client: &Client, facts: &Facts) -> Option<i64> {
    let sql = facts.over_extension("pg_stat_statements", sql!("assess/sample_definitions"))?;
    client.one("count definitions", &sql, &[]).await.ok().map(|row| row.get("calls"))
}
