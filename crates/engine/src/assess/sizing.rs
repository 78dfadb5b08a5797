//! Which RDS for PostgreSQL would do: three offers out of what was measured, each with the figures behind it.
//!
//! Rules and figures: Amazon RDS User Guide, "DB instance classes" and "Amazon RDS DB instance storage" (gp3: one volume
//! of 3,000 IOPS and 125 MiB/s below 400 GiB, four striped ones of 12,000 and 500 from there on).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// GiB of gp3 from which RDS stripes four volumes.
const STRIPED_GIB: f64 = 400.0;
/// The least that RDS allocates, GiB.
const STORAGE_MIN_GIB: f64 = 20.0;
/// The most, GiB.
const STORAGE_MAX_GIB: f64 = 65_536.0;
/// Rows and indexes take so much room while they are loaded.
const LOAD_ROOM: f64 = 1.3;
/// Room for WAL, GiB, where nothing was measured.
const WAL_ROOM_GIB: f64 = 10.0;
/// Memory of a connection, GiB.
const CONNECTION_GIB: f64 = 0.01;
/// RDS gives shared_buffers a quarter of the memory.
const SHARED_BUFFERS_SHARE: f64 = 4.0;
/// Below this hit ratio the cache was too small.
const CACHE_HIT_GOOD: f64 = 0.95;

/// What sizes rest on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// Bytes of rows and indexes.
    pub bytes: f64,
    /// Bytes that are added a month; None where nobody knows.
    pub growth_bytes_per_month: Option<f64>,
    /// What that rests on.
    pub growth_reason: String,
    /// The most sessions that were at work at one look.
    pub sessions_active_max: f64,
    /// The most sessions that were connected.
    pub sessions_max: f64,
    /// `shared_buffers` of the source, bytes.
    pub shared_buffers: f64,
    /// Blocks found in the cache, of all.
    pub cache_hit_ratio: Option<f64>,
    /// WAL a second, bytes, at its peak.
    pub wal_per_second_peak: Option<f64>,
    /// WAL that is expected to be held back, bytes.
    pub wal_held_bytes: Option<f64>,
    /// The source's major.
    pub major: u32,
    /// Settings that the owner tuned, by name, in PostgreSQL's base units.
    pub tuned: BTreeMap<String, String>,
}

/// What to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sizing {
    /// Frugal, balanced, roomy.
    pub offers: Vec<Offer>,
    /// Majors that the source can move to; which minors are on sale is asked of AWS.
    pub majors: Vec<u32>,
    /// Values for the parameter group, in its units, with the reason of each.
    pub parameters: Vec<Parameter>,
}

/// One size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Offer {
    /// `frugal`, `balanced`, `roomy`.
    pub name: String,
    /// As `db.m7g.large`.
    pub instance_class: String,
    /// vCPUs of the class.
    pub vcpus: u32,
    /// Memory of the class, GiB.
    pub memory_gib: u32,
    /// Always `gp3`.
    pub storage_type: String,
    /// GiB to allocate.
    pub storage_gib: u32,
    /// IOPS; below 400 GiB they are given and may not be asked for.
    pub iops: u32,
    /// MiB/s; likewise.
    pub throughput_mibps: u32,
    /// US dollars a month; None until prices were asked for.
    pub monthly_usd: Option<f64>,
    /// What each figure rests on.
    pub because: Vec<String>,
}

/// A value for the parameter group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value, in the group's units.
    pub value: String,
    /// Why.
    pub because: String,
}

/// How generous an offer is.
struct Taste {
    name: &'static str,
    /// vCPUs for each session at work.
    vcpus_per_session: f64,
    /// Of the memory that the source's cache speaks for.
    memory_share: f64,
    /// Months of growth that fit.
    months: f64,
}

