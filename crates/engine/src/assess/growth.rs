//! How fast a database grows: pure arithmetic over the sizes of two assessments, or over the counters of one.
//!
//! Two sizes and the time between them are what happened; counters know rows that came and went, and no width but
//! today's. So an earlier assessment goes before the counters, where it is of the same database and old enough.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    assessment::Server,
    finding::Unknown,
    inventory::{Inventory, SizesAre},
};
use crate::limits;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Bytes a day, and what that rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Growth {
    /// How it was found.
    pub by: Means,
    /// Over how many days.
    pub days: f64,
    /// Of the database that is assessed; negative where it shrinks.
    pub bytes_per_day: f64,
    /// Of databases of the server, the fastest first.
    pub databases: Vec<Grown>,
    /// Of tables with TOAST and indexes, the fastest first.
    pub tables: Vec<Grown>,
    /// What it rests on, and why not on the earlier assessment that was given.
    pub reason: String,
}

/// How growth is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// By the sizes of an earlier assessment.
    Earlier,
    /// By the server's counters of rows.
    Counters,
}

/// Something that grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Grown {
    /// Its name, as the inventory has it.
    pub name: String,
    /// Bytes a day.
    pub bytes_per_day: f64,
}

/// A database at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<'a> {
    /// Which, and when.
    pub server: &'a Server,
    /// What is in it.
    pub inventory: &'a Inventory,
}

impl Growth {
    /// By `earlier` where that can be, else by the counters; what of it cannot be known stands in `unknown`.
    pub fn of(
        earlier: Option<Weighed<'_>>,
        now: Weighed<'_>,
        counted_seconds: Option<f64>,
        unknown: &mut Vec<Unknown>,
    ) -> Option<Self> {
        let counted = counted(now.inventory, counted_seconds);
        let Some(earlier) = earlier else { return counted };
        let because = match measured(earlier, now) {
            Ok(growth) => return Some(growth),
            Err(because) => because,
        };
        let Some(mut growth) = counted else {
            unknown.push(Unknown::of(
                "growth",
                because,
                "an earlier assessment of this database, a day old at least",
            ));
            return None;
        };
        growth.reason = format!("{}; the earlier assessment is not used: {because}", growth.reason);
        Some(growth)
    }
}

/// By two sizes; or why they cannot be compared.
fn measured(earlier: Weighed<'_>, now: Weighed<'_>) -> Result<Growth, String> {
    let seconds = seconds_between(earlier.server, now.server)?;
    let days = seconds / DAY;
    let a_day = |now: i64, before: i64| (now - before) as f64 / days;
    let mut reason = format!("two assessments, {days:.1} days apart");
    let mut tables = Vec::new();
    if [earlier, now].iter().all(|one| one.inventory.sizes_are == SizesAre::Exact) {
        let before: BTreeMap<&str, i64> = sizes(earlier.inventory).collect();
        // one that was not there yet has grown from nothing
        tables = fastest(
            sizes(now.inventory)
                .map(|(name, bytes)| (name, a_day(bytes, before.get(name).copied().unwrap_or(0)))),
        );
    } else {
        reason.push_str("; sizes of tables were estimated, which tells nothing of a table's growth");
    }
    let before: BTreeMap<&str, i64> = databases(earlier.inventory).collect();
    let both =
        databases(now.inventory).filter_map(|(name, bytes)| Some((name, a_day(bytes, *before.get(name)?))));
    Ok(Growth {
        by: Means::Earlier,
        days,
        bytes_per_day: a_day(now.server.bytes, earlier.server.bytes),
        databases: fastest(both),
        tables,
        reason,
    })
}

fn seconds_between(earlier: &Server, now: &Server) -> Result<f64, String> {
    let told = "it does not say of which server it is, or when it was made: an older pgferry wrote it";
    let (Some(before), Some(after)) = (earlier.clock_seconds, now.clock_seconds) else {
        return Err(told.to_owned());
    };
    if earlier.system_identifier.is_none() {
        return Err(told.to_owned());
    }
    if earlier.system_identifier != now.system_identifier {
        return Err("it is of another server".to_owned());
    }
    if earlier.database != now.database {
        return Err("it is of another database".to_owned());
    }
    let (seconds, least) = ((after - before) as f64, limits::ASSESS_GROWTH_APART.as_secs_f64());
    if seconds < least {
        let (hours, least) = (seconds / 3600.0, least / 3600.0);
        return Err(format!("it was made {hours:.1} hours before this one, and growth shows in {least:.0}"));
    }
    Ok(seconds)
}

