//! `transfer --until copied`: a whole database, moved while nobody is hindered.
//!
//! The story is read from its first line by every process that takes up the run; the journal says which steps are done.
//! What is held (the snapshot, the builds that run beside the copy) is never remembered: a run that died before all
//! rows were in makes the tables anew and copies the rows under a new snapshot.

use pgferry_engine::{Result, schema::refused::Finding, target::state};
use serde::{Deserialize, Serialize};

use crate::{
    run::{Run, Step},
    world::World,
};

mod after;
mod before;
mod builds;
mod compare;
mod rows;

/// What one step did, as the report tells it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Objects that are otherwise than on the source, or missing.
    pub findings: Vec<Finding>,
    /// Rows copied.
    #[serde(default)]
    pub rows: u64,
    /// Bytes of COPY data.
    #[serde(default)]
    pub bytes: u64,
    /// Tables copied.
    #[serde(default)]
    pub tables: u64,
}

impl Outcome {
    /// Nothing but findings.
    pub(crate) fn of(findings: Vec<Finding>) -> Self {
        Self { findings, ..Self::default() }
    }
}

/// Copies the source to the target, step by step.
pub async fn until_copied(run: &mut Run, world: &World) -> Result<Vec<(Step, Outcome)>> {
    let builds = builds::Builds::default();
    let mut told: Vec<(Step, Outcome)> = Vec::new();
    told.push((Step::PrepareTarget, run.step(Step::PrepareTarget, || before::prepare_target(world)).await?));
    told.push((Step::Roles, run.step(Step::Roles, || before::make_roles(world)).await?));
    told.push((Step::Rows, run.step(Step::Rows, || rows::copy(world, &builds)).await?));
    told.push((Step::Indexes, run.step(Step::Indexes, || builds.finish(world)).await?));
    told.push((Step::Vacuum, run.step(Step::Vacuum, || after::vacuum(world, builds.vacuumed())).await?));
    told.push((Step::ForeignKeys, run.step(Step::ForeignKeys, || after::add_foreign_keys(world)).await?));
    told.push((Step::Matviews, run.step(Step::Matviews, || after::refresh_matviews(world)).await?));
    told.push((Step::Enable, run.step(Step::Enable, || after::enable(world)).await?));
    told.push((Step::Rights, run.step(Step::Rights, || after::give_rights(world)).await?));
    told.push((Step::Open, run.step(Step::Open, || after::open_database(world)).await?));
    let named: Vec<Finding> = told.iter().flat_map(|(_, outcome)| &outcome.findings).cloned().collect();
    told.push((Step::Compare, run.step(Step::Compare, || compare::compare(world, &named)).await?));
    state::set_state(&*world.target_client().await?, world.epoch, "copied").await?;
    Ok(told)
}
