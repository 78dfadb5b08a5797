//! What the application does, watched over a window in short statements: rates, clients, the longest transactions.
//!
//! A look at the sessions is one statement of some milliseconds; counters by table are read twice, at both ends.

use std::{collections::BTreeMap, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_postgres::Row;

use super::{
    facts::Facts,
    finding::Unknown,
    moved::{Moved, Sample},
    statement,
    unanswered::unanswered,
};
use crate::{error::Result, limits, pg::client::Client, sql::sql};

/// What was seen over the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    /// How long was watched, seconds.
    pub seconds: f64,
    /// One look after the other.
    pub looks: Vec<Look>,
    /// Committed and rolled back transactions a second.
    pub transactions_per_second: f64,
    /// WAL written a second, bytes: mean over the window. None on a standby.
    pub wal_bytes_per_second: Option<f64>,
    /// The same between the two looks where it was most.
    pub wal_bytes_per_second_peak: Option<f64>,
    /// Rows inserted, updated and deleted a second.
    pub changes_per_second: f64,
    /// Blocks found in the buffer cache, of all that were asked for.
    pub cache_hit_ratio: Option<f64>,
    /// Bytes of temporary files a second.
    pub temp_bytes_per_second: f64,
    /// Deadlocks over the window.
    pub deadlocks: i64,
    /// The longest transaction that was open at any look, seconds.
    pub transaction_seconds_max: f64,
    /// The longest that a session was idle in a transaction, seconds.
    pub idle_in_transaction_seconds_max: f64,
    /// Tables that were read or written, the busiest first.
    pub tables: Vec<TableLoad>,
    /// Who is connected, to any database: what has to move, or has to be told.
    pub clients: Vec<Sessions>,
    /// Statements that take most of the time, by pg_stat_statements; empty where it is not there.
    pub statements: Vec<Statement>,
    /// Round trips from here to the server; of both sides the slower one.
    pub round_trip: RoundTrip,
    /// How long the counters of the database have run, seconds; None where they were never reset.
    pub counted_seconds: Option<f64>,
}

/// One look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// Seconds since the window began.
    pub at: f64,
    /// Transactions a second since the look before.
    pub transactions_per_second: f64,
    /// WAL bytes a second since then.
    pub wal_bytes_per_second: Option<f64>,
    /// Sessions at work.
    pub active: i64,
    /// Sessions idle in a transaction.
    pub idle_in_transaction: i64,
    /// Sessions that wait for a lock.
    pub waiting: i64,
}

/// What a table bore over the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableLoad {
    /// Qualified, quoted where need be.
    pub name: String,
    /// Rows read.
    pub read: i64,
    /// Rows inserted.
    pub inserted: i64,
    /// Rows updated.
    pub updated: i64,
    /// Rows deleted.
    pub deleted: i64,
}

/// Sessions of one kind, the most that were seen at one look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Sessions {
    /// `application_name`.
    pub application: String,
    /// The role.
    pub role: String,
    /// The address, or `local`.
    pub address: String,
    /// The database.
    pub database: String,
    /// How many sessions.
    pub sessions: i64,
}

/// A statement of pg_stat_statements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// Its text, without constants; none that speaks of passwords.
    pub query: String,
    /// How often.
    pub calls: i64,
    /// Milliseconds altogether.
    pub total_ms: f64,
    /// Milliseconds each.
    pub mean_ms: f64,
}

/// Round trips of `select 1`, milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoundTrip {
    /// The one in the middle.
    pub p50_ms: f64,
    /// 95 of 100 are shorter.
    pub p95_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

/// Counters of the database and the server at one moment.
#[derive(Clone, Debug)]
pub(super) struct Counters {
    transactions: i64,
    wal: Option<i64>,
    changes: i64,
    hits: i64,
    reads: i64,
    temp_bytes: i64,
    deadlocks: i64,
    counted_seconds: Option<f64>,
}