/// By rows that stayed since the counters began, each as wide as its table's rows are now.
fn counted(inventory: &Inventory, counted_seconds: Option<f64>) -> Option<Growth> {
    let least = limits::ASSESS_GROWTH_APART.as_secs_f64();
    let days = counted_seconds.filter(|seconds| least <= *seconds)? / DAY;
    let grown = inventory.tables.iter().filter_map(|table| {
        let rows = table.rows.filter(|rows| 0 < *rows)?;
        let width = (table.row_bytes() + table.index_bytes) as f64 / rows as f64;
        Some((table.name.as_str(), table.rows_grown.max(0) as f64 * width / days))
    });
    let grown: Vec<_> = grown.collect();
    let bytes_per_day = grown.iter().map(|(_, bytes)| bytes).sum();
    let own = inventory.databases.iter().filter(|database| database.assessed);
    Some(Growth {
        by: Means::Counters,
        days,
        bytes_per_day,
        databases: own.map(|one| Grown { name: one.name.clone(), bytes_per_day }).collect(),
        tables: fastest(grown.into_iter()),
        reason: format!("rows that came and stayed in the {days:.1} days of the server's counters"),
    })
}

/// The fastest, within bounds; what stands still is not listed.
fn fastest<'a>(grown: impl Iterator<Item = (&'a str, f64)>) -> Vec<Grown> {
    let mut grown: Vec<Grown> = grown
        .filter(|(_, bytes_per_day)| *bytes_per_day != 0.0)
        .map(|(name, bytes_per_day)| Grown { name: name.to_owned(), bytes_per_day })
        .collect();
    grown.sort_by(|one, other| {
        other.bytes_per_day.total_cmp(&one.bytes_per_day).then_with(|| one.name.cmp(&other.name))
    });
    grown.truncate(limits::ASSESS_TABLES_SHOWN);
    grown
}

fn sizes(inventory: &Inventory) -> impl Iterator<Item = (&str, i64)> {
    inventory.tables.iter().map(|table| (table.name.as_str(), table.row_bytes() + table.index_bytes))
}

