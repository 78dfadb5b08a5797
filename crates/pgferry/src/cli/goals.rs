//! Flags that say what counts as a success; an assessment is judged by them.

use clap::{Args, ValueEnum};
use pgferry_engine::assess::finding::Strategy;

use crate::{
    config::{
        Criteria,
        measure::{Bytes, Moment, Time},
    },
    settings::Given,
};

/// What `[criteria]` and `watch` of the file say too.
#[derive(Args, Clone, Debug)]
pub struct Goals {
    /// The way of moving that the verdict is about [default: live].
    #[arg(long, value_enum, env = "PGFERRY_STRATEGY")]
    strategy: Option<Way>,
    /// How long the workload is watched, as 30s or 10m [default: 30s].
    #[arg(long, value_name = "TIME", env = "PGFERRY_WATCH")]
    watch: Option<Time>,
    /// How long writers may wait at the cutover, as 5s.
    #[arg(long, value_name = "TIME", env = "PGFERRY_PAUSE_MAX")]
    pause_max: Option<Time>,
    /// How long the move may take up to the cutover, as 4h.
    #[arg(long, value_name = "TIME", env = "PGFERRY_DURATION_MAX")]
    duration_max: Option<Time>,
    /// How much WAL the source may hold, as 20GiB.
    #[arg(long, value_name = "SIZE", env = "PGFERRY_WAL_HELD_MAX")]
    wal_held_max: Option<Bytes>,
    /// When it has to be over, as 2026-12-01T04:00:00Z; without the Z in this machine's time.
    #[arg(long, value_name = "MOMENT", env = "PGFERRY_END_BY")]
    end_by: Option<Moment>,
}

/// A strategy, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Way {
    /// Parallel copy, then logical replication.
    Live,
    /// Dump and restore, while the application stands still.
    Dump,
    /// AWS Database Migration Service.
    Dms,
}

impl From<Way> for Strategy {
    fn from(way: Way) -> Self {
        match way {
            Way::Live => Self::Live,
            Way::Dump => Self::Dump,
            Way::Dms => Self::Dms,
        }
    }
}

impl Goals {
    /// As criteria.
    pub fn criteria(&self) -> Criteria {
        Criteria {
            strategy: self.strategy.map(Strategy::from),
            pause_max: self.pause_max,
            duration_max: self.duration_max,
            wal_held_max: self.wal_held_max,
            end_by: self.end_by,
        }
    }

    /// How long the workload is watched.
    pub fn watch(&self) -> Option<Time> {
        self.watch
    }

    /// Added to what other flags gave.
    pub fn given(&self, given: Given) -> Given {
        Given { criteria: self.criteria(), watch: self.watch, ..given }
    }
}