/// Watches for `window`: the application's work, and what moved from its beginning to its end. What could not be read
/// stands in `unknown`.
pub async fn watch(
    client: &Client,
    facts: &Facts,
    window: Duration,
    unknown: &mut Vec<Unknown>,
) -> Result<(Workload, Moved)> {
    let mut workload = Workload { round_trip: round_trip(client).await?, ..Workload::default() };
    let mut clients = BTreeMap::new();
    let tables_before = loads(client, unknown).await?;
    let first = Sample::read(client, facts).await?;
    let begun = Instant::now();
    let (mut before, mut before_at) = (None, 0.0);
    let pause = (window / limits::ASSESS_LOOKS).max(limits::ASSESS_LOOK_PAUSE);
    loop {
        let now = Counters::read(client).await?;
        let at = begun.elapsed().as_secs_f64();
        let earlier = before.as_ref().unwrap_or(&first.counters);
        let mut look = now.since(earlier, at - before_at);
        look.at = at;
        workload.see(client, &mut look, &mut clients).await?;
        if before.is_some() {
            workload.looks.push(look);
        }
        (before, before_at) = (Some(now), at);
        if window <= begun.elapsed() {
            break;
        }
        tokio::time::sleep(pause.min(window.saturating_sub(begun.elapsed()))).await;
    }
    let last = Sample::read(client, facts).await?;
    let mut moved = first.until(&last);
    workload.seconds = moved.seconds;
    workload.fold(&first.counters, &last.counters);
    moved.wal_bytes_per_second_peak = workload.wal_bytes_per_second_peak;
    workload.tables = busiest(tables_before, loads(client, unknown).await?);
    workload.clients =
        clients.into_iter().map(|(client, sessions)| Sessions { sessions, ..client }).collect();
    workload.statements = statements(client, facts, unknown).await?;
    Ok((workload, moved))
}

impl Counters {
    /// Reads them.
    pub(super) async fn read(client: &Client) -> Result<Self> {
        let row = client.one("read the server's counters", sql!("assess/counters"), &[]).await?;
        Ok(Self {
            transactions: row.get("transactions"),
            wal: row.get("wal"),
            changes: row.get("changes"),
            hits: row.get("hits"),
            reads: row.get("reads"),
            temp_bytes: row.get("temp_bytes"),
            deadlocks: row.get("deadlocks"),
            counted_seconds: row.get("counted_seconds"),
        })
    }

    /// Bytes of WAL; None on a standby.
    pub(super) fn wal_since(&self, earlier: &Self) -> Option<i64> {
        self.wal.zip(earlier.wal).map(|(now, before)| now - before)
    }

    fn since(&self, earlier: &Self, seconds: f64) -> Look {
        let rate = |now: i64, before: i64| if 0.0 < seconds { (now - before) as f64 / seconds } else { 0.0 };
        Look {
            transactions_per_second: rate(self.transactions, earlier.transactions),
            wal_bytes_per_second: self.wal_since(earlier).map(|bytes| rate(bytes, 0)),
            ..Look::default()
        }
    }
}

impl Workload {
    /// Sessions of this moment.
    async fn see(
        &mut self,
        client: &Client,
        look: &mut Look,
        clients: &mut BTreeMap<Sessions, i64>,
    ) -> Result<()> {
        for row in client.query("look at the sessions", sql!("assess/sessions"), &[]).await? {
            let sessions: i64 = row.get("sessions");
            look.active += row.get::<_, i64>("active");
            look.idle_in_transaction += row.get::<_, i64>("idle_in_transaction");
            look.waiting += row.get::<_, i64>("waiting");
            self.transaction_seconds_max = self.transaction_seconds_max.max(row.get("transaction_seconds"));
            self.idle_in_transaction_seconds_max =
                self.idle_in_transaction_seconds_max.max(row.get("idle_in_transaction_seconds"));
            let most = clients.entry(client_of(&row)).or_default();
            *most = sessions.max(*most);
        }
        Ok(())
    }

