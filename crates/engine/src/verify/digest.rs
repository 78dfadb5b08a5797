//! Digests of tables, made in the servers: only sums travel.

use std::{cell::RefCell, collections::VecDeque};

use crate::{
    catalog::Table,
    copy::chunk,
    error::{Error, Kind, Result, ServerError, Side},
    patience::Patience,
    pg::{
        client::Client,
        ident::{Ident, Literal, Qualified},
        session::Endpoint,
        version::Version,
        wire::Wire,
    },
    progress::Progress,
    source::snapshot::{self, Ids},
};

/// How the text of a row becomes 128 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hash {
    /// Two `hashtextextended` with these seeds.
    Seeds(i64, i64),
    /// `md5` of the UTF-8 with this salt: where the servers' hash functions disagree (another byte order), or the
    /// databases' encodings.
    Md5(String),
}

impl Hash {
    /// Draws seeds; both servers hash a fixed list with them, and where they disagree md5 it is.
    pub async fn agree(source: &Client, target: &Client) -> Result<Self> {
        let (first, second): (i64, i64) = (rand::random(), rand::random());
        let sql = "select sum(pg_catalog.hashtextextended(s, $1))::text || ' ' || sum(pg_catalog.hashtextextended(s, $2))::text \
                   from unnest(array['', 'a', 'pgferry', '(1,\"x y\",)', repeat('z', 5000), \
                     pg_catalog.getdatabaseencoding()::text, \
                     pg_catalog.chr(case pg_catalog.getdatabaseencoding() when 'UTF8' then 8364 else 97 end)]) s";
        let attempt = "try the server's hash function";
        let ours: String = source.one(attempt, sql, &[&first, &second]).await?.get(0);
        let theirs: String = target.one(attempt, sql, &[&first, &second]).await?.get(0);
        Ok(if ours == theirs { Self::Seeds(first, second) } else { Self::Md5(first.to_string()) })
    }

    /// Two expressions of `text`, each a bigint.
    pub fn expressions(&self, text: &str) -> [String; 2] {
        match self {
            Self::Seeds(first, second) => [first, second].map(|seed| format!("pg_catalog.hashtextextended({text}, {seed})")),
            Self::Md5(salt) => [1, 17].map(|at| {
                format!(
                    "('x' || pg_catalog.substr(pg_catalog.md5(pg_catalog.convert_to({text} || '{salt}', 'UTF8')), {at}, 16))::bit(64)::bigint"
                )
            }),
        }
    }
}

/// Rows counted and summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// How many.
    pub rows: u64,
    /// Sum of the first hash.
    pub first: i128,
    /// Sum of the second.
    pub second: i128,
}

impl std::ops::AddAssign for Digest {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.first = self.first.wrapping_add(other.first);
        self.second = self.second.wrapping_add(other.second);
    }
}

/// A set of rows that both sides have under one name.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The table, the root of partitions whose rows may lie elsewhere, or a materialised view.
    pub name: Qualified,
    /// Whether rows of children belong to it.
    pub with_children: bool,
    /// All columns, generated ones too, by name.
    pub columns: Vec<Column>,
    /// Columns of the key by which a row can be named; empty where there is none.
    pub key: Vec<Ident>,
    /// Which rows count; empty means all.
    pub condition: String,
}

/// A column, and how its value becomes text that is the same on all majors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// A cast, as `::int`, or nothing.
    pub cast: &'static str,
}

impl Subject {
    /// The expression of a row's text.
    pub fn row_text(&self) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("t.{}{}", column.name, column.cast)).collect();
        format!("row({})::text collate \"C\"", columns.join(", "))
    }

    /// `only "s"."t" t`.
    pub fn relation(&self) -> String {
        format!("{}{} t", if self.with_children { "" } else { "only " }, self.name)
    }

    /// Which rows count, without the word WHERE; empty means all.
    pub fn condition(&self) -> &str {
        let condition = self.condition.trim();
        condition.strip_prefix("where ").or_else(|| condition.strip_prefix("WHERE ")).unwrap_or(condition)
    }

    /// Count, sums, and which file the table has: ranges of pages add up only within one file.
    fn sql(&self, hash: &Hash, range: &str) -> String {
        let [first, second] = hash.expressions("s");
        let file = format!(
            "pg_catalog.pg_relation_filenode({}::pg_catalog.regclass)",
            Literal(&self.name.to_string())
        );
        format!(
            "select count(*), coalesce(sum({first}), 0), coalesce(sum({second}), 0), {file} \
             from (select {} as s from {} offset 0) q",
            self.row_text(),
            filtered(&self.relation(), &[self.condition(), range])
        )
    }
}

