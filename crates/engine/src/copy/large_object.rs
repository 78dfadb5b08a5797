//! Large objects: slices of bytes through a temporary table, put together by the target's own functions.
//!
//! A read goes by `lo_get`, which any owner or reader may call; a write by `lo_create` and `lo_put`, since the catalogs
//! themselves are closed to an RDS master. Source: PostgreSQL manual, "Server-side Functions" of large objects.

use super::pair::Copy;
use crate::{
    error::{Error, Kind, Result, Side},
    limits,
    pg::{
        client::Client,
        wire::{Pumped, Wire, pump, server_error},
    },
    source::snapshot,
    sql::sql,
};

/// Large objects with OIDs from `first` up to and with `last`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its number among the ranges, from 0.
    pub index: i64,
    /// The lowest OID.
    pub first: u32,
    /// The highest OID.
    pub last: u32,
}

impl Range {
    /// The key of its progress row: tables count upwards from 1, large objects downwards from -1.
    pub fn progress_id(&self) -> i64 {
        -1 - self.index
    }
}

/// All large objects in ranges of at most [`limits::LARGE_OBJECTS_BATCH`].
pub async fn ranges(client: &Client) -> Result<Vec<Range>> {
    let rows = client
        .query("list the large objects", sql!("large_object_ranges"), &[&limits::LARGE_OBJECTS_BATCH])
        .await?;
    let range = |row: &tokio_postgres::Row| Range { index: row.get(0), first: row.get(1), last: row.get(2) };
    Ok(rows.iter().map(range).collect())
}

/// Copies one range of `job` at snapshot `id`, in one transaction on each side; the bytes that passed.
pub async fn copy(source: &mut Wire, target: &mut Wire, range: &Range, id: &str, job: &Copy) -> Result<u64> {
    let what = format!("large objects {} to {}", range.first, range.last);
    let slices = sql!("large_object_slices")
        .replace("$1", &range.first.to_string())
        .replace("$2", &range.last.to_string())
        .replace("$3", &limits::LARGE_OBJECT_SLICE.to_string());
    source.queue(&format!("{} copy ({slices}) to stdout (format binary); commit", snapshot::import(id)))?;
    source.flush().await?;
    until(source, b'H', &what).await?;
    target.queue(&format!(
        "begin; insert into pgferry.chunk (attempt, id, relation) values {}; \
         create temporary table pgferry_slices (object oid, start bigint, data bytea) on commit drop; \
         copy pg_temp.pgferry_slices from stdin (format binary); \
         select count(pg_catalog.lo_create(object)) from (select distinct object from pg_temp.pgferry_slices) one; \
         select count(pg_catalog.lo_put(object, start, data)) from pg_temp.pgferry_slices; \
         update pgferry.chunk set rows = 0 where attempt = {} and id = {}; commit",
        job.progress_row(range.progress_id(), "-1"),
        job.attempt,
        range.progress_id()
    ))?;
    target.flush().await?;
    let bytes = match pump(source, target, &|_| ()).await? {
        Pumped::Whole(bytes) => bytes,
        Pumped::TargetRefused(refusal) => {
            return Err(Error::refused(Side::Target, format!("write {what}"), refusal));
        }
    };
    let tag = until(source, b'C', &what).await?;
    source.settled(&format!("end reading {what}")).await?;
    target.queue_frame(b'c', &[]);
    target.flush().await?;
    let outcomes = target.settled(&format!("write {what}")).await?;
    let arrived = outcomes.iter().any(|outcome| outcome.tag == tag);
    let committed = outcomes.last().is_some_and(|outcome| outcome.tag == "COMMIT");
    if arrived && committed {
        return Ok(bytes);
    }
    let tags: Vec<&str> = outcomes.iter().map(|outcome| outcome.tag.as_str()).collect();
    Err(Error::new(Kind::Mismatch, Side::Target, format!("write {what}"))
        .because(format!("the source sent {tag}, the target answered {tags:?}")))
}

/// Reads up to the frame `tag`; its text.
async fn until(source: &mut Wire, tag: u8, what: &str) -> Result<String> {
    loop {
        let frame = source.frame().await?;
        match frame.tag {
            b'E' => {
                return Err(Error::refused(Side::Source, format!("read {what}"), server_error(&frame.body)));
            }
            b'C' if tag == b'C' => {
                let text = crate::pg::wire::c_string(&frame.body);
                if text.starts_with("COPY") {
                    return Ok(text);
                }
            }
            found if found == tag => return Ok(String::new()),
            _ => {}
        }
    }
}
