//! A difference, narrowed to rows: by prefixes of a hash of the key, which is the same on both sides whatever the
//! collation; then key, column, both values.
//!
//! What travels is bounded, whatever the rows weigh: numbers of buckets, hashes of some thousand rows, and of the few that
//! are shown the first characters of each value.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::digest::{Hash, Subject, filtered};
use crate::{
    error::{Error, Kind, Result, Side},
    limits,
    pg::{client::Client, wire::Wire},
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

/// Who answers.
pub enum Asked<'a> {
    /// Where texts may be no UTF-8.
    Wire(&'a mut Wire),
    /// Where they are.
    Client(&'a Client),
}

impl Asked<'_> {
    async fn rows(&mut self, sql: &str, attempt: &str) -> Result<Vec<Vec<Option<String>>>> {
        match self {
            Self::Client(client) => client.text(attempt, sql).await,
            Self::Wire(wire) => {
                let outcomes = wire.execute(sql, attempt).await?;
                Ok(outcomes.into_iter().flat_map(|outcome| outcome.rows).collect())
            }
        }
    }
}

/// Rows that two sides have under one name.
pub struct Rows {
    /// What they are, in words.
    pub what: String,
    /// `only "s"."t" t`.
    pub relation: String,
    /// Which of them count; empty means all.
    pub condition: String,
    /// The expression by which a row is named.
    pub key: String,
    /// The expression of all that a row is.
    pub text: String,
    /// Columns that are shown: the name, and the expression of the value's text.
    pub columns: Vec<(String, String)>,
}

impl Rows {
    /// Of a table; where it has no key, all of a row is its key.
    pub fn of(subject: &Subject) -> Self {
        let names: Vec<String> = subject.key.iter().map(|name| format!("t.{name}")).collect();
        let of_key = format!("row({})::text collate \"C\"", names.join(", "));
        let column = |column: &super::digest::Column| {
            let value = format!("(t.{}{})::text collate \"C\"", column.name, column.cast);
            (column.name.as_str().to_owned(), value)
        };
        Self {
            what: subject.name.to_string(),
            relation: subject.relation(),
            condition: subject.condition().to_owned(),
            key: if names.is_empty() { subject.row_text() } else { of_key },
            text: subject.row_text(),
            columns: subject.columns.iter().map(column).collect(),
        }
    }

    fn from(&self, more: &str) -> String {
        filtered(&self.relation, &[&self.condition, more])
    }
}

/// What narrowing came to.
#[derive(Debug, Default)]
pub struct Narrowed {
    /// How many rows the source has.
    pub rows: u64,
    /// Whether anything differs, found or not.
    pub differs: bool,
    /// What differs, up to [`limits::DIFFERENCES_SHOWN`].
    pub found: Vec<Found>,
}

/// A row, or a value of it, that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The key's text.
    pub key: String,
    /// The column; none if the row is on one side only.
    pub column: Option<String>,
    /// What the source has.
    pub source: Option<String>,
    /// What the target has.
    pub target: Option<String>,
}

impl Found {
    /// As a difference of `object`.
    pub fn of(self, object: &str) -> Difference {
        let Self { key, column, source, target } = self;
        Difference { object: object.to_owned(), key, column, source, target }
    }
}

