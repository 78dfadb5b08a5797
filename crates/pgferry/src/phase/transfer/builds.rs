//! Index builds that run beside the copy, and VACUUM beside them: held, not done, until [`Builds::finish`] says so.

use std::{cell::RefCell, collections::HashSet};

use pgferry_engine::{
    Error, Kind, Result, Side,
    gate::Gates,
    schema::{
        execute::{self, Refused},
        plan::{self, Part},
        refused::{self, Finding},
    },
    target::{state, vacuum},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::world::{Plan, World};

/// The task that builds; dropped, it ends.
#[derive(Default)]
pub(super) struct Builds {
    task: RefCell<JoinSet<Result<Built>>>,
    vacuumed: RefCell<HashSet<u32>>,
}

/// What the task comes to: what an earlier try recorded about builds, refused ones, and tables that were vacuumed and
/// analysed after their last build.
type Built = (Vec<Finding>, Vec<Refused>, HashSet<u32>);

impl Builds {
    /// Begins to build each table's indexes as soon as its gate opens. Ends what an earlier copy began.
    pub(super) async fn start(&self, world: &World, plan: &Plan, gates: &Gates) -> Result<()> {
        self.stop().await;
        let target = world.target_client().await?;
        let builders = world.builders().await?;
        let done = state::entries(&target).await?;
        let parts = plan::parts(&plan.entries);
        let jobs =
            plan::builds(parts.get(&Part::Build).map_or(&[], Vec::as_slice), &plan.entries, &plan.catalog);
        let (jobs, told) = refused::left(jobs, &done)?;
        let (endpoint, lanes) = (world.target.clone(), world.settings.jobs);
        let (gates, progress, catalog) = (gates.clone(), world.progress.clone(), plan.catalog.clone());
        self.task.borrow_mut().spawn(async move {
            let (built, ended) = (Gates::default(), CancellationToken::new());
            let builds = async {
                let _ended = ended.clone().drop_guard();
                execute::execute(&builders, lanes, jobs, (&gates, &built), &progress).await
            };
            let (refused, vacuumed) =
                tokio::join!(builds, vacuum::beside(&endpoint, &catalog, &built, &ended));
            Ok((told, refused?, vacuumed))
        });
        Ok(())
    }

    /// Ends the task, if there is one.
    pub(super) async fn stop(&self) {
        let mut tasks = self.task.take();
        tasks.shutdown().await;
    }

    /// Waits for the builds; in a process that did not copy the rows itself, does what is left of them.
    pub(super) async fn finish(&self, world: &World) -> Result<Outcome> {
        let plan = world.plan().await?;
        if self.task.borrow().is_empty() {
            self.start(world, &plan, &Gates::opened()).await?;
        }
        let mut tasks = self.task.take();
        let built = tasks.join_next().await;
        let built = built
            .and_then(std::result::Result::ok)
            .unwrap_or_else(|| Err(Error::new(Kind::Bug, Side::Local, "build indexes")));
        let (mut findings, refused, vacuumed) = built?;
        self.vacuumed.replace(vacuumed);
        let builders = world.builders().await?;
        findings.extend(refused::try_again(&builders, refused, &plan.catalog.search_path).await?);
        Ok(Outcome::of(findings))
    }

    /// Tables that need no other VACUUM (ANALYZE).
    pub(super) fn vacuumed(&self) -> HashSet<u32> {
        self.vacuumed.borrow().clone()
    }
}