const TASTES: [Taste; 3] = [
    Taste { name: "frugal", vcpus_per_session: 0.5, memory_share: 0.5, months: 3.0 },
    Taste { name: "balanced", vcpus_per_session: 1.0, memory_share: 1.0, months: 12.0 },
    Taste { name: "roomy", vcpus_per_session: 2.0, memory_share: 2.0, months: 24.0 },
];

/// A class: name, vCPUs, memory GiB, EBS MB/s that it bears all day.
struct Class(&'static str, u32, u32, f64);

/// Smallest first, by vCPUs, then memory.
const CLASSES: [Class; 17] = [
    Class("db.t4g.small", 2, 2, 43.0),
    Class("db.t4g.medium", 2, 4, 43.0),
    Class("db.m7g.large", 2, 8, 78.0),
    Class("db.r7g.large", 2, 16, 78.0),
    Class("db.m7g.xlarge", 4, 16, 156.0),
    Class("db.r7g.xlarge", 4, 32, 156.0),
    Class("db.m7g.2xlarge", 8, 32, 312.0),
    Class("db.r7g.2xlarge", 8, 64, 312.0),
    Class("db.m7g.4xlarge", 16, 64, 625.0),
    Class("db.r7g.4xlarge", 16, 128, 625.0),
    Class("db.m7g.8xlarge", 32, 128, 1_250.0),
    Class("db.r7g.8xlarge", 32, 256, 1_250.0),
    Class("db.m7g.12xlarge", 48, 192, 1_875.0),
    Class("db.r7g.12xlarge", 48, 384, 1_875.0),
    Class("db.m7g.16xlarge", 64, 256, 2_500.0),
    Class("db.r7g.16xlarge", 64, 512, 2_500.0),
    Class("db.r5.24xlarge", 96, 768, 2_375.0),
];

/// Settings whose tuned value goes along: they say something of the work, not of the machine.
const CARRIED: [&str; 17] = [
    "autovacuum_analyze_scale_factor",
    "autovacuum_max_workers",
    "autovacuum_naptime",
    "autovacuum_vacuum_cost_limit",
    "autovacuum_vacuum_scale_factor",
    "default_statistics_target",
    "effective_io_concurrency",
    "idle_in_transaction_session_timeout",
    "jit",
    "lock_timeout",
    "log_min_duration_statement",
    "max_parallel_workers_per_gather",
    "random_page_cost",
    "seq_page_cost",
    "statement_timeout",
    "track_io_timing",
    "work_mem",
];

impl Sizing {
    /// Works it out.
    pub fn of(inputs: &Inputs) -> Self {
        Self {
            offers: TASTES.iter().map(|taste| offer(inputs, taste)).collect(),
            majors: (inputs.major.max(13)..=18).collect(),
            parameters: parameters(inputs),
        }
    }
}

fn offer(inputs: &Inputs, taste: &Taste) -> Offer {
    let vcpus = (inputs.sessions_active_max * taste.vcpus_per_session).ceil().max(2.0);
    let memory = memory_gib(inputs) * taste.memory_share;
    let class = CLASSES
        .iter()
        .find(|class| {
            vcpus <= f64::from(class.1)
                && memory <= f64::from(class.2)
                && (taste.name == "frugal" || !class.0.contains(".t4g."))
        })
        .unwrap_or(&CLASSES[CLASSES.len() - 1]);
    let (storage, growth) = storage_gib(inputs, taste);
    let striped = STRIPED_GIB <= storage;
    let (iops, throughput) = if striped { (12_000, 500) } else { (3_000, 125) };
    let mut because = vec![
        format!(
            "{:.0} vCPU for {:.0} sessions at work at once ({} each, 2 at least)",
            vcpus, inputs.sessions_active_max, taste.vcpus_per_session
        ),
        format!(
            "{memory:.1} GiB of memory: {} × four times the source's shared_buffers ({:.2} GiB; RDS takes a quarter) and \
             {:.0} connections{}",
            taste.memory_share,
            gib(inputs.shared_buffers),
            inputs.sessions_max,
            if cache_was_short(inputs) { ", doubled since the cache missed too often" } else { "" }
        ),
        format!(
            "{storage:.0} GiB: 1.3 × {:.1} GiB of rows and indexes, WAL, and {growth}",
            gib(inputs.bytes)
        ),
        if striped {
            "from 400 GiB on gp3 is four volumes: 12,000 IOPS and 500 MiB/s are included".to_owned()
        } else {
            "below 400 GiB gp3 gives 3,000 IOPS and 125 MiB/s, whatever is asked for".to_owned()
        },
    ];
    if class.0.contains(".t4g.") {
        because.push("a burstable class: its CPU credits may run out during the load".to_owned());
    }
    if class.3 < f64::from(throughput) * 1.048_576 {
        because.push(format!(
            "the class bears {:.0} MB/s of storage all day, less than the volume gives",
            class.3
        ));
    }
    Offer {
        name: taste.name.to_owned(),
        instance_class: class.0.to_owned(),
        vcpus: class.1,
        memory_gib: class.2,
        storage_type: "gp3".to_owned(),
        storage_gib: storage as u32,
        iops,
        throughput_mibps: throughput,
        monthly_usd: None,
        because,
    }
}

fn memory_gib(inputs: &Inputs) -> f64 {
    let cache =
        gib(inputs.shared_buffers) * SHARED_BUFFERS_SHARE * if cache_was_short(inputs) { 2.0 } else { 1.0 };
    // more than the database is never needed for caching it
    cache.min(gib(inputs.bytes) + 1.0) + inputs.sessions_max * CONNECTION_GIB
}

fn cache_was_short(inputs: &Inputs) -> bool {
    inputs.cache_hit_ratio.is_some_and(|ratio| ratio < CACHE_HIT_GOOD)
}

/// GiB, and where growth stands in it.
fn storage_gib(inputs: &Inputs, taste: &Taste) -> (f64, String) {
    let wal = inputs.wal_held_bytes.map_or(WAL_ROOM_GIB, gib).max(WAL_ROOM_GIB);
    let growth = inputs.growth_bytes_per_month.unwrap_or(0.0).max(0.0);
    let said = match inputs.growth_bytes_per_month {
        Some(_) => {
            format!("{:.0} months of {:.2} GiB ({})", taste.months, gib(growth), inputs.growth_reason)
        }
        None => "no growth, since none could be measured".to_owned(),
    };
    let needed = (gib(inputs.bytes) * LOAD_ROOM + wal + gib(growth) * taste.months).ceil();
    let io_bound = inputs.wal_per_second_peak.is_some_and(|rate| 60e6 < rate);
    let least = if io_bound && taste.name != "frugal" { STRIPED_GIB } else { STORAGE_MIN_GIB };
    (needed.clamp(least, STORAGE_MAX_GIB), said)
}

fn parameters(inputs: &Inputs) -> Vec<Parameter> {
    let parameter = |name: &str, value: &str, because: &str| Parameter {
        name: name.to_owned(),
        value: value.to_owned(),
        because: because.to_owned(),
    };
    let mut parameters = vec![
        parameter("rds.logical_replication", "1", "the way back needs it, and later it costs a reboot"),
        parameter("rds.force_ssl", "1", "no row travels in the open"),
        parameter("max_slot_wal_keep_size", "-1", "a finite value would end the way back's slot"),
    ];
    let tuned = inputs.tuned.iter().filter(|(name, _)| CARRIED.contains(&name.as_str()));
    parameters.extend(tuned.map(|(name, value)| parameter(name, value, "tuned on the source")));
    parameters
}

fn gib(bytes: f64) -> f64 {
    bytes / f64::from(1 << 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: f64 = (1u64 << 30) as f64;

    /// A droplet of 2 vCPUs and 4 GiB with 30 GiB of data.
    fn droplet() -> Inputs {
        Inputs {
            bytes: 30.0 * GIB,
            growth_bytes_per_month: Some(GIB),
            sessions_active_max: 3.0,
            sessions_max: 50.0,
            shared_buffers: GIB,
            cache_hit_ratio: Some(0.99),
            major: 15,
            ..Inputs::default()
        }
    }

    fn classes(inputs: &Inputs) -> Vec<(String, u32)> {
        Sizing::of(inputs).offers.into_iter().map(|offer| (offer.instance_class, offer.storage_gib)).collect()
    }

    fn expect(inputs: &Inputs, expected: [(&str, u32); 3]) {
        assert_eq!(classes(inputs), expected.map(|(class, gib)| (class.to_owned(), gib)));
    }

    #[test]
    fn worked_out_by_hand() {
        // memory 4 × 1 + 50 × 0.01 = 4.5: 2.25, 4.5, 9; vCPUs 2, 3, 6; storage 39 + 10 + 3, 12, 24
        expect(&droplet(), [("db.t4g.medium", 52), ("db.m7g.xlarge", 61), ("db.m7g.2xlarge", 73)]);
        // a quiet, small one
        let small = Inputs {
            bytes: GIB,
            sessions_active_max: 0.0,
            sessions_max: 5.0,
            shared_buffers: GIB / 8.0,
            ..droplet()
        };
        expect(&small, [("db.t4g.small", 20), ("db.m7g.large", 24), ("db.m7g.large", 36)]);
        // 1 TiB, 20 at work, 16 GiB of buffers that missed too often: 2 × 64 + 3 = 131 GiB, which is more than db.m7g.8xlarge has
        let large = Inputs {
            bytes: 1024.0 * GIB,
            growth_bytes_per_month: None,
            sessions_active_max: 20.0,
            sessions_max: 300.0,
            shared_buffers: 16.0 * GIB,
            cache_hit_ratio: Some(0.9),
            ..droplet()
        };
        expect(&large, [("db.r7g.4xlarge", 1342), ("db.r7g.8xlarge", 1342), ("db.r7g.12xlarge", 1342)]);
    }

    #[test]
    fn storage_says_what_its_growth_rests_on() {
        let because = |inputs: &Inputs| Sizing::of(inputs).offers[1].because.join("; ");
        let grows = Inputs { growth_reason: "two assessments, 10.0 days apart".to_owned(), ..droplet() };
        assert!(because(&grows).contains("12 months of 1.00 GiB (two assessments, 10.0 days apart)"));
        let unknown = Inputs { growth_bytes_per_month: None, ..droplet() };
        assert!(because(&unknown).contains("no growth, since none could be measured"));
    }

    #[test]
    fn volumes_are_striped_from_400_gib_on() {
        let large = Inputs { bytes: 300.0 * GIB, ..droplet() };
        let offers = Sizing::of(&large).offers;
        // 390 + 10 + 3
        assert_eq!((offers[0].storage_gib, offers[0].iops, offers[0].throughput_mibps), (403, 12_000, 500));
        let busy = Inputs { wal_per_second_peak: Some(80e6), ..droplet() };
        let offers = Sizing::of(&busy).offers;
        assert_eq!((offers[0].storage_gib, offers[1].storage_gib), (52, 400));
    }

    #[test]
    fn only_what_says_something_of_the_work_goes_into_the_group() {
        let tuned = [("work_mem", "65536"), ("shared_buffers", "16384"), ("data_directory", "/x")];
        let tuned = tuned.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let parameters = Sizing::of(&Inputs { tuned, ..droplet() }).parameters;
        assert!(parameters.iter().any(|one| one.name == "work_mem" && one.value == "65536"));
        assert!(
            !parameters.iter().any(|one| ["shared_buffers", "data_directory"].contains(&one.name.as_str()))
        );
    }

    #[test]
    fn no_older_major_is_offered() {
        assert_eq!(Sizing::of(&droplet()).majors, [15, 16, 17, 18]);
    }
}