/// Finds rows that differ.
pub async fn narrow(
    source: &mut Asked<'_>,
    target: &mut Asked<'_>,
    of: &Rows,
    hash: &Hash,
) -> Result<Narrowed> {
    let mut narrowed = Narrowed::default();
    let mut filter = String::new();
    for level in 1..=limits::NARROWING_LEVELS {
        let bits = level * limits::NARROWING_BITS;
        let sql = buckets_sql(of, hash, bits, &filter);
        let (ours, theirs) = (buckets(source, of, &sql).await?, buckets(target, of, &sql).await?);
        if level == 1 {
            narrowed.rows = ours.values().map(|bucket| bucket.rows).sum();
        }
        let different: Vec<i64> = union(&ours, &theirs)
            .filter(|bucket| ours.get(bucket) != theirs.get(bucket))
            .take(limits::BUCKETS_FOLLOWED)
            .collect();
        if different.is_empty() {
            return Ok(narrowed);
        }
        narrowed.differs = true;
        let count = |buckets: &BTreeMap<i64, Bucket>, at| buckets.get(at).map_or(0, |bucket| bucket.rows);
        let rows: u64 = different.iter().map(|at| count(&ours, at).max(count(&theirs, at))).sum();
        filter = format!("{} in ({})", bucket(of, hash, bits), list(&different));
        if rows <= limits::ROWS_COMPARED {
            break;
        }
    }
    let sql = census_sql(of, hash, &filter);
    let (ours, theirs) = (census(source, of, &sql).await?, census(target, of, &sql).await?);
    let spots = spots(ours, theirs);
    if spots.is_empty() {
        return Ok(narrowed);
    }
    let sql = shown_sql(of, hash, &filter, &spots);
    let (ours, theirs) = (shown(source, of, &sql).await?, shown(target, of, &sql).await?);
    narrowed.found = spots.iter().flat_map(|spot| found(of, spot, &ours, &theirs)).collect();
    narrowed.found.truncate(limits::DIFFERENCES_SHOWN);
    Ok(narrowed)
}

fn union<'a, T>(ours: &'a BTreeMap<i64, T>, theirs: &'a BTreeMap<i64, T>) -> impl Iterator<Item = i64> {
    let keys: BTreeSet<i64> = ours.keys().chain(theirs.keys()).copied().collect();
    keys.into_iter()
}

fn list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// Rows of one bucket: how many, and their sums.
#[derive(Debug, PartialEq, Eq)]
struct Bucket {
    rows: u64,
    sums: (String, String),
}

fn bucket(of: &Rows, hash: &Hash, bits: u32) -> String {
    let [first, _] = hash.expressions(&of.key);
    format!("({first} & {})", (1i64 << bits) - 1)
}

fn buckets_sql(of: &Rows, hash: &Hash, bits: u32, filter: &str) -> String {
    let [first, second] = hash.expressions("s");
    format!(
        "select b, count(*), sum({first}), sum({second}) from (select {} as b, {} as s from {} offset 0) q group by b",
        bucket(of, hash, bits),
        of.text,
        of.from(filter)
    )
}

async fn buckets(side: &mut Asked<'_>, of: &Rows, sql: &str) -> Result<BTreeMap<i64, Bucket>> {
    let rows = side.rows(sql, &format!("narrow a difference in {}", of.what)).await?;
    let bucket = |row: Vec<Option<String>>| {
        let [number, rows, first, second] = four(row)?;
        Some((number.parse().ok()?, Bucket { rows: rows.parse().ok()?, sums: (first, second) }))
    };
    rows.into_iter().map(|row| bucket(row).ok_or_else(unreadable)).collect()
}