/// `relation where …`; an empty condition is none.
pub fn filtered(relation: &str, conditions: &[&str]) -> String {
    let conditions: Vec<String> =
        conditions.iter().filter(|part| !part.is_empty()).map(|part| format!("({part})")).collect();
    if conditions.is_empty() {
        return relation.to_owned();
    }
    format!("{relation} where {}", conditions.join(" and "))
}

/// Digests of one side, by subject; a subject that cannot be read is the server's refusal.
pub type Digests = Vec<std::result::Result<Digest, ServerError>>;

/// One statement of a side's work.
struct Part {
    subject: usize,
    sql: String,
    bytes: u64,
}

/// How one side is read.
pub struct Reading<'a> {
    /// Which side.
    pub endpoint: &'a Endpoint,
    /// Its version: 13 reads a range of pages only by reading the whole table.
    pub version: Version,
    /// Its snapshot.
    pub ids: Ids,
    /// How rows become sums.
    pub hash: &'a Hash,
    /// Connections at a time.
    pub lanes: usize,
    /// The search_path for tables whose indexes call functions that need one: the server looks at those even where it
    /// does not use them.
    pub path: &'a str,
    /// Counters.
    pub progress: &'a Progress,
}

/// Digests all `subjects`. `sizes` are heap and total bytes of each, on this side; large ones are cut by ranges of
/// pages.
pub async fn of_side(reading: &Reading<'_>, subjects: &[Subject], sizes: &[(u64, u64)]) -> Result<Digests> {
    let Reading { hash, lanes, progress, version, .. } = *reading;
    let mut parts = parts(subjects, sizes, hash, version);
    parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    let queue = RefCell::new(VecDeque::from(parts));
    let files: RefCell<Vec<Option<String>>> = RefCell::new(vec![None; subjects.len()]);
    let digests: RefCell<Digests> = RefCell::new(vec![Ok(Digest::default()); subjects.len()]);
    let lane = || async {
        let mut wire = None;
        loop {
            let Some(part) = queue.borrow_mut().pop_front() else { return Ok(()) };
            let digest = read(reading, &mut wire, &subjects[part.subject], &part).await?;
            let mut digests = digests.borrow_mut();
            match (&mut digests[part.subject], digest) {
                (slot @ Ok(_), Ok((digest, file))) => {
                    let mut files = files.borrow_mut();
                    let known = files[part.subject].get_or_insert_with(|| file.clone());
                    match slot {
                        Ok(sum) if *known == file => *sum += digest,
                        slot => *slot = Err(rewritten()),
                    }
                }
                (slot @ Ok(_), Err(refusal)) => *slot = Err(refusal),
                (Err(_), _) => {}
            }
            progress.bytes_verified.add(part.bytes);
        }
    };
    let lanes: Vec<_> = (0..lanes.max(1)).map(|_| lane()).collect();
    futures_util::future::try_join_all(lanes).await?;
    Ok(digests.into_inner())
}

fn parts(subjects: &[Subject], sizes: &[(u64, u64)], hash: &Hash, version: Version) -> Vec<Part> {
    let mut parts = Vec::new();
    for (at, (subject, (heap, bytes))) in subjects.iter().zip(sizes).enumerate() {
        let table = Table { heap_bytes: *heap, bytes: *bytes, ..Table::named(subject.name.clone()) };
        let ranged = version.reads_page_ranges() && !subject.with_children && subject.condition.is_empty();
        for chunk in chunk::cut(at, &table, ranged, &mut 0) {
            let range = if chunk.whole {
                String::new()
            } else {
                format!("t.ctid >= '({},0)' and t.ctid < '({},0)'", chunk.first, chunk.end)
            };
            parts.push(Part { subject: at, sql: subject.sql(hash, &range), bytes: chunk.bytes });
        }
    }
    parts
}

/// What one part gave, and which file the table had.
type Read = (Digest, String);

fn rewritten() -> ServerError {
    ServerError {
        message: "it was rewritten while it was compared; compare again".to_owned(),
        ..ServerError::default()
    }
}

/// One part, in a transaction of its own at the snapshot. A lost connection is made again.
async fn read(
    reading: &Reading<'_>,
    wire: &mut Option<Wire>,
    subject: &Subject,
    part: &Part,
) -> Result<std::result::Result<Read, ServerError>> {
    let attempt = format!("digest {}", subject.name);
    let mut sql = part.sql.clone();
    let mut patience = Patience::short();
    loop {
        match once(reading, wire, &attempt, &sql).await {
            Err(error) if error.is_about_a_name() && sql == part.sql => {
                *wire = None;
                sql = format!(
                    "select pg_catalog.set_config('search_path', {}, true); {}",
                    Literal(reading.path),
                    part.sql
                );
            }
            Err(error) if is_about_the_value(&error) => {
                *wire = None;
                return Ok(Err(error.server.map(|server| *server).unwrap_or_default()));
            }
            Err(error) => {
                *wire = None;
                patience.wait(error, |_| ()).await?;
            }
            Ok(read) => return Ok(Ok(read)),
        }
    }
}

