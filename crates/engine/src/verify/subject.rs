//! What is compared: the source says it, the target is asked for the same.

use std::collections::{HashMap, HashSet};

use super::digest::{Column, Subject};
use crate::{
    catalog::{
        Catalog, OUR_SCHEMA,
        types::{Chars, Types},
    },
    error::Result,
    pg::{
        client::Client,
        ident::{Ident, Qualified},
    },
    sql::sql,
};

/// All subjects of `source`, and the sizes (heap, total bytes) of each there.
pub async fn of_source(source: &Client, catalog: &Catalog) -> Result<(Vec<Subject>, Vec<(u64, u64)>)> {
    let rows = source.query("list what is to be compared", sql!("subjects"), &[&OUR_SCHEMA]).await?;
    let used: HashSet<u32> = rows.iter().flat_map(|row| row.get::<_, Vec<u32>>("types")).collect();
    let known = Types::read(source, &used.into_iter().collect::<Vec<_>>()).await?;
    let tables: HashMap<&Qualified, _> = catalog.tables.iter().map(|table| (&table.name, table)).collect();
    let roots: HashSet<&Qualified> =
        catalog.tables.iter().filter_map(|table| table.through.as_ref()).collect();
    let mut subjects = Vec::new();
    let mut sizes = Vec::new();
    for row in &rows {
        let name = Qualified::new(row.get::<_, String>(1), row.get::<_, String>(2));
        let table = tables.get(&name);
        let (is_counted, with_children) = match row.get::<_, &str>(3) {
            "m" => (catalog.chosen.has_rows(row.get(0)), false),
            "p" => (roots.contains(&name), true),
            // a table of an extension that is not configuration is none of ours; a leaf may be compared by its root
            _ => (table.is_some_and(|table| table.through.is_none()), false),
        };
        if !is_counted {
            continue;
        }
        let (names, types): (Vec<String>, Vec<u32>) = (row.get(6), row.get("types"));
        let column = |(name, of): (String, u32)| Column {
            name: Ident::new(name),
            cast: known.chars(of).map_or("", Chars::cast),
        };
        subjects.push(Subject {
            name,
            with_children,
            columns: names.into_iter().zip(types).map(column).collect(),
            key: row.get::<_, Vec<String>>(8).into_iter().map(Ident::new).collect(),
            condition: table.and_then(|table| table.condition.clone()).unwrap_or_default(),
        });
        sizes.push(size(row));
    }
    Ok((subjects, sizes))
}

/// Sizes of the same subjects on the target; nothing where it has none.
pub async fn sizes(target: &Client, subjects: &[Subject]) -> Result<Vec<(u64, u64)>> {
    let rows = target.query("list what is to be compared", sql!("subjects"), &[&OUR_SCHEMA]).await?;
    let known: HashMap<(String, String), (u64, u64)> =
        rows.iter().map(|row| ((row.get(1), row.get(2)), size(row))).collect();
    let of = |subject: &Subject| {
        let name = (subject.name.schema.as_str().to_owned(), subject.name.name.as_str().to_owned());
        known.get(&name).copied().unwrap_or((0, 0))
    };
    Ok(subjects.iter().map(of).collect())
}

fn size(row: &tokio_postgres::Row) -> (u64, u64) {
    let bytes = |at: usize| u64::try_from(row.get::<_, i64>(at)).unwrap_or(0);
    (bytes(4), bytes(5))
}
