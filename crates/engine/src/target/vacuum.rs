//! VACUUM (ANALYZE): rows arrive without a visibility map, and nothing knows how many there are.

use std::collections::VecDeque;

use crate::{
    catalog::{Catalog, Table},
    error::Result,
    limits,
    pg::{session::Endpoint, wire::Wire},
};

/// Vacuums and analyses every table over `lanes` connections, large ones alone, partitioned tables as a whole.
pub async fn all(target: &Endpoint, catalog: &Catalog, lanes: usize) -> Result<()> {
    let mut statements = statements(catalog);
    let mut wires = Vec::new();
    for _ in 0..lanes.clamp(1, statements.len().max(1)) {
        let mut wire = target.wire().await?;
        wire.execute("set synchronous_commit = off", "prepare to vacuum").await?;
        wires.push(wire);
    }
    let queue = std::cell::RefCell::new(&mut statements);
    let next = || queue.borrow_mut().pop_front();
    let run = |mut wire: Wire| async move {
        while let Some(sql) = next() {
            wire.execute(&sql, "vacuum and analyse tables").await?;
        }
        Ok(())
    };
    futures_util::future::try_join_all(wires.into_iter().map(run)).await.map(drop)
}

fn statements(catalog: &Catalog) -> VecDeque<String> {
    let mut tables: Vec<&Table> = catalog.tables.iter().filter(|table| !table.partition).collect();
    tables.sort_by_key(|table| std::cmp::Reverse(table.bytes));
    let (large, small): (Vec<_>, Vec<_>) = tables.into_iter().partition(|table| !table.is_small());
    let one = |name: &dyn std::fmt::Display| format!("vacuum (analyze) {name}");
    let mut statements: VecDeque<String> = catalog.partition_roots.iter().map(|name| one(name)).collect();
    statements.extend(large.iter().map(|table| one(&table.name)));
    for group in small.chunks(limits::VACUUM_BATCH) {
        let names: Vec<String> = group.iter().map(|table| table.name.to_string()).collect();
        statements.push_back(one(&names.join(", ")));
    }
    statements
}
