//! One connection that executes definitions, many in flight, and survives the loss of its server.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc;

use super::{execute::Job, rights::is_grant};
use crate::{
    error::{Error, Kind, Result, ServerError, Side},
    limits,
    patience::Patience,
    pg::{
        ident::Literal,
        pool::Pool,
        wire::{Outcome, Outcomes, Wire},
    },
    progress::Progress,
};

/// The scheduler's end of a lane.
pub(super) struct Lane {
    input: mpsc::Sender<(usize, Job)>,
    in_flight: usize,
    weight: u64,
}

/// How a job ended.
pub(super) struct Answer {
    /// Which lane.
    pub(super) lane: usize,
    /// The job's place in the schedule.
    pub(super) at: usize,
    /// Executed and recorded, or refused.
    pub(super) outcome: Settled,
}

/// What came of a job: executed and recorded, with what the target only warned that it did not do; or refused.
pub(super) type Settled = std::result::Result<Option<ServerError>, ServerError>;

impl Lane {
    /// The scheduler's end, and the input of the task that runs the lane.
    pub(super) fn new() -> (Self, mpsc::Receiver<(usize, Job)>) {
        let (input, receiver) = mpsc::channel(limits::ENTRIES_IN_FLIGHT);
        (Self { input, in_flight: 0, weight: 0 }, receiver)
    }

    pub(super) fn load(&self) -> (u64, usize) {
        (self.weight, self.in_flight)
    }

    pub(super) fn has_room(&self, weight: u64) -> bool {
        let light = self.weight + weight <= limits::ENTRY_WEIGHT_MAX;
        self.in_flight == 0 || (light && self.in_flight < limits::ENTRIES_IN_FLIGHT)
    }

    pub(super) fn give(&mut self, at: usize, job: Job) -> Result<()> {
        self.in_flight += 1;
        self.weight += job.weight;
        self.input
            .try_send((at, job))
            .map_err(|_| Error::new(Kind::Bug, Side::Local, "hand a definition to its connection"))
    }

    pub(super) fn finished(&mut self, weight: u64) {
        self.in_flight -= 1;
        self.weight -= weight;
    }
}

/// Executes what comes in until the input ends; every job is answered, or the error that ended the lane.
pub(super) async fn run(
    pool: Arc<Pool>,
    number: usize,
    input: mpsc::Receiver<(usize, Job)>,
    answers: mpsc::Sender<Result<Answer>>,
    progress: Arc<Progress>,
) {
    let patience = Patience::default();
    let mut worker = Worker { pool, number, answers, progress, patience, in_flight: VecDeque::new() };
    if let Err(error) = worker.serve(input).await {
        // the scheduler may be gone already: then nobody needs the error
        let _ = worker.answers.send(Err(error)).await;
    }
}

struct Worker {
    pool: Arc<Pool>,
    number: usize,
    answers: mpsc::Sender<Result<Answer>>,
    progress: Arc<Progress>,
    /// With the job that is to be answered next: it may be the one that ends the server.
    patience: Patience,
    /// Sent and not answered, in order.
    in_flight: VecDeque<(usize, Job)>,
}

impl Worker {
    async fn serve(&mut self, mut input: mpsc::Receiver<(usize, Job)>) -> Result<()> {
        let mut wire = self.connect(None).await?;
        let mut outcomes = Outcomes::default();
        let mut open = true;
        while open || !self.in_flight.is_empty() {
            let step = tokio::select! {
                biased;
                job = input.recv(), if open => {
                    match job {
                        Some(job) => {
                            let mut jobs = vec![job];
                            while let Ok(job) = input.try_recv() { jobs.push(job) }
                            self.send(&mut wire, jobs).await
                        }
                        None => { open = false; Ok(()) }
                    }
                }
                frame = wire.frame(), if !self.in_flight.is_empty() => match frame {
                    Ok(frame) => match outcomes.take(&frame) {
                        Some(outcome) => {
                            self.patience = Patience::default();
                            self.answer(outcome.map(withheld)).await;
                            Ok(())
                        }
                        None => Ok(()),
                    },
                    Err(error) => Err(error),
                },
            };
            match step {
                Ok(()) => {}
                Err(error) => {
                    outcomes = Outcomes::default();
                    wire = self.connect(Some((wire.pid(), error))).await?;
                }
            }
        }
        self.pool.give(wire);
        Ok(())
    }

