//! Executing definitions over several connections, each as soon as what it rests on is there.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use tokio::{sync::mpsc, task::JoinSet};

use super::lane::{self, Answer, Lane};
use crate::{
    error::{Error, Kind, Result, ServerError, Side},
    gate::Gates,
    limits,
    patience::Patience,
    pg::pool::Pool,
    progress::Progress,
    target::state,
};

/// Statements that are executed in one transaction, and recorded with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The entry's number.
    pub id: u32,
    /// The object in words.
    pub label: String,
    /// What makes it.
    pub sql: String,
    /// Jobs that come before it; numbers that are no jobs are taken for done.
    pub depends: Vec<u32>,
    /// Gates that have to be open.
    pub gates: Vec<u32>,
    /// Roughly the bytes that it reads; heavy jobs do not share a connection's queue.
    pub weight: u64,
}

/// A job that the target refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was refused.
    pub job: Job,
    /// The server's words.
    pub error: ServerError,
    /// Whether it was executed and recorded all the same: the words are a warning that it did nothing, or not all.
    pub withheld: bool,
}

/// Executes `jobs` on `lanes` connections of `pool`. Those refused come back, in the order given; a job that rests on a
/// refused one is tried all the same. When this returns, the rest is on the target's disk: what a crash took back was
/// executed again. Meanwhile `built` opens for each gate behind which every job was done.
pub async fn execute(
    pool: &Arc<Pool>,
    lanes: usize,
    jobs: Vec<Job>,
    (gates, built): (&Gates, &Gates),
    progress: &Arc<Progress>,
) -> Result<Vec<Refused>> {
    let mut left = jobs;
    let mut refused: Vec<Refused> = Vec::new();
    for _ in 0..limits::WORK_RETRIES {
        let tried: Vec<Job> = left.clone();
        refused.extend(once(pool, lanes, left, (gates, built), progress).await?);
        let missing: HashSet<u32> =
            refused.iter().filter(|one| !one.withheld).map(|one| one.job.id).collect();
        let done = durable(pool, &tried).await?;
        left =
            tried.into_iter().filter(|job| !done.contains(&job.id) && !missing.contains(&job.id)).collect();
        if left.is_empty() {
            return Ok(refused);
        }
        refused.retain(|one| left.iter().all(|job| job.id != one.job.id));
        progress.note(format!("the target crashed and lost {} definitions: they are made again", left.len()));
    }
    Err(Error::new(
        Kind::ConnectionLost,
        Side::Target,
        "make definitions that a crashing target keeps losing",
    ))
}

/// Numbers of definitions that are recorded on the target's disk.
async fn durable(pool: &Pool, tried: &[Job]) -> Result<HashSet<u32>> {
    if tried.is_empty() {
        return Ok(HashSet::new());
    }
    let mut patience = Patience::default();
    loop {
        match recorded(pool).await {
            Err(error) => patience.wait(error, |_| ()).await?,
            read => return read,
        }
    }
}

async fn recorded(pool: &Pool) -> Result<HashSet<u32>> {
    let mut wire = pool.take().await?;
    // one behind the other on the same connection
    wire.queue(state::FLUSH)?;
    wire.queue(state::ENTRIES)?;
    wire.flush().await?;
    wire.settled("flush the target's WAL").await?;
    let outcomes = wire.settled("read pgferry.entry").await?;
    pool.give(wire);
    let rows = outcomes.iter().flat_map(|outcome| &outcome.rows);
    Ok(rows.filter_map(|row| row.first()?.as_deref()?.parse().ok()).collect())
}

async fn once(
    pool: &Arc<Pool>,
    lanes: usize,
    jobs: Vec<Job>,
    (gates, built): (&Gates, &Gates),
    progress: &Arc<Progress>,
) -> Result<Vec<Refused>> {
    if jobs.is_empty() {
        return Ok(vec![]);
    }
    progress.entries_planned.add(jobs.len() as u64);
    let mut schedule = Schedule::new(jobs);
    let (answers_in, mut answers) = mpsc::channel(limits::ENTRIES_IN_FLIGHT * lanes);
    let mut tasks = JoinSet::new();
    let mut open = Vec::new();
    for number in 0..lanes.min(schedule.jobs.len()) {
        let (lane, input) = Lane::new();
        tasks.spawn(lane::run(pool.clone(), number, input, answers_in.clone(), progress.clone()));
        open.push(lane);
    }
    drop(answers_in);
    let mut refused: Vec<(usize, ServerError, bool)> = Vec::new();
    while schedule.left > 0 {
        let changed = gates.changed();
        tokio::pin!(changed);
        changed.as_mut().enable();
        schedule.pass_gates(gates);
        schedule.hand_out(&mut open)?;
        let answer = tokio::select! {
            () = &mut changed => continue,
            answer = answers.recv() => answer,
        };
        let Some(answer) = answer else { break };
        let Answer { lane, at, outcome } = answer?;
        open[lane].finished(schedule.jobs[at].weight);
        schedule.finished(at);
        if outcome.is_ok() {
            schedule.behind(at).for_each(|gate| built.open(gate));
        }
        progress.entries_done.add(1);
        if let (Err(error), job) = (&outcome, &schedule.jobs[at])
            && !job.gates.is_empty()
        {
            // the report comes when all rows are in, which may be hours from now
            progress
                .note(format!("{} was refused, and is tried again at the end: {}", job.label, error.message));
        }
        let withheld = outcome.is_ok();
        refused.extend(outcome.unwrap_or_else(Some).map(|error| (at, error, withheld)));
    }
    drop(open);
    while tasks.join_next().await.is_some() {}
    if schedule.left > 0 {
        return Err(Error::new(Kind::Bug, Side::Local, "execute every definition"));
    }
    refused.sort_by_key(|(at, ..)| *at);
    let jobs = schedule.jobs;
    let refused =
        refused.into_iter().map(|(at, error, withheld)| Refused { job: jobs[at].clone(), error, withheld });
    Ok(refused.collect())
}

