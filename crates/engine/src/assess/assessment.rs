//! One assessment as a whole: what the report shows in each of its forms.

use std::{collections::HashSet, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Depth, Evidence, Judgement,
    facts::Facts,
    finding::{Finding, Severity, Strategy, Unknown},
    forecast::{self, Criteria, Forecast, Judged},
    growth::{Growth, Weighed},
    inventory::Inventory,
    judge,
    local::{self, Local},
    prepare, probe, rules,
    sizing::{self, Sizing},
    trial::Trial,
    workload::{self, RoundTrip, Workload},
};
use crate::{
    catalog::{
        Catalog,
        choice::{Choice, Chosen, Notice},
    },
    error::{Kind, Result, Side},
    pg::{behind::Behind, client::Client, ident::Ident, session::Endpoint},
    sql::sql,
};

/// Grows whenever a reader of the JSON would have to know.
pub const FORMAT: u32 = 1;

/// How to assess.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// How far to go.
    pub depth: Depth,
    /// How long the workload is watched.
    pub watch: Duration,
    /// Pairs that a copy would have.
    pub jobs: usize,
    /// By which strategy the move is judged.
    pub strategy: Strategy,
    /// What the operator calls a success.
    pub criteria: Criteria,
    /// What of the database is to move.
    pub choice: Choice,
    /// An earlier assessment, from whose sizes growth is told if it is of this database.
    pub earlier: Option<&'a Assessment>,
    /// What is known of our own machine and the way to the servers; round trips are measured.
    pub local: Local,
}

/// Everything that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assessment {
    /// The format of this value.
    pub format: u32,
    /// The strategy that the verdict is about.
    pub strategy: Strategy,
    /// The worst severity for that strategy.
    pub verdict: Severity,
    /// The source.
    pub source: Server,
    /// The target, if it was given.
    pub target: Option<Server>,
    /// What could go wrong, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub unknown: Vec<Unknown>,
    /// What the source holds.
    pub inventory: Inventory,
    /// What its application does.
    pub workload: Workload,
    /// What the move takes.
    pub forecast: Forecast,
    /// What the choice leaves out, or carries all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<Notice>,
    /// What the operator asked for, against that.
    pub criteria: Vec<Judged>,
    /// Which RDS would do.
    pub sizing: Sizing,
}

/// A server as it was met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Server {
    /// `version()`.
    pub banner: String,
    /// As `15.18`.
    pub version: String,
    /// The database.
    pub database: String,
    /// Its bytes.
    pub bytes: i64,
    /// Its encoding.
    pub encoding: String,
    /// Its locale.
    pub locale: String,
    /// The role that looked.
    pub role: String,
    /// Whether it is a standby.
    pub in_recovery: bool,
    /// Whether the connection is encrypted.
    pub encrypted: Option<bool>,
    /// Which cluster it is.
    #[serde(default)]
    pub system_identifier: Option<String>,
    /// When it was looked at, by its own clock: seconds since 1970.
    #[serde(default)]
    pub clock_seconds: Option<i64>,
}

/// Looks at both sides, or at the source alone. Reads only, but for what `depth.probe` asks for.
pub async fn assess(
    source: &Endpoint,
    target: Option<&Endpoint>,
    options: &Options<'_>,
) -> Result<Assessment> {
    let (client, facts) = look(source, options.depth).await?;
    let second = source.client().await?;
    prepare(&second, options.depth).await?;
    let chosen = chosen(&second, &options.choice).await?;
    let (mut unknown, mut uncounted) = (Vec::new(), Vec::new());
    let (mut inventory, (mut workload, moved)) = tokio::try_join!(
        Inventory::read(&second, &facts, &mut uncounted),
        workload::watch(&client, &facts, options.watch, &mut unknown),
    )?;
    unknown.extend(uncounted);
    let server = Server::of(&facts);
    let now = Weighed { server: &server, inventory: &inventory };
    let earlier =
        options.earlier.map(|earlier| Weighed { server: &earlier.source, inventory: &earlier.inventory });
    inventory.growth = Growth::of(earlier, now, workload.counted_seconds, &mut unknown);
    let there = look_there(target, options.depth, &mut unknown).await?;
    let mut local = Local {
        source_round_trip: Some(workload.round_trip.clone()),
        source_clock_ahead: Some(local::clock_ahead(&client).await?),
        target_round_trip: there.as_ref().map(|there| there.round_trip.clone()),
        target_clock_ahead: there.as_ref().map(|there| there.clock_ahead),
        ..options.local.clone()
    };
    let slower = there.as_ref().filter(|there| workload.round_trip.p95_ms < there.round_trip.p95_ms);
    if let Some(there) = slower {
        workload.round_trip = there.round_trip.clone();
    }
    let probed = probes(source, target, options.depth, &inventory).await?;
    let forecast = Forecast::of(&forecast_inputs(&inventory, &workload, options.jobs, probed));
    // what the source holds back for us is, but for its form, what waits in our spool
    local.wal_held_bytes = forecast.wal_held_bytes.as_ref().map(|range| range.high as u64);
    local.spool_bytes = local.wal_held_bytes;
    local.source_wal_free = Some(local::wal_free(source, &facts).await);
    local.copied_bytes = u64::try_from(inventory.row_bytes() + inventory.indexes_bytes()).ok();
    let (target_client, target_facts) = there.map(|there| (there.client, there.facts)).unzip();
    let evidence = Evidence {
        source: facts,
        target: target_facts,
        depth: options.depth,
        moved: Some(moved),
        local: Some(local),
        chosen: chosen.clone(),
        jobs: options.jobs,
    };
    let Judgement { mut findings, unknown: unseen } =
        judge(&[&client, &second], target_client.as_ref(), &evidence).await?;
    unknown.extend(unseen);
    sink(&mut findings, &left_out(&second, &chosen).await?);
    let sizing = Sizing::of(&sizing_inputs(&evidence.source, &inventory, &workload, &forecast));
    let worst = findings.iter().map(|finding| finding.severity.of(options.strategy)).max();
    Ok(Assessment {
        format: FORMAT,
        strategy: options.strategy,
        verdict: worst.unwrap_or(Severity::None),
        source: server,
        target: evidence.target.as_ref().map(Server::of),
        findings,
        unknown,
        left_out: chosen.notices,
        criteria: forecast.judge(&options.criteria),
        inventory,
        workload,
        forecast,
        sizing,
    })
}

