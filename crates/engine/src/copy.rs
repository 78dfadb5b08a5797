//! Rows from source to target, at one snapshot, as bytes that nobody looks at.
//!
//! ```text
//!            largest first
//!   plan ──▶ [work][work][work] ──▶ pair 1: source ══COPY══▶ target   one transaction each side, a work at a time
//!                               ──▶ pair 2: source ══COPY══▶ target
//! ```
//!
//! *Guarantee.* A work's rows are on the target exactly once if and only if its progress rows in `pgferry.chunk` are:
//! both are of one transaction, and the progress rows come first, under their key, so that a zombie of an earlier
//! connection collides instead of doubling rows.
//!
//! *What a COMMIT is worth.* The target answers before its WAL is on disk, so a crash may take back what it had
//! answered. [`lost`] flushes and then asks which progress rows are there; what is missing is copied again. Until then
//! nothing is remembered as done.
//!
//! *What can go wrong.* A table rewritten between two chunks (VACUUM FULL): its chunks are cut again. Truncated,
//! dropped or altered: [`crate::Kind::SourceChanged`], and the whole copy begins again. A lost connection: the work is
//! tried again over a new one. A lost snapshot: [`crate::Kind::SnapshotLost`].

pub mod chunk;
pub mod large_object;
pub mod pair;
pub mod queue;

use std::{sync::Arc, time::Duration};

use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

use self::queue::Task;
use crate::{
    error::{Error, Kind, Result, Side},
    limits,
    pg::client::Client,
    target::state,
};

/// Copies everything in the queue, `moving` pairs at a time. Behind a long line, which `round_trip` to the target shows,
/// there are more pairs than that: while one waits for the target's answers, another has its turn. Each runs on an OS
/// thread with a runtime of its own: a shared multi-threaded runtime was measured to be slower on this path. Dropped, it
/// ends them.
pub async fn run(copy: Arc<pair::Copy>, moving: usize, round_trip: Duration) -> Result<()> {
    let _ends_them = copy.cancel.clone().drop_guard();
    let turns = Arc::new(Semaphore::new(moving));
    let mut running = Vec::new();
    let spare = if limits::LINE_SHORT < round_trip { limits::PAIRS_SPARE } else { 0 };
    for number in 1..=moving + spare {
        let (done, finished) = oneshot::channel();
        let (copy, turns) = (copy.clone(), turns.clone());
        std::thread::Builder::new()
            .name(format!("pair-{number}"))
            .spawn(move || {
                let _tells = Panicked(&copy.cancel);
                done.send(on_this_thread(&copy, &turns)).unwrap_or(());
            })
            .map_err(|error| Error::new(Kind::Io, Side::Local, "start a thread").because(error))?;
        running.push(finished);
    }
    let mut first = Ok(());
    for finished in running {
        let result = finished.await.unwrap_or_else(|_| Err(Error::new(Kind::Bug, Side::Local, "copy rows")));
        first = first.and(result);
    }
    first
}

/// Makes durable what was committed, and tells which finished tasks the target does not have: it crashed after it had
/// answered. Tables without WAL lose their rows with every crash: their tasks count as lost if it has restarted since
/// `started`.
pub async fn lost(target: &Client, copy: &pair::Copy, started: &str) -> Result<Vec<Task>> {
    // one behind the other on the same connection
    let (flushed, present, since) =
        tokio::join!(state::flush(target), state::chunks(target, copy.attempt), state::started(target));
    let (present, restarted) = (flushed.and(present)?, since? != started);
    let tables = &copy.catalog.tables;
    let mut lost = Vec::new();
    for task in copy.queue.finished() {
        let unlogged = restarted && task.tables().iter().any(|table| tables[*table].unlogged);
        if unlogged {
            forget(target, copy, &task).await?;
        }
        if unlogged || !task.progress_ids().iter().all(|id| present.contains(id)) {
            lost.push(task);
        }
    }
    Ok(lost)
}

