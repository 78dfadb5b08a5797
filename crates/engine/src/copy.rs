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
//! *What can go wrong.* A table rewritten between two chunks (VACUUM FULL): its chunks are cut again. Truncated,
//! dropped or altered: [`crate::Kind::SourceChanged`], and the whole copy begins again. A lost connection: the work is
//! tried again over a new one. A lost snapshot: [`crate::Kind::SnapshotLost`].

pub mod chunk;
pub mod large_object;
pub mod pair;
pub mod queue;

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::error::{Error, Kind, Result, Side};

/// Copies everything in the queue with `pairs` pairs, each on an OS thread with a runtime of its own: a shared
/// multi-threaded runtime was measured to be slower on this path. Dropped, it ends them.
pub async fn run(copy: Arc<pair::Copy>, pairs: usize) -> Result<()> {
    let _ends_them = copy.cancel.clone().drop_guard();
    let mut running = Vec::new();
    for number in 1..=pairs {
        let (done, finished) = oneshot::channel();
        let copy = copy.clone();
        std::thread::Builder::new()
            .name(format!("pair-{number}"))
            .spawn(move || done.send(on_this_thread(&copy)).unwrap_or(()))
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

fn on_this_thread(copy: &pair::Copy) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Error::new(Kind::Io, Side::Local, "start a runtime").because(error))?;
    runtime.block_on(pair::run(copy))
}
