//! Whose the target is: the run's locks, and its row, which counts the processes that take it.

use pgferry_engine::{
    Error, Kind, Result, Side,
    catalog::Database,
    limits,
    pg::{client::Client, parameter::Parameter},
    target::{database, state},
};

use super::sides::Known;
use crate::{
    journal::{End, Journal},
    run::Step,
};

const LOCK: &str = "select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('pgferry/' || $1, 0))";

/// Session locks on both servers: a second process on the same run, and a target that is the source, meet them. What the
/// target is.
pub(super) async fn take_locks(run: &str, (source, source_is): &Known, target: &Client) -> Result<Database> {
    lock_run(source, run).await?;
    // one behind the other on the same connection
    let parameters: [&dyn Parameter; 1] = [&run];
    let taken = target.one("lock the run on the target", LOCK, &parameters);
    let (target_is, taken) = tokio::join!(Database::read(target), taken);
    let target_is = target_is?;
    if taken?.get(0) {
        return Ok(target_is);
    }
    if (target_is.system_identifier, &target_is.name) == (source_is.system_identifier, &source_is.name) {
        return Err(Error::new(Kind::SameDatabase, Side::Target, "use this target")
            .because("it is the source: the lock that we hold there met itself"));
    }
    lock_run(target, run).await?;
    Ok(target_is)
}

/// Takes the session lock; an earlier process that has just ended may still hold it for a moment.
pub(super) async fn lock_run(client: &Client, run: &str) -> Result<()> {
    let deadline = tokio::time::Instant::now() + limits::LOCK_PATIENCE;
    loop {
        if client.one("lock the run", LOCK, &[&run]).await?.get(0) {
            return Ok(());
        }
        if deadline < tokio::time::Instant::now() {
            return Err(Error::new(Kind::Busy, client.side(), "take up this run")
                .because("another process holds the run's lock on this server"));
        }
        tokio::time::sleep(limits::POLL_PAUSE).await;
    }
}

/// Refuses a target that is not empty and not this run's, or has forgotten what a journal remembers; raises the epoch of
/// one that is.
pub(super) async fn claim(
    run: &str,
    source: &Database,
    (target, target_is): (&Client, &Database),
    created: bool,
    remembered: Option<&Journal>,
) -> Result<state::RunRow> {
    let refuse_lost = |row| remembered.map_or(Ok(()), |journal| refuse_lost(journal, row));
    let (owner, rights) = tokio::join!(state::owner(target), database::rights(target, &target_is.name));
    match owner? {
        state::Owner::Empty => refuse_lost(None)?,
        state::Owner::Run(row)
            if row.name == run
                && row.source_system == source.system_identifier
                && row.source_database == source.name =>
        {
            refuse_lost(Some(&row))?;
        }
        state::Owner::Run(row) => {
            let cause = format!(
                "it belongs to run {:?}, which copies database {:?} of another cluster or under another name",
                row.name, row.source_database
            );
            return Err(Error::new(Kind::TargetNotEmpty, Side::Target, "use this target").because(cause));
        }
        state::Owner::Stranger(objects) => {
            refuse_lost(None)?;
            let some = objects.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
            let cause = format!("it holds {} things that pgferry did not make: {some}", objects.len());
            return Err(Error::new(Kind::TargetNotEmpty, Side::Target, "use this target").because(cause));
        }
    }
    let row = state::RunRow {
        name: run.to_owned(),
        source_system: source.system_identifier,
        source_database: source.name.clone(),
        database_created: created,
        roles_created: vec![],
        rights_before: rights?,
        epoch: 0,
        attempt: 0,
    };
    state::claim(target, &row, env!("CARGO_PKG_VERSION")).await
}

/// The row of the run in a target that is to be ended, taken by this process; none if it was taken away already.
pub(super) async fn marked(
    run: &str,
    source: &Database,
    target: (&Client, &Database),
    journal: &Journal,
    end: End,
) -> Result<Option<state::RunRow>> {
    let owner = state::owner(target.0).await?;
    match owner {
        state::Owner::Run(row) if journal.ending().is_some_and(|ending| row.epoch < ending.epoch) => {
            let cause = format!("a newer run {:?} works in the target: this one's was taken away", row.name);
            Err(Error::new(Kind::TargetLost, Side::Target, "go on ending this run").because(cause))
        }
        state::Owner::Run(_) => {
            // what is not whole is taken back, but not called whole
            let remembered = (end == End::Finish).then_some(journal);
            claim(run, source, target, false, remembered).await.map(Some)
        }
        _ if journal.ending().is_some() => Ok(None),
        state::Owner::Empty if end == End::Abort && journal.makes_database() => {
            claim(run, source, target, true, None).await.map(Some)
        }
        _ => {
            refuse_lost(journal, None)?;
            Err(Error::new(Kind::Usage, Side::Target, "take up this run")
                .because("the target holds nothing of pgferry's"))
        }
    }
}

/// Refuses to go on where the target has forgotten what the journal remembers.
pub(super) fn refuse_lost(journal: &Journal, row: Option<&state::RunRow>) -> Result<()> {
    if !journal.has_succeeded() {
        return Ok(());
    }
    let cause = match row {
        None => "the target holds no mark of this run, whose journal says that steps were done: it was dropped, \
                 emptied or made anew since"
            .to_owned(),
        Some(row) if row.epoch < journal.epoch() => format!(
            "its mark is that of process {}, the journal's that of process {}: it was restored from an earlier state",
            row.epoch,
            journal.epoch()
        ),
        Some(row) if row.attempt == 0 && journal.is_done(Step::Rows) => {
            "it says that no copy was begun, the journal that all rows are in: it was restored from an earlier state"
                .to_owned()
        }
        Some(_) => return Ok(()),
    };
    Err(Error::new(Kind::TargetLost, Side::Target, "go on with this run").because(cause))
}