fn databases(inventory: &Inventory) -> impl Iterator<Item = (&str, i64)> {
    inventory.databases.iter().filter_map(|database| Some((database.name.as_str(), database.bytes?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::inventory::{DatabaseSize, TableSize};

    const SEEN: i64 = 1_800_000_000;

    /// Database shop `days` after it was first seen.
    fn server(bytes: i64, days: f64) -> Server {
        Server {
            database: "shop".to_owned(),
            bytes,
            system_identifier: Some("7000000000000000001".to_owned()),
            clock_seconds: Some(SEEN + (days * DAY) as i64),
            ..Server::default()
        }
    }

    fn inventory(tables: &[(&str, i64)], databases: &[(&str, Option<i64>)]) -> Inventory {
        let table = |(name, heap_bytes): &(&str, i64)| TableSize {
            name: (*name).to_owned(),
            heap_bytes: *heap_bytes,
            rows: Some(1_000),
            ..TableSize::default()
        };
        let database = |(name, bytes): &(&str, Option<i64>)| DatabaseSize {
            name: (*name).to_owned(),
            bytes: *bytes,
            assessed: *name == "shop",
        };
        Inventory {
            tables: tables.iter().map(table).collect(),
            databases: databases.iter().map(database).collect(),
            ..Inventory::default()
        }
    }

    fn grown(list: &[Grown]) -> Vec<(&str, f64)> {
        list.iter().map(|one| (one.name.as_str(), one.bytes_per_day)).collect()
    }

    #[test]
    fn worked_out_by_hand_from_two_assessments() {
        let before = inventory(
            &[("orders", 6_000), ("items", 2_000), ("gone", 500), ("still", 100)],
            &[("shop", Some(9_000)), ("crm", Some(700)), ("hidden", None)],
        );
        let after = inventory(
            &[("orders", 7_000), ("items", 1_500), ("new", 2_000), ("still", 100)],
            &[("shop", Some(11_500)), ("crm", Some(600)), ("hidden", Some(5)), ("young", Some(80))],
        );
        let (was, is) = (server(9_000, 0.0), server(11_500, 10.0));
        let growth = Growth::of(
            Some(Weighed { server: &was, inventory: &before }),
            Weighed { server: &is, inventory: &after },
            Some(30.0 * DAY),
            &mut Vec::new(),
        )
        .unwrap();
        assert_eq!((growth.by, growth.days, growth.bytes_per_day), (Means::Earlier, 10.0, 250.0));
        // 2,000 in ten days from nothing, 1,000, -500; what is gone grows no more
        assert_eq!(grown(&growth.tables), [("new", 200.0), ("orders", 100.0), ("items", -50.0)]);
        assert_eq!(grown(&growth.databases), [("shop", 250.0), ("crm", -10.0)]);
        assert_eq!(growth.reason, "two assessments, 10.0 days apart");
    }

    #[test]
    fn worked_out_by_hand_from_the_counters() {
        let mut now = inventory(&[("orders", 50_000), ("shrunk", 10_000)], &[("shop", Some(90_000))]);
        // 200 rows of 50 bytes, and a table that lost rows
        (now.tables[0].rows_grown, now.tables[1].rows_grown) = (200, -300);
        let is = server(90_000, 0.0);
        let now = Weighed { server: &is, inventory: &now };
        let mut unknown = Vec::new();
        let growth = Growth::of(None, now, Some(4.0 * DAY), &mut unknown).unwrap();
        assert_eq!((growth.by, growth.days, growth.bytes_per_day), (Means::Counters, 4.0, 2_500.0));
        assert_eq!(grown(&growth.tables), [("orders", 2_500.0)]);
        assert_eq!(grown(&growth.databases), [("shop", 2_500.0)]);
        // less than a day tells nothing
        assert_eq!(Growth::of(None, now, Some(0.9 * DAY), &mut unknown), None);
        assert_eq!(unknown, []);
    }

    /// What is said of an earlier assessment that is not used, with counters and without.
    fn refused(change: impl Fn(&mut Server)) -> String {
        let held = inventory(&[("orders", 6_000)], &[("shop", Some(9_000))]);
        let (mut was, is) = (server(9_000, 0.0), server(9_500, 10.0));
        change(&mut was);
        let earlier = Some(Weighed { server: &was, inventory: &held });
        let now = Weighed { server: &is, inventory: &held };
        let mut unknown = Vec::new();
        assert_eq!(Growth::of(earlier, now, None, &mut unknown), None);
        let growth = Growth::of(earlier, now, Some(2.0 * DAY), &mut unknown).unwrap();
        assert_eq!((growth.by, unknown.len()), (Means::Counters, 1));
        let said = unknown.remove(0).because;
        assert!(growth.reason.ends_with(&format!("the earlier assessment is not used: {said}")));
        said
    }

    #[test]
    fn an_assessment_of_something_else_or_of_just_now_is_not_used() {
        let other = refused(|was| was.system_identifier = Some("7000000000000000002".to_owned()));
        assert_eq!(other, "it is of another server");
        assert_eq!(refused(|was| was.database = "crm".to_owned()), "it is of another database");
        let young = refused(|was| was.clock_seconds = Some(SEEN + (9.5 * DAY) as i64));
        assert_eq!(young, "it was made 12.0 hours before this one, and growth shows in 24");
        assert!(refused(|was| was.clock_seconds = Some(SEEN + (11.0 * DAY) as i64)).contains("-24.0 hours"));
        assert!(refused(|was| was.clock_seconds = None).contains("an older pgferry wrote it"));
        assert!(refused(|was| was.system_identifier = None).contains("an older pgferry wrote it"));
    }

    #[test]
    fn estimated_sizes_tell_nothing_of_a_table() {
        let exact = inventory(&[("orders", 6_000)], &[("shop", Some(9_000))]);
        let estimated = Inventory { sizes_are: SizesAre::Estimated, ..exact.clone() };
        let (was, is) = (server(9_000, 0.0), server(9_500, 2.0));
        let growth = measured(
            Weighed { server: &was, inventory: &estimated },
            Weighed { server: &is, inventory: &exact },
        )
        .unwrap();
        assert_eq!((growth.bytes_per_day, growth.tables.len()), (250.0, 0));
        assert!(growth.reason.contains("estimated"), "{}", growth.reason);
    }
}
