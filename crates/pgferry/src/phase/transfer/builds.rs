//! Index builds that run beside the copy: held, not done, until [`Builds::finish`] says so.

use std::cell::RefCell;

use pgferry_engine::{
    Error, Kind, Result, Side,
    gate::Gates,
    schema::{
        execute::{self, Refused},
        plan::{self, Part},
        refused,
    },
    target::{state, tuning},
};
use tokio::task::JoinSet;

use super::{Outcome, after::search_path};
use crate::world::{Plan, World};

/// The task that builds; dropped, it ends.
#[derive(Default)]
pub(super) struct Builds(RefCell<JoinSet<Result<Vec<Refused>>>>);

impl Builds {
    /// Begins to build each table's indexes as soon as its gate opens. Ends what an earlier copy began.
    pub(super) async fn start(&self, world: &World, plan: &Plan, gates: &Gates) -> Result<()> {
        self.stop().await;
        let target = world.target_client().await?;
        let settings = world.roles().await?.settings;
        let tuned = tuning::building(&target, world.settings.jobs, &settings).await?;
        let done = state::entries(&target).await?;
        let parts = plan::parts(&plan.entries);
        let mut jobs =
            plan::builds(parts.get(&Part::Build).map_or(&[], Vec::as_slice), &plan.entries, &plan.catalog);
        jobs.retain(|job| !done.contains(&job.id));
        let (endpoint, lanes) = (world.target.clone(), world.settings.jobs);
        let (gates, progress) = (gates.clone(), world.progress.clone());
        self.0
            .borrow_mut()
            .spawn(async move { execute::execute(&endpoint, &tuned, lanes, jobs, &gates, &progress).await });
        Ok(())
    }

    /// Ends the task, if there is one.
    pub(super) async fn stop(&self) {
        let mut tasks = self.0.take();
        tasks.shutdown().await;
    }

    /// Waits for the builds; in a process that did not copy the rows itself, does what is left of them.
    pub(super) async fn finish(&self, world: &World) -> Result<Outcome> {
        let plan = world.plan().await?;
        if self.0.borrow().is_empty() {
            self.start(world, &plan, &Gates::opened()).await?;
        }
        let mut tasks = self.0.take();
        let built = tasks.join_next().await;
        let built = built
            .and_then(std::result::Result::ok)
            .unwrap_or_else(|| Err(Error::new(Kind::Bug, Side::Local, "build indexes")));
        let target = world.target_client().await?;
        let settings = tuning::building(&target, 1, &world.roles().await?.settings).await?;
        let path = search_path(world).await?;
        Ok(Outcome::of(refused::try_again(&world.target, &settings, built?, &path).await?))
    }
}
