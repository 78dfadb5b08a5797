//! The copy itself: one snapshot, the definitions as of it, the rows as of it.

use std::{rc::Rc, sync::Arc, time::Instant};

use pgferry_engine::{
    Error, Kind, Result, Side,
    catalog::{self, Catalog},
    copy::{self, chunk, large_object, pair::Copy, queue::Queue},
    gate::Gates,
    limits,
    pg::client::Client,
    schema::{
        dump, execute,
        plan::{self, Part},
        refused::{self, Finding},
    },
    source::{locks, snapshot::Snapshot},
    target::{database, sequence, state},
};
use tokio_util::sync::CancellationToken;

use super::{Outcome, builds::Builds};
use crate::world::{Plan, World};

/// Copies until it succeeds under one snapshot, or the bound on new beginnings is reached.
pub(super) async fn copy(world: &World, builds: &Builds) -> Result<Outcome> {
    for again in 1.. {
        let copied = once(world, builds).await;
        let Err(error) = copied else { return copied };
        builds.stop().await;
        let anew = matches!(error.kind, Kind::SnapshotLost | Kind::SourceChanged);
        if !anew || limits::COPIES_MAX <= again {
            return Err(error);
        }
        world.progress.retrying("copy all rows, under a new snapshot", &error);
    }
    Err(Error::new(Kind::Bug, Side::Local, "copy"))
}

async fn once(world: &World, builds: &Builds) -> Result<Outcome> {
    let snapshot = Snapshot::take(&world.source).await?;
    let work = under(world, builds, &snapshot);
    tokio::select! {
        done = work => done,
        // whoever reads at the snapshot next finds it lost; what is being read goes on
        lost = snapshot.watch() => Err(lost),
    }
}

async fn under(world: &World, builds: &Builds, snapshot: &Snapshot) -> Result<Outcome> {
    let reader = snapshot.reader().await?;
    let plan = match plan_at(world, snapshot, &reader).await {
        Err(error) => return Err(held_up(world, error).await),
        Ok(plan) => plan,
    };
    let target = world.target_client().await?;
    // what an earlier copy began may still be at work on what is emptied: an index of hours
    database::end_other_sessions(&target, &world.settings.run).await?;
    // first of all: what an earlier copy left may fill the disk
    database::empty(&target).await?;
    if world.target_is_ours && !plan.catalog.schema_public {
        database::drop_public(&target).await?;
    }
    let attempt = state::begin_attempt(&target, world.epoch).await?;
    let mut findings = define(world, &plan).await?;
    let plan = without_missing(world, &plan, &mut findings).await?;
    findings.extend(catalog::extension_rows(&reader).await?.into_iter().map(|(table, detail)| Finding {
        object: format!("rows of {table}"),
        reason: format!("{detail}, which makes it: a dump takes its rows for the extension's own"),
        sqlstate: String::new(),
        instead: None,
    }));
    let gates = Gates::default();
    builds.start(world, &plan, &gates).await?;
    let ranges = large_object::ranges(&reader).await?;
    drop(reader);
    let tables = &plan.catalog.tables;
    let work = chunk::plan(tables, plan.catalog.version.reads_page_ranges());
    count_work(world, &plan.catalog);
    let mut queue = Queue::new(work, ranges);
    for round in 1.. {
        let target = world.target_client().await?;
        let asked = Instant::now();
        let started = state::started(&target).await?;
        let round_trip = asked.elapsed();
        let job = Arc::new(Copy {
            source: world.source.clone(),
            target: world.target.clone(),
            ids: snapshot.ids(),
            catalog: Arc::new(plan.catalog.clone()),
            target_major: world.target_version.major(),
            toast_compression: world.settings.toast_compression,
            attempt,
            epoch: world.epoch,
            queue,
            gates: gates.clone(),
            progress: world.progress.clone(),
            cancel: CancellationToken::new(),
        });
        copy::run(job.clone(), world.settings.jobs, round_trip).await?;
        findings.extend(empty_given_up(world, &job).await?);
        let lost = copy::lost(&*world.target_client().await?, &job, &started).await?;
        if lost.is_empty() {
            break;
        }
        if limits::WORK_RETRIES < round {
            let cause = "it crashes again and again";
            return Err(Error::new(Kind::ConnectionLost, Side::Target, "copy rows that the target keeps")
                .because(cause));
        }
        world.progress.note(format!(
            "the target crashed and lost {} pieces of work: they are copied again",
            lost.len()
        ));
        queue = job.queue.again(lost);
    }
    gates.open_all();
    findings.extend(set_sequences(world, &plan.catalog).await?);
    Ok(Outcome {
        findings,
        rows: state::rows(&*world.target_client().await?, attempt).await?,
        bytes: world.progress.bytes_copied.get(),
        tables: tables.len() as u64,
    })
}

fn count_work(world: &World, catalog: &Catalog) {
    let progress = &world.progress;
    progress.bytes_planned.set(catalog.tables.iter().map(|table| table.bytes).sum());
    progress.tables_planned.set(catalog.tables.len() as u64);
    for counter in
        [&progress.bytes_copied, &progress.bytes_done, &progress.rows_copied, &progress.tables_done]
    {
        counter.set(0);
    }
}

