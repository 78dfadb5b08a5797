//! After the rows: keys between tables, views, statistics, triggers, rights, and at last the door.

use std::collections::HashSet;

use pgferry_engine::{
    Result,
    catalog::{
        self,
        roles::{DatabaseOptions, Roles},
    },
    gate::Gates,
    pg::ident::{Ident, Literal},
    schema::{
        archive::Entry,
        execute::{self, Job},
        plan::{self, Part},
        refused::{self, Finding},
        rights::{self, Names},
        roles,
        statement::settle,
    },
    target::{state, tuning, vacuum as vacuuming},
};

use super::Outcome;
use crate::world::{Plan, World};

/// Executes `jobs` that are not done yet, and tries again what was refused.
async fn carry_out(world: &World, jobs: Vec<Job>, lanes: usize) -> Result<Vec<Finding>> {
    if jobs.is_empty() {
        return Ok(vec![]);
    }
    let plan = world.plan().await?;
    let done = state::entries(&*world.target_client().await?).await?;
    let builders = world.builders().await?;
    let (jobs, mut findings) = refused::left(jobs, &done)?;
    let refused =
        execute::execute(&builders, lanes, jobs, (&Gates::opened(), &Gates::default()), &world.progress)
            .await?;
    findings.extend(refused::try_again(&builders, refused, &plan.catalog.search_path).await?);
    Ok(findings)
}

fn part(plan: &Plan, part: Part) -> Vec<&Entry> {
    plan::parts(&plan.entries).remove(&part).unwrap_or_default()
}

/// Adds checks that had to wait for the rows and all foreign keys, one after the other, then validates them side by
/// side. What the source's own rows break stays NOT VALID.
pub(super) async fn add_foreign_keys(world: &World) -> Result<Outcome> {
    let plan = world.plan().await?;
    let keys = part(&plan, Part::ForeignKeys);
    let (mut added, mut validated) = plan::checks(&plan.entries, &plan.catalog);
    let (keys, their_validation) =
        plan::foreign_keys(&keys, &plan.entries, &plan.catalog, world.target_version.major());
    added.extend(keys);
    validated.extend(their_validation);
    let mut findings = carry_out(world, added, 1).await?;
    let lost: HashSet<String> = findings
        .iter()
        .filter(|finding| finding.instead.is_none())
        .map(|finding| format!("validation of {}", finding.object))
        .collect();
    let validated = validated.into_iter().filter(|job| !lost.contains(&job.label)).collect();
    let broken = carry_out(world, validated, world.settings.jobs).await?;
    findings.extend(broken.into_iter().map(|finding| Finding {
        instead: finding.instead.or_else(|| {
            // no server validates a check of a domain that an array or a composite of a table holds
            let why = if finding.sqlstate == "0A000" { "" } else { "the source's own rows break it: " };
            Some(format!("{why}it stays NOT VALID, and holds for new rows"))
        }),
        ..finding
    }));
    Ok(Outcome::of(findings))
}

/// Numbers of refreshes start here.
const REFRESHES: u32 = 1 << 27;

/// Refreshes each materialised view after those that it reads, with its owner's search_path.
pub(super) async fn refresh_matviews(world: &World) -> Result<Outcome> {
    let plan = world.plan().await?;
    let views = &plan.catalog.matviews;
    let number =
        |oid: u32| views.iter().position(|view| view.oid == oid).and_then(|at| u32::try_from(at).ok());
    let mut order: Vec<_> = views.iter().collect();
    order.sort_by_key(|view| view.depends.len());
    let job = |view: &&catalog::Matview| Job {
        id: REFRESHES + number(view.oid).unwrap_or(0),
        label: format!("rows of MATERIALIZED VIEW {}", view.name),
        sql: format!(
            "select pg_catalog.set_config('search_path', {}, true);\n{}\nrefresh materialized view {};\nanalyze {}",
            Literal(&view.owner_path),
            tuning::computed_with(plan.catalog.computing.iter().chain(&view.owner_settings), true),
            view.name,
            view.name
        ),
        depends: view.depends.iter().filter_map(|oid| number(*oid)).map(|at| REFRESHES + at).collect(),
        gates: vec![],
        weight: 0,
    };
    let mut findings = carry_out(world, order.iter().map(job).collect(), world.settings.jobs).await?;
    let rest = part(&plan, Part::Matviews);
    let rest = plan::jobs(&rest, &plan.entries, &plan.catalog);
    findings.extend(carry_out(world, rest, world.settings.jobs).await?);
    Ok(Outcome::of(findings))
}

/// VACUUM (ANALYZE) of every table: rows arrive without a visibility map and without statistics. `done`: tables that got
/// theirs beside the builds.
pub(super) async fn vacuum(world: &World, done: HashSet<u32>) -> Result<Outcome> {
    let plan = world.plan().await?;
    let refused =
        vacuuming::all(&*world.builders().await?, &plan.catalog, &done, world.settings.jobs).await?;
    let finding = |(name, error): vacuuming::Refusal| Finding {
        object: format!("statistics of {name}"),
        reason: error.message,
        sqlstate: error.sqlstate,
        instead: Some("the table is not analysed; run ANALYZE on it by hand".to_owned()),
    };
    Ok(Outcome::of(refused.into_iter().map(finding).collect()))
}