    /// Jobs join the queue before they are sent, so that a lost connection finds them there.
    async fn send(&mut self, wire: &mut Wire, jobs: Vec<(usize, Job)>) -> Result<()> {
        let texts: Vec<String> = jobs.iter().map(|(_, job)| recorded(job, None)).collect();
        self.in_flight.extend(jobs);
        for text in texts {
            wire.queue(&text)?;
        }
        wire.flush().await
    }

    /// Answers the job that was sent first.
    async fn answer(&mut self, outcome: Settled) {
        let Some((at, job)) = self.in_flight.pop_front() else { return };
        let answer = settled(&job, outcome).map(|outcome| Answer { lane: self.number, at, outcome });
        // the scheduler waits for every answer while it lives
        let _ = self.answers.send(answer).await;
    }

    /// A connection. After a loss the old one's server process is ended first, what it had executed is answered,
    /// and the rest is sent again.
    async fn connect(&mut self, lost: Option<(i32, Error)>) -> Result<Wire> {
        let pid = match lost {
            None => None,
            Some((pid, error)) => {
                self.wait(error).await?;
                Some(pid)
            }
        };
        loop {
            match self.reconnect(pid).await {
                Err(error) => self.wait(error).await?,
                connected => return connected,
            }
        }
    }

    async fn wait(&mut self, error: Error) -> Result<()> {
        let what = self.in_flight.front().map_or("make definitions", |(_, job)| job.label.as_str());
        self.patience.wait(error, |error| self.progress.retrying(what.to_owned(), error)).await
    }

    async fn reconnect(&mut self, pid: Option<i32>) -> Result<Wire> {
        let Some(pid) = pid else { return self.pool.take().await };
        let mut wire = self.pool.make().await?;
        crate::target::database::end_backend(&mut wire, pid).await?;
        let ids: Vec<String> = self.in_flight.iter().map(|(_, job)| job.id.to_string()).collect();
        if ids.is_empty() {
            return Ok(wire);
        }
        // what a grant's answer was nobody knows: it is executed again
        let grants: Vec<String> = self
            .in_flight
            .iter()
            .filter(|(_, job)| is_grant(job))
            .map(|(_, job)| job.id.to_string())
            .collect();
        if !grants.is_empty() {
            let sql = format!(
                "delete from pgferry.entry where id in ({}) and not exists (select from pgferry.run where {EPOCH} < epoch)",
                grants.join(", ")
            );
            wire.execute(&sql, "forget grants whose answer was lost").await?;
        }
        let sql = format!("select id from pgferry.entry where id in ({})", ids.join(", "));
        let outcomes = wire.execute(&sql, "look for definitions that a lost connection executed").await?;
        let done: Vec<String> =
            outcomes.into_iter().flat_map(|outcome| outcome.rows).flatten().flatten().collect();
        let waiting = std::mem::take(&mut self.in_flight);
        let (done, again): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, job)| done.contains(&job.id.to_string()));
        for job in done {
            self.in_flight.push_front(job);
            self.answer(Ok(None)).await;
        }
        self.send(&mut wire, again).await?;
        Ok(wire)
    }
}

/// The job's statements, recorded by the same transaction together with what the report has to say of it. The table
/// refuses the record once a newer process than the session's has raised the epoch.
pub(super) fn recorded(job: &Job, finding: Option<&str>) -> String {
    let finding = finding.map_or_else(|| "null".to_owned(), |finding| Literal(finding).to_string());
    format!(
        "insert into pgferry.entry (id, finding) select case when exists (select from pgferry.run where {EPOCH} < epoch) \
         then 0 else {} end, {finding};\n{}",
        job.id, job.sql
    )
}

/// The process that a session belongs to: [`crate::pg::session::application_name`] ends with it.
const EPOCH: &str =
    "pg_catalog.substring(pg_catalog.current_setting('application_name'), '[0-9]+$')::integer";

/// What the server's answer says of a job. One that is recorded already was executed by a connection since lost.
///
/// # Errors
/// [`crate::Kind::Busy`] if a newer process works on the run.
pub(super) fn settled(job: &Job, outcome: Settled) -> Result<Settled> {
    match outcome {
        Err(error) if error.is_fence() => {
            Err(Error::refused(Side::Target, format!("make {}", job.label), error))
        }
        Err(error) if is_recorded(&error) => Ok(Ok(None)),
        other => Ok(other),
    }
}

/// What the target only warned of.
pub(super) fn withheld(outcomes: Vec<Outcome>) -> Option<ServerError> {
    outcomes.into_iter().rev().find_map(|outcome| outcome.withheld)
}

fn is_recorded(error: &ServerError) -> bool {
    error.sqlstate == "23505" && error.constraint.as_deref() == Some("entry_pkey")
}