/// The catalog at the snapshot, and the definitions: from the kept dump where nothing was redefined since.
async fn plan_at(world: &World, snapshot: &Snapshot, reader: &Client) -> Result<Rc<Plan>> {
    let catalog = Catalog::read(reader, &world.settings.choice).await?;
    let fingerprint = catalog::fingerprint(reader).await?;
    if world.kept_fingerprint().as_deref() != Some(fingerprint.as_str()) {
        let (tools, ids) = (world.tools().await?, snapshot.ids());
        dump::write(&tools, &world.source, &ids, &world.dump_file(), &catalog.chosen).await?;
    }
    world.keep_plan(catalog, fingerprint).await
}

/// The error; where it waited for a lock in vain, with who holds what could not be read.
async fn held_up(world: &World, error: Error) -> Error {
    let cause = error.cause.clone();
    let in_vain = cause.as_ref().is_some_and(|cause| cause.contains("lock timeout"));
    if error.sqlstate() != "55P03" && !in_vain {
        return error;
    }
    let held = match world.source_client().await {
        Ok(source) => locks::locked(&source).await.unwrap_or_default(),
        Err(_) => vec![],
    };
    let cause: Vec<String> = cause.into_iter().chain(held).collect();
    if cause.is_empty() { error } else { error.because(cause.join("; ")) }
}

/// Makes everything that comes before the rows.
async fn define(world: &World, plan: &Plan) -> Result<Vec<Finding>> {
    let target = world.target_client().await?;
    let builders = world.builders().await?;
    let parts = plan::parts(&plan.entries);
    let before = parts.get(&Part::Before).map_or(&[][..], Vec::as_slice);
    let jobs = plan::jobs(before, &plan.entries, &plan.catalog);
    let gates = Gates::default();
    let refused =
        execute::execute(&builders, world.settings.jobs, jobs, (&gates, &gates), &world.progress).await?;
    let mut findings = refused::try_again(&builders, refused, &plan.catalog.search_path).await?;
    // a table that was refused has no constraint to take away
    let drop = |check: &catalog::Check| format!("{} drop constraint if exists {}", check.alter(), check.name);
    let checks: Vec<String> = plan.catalog.checks.iter().map(drop).collect();
    let checks: Vec<_> =
        checks.iter().map(|sql| ("take away a check until the rows are in", sql.as_str())).collect();
    for answer in target.run_each(&checks).await {
        if let Err(error) = answer
            && !error.is_refusal()
        {
            return Err(error);
        }
    }
    findings.extend(parts.get(&Part::Never).into_iter().flatten().map(|entry| Finding {
        object: entry.label(),
        reason: "a subscription on the target would draw the same changes a second time".to_owned(),
        sqlstate: String::new(),
        instead: Some("it is not made; create it by hand at cutover if it is still needed".to_owned()),
    }));
    Ok(findings)
}

/// The plan without tables that the target refused: each one's rows become a finding.
async fn without_missing(world: &World, plan: &Rc<Plan>, findings: &mut Vec<Finding>) -> Result<Rc<Plan>> {
    let catalog = &plan.catalog;
    let names = catalog.tables.iter().map(|table| &table.name).chain(&catalog.partition_roots);
    let names: Vec<String> = names.map(ToString::to_string).collect();
    let absent = catalog::absent(&*world.target_client().await?, &names).await?;
    if absent.is_empty() {
        return Ok(plan.clone());
    }
    let mut catalog = catalog.clone();
    catalog.tables.retain(|table| !absent.contains(&table.name.to_string()));
    catalog.partition_roots.retain(|name| !absent.contains(&name.to_string()));
    findings.extend(absent.into_iter().map(|name| Finding {
        object: format!("rows of {name}"),
        reason: "the table is missing on the target".to_owned(),
        sqlstate: String::new(),
        instead: None,
    }));
    world.keep(Plan { catalog, fingerprint: plan.fingerprint.clone(), entries: plan.entries.clone() })
}

/// Empties tables of which the target refused some rows: half a table would look like a whole one.
async fn empty_given_up(world: &World, job: &Copy) -> Result<Vec<Finding>> {
    let target = world.target_client().await?;
    let mut findings = Vec::new();
    for (at, error) in job.queue.given_up() {
        let name = &job.catalog.tables[at].name;
        let sql = format!("delete from pgferry.chunk where relation = {at}; truncate only {name}");
        target.run(&format!("empty {name}, whose rows are refused"), &sql).await?;
        let server = error.server.unwrap_or_default();
        let place = server.context.as_deref().and_then(|context| context.lines().next().map(str::to_owned));
        findings.push(Finding {
            object: format!("rows of {name}"),
            reason: [server.message, place.unwrap_or_default()].join(", ").trim_end_matches(", ").to_owned(),
            sqlstate: server.sqlstate,
            instead: None,
        });
    }
    Ok(findings)
}

/// Sequences know no snapshot: they are read after the rows, so that none stands behind a row.
async fn set_sequences(world: &World, catalog: &Catalog) -> Result<Vec<Finding>> {
    let values = sequence::read(&*world.source_client().await?, &catalog.sequences).await?;
    let missing = sequence::set(&*world.target_client().await?, &catalog.sequences, &values).await?;
    let finding = |name: String| Finding {
        object: format!("value of sequence {name}"),
        reason: "the sequence is missing on the target".to_owned(),
        sqlstate: String::new(),
        instead: None,
    };
    Ok(missing.into_iter().map(finding).collect())
}