/// Empties the tables of a task that has to be done again though its progress rows are there.
async fn forget(target: &Client, copy: &pair::Copy, task: &Task) -> Result<()> {
    let ids: Vec<String> = task.progress_ids().iter().map(i64::to_string).collect();
    let names: Vec<String> =
        task.tables().iter().map(|table| copy.catalog.tables[*table].name.to_string()).collect();
    let sql = format!(
        "delete from pgferry.chunk where attempt = {} and id in ({}); truncate only {}",
        copy.attempt,
        ids.join(", "),
        names.join(", only ")
    );
    target.run("empty tables that a crash of the target emptied", &sql).await
}

/// Ends the other pairs where one panics: they would wait for its work.
struct Panicked<'a>(&'a CancellationToken);

impl Drop for Panicked<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.cancel();
        }
    }
}

fn on_this_thread(copy: &pair::Copy, turns: &Semaphore) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Error::new(Kind::Io, Side::Local, "start a runtime").because(error))?;
    runtime.block_on(pair::run(copy, turns))
}

#[cfg(test)]
mod tests {
    use super::{
        chunk::{Chunk, Work},
        queue::Queue,
        *,
    };
    use crate::{
        catalog::{Catalog, Database, Table, choice::Chosen},
        gate::Gates,
        pg::{
            conninfo::{Conninfo, Defaults},
            ident::Qualified,
            session::Endpoint,
            version::Version,
        },
        progress::Progress,
        source::snapshot::Ids,
    };

    /// Where nobody listens.
    fn nowhere(side: Side) -> Endpoint {
        let uri = "postgresql://nobody@127.0.0.1:1/nothing";
        Endpoint::new(Conninfo::parse(uri, side, &Defaults::default()).unwrap(), "panic", 1)
    }

    fn of_one_table() -> Catalog {
        let table = Table {
            oid: 1,
            name: Qualified::new("public", "t"),
            filenode: 1,
            heap_bytes: 1,
            bytes: 1,
            rows_estimated: 1.0,
            columns: vec![],
            condition: None,
            unlogged: false,
            partition: false,
            through: None,
        };
        let database = Database {
            name: "nothing".to_owned(),
            encoding: "UTF8".to_owned(),
            collate: "C".to_owned(),
            ctype: "C".to_owned(),
            provider: "c".to_owned(),
            locale: None,
            rules: None,
            owner: "nobody".to_owned(),
            system_identifier: 1,
        };
        Catalog {
            version: Version(150_000),
            database,
            schema_public: true,
            tables: vec![table],
            partition_roots: vec![],
            sequences: vec![],
            matviews: vec![],
            constraints: vec![],
            checks: vec![],
            bindings: vec![],
            large_objects: 0,
            computing: vec![],
            search_path: String::new(),
            chosen: Chosen::default(),
        }
    }

    /// The pair that panics has the only work, for which the other one waits.
    #[tokio::test]
    async fn a_panic_in_one_pair_ends_the_others_and_is_a_bug() {
        let chunk = Chunk { id: 1, table: 0, first: 0, end: 1, whole: true, filenode: 1, bytes: 1 };
        let progress = Progress::default();
        progress.listen(|event| panic!("a test wants it, and the event is {event:?}"));
        let copy = pair::Copy {
            source: nowhere(Side::Source),
            target: nowhere(Side::Target),
            ids: Ids::default(),
            catalog: Arc::new(of_one_table()),
            target_major: 15,
            toast_compression: None,
            attempt: 1,
            epoch: 1,
            queue: Queue::new(vec![Work { chunks: vec![chunk] }], vec![]),
            gates: Gates::default(),
            progress: Arc::new(progress),
            cancel: CancellationToken::new(),
        };
        let ended = tokio::time::timeout(Duration::from_secs(10), run(Arc::new(copy), 2, Duration::ZERO));
        assert_eq!(ended.await.unwrap().unwrap_err().kind, Kind::Bug);
    }
}