fn four(row: Vec<Option<String>>) -> Option<[String; 4]> {
    row.into_iter().collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn unreadable() -> Error {
    Error::new(Kind::Protocol, Side::Local, "read what a difference was narrowed to")
}

/// How often each row is there, by hashes of its key and of all of it.
type Census = BTreeMap<i64, BTreeMap<String, u64>>;

fn census_sql(of: &Rows, hash: &Hash, filter: &str) -> String {
    let ([key, _], [first, second]) = (hash.expressions(&of.key), hash.expressions("s"));
    format!(
        "select k, {first}::text, {second}::text, count(*) from (select {key} as k, {} as s from {} offset 0) q \
         group by 1, 2, 3 order by 1 limit {}",
        of.text,
        of.from(filter),
        limits::ROWS_FETCHED
    )
}

/// In the order of keys' hashes; what may have been cut off at the end counts for nothing.
async fn census(side: &mut Asked<'_>, of: &Rows, sql: &str) -> Result<(Census, bool)> {
    let rows = side.rows(sql, &format!("find the rows of {} that differ", of.what)).await?;
    let is_cut = rows.len() as u64 >= limits::ROWS_FETCHED;
    let mut census = Census::new();
    for row in rows {
        let read = || {
            let [key, first, second, count] = four(row)?;
            Some((key.parse::<i64>().ok()?, format!("{first} {second}"), count.parse::<u64>().ok()?))
        };
        let (key, row, count) = read().ok_or_else(unreadable)?;
        census.entry(key).or_default().insert(row, count);
    }
    Ok((census, is_cut))
}

/// Rows of one key that only one side has, each as often as the other lacks it.
#[derive(Debug, PartialEq, Eq)]
struct Spot {
    key: i64,
    ours: Vec<String>,
    theirs: Vec<String>,
}

fn spots((ours, ours_cut): (Census, bool), (theirs, theirs_cut): (Census, bool)) -> Vec<Spot> {
    let end = |census: &Census, is_cut: bool| is_cut.then(|| census.keys().next_back().copied()).flatten();
    let end = [end(&ours, ours_cut), end(&theirs, theirs_cut)].into_iter().flatten().min();
    let none = BTreeMap::new();
    let spot = |key: i64| {
        let (mine, other) = (ours.get(&key).unwrap_or(&none), theirs.get(&key).unwrap_or(&none));
        let more = |these: &BTreeMap<String, u64>, those: &BTreeMap<String, u64>| {
            let more = these.iter().flat_map(|(row, count)| {
                let more = count.saturating_sub(those.get(row).copied().unwrap_or(0));
                let more = usize::try_from(more).unwrap_or(usize::MAX).min(limits::DIFFERENCES_SHOWN);
                std::iter::repeat_n(row.clone(), more)
            });
            more.take(limits::DIFFERENCES_SHOWN).collect()
        };
        Spot { key, ours: more(mine, other), theirs: more(other, mine) }
    };
    let within = union(&ours, &theirs).filter(|key| end.is_none_or(|end| *key < end));
    let spots = within.map(spot).filter(|spot| !spot.ours.is_empty() || !spot.theirs.is_empty());
    spots.take(limits::DIFFERENCES_SHOWN).collect()
}

/// A value as it travels: its hash, its bytes, its first characters.
fn packed(hash: &Hash, value: &str) -> String {
    let [first, _] = hash.expressions(value);
    let shown = limits::VALUE_SHOWN + 1;
    format!(
        "{first}::text || ':' || pg_catalog.octet_length({value}) || ' ' || pg_catalog.left({value}, {shown})"
    )
}

/// A row of each kind is enough: all that is asked is what it looks like.
fn shown_sql(of: &Rows, hash: &Hash, filter: &str, spots: &[Spot]) -> String {
    let ([key, _], [first, second]) = (hash.expressions(&of.key), hash.expressions("s"));
    let values: Vec<String> =
        of.columns.iter().enumerate().map(|(at, (_, value))| format!(", {value} as v{at}")).collect();
    let packs: Vec<String> =
        (0..values.len()).map(|at| format!(", {}", packed(hash, &format!("v{at}")))).collect();
    let keys: Vec<i64> = spots.iter().map(|spot| spot.key).collect();
    format!(
        "select distinct on (k, r.first, r.second) k, r.first || ' ' || r.second, {}{} \
         from (select {key} as k, {} as name, {} as s{} from {} offset 0) q \
         cross join lateral (select {first}::text as first, {second}::text as second) r \
         where k in ({}) limit {}",
        packed(hash, "name"),
        packs.concat(),
        of.key,
        of.text,
        values.concat(),
        of.from(filter),
        list(&keys),
        limits::ROWS_SHOWN
    )
}

/// The key's text and the packed values of a row, by the hashes of its key and of all of it.
type Shown = BTreeMap<(i64, String), (String, Vec<Option<String>>)>;

async fn shown(side: &mut Asked<'_>, of: &Rows, sql: &str) -> Result<Shown> {
    let rows = side.rows(sql, &format!("read rows of {} that differ", of.what)).await?;
    let row = |row: Vec<Option<String>>| {
        let mut values = row.into_iter();
        let (key, row, name) = (values.next()??, values.next()??, values.next()??);
        Some(((key.parse().ok()?, row), (unpacked(&name).1, values.collect())))
    };
    rows.into_iter().map(|one| row(one).ok_or_else(unreadable)).collect()
}

/// The hash, and the text as a message shows it: not endlessly.
fn unpacked(packed: &str) -> (&str, String) {
    let (mark, text) = packed.split_once(' ').unwrap_or((packed, ""));
    let (hash, bytes) = mark.split_once(':').unwrap_or((mark, "0"));
    let shown = match text.char_indices().nth(limits::VALUE_SHOWN) {
        Some((end, _)) => format!("{}… ({bytes} bytes)", &text[..end]),
        None => text.to_owned(),
    };
    (hash, shown)
}

fn found(of: &Rows, spot: &Spot, ours: &Shown, theirs: &Shown) -> Vec<Found> {
    let mut all = Vec::new();
    for at in 0..spot.ours.len().max(spot.theirs.len()) {
        let of_side = |rows: &[String], side: &Shown| {
            rows.get(at).map(|row| side.get(&(spot.key, row.clone())).cloned().unwrap_or_default())
        };
        match (of_side(&spot.ours, ours), of_side(&spot.theirs, theirs)) {
            (Some((key, mine)), Some((_, other))) => all.extend(columns(of, &key, &mine, &other)),
            (mine, other) => all.push(Found {
                key: mine.as_ref().or(other.as_ref()).map(|(key, _)| key.clone()).unwrap_or_default(),
                column: None,
                source: mine.map(|_| "a row".to_owned()),
                target: other.map(|_| "a row".to_owned()),
            }),
        }
    }
    all
}

fn columns(of: &Rows, key: &str, mine: &[Option<String>], other: &[Option<String>]) -> Vec<Found> {
    let mut different = Vec::new();
    for ((name, _), (mine, other)) in of.columns.iter().zip(mine.iter().zip(other)) {
        let (mine, other) = (mine.as_deref().map(unpacked), other.as_deref().map(unpacked));
        if mine.as_ref().map(|(hash, _)| hash) != other.as_ref().map(|(hash, _)| hash) {
            different.push(Found {
                key: key.to_owned(),
                column: Some(name.clone()),
                source: mine.map(|(_, shown)| shown),
                target: other.map(|(_, shown)| shown),
            });
        }
    }
    different
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn census(rows: &[(i64, u8)]) -> Census {
        let mut census = Census::new();
        for (key, row) in rows {
            *census.entry(*key).or_default().entry(row.to_string()).or_default() += 1;
        }
        census
    }

    #[test]
    fn what_may_have_been_cut_off_is_no_difference() {
        let (ours, theirs) =
            (census(&[(1, 1), (2, 2), (3, 3)]), census(&[(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]));
        assert_eq!(spots((ours.clone(), true), (theirs.clone(), false)), []);
        assert_eq!(spots((ours, false), (theirs, false)).len(), 2);
    }

    #[test]
    fn a_long_value_is_shown_by_its_beginning() {
        let long = format!("17:9000 {}", "ä".repeat(limits::VALUE_SHOWN + 1));
        let (hash, shown) = unpacked(&long);
        assert_eq!(hash, "17");
        assert_eq!(shown, format!("{}… (9000 bytes)", "ä".repeat(limits::VALUE_SHOWN)));
        assert_eq!(unpacked("17:3 a b"), ("17", "a b".to_owned()));
        assert_eq!(unpacked("17:0 "), ("17", String::new()));
    }

    proptest! {
        /// Rows that both have are never named, and each row that one lacks is, as often as it lacks it.
        #[test]
        fn spots_are_what_one_side_lacks(both in proptest::collection::vec((0i64..6, 0u8..3), 0..12), mine in proptest::collection::vec((0i64..6, 0u8..3), 0..6)) {
            let ours: Vec<_> = both.iter().chain(&mine).copied().collect();
            let spots = spots((census(&ours), false), (census(&both), false));
            let named: usize = spots.iter().map(|spot| spot.ours.len()).sum();
            prop_assert_eq!(named, mine.len());
            prop_assert!(spots.iter().all(|spot| spot.theirs.is_empty()));
        }
    }
}