/// What the choice means here; asked before anything takes time, so that a filter that fits nothing ends it at once.
async fn chosen(client: &Client, choice: &Choice) -> Result<Chosen> {
    if choice.is_everything() {
        return Ok(Chosen::default());
    }
    Ok(Catalog::read(client, choice).await?.chosen)
}

/// Names of relations that the choice leaves out, and of their indexes.
async fn left_out(client: &Client, chosen: &Chosen) -> Result<HashSet<String>> {
    let (_, oids) = chosen.left_out();
    if oids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = client.query("name what is left out", sql!("assess/left_out"), &[&oids]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// What is left out is a note, whatever could go wrong with it.
fn sink(findings: &mut [Finding], left_out: &HashSet<String>) {
    if left_out.is_empty() {
        return;
    }
    for finding in &mut *findings {
        let rule = rules::all().find(|rule| rule.name == finding.name);
        finding.sink(rule.map_or(finding.severity, |rule| rule.severity), |name| {
            // a table, or a column of one
            left_out.contains(name)
                || name.rsplit_once('.').is_some_and(|(table, _)| left_out.contains(table))
        });
    }
    findings.sort_by(|one, other| one.order().cmp(&other.order()));
}

/// Through a pooler nothing is looked at: what we set would be set for others, and the answers would be theirs.
async fn look(endpoint: &Endpoint, depth: Depth) -> Result<(Client, Facts)> {
    Behind::look(endpoint.info()).await?.direct(endpoint.side())?;
    let client = endpoint.client().await?;
    prepare(&client, depth).await?;
    let mut facts = Facts::read(&client).await?;
    facts.trial = Some(Trial::of(endpoint).await?);
    Ok((client, facts))
}

/// A target that was looked at.
struct There {
    client: Client,
    facts: Facts,
    round_trip: RoundTrip,
    clock_ahead: f64,
}

/// Looks at the target, if there is one. That it was not given, or has yet to be made, stands in `unknown`.
async fn look_there(
    target: Option<&Endpoint>,
    depth: Depth,
    unknown: &mut Vec<Unknown>,
) -> Result<Option<There>> {
    let Some(target) = target else {
        unknown.push(Unknown::of("target", "no target was given", "--target URI"));
        return Ok(None);
    };
    let (client, facts) = match look(target, depth).await {
        Err(error) if error.kind == Kind::DatabaseMissing => {
            let name = Ident::new(target.info().database());
            unknown.push(Unknown::of(
                "target",
                format!("its database {name} does not exist yet (a copy makes it)"),
                "naming a database that exists there, as postgres, for the look",
            ));
            return Ok(None);
        }
        seen => seen?,
    };
    let round_trip = workload::round_trip(&client).await?;
    let clock_ahead = local::clock_ahead(&client).await?;
    Ok(Some(There { client, facts, round_trip, clock_ahead }))
}

async fn probes(
    source: &Endpoint,
    target: Option<&Endpoint>,
    depth: Depth,
    inventory: &Inventory,
) -> Result<(Option<f64>, Option<f64>)> {
    if !depth.probe {
        return Ok((None, None));
    }
    let read = match inventory.tables.first() {
        Some(largest) => probe::read(source, largest).await?,
        None => None,
    };
    let write = match target {
        Some(target) => probe::write(target).await?,
        None => None,
    };
    Ok((read, write))
}

/// Access methods whose indexes build slowly.
const HEAVY: [&str; 5] = ["gin", "gist", "spgist", "hnsw", "ivfflat"];

fn forecast_inputs(
    inventory: &Inventory,
    workload: &Workload,
    jobs: usize,
    (probe_read, probe_write): (Option<f64>, Option<f64>),
) -> forecast::Inputs {
    let heavy: i64 = HEAVY.iter().filter_map(|method| inventory.index_bytes.get(*method)).sum();
    let all = inventory.indexes_bytes();
    forecast::Inputs {
        row_bytes: inventory.row_bytes() as f64,
        tables: inventory.tables.len() as f64,
        index_bytes: (all - heavy).max(0) as f64,
        index_bytes_heavy: heavy as f64,
        growth_bytes_per_day: inventory.growth.as_ref().map(|growth| growth.bytes_per_day),
        jobs: jobs as f64,
        wal_per_second: workload.wal_bytes_per_second,
        changes_per_second: workload.changes_per_second,
        transaction_seconds_max: workload.transaction_seconds_max,
        round_trip_seconds: workload.round_trip.p95_ms / 1e3,
        probe_read,
        probe_write,
    }
}

fn sizing_inputs(
    facts: &Facts,
    inventory: &Inventory,
    workload: &Workload,
    forecast: &Forecast,
) -> sizing::Inputs {
    let active = workload.looks.iter().map(|look| look.active).max().unwrap_or(0);
    let sessions: i64 = workload.clients.iter().map(|client| client.sessions).sum();
    let growth = inventory.growth.as_ref();
    let tuned = facts.settings.iter().filter(|(_, setting)| setting.is_tuned());
    sizing::Inputs {
        bytes: (inventory.row_bytes() + inventory.indexes_bytes()) as f64,
        growth_bytes_per_month: growth.map(|growth| growth.bytes_per_day * 30.0),
        growth_reason: growth.map(|growth| growth.reason.clone()).unwrap_or_default(),
        sessions_active_max: active as f64,
        sessions_max: sessions as f64,
        // in pages
        shared_buffers: facts.number("shared_buffers").unwrap_or(0) as f64 * 8192.0,
        cache_hit_ratio: workload.cache_hit_ratio,
        wal_per_second_peak: workload.wal_bytes_per_second_peak,
        wal_held_bytes: forecast.wal_held_bytes.as_ref().map(|range| range.high),
        major: facts.version.major(),
        tuned: tuned.map(|(name, setting)| (name.clone(), setting.value.clone())).collect(),
    }
}

impl Server {
    fn of(facts: &Facts) -> Self {
        let database = &facts.database;
        Self {
            banner: facts.banner.clone(),
            version: facts.version.to_string(),
            database: database.name.clone(),
            bytes: facts.bytes,
            encoding: database.encoding.clone(),
            locale: database.locale.clone().unwrap_or_else(|| database.collate.clone()),
            role: facts.role.clone(),
            in_recovery: facts.in_recovery,
            encrypted: facts.encrypted,
            system_identifier: Some(database.system_identifier.to_string()),
            clock_seconds: Some(facts.clock_seconds),
        }
    }
}

/// How an assessment differs from an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// Findings that were not there, or objects of known ones: name and object.
    pub new: Vec<(String, String)>,
    /// What is there no more.
    pub gone: Vec<(String, String)>,
    /// What became more severe.
    pub worse: Vec<(String, String)>,
}

impl Assessment {
    /// What changed since `earlier`.
    pub fn since(&self, earlier: &Self) -> Changes {
        let (now, before) = (self.by_object(), earlier.by_object());
        let names = |(key, _): (&(String, Side, String), &Severity)| (key.0.clone(), key.2.clone());
        Changes {
            new: now.iter().filter(|(key, _)| !before.contains_key(*key)).map(names).collect(),
            gone: before.iter().filter(|(key, _)| !now.contains_key(*key)).map(names).collect(),
            worse: now
                .iter()
                .filter(|(key, severity)| before.get(*key).is_some_and(|was| was < *severity))
                .map(names)
                .collect(),
        }
    }

    fn by_object(&self) -> std::collections::BTreeMap<(String, Side, String), Severity> {
        let objects = self.findings.iter().flat_map(|finding| {
            finding.objects.iter().map(move |object| {
                let severity = object.severity.unwrap_or(finding.severity).worst();
                ((finding.name.clone(), finding.side, object.name.clone()), severity)
            })
        });
        objects.collect()
    }
}