/// Which jobs can be handed out.
struct Schedule {
    jobs: Vec<Job>,
    /// Jobs and gates that each one still waits for.
    waits: Vec<usize>,
    dependents: HashMap<u32, Vec<usize>>,
    shut: HashMap<u32, Vec<usize>>,
    /// Jobs behind each gate that are not done; one that was refused never is.
    undone: HashMap<u32, usize>,
    /// Heaviest first, then in the order given.
    ready: BTreeSet<(Reverse<u64>, usize)>,
    left: usize,
}

impl Schedule {
    fn new(jobs: Vec<Job>) -> Self {
        let known: HashMap<u32, usize> = jobs.iter().enumerate().map(|(at, job)| (job.id, at)).collect();
        let mut schedule = Self {
            waits: vec![0; jobs.len()],
            dependents: HashMap::new(),
            shut: HashMap::new(),
            undone: HashMap::new(),
            ready: BTreeSet::new(),
            left: jobs.len(),
            jobs,
        };
        for (at, job) in schedule.jobs.iter().enumerate() {
            // only what stands before it: a circle in the dump's own dependencies must not stop us
            for id in job.depends.iter().filter(|id| known.get(id).is_some_and(|other| *other < at)) {
                schedule.dependents.entry(*id).or_default().push(at);
                schedule.waits[at] += 1;
            }
            for gate in &job.gates {
                schedule.shut.entry(*gate).or_default().push(at);
                *schedule.undone.entry(*gate).or_default() += 1;
                schedule.waits[at] += 1;
            }
            if schedule.waits[at] == 0 {
                schedule.ready.insert((Reverse(job.weight), at));
            }
        }
        schedule
    }

    fn pass_gates(&mut self, gates: &Gates) {
        let open: Vec<u32> = self.shut.keys().filter(|gate| gates.is_open(**gate)).copied().collect();
        for gate in open {
            let waiting = self.shut.remove(&gate).unwrap_or_default();
            waiting.into_iter().for_each(|at| self.one_less(at));
        }
    }

    fn finished(&mut self, at: usize) {
        self.left -= 1;
        let waiting = self.dependents.remove(&self.jobs[at].id).unwrap_or_default();
        waiting.into_iter().for_each(|at| self.one_less(at));
    }

    /// The gates behind which the job was the last that was not done.
    fn behind(&mut self, at: usize) -> impl Iterator<Item = u32> {
        self.jobs[at].gates.iter().copied().filter(|gate| {
            let undone = self.undone.entry(*gate).or_default();
            *undone -= 1;
            *undone == 0
        })
    }

    fn one_less(&mut self, at: usize) {
        self.waits[at] -= 1;
        if self.waits[at] == 0 {
            self.ready.insert((Reverse(self.jobs[at].weight), at));
        }
    }

    /// Gives ready jobs to lanes that have room, always to the least loaded.
    fn hand_out(&mut self, lanes: &mut [Lane]) -> Result<()> {
        while let Some((weight, at)) = self.ready.first().copied() {
            let least = lanes.iter_mut().min_by_key(|lane| lane.load());
            let Some(lane) = least.filter(|lane| lane.has_room(weight.0)) else { return Ok(()) };
            lane.give(at, self.jobs[at].clone())?;
            self.ready.remove(&(weight, at));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn job(id: u32, depends: Vec<u32>, gates: Vec<u32>) -> Job {
        Job { id, label: String::new(), sql: String::new(), depends, gates, weight: 0 }
    }

    proptest! {
        /// Whatever depends on whatever, everything is handed out, and nothing before what it rests on.
        #[test]
        fn every_job_comes_once_and_after_what_it_rests_on(depends in proptest::collection::vec(proptest::collection::vec(0u32..40, 0..4), 1..40)) {
            let jobs: Vec<Job> = depends.iter().enumerate().map(|(at, on)| job(u32::try_from(at).unwrap(), on.clone(), vec![])).collect();
            let mut schedule = Schedule::new(jobs);
            let mut done = Vec::new();
            while let Some((_, at)) = schedule.ready.pop_first() {
                for on in depends[at].iter().filter(|on| (**on as usize) < at) {
                    prop_assert!(done.contains(&(*on as usize)));
                }
                done.push(at);
                schedule.finished(at);
            }
            prop_assert_eq!(done.len(), depends.len());
        }
    }

    #[test]
    fn a_gate_is_behind_the_last_of_its_jobs() {
        let mut schedule = Schedule::new(vec![job(1, vec![], vec![7]), job(2, vec![], vec![7, 8])]);
        assert_eq!(schedule.behind(0).collect::<Vec<_>>(), [0; 0]);
        assert_eq!(schedule.behind(1).collect::<Vec<_>>(), [7, 8]);
    }

    #[test]
    fn a_job_waits_for_its_gate() {
        let mut schedule = Schedule::new(vec![job(1, vec![], vec![7])]);
        let gates = Gates::default();
        schedule.pass_gates(&gates);
        assert!(schedule.ready.is_empty());
        gates.open(7);
        schedule.pass_gates(&gates);
        assert_eq!(schedule.ready.len(), 1);
    }
}