/// Triggers, rules, policies, publications: what would act on rows that arrive.
pub(super) async fn enable(world: &World) -> Result<Outcome> {
    let plan = world.plan().await?;
    let entries = part(&plan, Part::AtTheEnd);
    let jobs = plan::jobs(&entries, &plan.entries, &plan.catalog);
    Ok(Outcome::of(carry_out(world, jobs, 1).await?))
}

/// Owners, then grants, then large objects.
pub(super) async fn give_rights(world: &World) -> Result<Outcome> {
    let plan = world.plan().await?;
    let (source, target) = (world.source_client().await?, world.target_client().await?);
    let known = Roles::read(&source).await?;
    let names = Names { bootstrap: known.bootstrap(), master: world.master() };
    let every: Vec<_> = plan.entries.iter().collect();
    let owners = rights::owners(&every, &names);
    let objects = catalog::roles::large_object_rights(&source).await?;
    let present = roles::present(&target).await?;
    let large = objects.iter().map(|object| &object.owner).filter(|owner| !names.is_master(owner));
    let acting = rights::acting(&every, &names).into_iter().chain(large.cloned()).collect();
    let mut findings = roles::join(&target, world.epoch, &acting).await?;
    let database = world.target.info().database();
    rights::let_in(&target, world.epoch, database, &owners.doors).await?;
    findings.extend(carry_out(world, owners.objects, 1).await?);
    findings.extend(rights::let_out(&target, database).await?);
    findings.extend(carry_out(world, owners.schemas, 1).await?);
    let grants = rights::grants(&part(&plan, Part::Rights), &names);
    // all anew: what an earlier process was warned of is nowhere but in the answers
    let numbers: Vec<u32> = grants.iter().map(|job| job.id).collect();
    state::forget_entries(&target, world.epoch, &numbers).await?;
    findings.extend(carry_out(world, grants, 1).await?);
    findings.extend(settle(&target, &rights::large_objects(&objects, &names, &present)).await?);
    Ok(Outcome::of(findings))
}

/// The database's settings, rights and owner. From here on the application may connect.
pub(super) async fn open_database(world: &World) -> Result<Outcome> {
    let (source, target) = (world.source_client().await?, world.target_client().await?);
    let known = Roles::read(&source).await?;
    let names = Names { bootstrap: known.bootstrap(), master: world.master() };
    let grants = catalog::roles::database_grants(&source).await?;
    let comment = catalog::database_comment(&source).await?;
    let present = roles::present(&target).await?;
    let options = catalog::roles::database_options(&source).await?;
    let owner = &world.source_database.owner;
    let acting = Some(owner.clone()).filter(|owner| !names.is_master(owner)).into_iter().collect();
    let mut findings = roles::join(&target, world.epoch, &acting).await?;
    let (connection_limit, kept_back) = carried(options, world.target.info().database(), world.settings.jobs);
    findings.extend(kept_back);
    let statements = rights::database(
        &rights::DatabaseRights {
            name: world.target.info().database(),
            owner,
            grants: grants.as_deref(),
            settings: &known.settings,
            comment: comment.as_deref(),
            connection_limit,
        },
        &names,
        &present,
    );
    let emptied = state::emptied(&target, &world.plan().await?.catalog.tables).await?;
    findings.extend(settle(&target, &statements).await?);
    findings.extend(emptied.into_iter().map(|name| Finding {
        object: format!("rows of {name}"),
        reason:
            "the target crashed after they had been copied, and a table without WAL is empty then".to_owned(),
        sqlstate: String::new(),
        instead: None,
    }));
    Ok(Outcome::of(findings))
}

/// The connection limit that can be carried now, -1 for none, and what cannot.
fn carried(options: DatabaseOptions, database: &str, jobs: usize) -> (i32, Vec<Finding>) {
    let DatabaseOptions { connection_limit: limit, is_template } = options;
    let finding = |object: &str, reason: &str, option: String| Finding {
        object: object.to_owned(),
        reason: reason.to_owned(),
        sqlstate: String::new(),
        instead: Some(format!(
            "left out; when pgferry finish is done: alter database {} {option}",
            Ident::new(database)
        )),
    };
    let mut kept_back = Vec::new();
    if is_template {
        let reason = "a template can be dropped by nobody, and so not be taken back";
        kept_back.push(finding("IS_TEMPLATE of the database", reason, "is_template true".to_owned()));
    }
    let too_few = 0 <= limit && usize::try_from(limit).is_ok_and(|limit| limit < jobs + OUR_CONNECTIONS);
    if too_few {
        let reason = format!("{limit} would keep our own connections out");
        kept_back.push(finding(
            "connection limit of the database",
            &reason,
            format!("connection limit {limit}"),
        ));
    }
    (if too_few { -1 } else { limit }, kept_back)
}

/// What verify and the ends of a run need beside one connection a job.
const OUR_CONNECTIONS: usize = 5;