/// A value whose text passes 1 GB, a value that has no text, a table that is missing on this side.
fn is_about_the_value(error: &Error) -> bool {
    error.is_about_size()
        || error.is_about_a_name()
        || matches!(error.sqlstate(), "22001" | "3F000" | "42703" | "42846" | "42501" | "55000" | "22P02")
}

/// The digest, at whichever id of the snapshot lives.
async fn once(reading: &Reading<'_>, wire: &mut Option<Wire>, attempt: &str, sql: &str) -> Result<Read> {
    if wire.is_none() {
        let mut fresh = reading.endpoint.wire().await?;
        fresh.execute("set max_parallel_workers_per_gather = 0; set enable_indexscan = off; set enable_bitmapscan = off", "prepare to verify").await?;
        *wire = Some(fresh);
    }
    let missing = || Error::new(Kind::Bug, Side::Local, attempt.to_owned());
    let wire = wire.as_mut().ok_or_else(missing)?;
    let mut last = snapshot::lost("every keeper's connection has ended");
    for id in reading.ids.list() {
        // two strings in one round trip: a table may be refused with the SQLSTATE of a snapshot that is gone
        wire.queue(&snapshot::import(&id))?;
        wire.queue(&format!("{sql}; commit"))?;
        wire.flush().await?;
        match wire.settled(attempt).await {
            Ok(_) => return sums(wire, attempt).await,
            Err(error) if snapshot::is_gone(&error) => {
                wire.outcome().await?.ok();
                wire.execute("rollback", "try another keeper's snapshot").await?;
                last = snapshot::lost(&error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

async fn sums(wire: &mut Wire, attempt: &str) -> Result<Read> {
    let outcomes = wire.settled(attempt).await?;
    let row = outcomes.iter().rev().find_map(|outcome| outcome.rows.first());
    let value = |at: usize| row.and_then(|row| row.get(at).cloned().flatten());
    let digest = || {
        Some(Digest {
            rows: value(0)?.parse().ok()?,
            first: value(1)?.parse().ok()?,
            second: value(2)?.parse().ok()?,
        })
    };
    digest().map(|digest| (digest, value(3).unwrap_or_default())).ok_or_else(|| {
        Error::new(Kind::Protocol, wire.side(), attempt.to_owned()).because("the digest is no number")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of rows whose hashes these are.
    fn digest(rows: &[(i64, i64)]) -> Digest {
        let row = |(first, second): &(i64, i64)| Digest {
            rows: 1,
            first: (*first).into(),
            second: (*second).into(),
        };
        rows.iter().map(row).fold(Digest::default(), |mut sum, row| {
            sum += row;
            sum
        })
    }

    proptest! {
        /// In whatever order and parts rows are read, they give one digest; with one row changed, gone or more, another.
        #[test]
        fn a_digest_knows_no_order_and_sees_each_change(
            rows in proptest::collection::vec(any::<(i64, i64)>(), 1..40), other in any::<(i64, i64)>(), at in any::<prop::sample::Index>(),
        ) {
            let whole = digest(&rows);
            let (at, mut turned) = (at.index(rows.len()), rows.clone());
            turned.rotate_left(at);
            let (mut parts, (one, two)) = (digest(&[]), turned.split_at(at));
            parts += digest(two);
            parts += digest(one);
            prop_assert_eq!(whole, parts);
            let mut changed = rows.clone();
            changed[at] = other;
            prop_assert_eq!(digest(&changed) == whole, rows[at] == other);
            changed[at] = rows[at];
            changed.push(other);
            prop_assert_ne!(digest(&changed), whole);
            let gone: Vec<_> = rows.iter().enumerate().filter(|(number, _)| *number != at).map(|(_, row)| *row).collect();
            prop_assert_ne!(digest(&gone), whole);
        }
    }

    #[test]
    fn a_large_table_is_cut_by_ranges_of_pages_but_not_on_13() {
        let subject = Subject {
            name: Qualified::new("s", "t"),
            with_children: false,
            columns: vec![],
            key: vec![],
            condition: String::new(),
        };
        let cut = |version| {
            parts(std::slice::from_ref(&subject), &[(1 << 30, 1 << 30)], &Hash::Seeds(1, 2), version)
        };
        let whole = cut(Version(130_000));
        assert!(whole.len() == 1 && !whole[0].sql.contains("ctid"));
        let ranges = cut(Version(140_000));
        assert!(1 < ranges.len() && ranges.iter().all(|part| part.sql.contains("t.ctid >= ")));
    }
}
