//! A difference, narrowed to rows: by prefixes of a hash of the key, which is the same on both sides whatever the
//! collation; then key, column, both values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::digest::{Hash, Subject};
use crate::{
    error::{Error, Kind, Result, Side},
    limits,
    pg::wire::Wire,
};

/// How two databases differ at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The table, or what else it is.
    pub object: String,
    /// The row's key, or the row itself where there is none.
    pub key: String,
    /// The column; none if the row is on one side only.
    pub column: Option<String>,
    /// What the source has.
    pub source: Option<String>,
    /// What the target has.
    pub target: Option<String>,
}

/// Rows of one bucket: how many, and their sums.
type Buckets = BTreeMap<i64, (String, String, String)>;

/// Finds rows of `subject` that differ, up to [`limits::DIFFERENCES_SHOWN`].
pub async fn narrow(
    source: &mut Wire,
    target: &mut Wire,
    subject: &Subject,
    hash: &Hash,
) -> Result<Vec<Difference>> {
    let mut chosen: Option<(u32, BTreeSet<i64>)> = None;
    for level in 1..=limits::NARROWING_LEVELS {
        let bits = level * limits::NARROWING_BITS;
        let filter = chosen.as_ref().map_or(String::new(), |(bits, some)| within(subject, hash, *bits, some));
        let ours = buckets(source, subject, hash, bits, &filter).await?;
        let theirs = buckets(target, subject, hash, bits, &filter).await?;
        let different: Vec<i64> = ours
            .keys()
            .chain(theirs.keys())
            .filter(|bucket| ours.get(bucket) != theirs.get(bucket))
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .take(limits::BUCKETS_FOLLOWED)
            .collect();
        let rows: u64 =
            different.iter().map(|bucket| count(&ours, *bucket).max(count(&theirs, *bucket))).sum();
        chosen = Some((bits, different.into_iter().collect()));
        if rows <= limits::ROWS_COMPARED {
            break;
        }
    }
    let Some((bits, some)) = chosen else { return Ok(vec![]) };
    let filter = within(subject, hash, bits, &some);
    let ours = rows(source, subject, &filter).await?;
    let theirs = rows(target, subject, &filter).await?;
    Ok(compare(subject, &ours, &theirs))
}

fn count(buckets: &Buckets, bucket: i64) -> u64 {
    buckets.get(&bucket).and_then(|(rows, ..)| rows.parse().ok()).unwrap_or(0)
}

/// The text by which a row is named: its key, else all of it.
fn key_text(subject: &Subject) -> String {
    if subject.key.is_empty() {
        return subject.row_text();
    }
    let names: Vec<String> = subject.key.iter().map(|name| format!("t.{name}")).collect();
    format!("row({})::text collate \"C\"", names.join(", "))
}

fn bucket(subject: &Subject, hash: &Hash, bits: u32) -> String {
    let [first, _] = hash.expressions(&key_text(subject));
    format!("({first} & {})", (1i64 << bits) - 1)
}

fn within(subject: &Subject, hash: &Hash, bits: u32, some: &BTreeSet<i64>) -> String {
    let list: Vec<String> = some.iter().map(i64::to_string).collect();
    let list = if list.is_empty() { "-1".to_owned() } else { list.join(", ") };
    format!("{} in ({list})", bucket(subject, hash, bits))
}

async fn buckets(
    wire: &mut Wire,
    subject: &Subject,
    hash: &Hash,
    bits: u32,
    filter: &str,
) -> Result<Buckets> {
    let [first, second] = hash.expressions("s");
    let sql = format!(
        "select b, count(*), sum({first}), sum({second}) from (select {} as b, {} as s from {} offset 0) q group by b",
        bucket(subject, hash, bits),
        subject.row_text(),
        subject.from(filter)
    );
    let outcomes = wire.execute(&sql, &format!("narrow a difference in {}", subject.name)).await?;
    let mut buckets = Buckets::new();
    for row in outcomes.into_iter().flat_map(|outcome| outcome.rows) {
        let mut row = row.into_iter().flatten();
        let (Some(bucket), Some(rows), Some(first), Some(second)) =
            (row.next(), row.next(), row.next(), row.next())
        else {
            continue;
        };
        let bucket =
            bucket.parse().map_err(|_| Error::new(Kind::Protocol, Side::Local, "read a bucket's number"))?;
        buckets.insert(bucket, (rows, first, second));
    }
    Ok(buckets)
}

/// Key, and the columns' texts.
type Row = (String, Vec<Option<String>>);

async fn rows(wire: &mut Wire, subject: &Subject, filter: &str) -> Result<Vec<Row>> {
    let mut columns = vec![key_text(subject)];
    columns.extend(subject.columns.iter().map(|column| format!("(t.{}{})::text", column.name, column.cast)));
    let sql =
        format!("select {} from {} limit {}", columns.join(", "), subject.from(filter), limits::ROWS_FETCHED);
    let outcomes = wire.execute(&sql, &format!("read rows of {} that differ", subject.name)).await?;
    let row = |row: Vec<Option<String>>| {
        let mut values = row.into_iter();
        (values.next().flatten().unwrap_or_default(), values.collect())
    };
    Ok(outcomes.into_iter().flat_map(|outcome| outcome.rows).map(row).collect())
}

fn compare(subject: &Subject, ours: &[Row], theirs: &[Row]) -> Vec<Difference> {
    let group = |rows: &[Row]| {
        let mut by_key: BTreeMap<String, Vec<Vec<Option<String>>>> = BTreeMap::new();
        rows.iter().for_each(|(key, values)| by_key.entry(key.clone()).or_default().push(values.clone()));
        by_key.values_mut().for_each(|rows| rows.sort());
        by_key
    };
    let (ours, theirs) = (group(ours), group(theirs));
    let mut differences = Vec::new();
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for key in keys {
        let (mine, other) =
            (ours.get(key).map_or(&[][..], Vec::as_slice), theirs.get(key).map_or(&[][..], Vec::as_slice));
        for at in 0..mine.len().max(other.len()) {
            match (mine.get(at), other.get(at)) {
                (Some(mine), Some(other)) => differences.extend(columns(subject, key, mine, other)),
                (mine, other) => differences.push(Difference {
                    object: subject.name.to_string(),
                    key: shown(key),
                    column: None,
                    source: mine.map(|_| "a row".to_owned()),
                    target: other.map(|_| "a row".to_owned()),
                }),
            }
        }
    }
    differences.truncate(limits::DIFFERENCES_SHOWN);
    differences
}

fn columns(
    subject: &Subject,
    key: &str,
    mine: &[Option<String>],
    other: &[Option<String>],
) -> Vec<Difference> {
    let pairs = subject.columns.iter().zip(mine.iter().zip(other));
    let different = pairs.filter(|(_, (mine, other))| mine != other);
    let difference =
        |(column, (mine, other)): (&super::digest::Column, (&Option<String>, &Option<String>))| Difference {
            object: subject.name.to_string(),
            key: shown(key),
            column: Some(column.name.as_str().to_owned()),
            source: mine.as_deref().map(shown),
            target: other.as_deref().map(shown),
        };
    different.map(difference).collect()
}

/// A value as a message shows it: not endlessly.
fn shown(value: &str) -> String {
    match value.char_indices().nth(limits::VALUE_SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &value[..end], value.len()),
        None => value.to_owned(),
    }
}