    fn fold(&mut self, first: &Counters, last: &Counters) {
        let whole = last.since(first, self.seconds);
        let seconds = self.seconds.max(f64::EPSILON);
        self.transactions_per_second = whole.transactions_per_second;
        self.wal_bytes_per_second = whole.wal_bytes_per_second;
        let peaks = self.looks.iter().filter_map(|look| look.wal_bytes_per_second);
        self.wal_bytes_per_second_peak = peaks.chain(whole.wal_bytes_per_second).reduce(f64::max);
        self.changes_per_second = (last.changes - first.changes) as f64 / seconds;
        self.temp_bytes_per_second = (last.temp_bytes - first.temp_bytes) as f64 / seconds;
        self.deadlocks = last.deadlocks - first.deadlocks;
        self.counted_seconds = last.counted_seconds;
        let (hits, reads) = (last.hits - first.hits, last.reads - first.reads);
        self.cache_hit_ratio = (0 < hits + reads).then(|| hits as f64 / (hits + reads) as f64);
    }
}

fn client_of(row: &Row) -> Sessions {
    Sessions {
        application: row.get("application"),
        role: row.get("role"),
        address: row.get("address"),
        database: row.get("database"),
        sessions: 0,
    }
}

type Loads = BTreeMap<String, [i64; 4]>;

async fn loads(client: &Client, unknown: &mut Vec<Unknown>) -> Result<Loads> {
    let rows = match client.query("read the tables' counters", &statement(sql!("assess/loads")), &[]).await {
        Ok(rows) => rows,
        Err(error) => {
            unknown.extend(unanswered(client, error).await?.about("reads and writes by table"));
            return Ok(Loads::new());
        }
    };
    let load = |row: &Row| {
        (row.get("object"), [row.get("read"), row.get("inserted"), row.get("updated"), row.get("deleted")])
    };
    Ok(rows.iter().map(load).collect())
}

fn busiest(before: Loads, after: Loads) -> Vec<TableLoad> {
    let moved = after.into_iter().filter_map(|(name, now)| {
        let earlier = before.get(&name).copied().unwrap_or_default();
        let [read, inserted, updated, deleted] = std::array::from_fn(|at| now[at] - earlier[at]);
        let load = TableLoad { name, read, inserted, updated, deleted };
        (0 < read + load.written()).then_some(load)
    });
    let mut tables: Vec<_> = moved.collect();
    tables.sort_by(|one, other| {
        (other.written(), other.read, &one.name).cmp(&(one.written(), one.read, &other.name))
    });
    tables.truncate(limits::ASSESS_TABLES_SHOWN);
    tables
}

impl TableLoad {
    /// Rows inserted, updated or deleted.
    pub fn written(&self) -> i64 {
        self.inserted + self.updated + self.deleted
    }
}

/// The top by time. Its view lives where the extension was installed.
async fn statements(client: &Client, facts: &Facts, unknown: &mut Vec<Unknown>) -> Result<Vec<Statement>> {
    let Some(sql) = facts.over_extension("pg_stat_statements", sql!("assess/statements")) else {
        return Ok(Vec::new());
    };
    match client.query("read pg_stat_statements", &sql, &[]).await {
        Ok(rows) => Ok(rows
            .iter()
            .map(|row| Statement {
                query: row.get("query"),
                calls: row.get("calls"),
                total_ms: row.get("total_ms"),
                mean_ms: row.get("mean_ms"),
            })
            .collect()),
        Err(error) => {
            unknown
                .extend(unanswered(client, error).await?.about("the statements that take most of the time"));
            Ok(Vec::new())
        }
    }
}

/// Measures round trips.
pub async fn round_trip(client: &Client) -> Result<RoundTrip> {
    let mut took = Vec::new();
    for _ in 0..limits::ROUND_TRIPS {
        let begun = Instant::now();
        client.run("measure a round trip", "select 1").await?;
        took.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    Ok(RoundTrip { p50_ms: at(50), p95_ms: at(95), max_ms: at(100) })
}
