//! What the caller knows of our own machine and of the way to both servers; the engine cannot ask for it.

use std::time::{Duration, SystemTime};

use super::{
    facts::{Facts, Need},
    workload::RoundTrip,
};
use crate::{
    error::Result,
    pg::{client::Client, session::Endpoint},
};

/// Facts around the servers. None is "not known".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Local {
    /// Majors of which both `pg_dump` and `pg_restore` are here.
    pub tools_found: Option<Vec<u32>>,
    /// Bytes free where the run keeps its files.
    pub work_free_bytes: Option<u64>,
    /// Bytes that the spool of a run is thought to need.
    pub spool_bytes: Option<u64>,
    /// What is free where the source keeps its WAL.
    pub source_wal_free: Option<Free>,
    /// Bytes of WAL that the source is thought to hold back for a run.
    pub wal_held_bytes: Option<u64>,
    /// Bytes of rows and indexes that are to be copied.
    pub copied_bytes: Option<u64>,
    /// Bytes of storage that the target has.
    pub target_storage_bytes: Option<u64>,
    /// Round trips to the source.
    pub source_round_trip: Option<RoundTrip>,
    /// Round trips to the target.
    pub target_round_trip: Option<RoundTrip>,
    /// Seconds that the source's clock is ahead of ours, or behind if negative.
    pub source_clock_ahead: Option<f64>,
    /// The same of the target's.
    pub target_clock_ahead: Option<f64>,
}

/// What is free on a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Free {
    /// So many bytes.
    Bytes(u64),
    /// It could not be seen.
    Unseen {
        /// Why.
        because: String,
        /// What would let us.
        lifted_by: String,
    },
}

/// What is free where the source keeps its WAL: SQL does not show it, so `df` is run over there where a tunnel of ours ends
/// on the server's own machine.
pub async fn wal_free(source: &Endpoint, facts: &Facts) -> Free {
    let unseen = |because: &str, lifted_by: &str| Free::Unseen {
        because: because.to_owned(),
        lifted_by: lifted_by.to_owned(),
    };
    let own_machine = "--ssh to the source's own machine, as a user who may look into its data directory";
    let (info, folder) = (source.info(), facts.setting("data_directory"));
    let Some(tunnel) = info.tunnel() else {
        return unseen("SQL does not show how much room a server's disk has", own_machine);
    };
    if !info.hosts().iter().all(|host| host.is_loopback() || host.is_socket()) {
        return unseen("the tunnel ends on another machine than the server's", own_machine);
    }
    if folder.is_empty() {
        let because = "our role does not see data_directory";
        return unseen(because, &Need::Settings.lifted_by(&facts.role));
    }
    let folder = format!("{folder}/pg_wal").replace('\'', r"'\''");
    match tunnel.output(&format!("LC_ALL=C df -P -k -- '{folder}'")).await {
        Ok(text) => match available(&text) {
            Some(bytes) => Free::Bytes(bytes),
            None => unseen(&format!("df over there printed {text:?}"), own_machine),
        },
        Err(why) => unseen(&format!("df over there: {why}"), own_machine),
    }
}

/// Bytes in the column before that of per cent: names of devices and folders may hold spaces.
fn available(df: &str) -> Option<u64> {
    let words: Vec<&str> = df.lines().last()?.split_whitespace().collect();
    let share = words
        .iter()
        .position(|word| word.strip_suffix('%').is_some_and(|share| share.parse::<u8>().is_ok()))?;
    let kilobytes: u64 = words.get(share.checked_sub(1)?)?.parse().ok()?;
    kilobytes.checked_mul(1024)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_df_prints_is_read_whatever_the_names() {
        let head = "Filesystem 1024-blocks Used Available Capacity Mounted on\n";
        let line = |line: &str| available(&format!("{head}{line}\n"));
        assert_eq!(line("/dev/vda1 61611820 4000000 57611820 7% /"), Some(57_611_820 * 1024));
        assert_eq!(line("//nas/my share 100 40 60 40% /mnt/pg wal 5% x"), Some(60 * 1024));
        assert_eq!(line("tmpfs 0 0 0 - /proc"), None);
        assert_eq!(available(""), None);
        assert_eq!(available(head), None);
    }
}
