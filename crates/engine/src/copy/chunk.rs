//! Cutting tables into work.

use crate::{catalog::Table, limits};

/// Bytes of a page; `assess` refuses servers built otherwise.
const PAGE: u64 = 8192;
/// Beyond every page that a table can have.
const PAGE_END: u32 = u32::MAX;

/// A part of one table: pages `first..end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its number in the run: the key of its progress row.
    pub id: i64,
    /// The table's place in the catalog.
    pub table: usize,
    /// The first page.
    pub first: u32,
    /// The page after the last.
    pub end: u32,
    /// The whole table: no range of pages need be named.
    pub whole: bool,
    /// Which file of the table it was cut for.
    pub filenode: u32,
    /// Roughly how many bytes it holds.
    pub bytes: u64,
}

/// Chunks that are copied in one transaction: one of a large table, or many small tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// In the order of their statements.
    pub chunks: Vec<Chunk>,
}

impl Work {
    /// Roughly how many bytes it holds.
    pub fn bytes(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.bytes).sum()
    }
}

/// Cuts `table` (the `index`th) of `heap_bytes` and `bytes` in all. `ranged` is false on servers (13) that read a
/// range of pages only by reading the whole table. Ids count from `next`.
pub fn cut(index: usize, table: &Table, ranged: bool, next: &mut i64) -> Vec<Chunk> {
    let pages = u32::try_from(table.heap_bytes.div_ceil(PAGE)).unwrap_or(PAGE_END);
    let parts =
        if ranged { table.bytes.div_ceil(limits::CHUNK_BYTES).clamp(1, limits::CHUNKS_MAX) } else { 1 };
    let parts = u32::try_from(parts).unwrap_or(1).min(pages.max(1));
    let bound =
        |part: u32| u32::try_from(u64::from(pages) * u64::from(part) / u64::from(parts)).unwrap_or(pages);
    let chunk = |part: u32| {
        *next += 1;
        Chunk {
            id: *next,
            table: index,
            first: bound(part),
            end: if part + 1 == parts { PAGE_END } else { bound(part + 1) },
            whole: parts == 1,
            filenode: table.filenode,
            bytes: table.bytes / u64::from(parts),
        }
    };
    (0..parts).map(chunk).collect()
}

/// All work of a copy, largest tables first, small tables together at the end.
pub fn plan(tables: &[Table], ranged: bool) -> Vec<Work> {
    let mut next = 0;
    let mut order: Vec<usize> = (0..tables.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(tables[*index].bytes));
    let mut work = Vec::new();
    let mut bundle = Vec::new();
    for index in order {
        // rows that land in other tables cannot be taken back by emptying this one; a condition is no range
        let condition = tables[index].condition.as_deref().unwrap_or("").trim();
        let ranged = ranged && tables[index].through.is_none() && condition.is_empty();
        let chunks = cut(index, &tables[index], ranged, &mut next);
        if !tables[index].is_small() || tables[index].unlogged {
            work.extend(chunks.into_iter().map(|chunk| Work { chunks: vec![chunk] }));
            continue;
        }
        bundle.extend(chunks);
        let bytes: u64 = bundle.iter().map(|chunk: &Chunk| chunk.bytes).sum();
        if bundle.len() >= limits::BUNDLE_TABLES || bytes >= limits::BUNDLE_BYTES {
            work.push(Work { chunks: std::mem::take(&mut bundle) });
        }
    }
    if !bundle.is_empty() {
        work.push(Work { chunks: bundle });
    }
    work
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::ident::Qualified;
    use proptest::prelude::*;

    fn table(heap_bytes: u64, toast_bytes: u64) -> Table {
        Table { heap_bytes, bytes: heap_bytes + toast_bytes, ..Table::named(Qualified::new("s", "t")) }
    }

    proptest! {
        #[test]
        fn chunks_cover_a_table_exactly_once(pages in 0u64..5_000_000, toast in 0u64..(1 << 40), ranged: bool) {
            let chunks = cut(0, &table(pages * PAGE, toast), ranged, &mut 0);
            prop_assert_eq!(chunks[0].first, 0);
            prop_assert_eq!(chunks.last().unwrap().end, PAGE_END);
            for pair in chunks.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].first);
                prop_assert!(pair[0].first < pair[0].end);
            }
            prop_assert!(ranged || chunks.len() == 1);
            prop_assert!(chunks.len() as u64 <= limits::CHUNKS_MAX);
        }

        #[test]
        fn a_plan_holds_every_table_and_every_id_once(sizes in proptest::collection::vec(0u64..(300 << 20), 0..200)) {
            let tables: Vec<Table> = sizes.iter().map(|size| table(*size, 0)).collect();
            let work = plan(&tables, true);
            let mut ids: Vec<i64> = work.iter().flat_map(|work| &work.chunks).map(|chunk| chunk.id).collect();
            ids.sort_unstable();
            prop_assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
            let of: std::collections::HashSet<usize> = work.iter().flat_map(|work| &work.chunks).map(|chunk| chunk.table).collect();
            prop_assert_eq!(of.len(), tables.len());
            prop_assert!(work.iter().all(|work| work.chunks.len() <= limits::BUNDLE_TABLES));
        }
    }

    #[test]
    fn rows_that_go_through_a_root_or_by_a_condition_are_one_chunk() {
        let large = table(1 << 30, 0);
        let through = Table { through: Some(Qualified::new("s", "root")), ..large.clone() };
        let chosen = Table { condition: Some("where id > 7".to_owned()), ..large.clone() };
        assert!(1 < plan(&[large], true).len());
        assert_eq!(plan(&[through], true).len(), 1);
        assert_eq!(plan(&[chosen], true).len(), 1);
    }

    #[test]
    fn a_table_on_13_is_one_chunk() {
        assert_eq!(cut(0, &table(10 << 30, 0), false, &mut 0).len(), 1);
    }
}
