//! VACUUM (ANALYZE): rows arrive without a visibility map, and nothing knows how many there are.
//!
//! Large tables get theirs while indexes of others are still being built, as soon as their own are there: ANALYZE looks
//! at the expressions of indexes too. The pass over all tables at the end does the rest.

use std::{
    cell::RefCell,
    collections::{HashSet, VecDeque},
};

use tokio_util::sync::CancellationToken;

use crate::{
    catalog::{Catalog, Table},
    error::{Result, ServerError},
    gate::Gates,
    limits,
    pg::{
        ident::{Literal, Qualified},
        pool::Pool,
        session::Endpoint,
        wire::Wire,
    },
    target::state::FLUSH,
};

/// A table that cannot be vacuumed, and the server's reason.
pub type Refusal = (Qualified, ServerError);

/// Vacuums and analyses every table over `lanes` connections of `pool`, large ones alone, partitioned tables as a whole. An index
/// over a function that needs a search_path is computed by ANALYZE too: what is refused is tried again under the
/// source's. Tables of `done` (by their OIDs on the source) are left out.
pub async fn all(pool: &Pool, catalog: &Catalog, done: &HashSet<u32>, lanes: usize) -> Result<Vec<Refusal>> {
    let queue = RefCell::new(groups(catalog, done));
    let refused = RefCell::new(Vec::new());
    let lane = || async {
        let mut wire = pool.take().await?;
        loop {
            let Some(group) = queue.borrow_mut().pop_front() else { break };
            let Err(refusal) = vacuum(&mut wire, &group).await? else { continue };
            match group.as_slice() {
                [alone] => {
                    if with_path(&mut wire, alone, &catalog.search_path).await?.is_err() {
                        refused.borrow_mut().push((alone.clone(), refusal));
                    }
                }
                // one of them: all are tried alone
                many => queue.borrow_mut().extend(many.iter().map(|name| vec![name.clone()])),
            }
        }
        pool.give(wire);
        Ok(())
    };
    let lanes = lanes.clamp(1, queue.borrow().len().max(1));
    futures_util::future::try_join_all((0..lanes).map(|_| lane())).await?;
    // nobody looks again whether a crash took them
    let mut wire = pool.take().await?;
    wire.execute(FLUSH, "flush the target's WAL").await?;
    pool.give(wire);
    Ok(refused.into_inner())
}

/// Vacuums and analyses large tables over one connection, each when its gate in `built` opens, until `ended`. Those that
/// got theirs, every page marked, by their OIDs on the source; whatever goes wrong here is left to [`all`].
pub async fn beside(
    target: &Endpoint,
    catalog: &Catalog,
    built: &Gates,
    ended: &CancellationToken,
) -> HashSet<u32> {
    let mut done = HashSet::new();
    let mut left: Vec<&Table> =
        catalog.tables.iter().filter(|table| !table.partition && !table.is_small()).collect();
    let mut wire = None;
    while !left.is_empty() && !ended.is_cancelled() {
        let changed = built.changed();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let Some(at) = left.iter().position(|table| built.is_open(table.oid)) else {
            tokio::select! {
                () = changed => continue,
                () = ended.cancelled() => break,
            }
        };
        let table = left.swap_remove(at);
        match over(target, &mut wire, &table.name).await {
            Ok(Ok(true)) => drop(done.insert(table.oid)),
            Ok(Ok(false)) => tracing::debug!(table = %table.name, "its pages cannot be marked yet"),
            Ok(Err(refusal)) => tracing::debug!(%refusal, "a table is vacuumed later"),
            Err(error) => {
                tracing::debug!(%error, "a table is vacuumed later");
                wire = None;
            }
        }
    }
    done
}

/// Vacuums over the connection, or a new one; whether all pages are marked now: not while a transaction that is older
/// than some rows, as of an index that is built for hours, may not see them. Its commits are flushed: nobody looks again
/// whether a crash took them.
async fn over(
    target: &Endpoint,
    wire: &mut Option<Wire>,
    name: &Qualified,
) -> Result<std::result::Result<bool, ServerError>> {
    let wire = match wire {
        Some(wire) => wire,
        None => wire.insert(target.wire().await?),
    };
    if let Err(refusal) = vacuum(wire, std::slice::from_ref(name)).await? {
        return Ok(Err(refusal));
    }
    let sql = format!(
        "select relpages <= relallvisible from pg_catalog.pg_class where oid = {}::pg_catalog.regclass",
        Literal(&name.to_string())
    );
    let outcomes = wire.execute(&sql, "ask whether a table's pages are marked").await?;
    let is_marked = outcomes.first().and_then(|outcome| outcome.rows.first()?.first()?.as_deref());
    Ok(Ok(is_marked == Some("t")))
}

type Outcome = std::result::Result<(), ServerError>;

async fn vacuum(wire: &mut Wire, names: &[Qualified]) -> Result<Outcome> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    wire.queue(&format!("vacuum (analyze) {}", names.join(", ")))?;
    wire.flush().await?;
    Ok(wire.outcome().await?.map(drop))
}

/// The setting cannot stand in one string with VACUUM, which must be alone in its transaction.
async fn with_path(wire: &mut Wire, name: &Qualified, path: &str) -> Result<Outcome> {
    let set = |path: &str| format!("select pg_catalog.set_config('search_path', {}, false)", Literal(path));
    wire.execute(&set(path), "set a search_path").await?;
    let outcome = vacuum(wire, std::slice::from_ref(name)).await?;
    wire.execute(&set(""), "set a search_path").await?;
    Ok(outcome)
}

fn groups(catalog: &Catalog, done: &HashSet<u32>) -> VecDeque<Vec<Qualified>> {
    let mut tables: Vec<&Table> =
        catalog.tables.iter().filter(|table| !table.partition && !done.contains(&table.oid)).collect();
    tables.sort_by_key(|table| std::cmp::Reverse(table.bytes));
    let (large, small): (Vec<_>, Vec<_>) = tables.into_iter().partition(|table| !table.is_small());
    let mut groups: VecDeque<Vec<Qualified>> =
        catalog.partition_roots.iter().map(|name| vec![name.clone()]).collect();
    groups.extend(large.iter().map(|table| vec![table.name.clone()]));
    groups.extend(
        small
            .chunks(limits::VACUUM_BATCH)
            .map(|group| group.iter().map(|table| table.name.clone()).collect()),
    );
    groups
}
