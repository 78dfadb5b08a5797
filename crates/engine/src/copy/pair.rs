//! A source and a target connection that copy chunks, on a thread of their own.
//!
//! A work is one request to each side. The source: import the snapshot, lock, say which file each table has, COPY. The
//! target: the progress rows, then COPY, whose data follows the request without waiting for an answer; then, when the
//! row counts agree, COMMIT.

use std::{collections::HashSet, fmt::Write, sync::Arc};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    chunk::{Chunk, Work},
    large_object,
    queue::{Queue, Task},
};
use crate::{
    catalog::{Catalog, Column, Table, types::Chars},
    error::{Error, Kind, Result, ServerError, Side},
    gate::Gates,
    limits,
    patience::Patience,
    pg::{
        ident::Literal,
        session::Endpoint,
        wire::{Outcome, Pumped, Wire, pump, server_error},
    },
    progress::Progress,
    source::snapshot::{self, Ids},
    target::{database::end_backend, tuning::computed_with},
};

/// What all pairs of a copy share.
pub struct Copy {
    /// Where rows are read.
    pub source: Endpoint,
    /// Where they go.
    pub target: Endpoint,
    /// The snapshot at which they are read.
    pub ids: Ids,
    /// What there is to copy.
    pub catalog: Arc<Catalog>,
    /// The target's major: `"char"` reads differently from 15 on.
    pub target_major: u32,
    /// `default_toast_compression` of the sessions that write, where the operator chose one.
    pub toast_compression: Option<&'static str>,
    /// Which copy of this run it is; part of a progress row's key.
    pub attempt: i32,
    /// Which process of this run it is: none older writes a progress row.
    pub epoch: i32,
    /// Work.
    pub queue: Queue,
    /// Tables that are in.
    pub gates: Gates,
    /// Counters.
    pub progress: Arc<Progress>,
    /// Ends all pairs.
    pub cancel: CancellationToken,
}

impl Copy {
    /// The values of a progress row: of this copy, and of no copy (which the table refuses) once a newer process has
    /// raised the epoch.
    pub(super) fn progress_row(&self, id: i64, relation: &str) -> String {
        let (epoch, attempt) = (self.epoch, self.attempt);
        let of = format!("select attempt from pgferry.run where epoch = {epoch} and attempt = {attempt}");
        format!("(coalesce(({of}), 0), {id}, {relation})")
    }
}

/// Copies until nothing is left, moving rows while it holds one of `turns`. Lost connections are made again; what else
/// goes wrong ends all pairs.
pub async fn run(copy: &Copy, turns: &Semaphore) -> Result<()> {
    let mut pair =
        Pair { copy, turns, source: None, target: None, given_up: None, need_path: HashSet::new() };
    while let Some(task) = tokio::select! {
        () = copy.cancel.cancelled() => return Ok(()),
        task = copy.queue.take() => task,
    } {
        let finished = tokio::select! {
            () = copy.cancel.cancelled() => return Ok(()),
            finished = pair.finish(&task) => finished,
        };
        match finished {
            Ok(None) => {}
            Ok(Some(refusal)) => {
                copy.queue.refused(&task, &refusal);
                continue;
            }
            Err(error) => {
                copy.cancel.cancel();
                return Err(error);
            }
        }
        for table in copy.queue.done(&task) {
            copy.progress.tables_done.add(1);
            tokio::select! {
                () = copy.cancel.cancelled() => return Ok(()),
                () = pair.vacuum(table) => {}
            }
            copy.gates.open(copy.catalog.tables[table].oid);
        }
    }
    Ok(())
}

/// Whether the target refused rows for what they are: data exceptions, constraints, names and types that are not there,
/// errors that functions raise. The same rows will never be taken; other tables' are.
/// Source: PostgreSQL manual, "PostgreSQL Error Codes".
fn is_about_rows(refusal: &ServerError) -> bool {
    ["22", "23", "42", "P0"].iter().any(|class| refusal.sqlstate.starts_with(class))
}

struct Pair<'a> {
    copy: &'a Copy,
    turns: &'a Semaphore,
    source: Option<Wire>,
    target: Option<Wire>,
    /// The server process behind a target connection that we gave up: it may still be at work.
    given_up: Option<i32>,
    /// Tables that cannot be read, or written, under the empty search_path: a function behind an index or a generated
    /// column names something without its schema.
    need_path: HashSet<usize>,
}

/// How a work ended, short of an error.
enum Copied {
    Rows(u64),
    /// An earlier connection of ours had committed it.
    Before(u64),
    /// A table was rewritten between two of its chunks.
    Rewritten(usize),
    /// The target will never take these rows.
    Refused(Error),
}

impl Pair<'_> {
    /// One task to its end, over as many connections as it takes; the refusal, if the target will never take its rows.
    async fn finish(&mut self, task: &Task) -> Result<Option<Error>> {
        // somebody held a lock for longer than we wait
        let mut patience = Patience::also("55P03");
        loop {
            let error = match self.attempt(task).await {
                Ok(Some(refusal)) if self.learns_path(task, &refusal) => continue,
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            self.hang_up();
            if self.learns_path(task, &error) {
                continue;
            }
            if error.is_about_size() {
                return Ok(Some(error));
            }
            let tell =
                |error: &Error| self.copy.progress.retrying(format!("copy {}", self.describe(task)), error);
            patience.wait(error, tell).await?;
        }
    }

    /// Whether it may help to try again under the search_path of the source's own sessions.
    fn learns_path(&mut self, task: &Task, error: &Error) -> bool {
        let known = self.need_path.len();
        if error.is_about_a_name() {
            self.need_path.extend(task.tables());
        }
        known < self.need_path.len()
    }

    /// What a transaction that copies the work sets first.
    fn path(&self, work: &Work) -> String {
        if !work.chunks.iter().any(|chunk| self.need_path.contains(&chunk.table)) {
            return String::new();
        }
        let path = ("search_path".to_owned(), self.copy.catalog.search_path.clone());
        computed_with([&path], true)
    }

    async fn attempt(&mut self, task: &Task) -> Result<Option<Error>> {
        self.connect().await?;
        let (work, whole);
        match task {
            Task::Copy(planned) => work = planned,
            Task::Again(table, id) => {
                whole = self.empty(*table, *id).await?;
                work = &whole;
            }
            Task::LargeObjects(range) => return self.copy_objects(range).await.map(|()| None),
        }
        match self.copy_work(work).await? {
            Copied::Rows(rows) => {
                self.copy.progress.rows_copied.add(rows);
                self.copy.progress.bytes_done.add(work.bytes());
            }
            Copied::Before(rows) => {
                // both connections stand in the middle of a request
                self.hang_up();
                self.copy.progress.rows_copied.add(rows);
                self.copy.progress.bytes_done.add(work.bytes());
            }
            Copied::Rewritten(table) => {
                let name = &self.copy.catalog.tables[table].name;
                self.copy
                    .progress
                    .note(format!("{name} was rewritten while it was copied: it is copied again, whole"));
                self.hang_up();
                self.copy.queue.rewritten(table);
            }
            Copied::Refused(refusal) => {
                self.hang_up();
                return Ok(Some(refusal));
            }
        }
        Ok(None)
    }

    /// Makes whichever connection is missing, at the snapshot's encoding.
    async fn connect(&mut self) -> Result<()> {
        let encoding = match self.copy.catalog.database.encoding.as_str() {
            "SQL_ASCII" => "SQL_ASCII",
            _ => "UTF8",
        };
        if self.source.is_none() {
            let settings = format!(
                "set client_encoding = '{encoding}'; set max_parallel_workers_per_gather = 0; \
                 set lock_timeout = {}",
                limits::LOCK_WAIT.as_millis()
            );
            self.source = Some(self.copy.source.prepared(&settings).await?);
        }
        if self.target.is_none() {
            let compression = self
                .copy
                .toast_compression
                .map_or_else(String::new, |method| format!("set default_toast_compression = {method};"));
            let settings = format!(
                "set client_encoding = '{encoding}'; set synchronous_commit = off; set lock_timeout = {}; \
                 {compression} {REPLICA_ROLE}",
                limits::LOCK_WAIT.as_millis()
            );
            let mut wire = self.copy.target.prepared(&settings).await?;
            if let Some(pid) = self.given_up {
                end_backend(&mut wire, pid).await?;
                self.given_up = None;
            }
            self.target = Some(wire);
        }
        Ok(())
    }

    fn both(&mut self) -> Result<(&mut Wire, &mut Wire)> {
        let missing = || Error::new(Kind::Bug, Side::Local, "copy without connections");
        Ok((self.source.as_mut().ok_or_else(missing)?, self.target.as_mut().ok_or_else(missing)?))
    }

    fn hang_up(&mut self) {
        self.source = None;
        if let Some(target) = self.target.take() {
            self.given_up = Some(target.pid());
        }
    }

    /// Copies all chunks of a work in one transaction on each side.
    async fn copy_work(&mut self, work: &Work) -> Result<Copied> {
        let copy = self.copy;
        let turn = self.turns.acquire().await;
        if let Some(table) = self.open_source(work).await? {
            return Ok(Copied::Rewritten(table));
        }
        let path = self.path(work);
        let (source, target) = self.both()?;
        target.queue(&target_request(copy, work, &path))?;
        target.flush().await?;
        let mut counts = Vec::with_capacity(work.chunks.len());
        let count = |bytes| copy.progress.bytes_copied.add(bytes);
        for (at, chunk) in work.chunks.iter().enumerate() {
            if at > 0 {
                expect(source, b'H', copy, chunk).await?;
            }
            match pump(source, target, &count).await? {
                Pumped::Whole(_) => {}
                Pumped::TargetRefused(refusal) => return refused(copy, work, refusal).await,
            }
            expect(source, b'c', copy, chunk).await?;
            let tag = expect(source, b'C', copy, chunk).await?;
            counts.push(number(&tag));
            target.queue_frame(b'c', &[]);
            if at + 1 == work.chunks.len() {
                target.flush().await?;
            }
        }
        source.settled("end reading at the snapshot").await?;
        // while we wait for the target's answers, another pair may move its rows
        drop(turn);
        let answers = match target.outcome().await? {
            Ok(outcomes) => outcomes,
            Err(refusal) => return refused(copy, work, refusal).await,
        };
        let arrived: Vec<_> =
            answers.iter().filter(|one| one.tag.starts_with("COPY")).map(Outcome::count).collect();
        compare(copy, work, &counts, &arrived)?;
        rewritten_to_nothing(copy, work, &counts, &mut self.source.as_mut()).await?;
        let target = self.both()?.1;
        commit(target, copy, work, &counts).await?;
        Ok(Copied::Rows(counts.iter().flatten().sum()))
    }

    /// Sends the source's request and reads up to the first COPY; the table that was rewritten, if one was.
    async fn open_source(&mut self, work: &Work) -> Result<Option<usize>> {
        let copy = self.copy;
        let mut last = snapshot::lost("every keeper's connection has ended");
        let path = self.path(work);
        for id in copy.ids.list() {
            let source = self.both()?.0;
            // two strings in one round trip: a table may be refused with the SQLSTATE of a snapshot that is gone
            source.queue(&snapshot::import(&id))?;
            source.queue(&format!("{path}{}", source_request(copy, work)))?;
            source.flush().await?;
            match source.settled("import the snapshot").await {
                Ok(_) => return Ok(rewritten(work, &files(source, copy, work).await?)),
                Err(error) if snapshot::is_gone(&error) => {
                    source.outcome().await?.ok();
                    source.execute("rollback", "try another keeper's snapshot").await?;
                    last = snapshot::lost(&error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Vacuums a large table as soon as its rows are in: its pages are in memory still, and were written since the last
    /// checkpoint, so that marking them costs no WAL of whole pages; index builds then find them marked. What cannot be
    /// marked yet, and whatever goes wrong here, is left to the pass over all tables at the end.
    async fn vacuum(&mut self, table: usize) {
        let table = &self.copy.catalog.tables[table];
        let Some(target) = self.target.as_mut().filter(|_| !table.is_small()) else { return };
        let _turn = self.turns.acquire().await;
        if let Err(error) = target.execute(&format!("vacuum {}", table.name), "vacuum a table").await {
            tracing::debug!(%error, "a table is vacuumed later");
            self.hang_up();
        }
    }

    /// Empties a table on the target together with the progress of its chunks; the one chunk that replaces them.
    async fn empty(&mut self, table: usize, id: i64) -> Result<Work> {
        let (attempt, name) = (self.copy.attempt, &self.copy.catalog.tables[table].name);
        let fence = self.copy.progress_row(id, &table.to_string());
        let target = self.both()?.1;
        let sql = format!(
            "begin; set local synchronous_commit = on; insert into pgferry.chunk (attempt, id, relation) values {fence}; \
             delete from pgferry.chunk where attempt = {attempt} and relation = {table}; truncate only {name}; commit"
        );
        target.execute(&sql, &format!("empty {name} to copy it again")).await?;
        let bytes = self.copy.catalog.tables[table].bytes;
        Ok(Work {
            chunks: vec![Chunk { id, table, first: 0, end: u32::MAX, whole: true, filenode: 0, bytes }],
        })
    }

    /// Copies a range of large objects, in one transaction on each side.
    async fn copy_objects(&mut self, range: &large_object::Range) -> Result<()> {
        let copy = self.copy;
        let mut last = snapshot::lost("every keeper's connection has ended");
        for id in copy.ids.list() {
            let (source, target) = self.both()?;
            match large_object::copy(source, target, range, &id, copy).await {
                Err(error) if error.side == Side::Source && snapshot::is_gone(&error) => {
                    self.hang_up();
                    self.connect().await?;
                    last = snapshot::lost(&error);
                }
                Err(error) if error.server.as_deref().is_some_and(is_progress_row) => {
                    self.hang_up();
                    return done_before(copy, &[range.progress_id()]).await?.map(drop).ok_or(error);
                }
                other => return other.map(|bytes| copy.progress.bytes_copied.add(bytes)),
            }
        }
        Err(last)
    }

    fn describe(&self, task: &Task) -> String {
        match task {
            Task::Copy(work) => describe(self.copy, work),
            Task::Again(table, _) => self.copy.catalog.tables[*table].name.to_string(),
            Task::LargeObjects(range) => format!("large objects {} to {}", range.first, range.last),
        }
    }
}

/// Sets the replica role where we may; a plain copy needs it only for tables of extensions that have triggers.
const REPLICA_ROLE: &str = "do $$ begin set session_replication_role = replica; exception when insufficient_privilege then null; end $$";

/// What reads the work, in a transaction that stands at the snapshot.
fn source_request(copy: &Copy, work: &Work) -> String {
    let mut sql = String::new();
    let mut files = String::new();
    for chunk in &work.chunks {
        let name = copy.catalog.tables[chunk.table].name.to_string();
        let _ = write!(sql, "lock table only {name} in access share mode;");
        let separator = if files.is_empty() { "" } else { "," };
        let oid = copy.catalog.tables[chunk.table].oid;
        let _ = write!(
            files,
            "{separator} pg_catalog.pg_relation_filenode({oid}), pg_catalog.to_regclass({})::oid = {oid}",
            Literal(&name)
        );
    }
    let _ = write!(sql, "select {files};");
    for chunk in &work.chunks {
        let table = &copy.catalog.tables[chunk.table];
        let _ = write!(sql, "{};", copy_out(table, chunk, copy));
    }
    sql.push_str("commit");
    sql
}

fn target_request(copy: &Copy, work: &Work, path: &str) -> String {
    let rows: Vec<String> =
        work.chunks.iter().map(|chunk| copy.progress_row(chunk.id, &chunk.table.to_string())).collect();
    let mut sql =
        format!("begin; insert into pgferry.chunk (attempt, id, relation) values {};{path}", rows.join(", "));
    for chunk in &work.chunks {
        let table = &copy.catalog.tables[chunk.table];
        let into = table.through.as_ref().unwrap_or(&table.name);
        let _ = write!(sql, " copy {into}{} from stdin{};", column_list(table), format_of(table));
    }
    sql
}

fn copy_out(table: &Table, chunk: &Chunk, copy: &Copy) -> String {
    let format = format_of(table);
    let condition = table.condition.as_deref().unwrap_or("").trim();
    let octal = !table.is_binary() && copy.catalog.version.major() < 15 && 15 <= copy.target_major;
    let translated = octal && table.columns.iter().any(|column| column.chars.is_some());
    if chunk.whole && condition.is_empty() && !translated {
        return format!("copy {}{} to stdout{format}", table.name, column_list(table));
    }
    let columns: Vec<String> = table.columns.iter().map(|column| expression(column, octal)).collect();
    let range = if chunk.whole {
        condition.to_owned()
    } else {
        format!("where ctid >= '({},0)' and ctid < '({},0)'", chunk.first, chunk.end)
    };
    format!("copy (select {} from only {} {range}) to stdout{format}", columns.join(", "), table.name)
}

/// A column as it is sent. Up to 14 `"char"` shows a high byte raw, which no UTF-8 connection takes; from 15 on it reads
/// and shows three octal digits. An array keeps its bounds: its numbers are replaced where they stand.
fn expression(column: &Column, octal: bool) -> String {
    let name = &column.name;
    let digits = |number: &str| {
        let digit = |shift| format!("(({number} >> {shift}) & {})::text", if shift == 6 { 3 } else { 7 });
        format!("{} || {} || {}", digit(6), digit(3), digit(0))
    };
    match column.chars.filter(|_| octal) {
        None => name.to_string(),
        Some(Chars::One) => format!(
            "(select case when \"c\".i < 0 then '\\' || {} else {name}::text end from (select {name}::int as i) \"c\")",
            digits("\"c\".i")
        ),
        Some(Chars::Array) => format!(
            "(select coalesce(pg_catalog.substring(\"c\".t, '^[^=]*='), '') || pg_catalog.string_agg( \
               case when \"p\".m[1] ~ '[0-9]' then '\"\\\\' || {} || '\"' else \"p\".m[1] end, '' order by \"p\".at) \
             from (select {name}::int[]::text as t) \"c\" \
             cross join lateral pg_catalog.regexp_matches(pg_catalog.regexp_replace(\"c\".t, '^[^=]*=', ''), \
               '-?[0-9]+|[^-0-9]+', 'g') with ordinality \"p\"(m, at) \
             group by \"c\".t)",
            digits("\"p\".m[1]::int")
        ),
    }
}

fn column_list(table: &Table) -> String {
    if table.columns.is_empty() {
        return String::new();
    }
    let names: Vec<String> = table.columns.iter().map(|column| column.name.to_string()).collect();
    format!(" ({})", names.join(", "))
}

fn format_of(table: &Table) -> &'static str {
    if table.is_binary() { " (format binary)" } else { "" }
}

/// Reads the source's answers up to its first COPY: for each chunk the table's file now, and whether the name still
/// means the table.
async fn files(source: &mut Wire, copy: &Copy, work: &Work) -> Result<Vec<Option<u32>>> {
    let mut files = Vec::new();
    loop {
        let frame = source.frame().await?;
        match frame.tag {
            b'D' => {
                let row = crate::pg::wire::text_row(&frame.body);
                files = row
                    .chunks(2)
                    .map(|pair| pair.first().cloned().flatten().and_then(|file| file.parse().ok()))
                    .collect();
                let moved =
                    row.chunks(2).position(|pair| pair.get(1).cloned().flatten().as_deref() != Some("t"));
                if let Some(at) = moved {
                    let name = &copy.catalog.tables[work.chunks[at].table].name;
                    return Err(changed(name, "the name now means another table"));
                }
            }
            b'H' => return Ok(files),
            b'E' => return Err(read_refused(copy, work, server_error(&frame.body))),
            _ => {}
        }
    }
}

/// The table of a chunk whose file is not the one that it was cut for. A table copied whole may have any.
fn rewritten(work: &Work, files: &[Option<u32>]) -> Option<usize> {
    let moved = |(chunk, file): &(&Chunk, &Option<u32>)| !chunk.whole && **file != Some(chunk.filenode);
    work.chunks.iter().zip(files).find(moved).map(|(chunk, _)| chunk.table)
}

/// A rewrite other than VACUUM FULL's and CLUSTER's (TRUNCATE, ALTER TABLE) hides all rows from an older snapshot.
async fn rewritten_to_nothing(
    copy: &Copy,
    work: &Work,
    counts: &[Option<u64>],
    source: &mut Option<&mut Wire>,
) -> Result<()> {
    let Some(source) = source else { return Ok(()) };
    for (chunk, _) in
        work.chunks.iter().zip(counts).filter(|(chunk, count)| chunk.whole && **count == Some(0))
    {
        let table = &copy.catalog.tables[chunk.table];
        let sql = format!("select pg_catalog.pg_relation_filenode({})", table.oid);
        let outcomes = source.execute(&sql, "ask for a table's file").await?;
        let file = outcomes.first().and_then(|outcome| outcome.rows.first()?.first()?.clone());
        if file.and_then(|file| file.parse().ok()) != Some(table.filenode) {
            return Err(changed(&table.name, "it was emptied or rewritten after the snapshot was taken"));
        }
    }
    Ok(())
}

fn changed(name: &crate::pg::ident::Qualified, cause: &str) -> Error {
    Error::new(Kind::SourceChanged, Side::Source, format!("read {name} at the snapshot")).because(cause)
}

/// A refusal of the source: definitions that changed under us are a kind of their own.
fn read_refused(copy: &Copy, work: &Work, refusal: ServerError) -> Error {
    let error = Error::refused(Side::Source, format!("read {}", describe(copy, work)), refusal);
    match error.sqlstate() {
        "42P01" | "42703" | "42804" | "42809" | "3F000" => Error { kind: Kind::SourceChanged, ..error },
        _ => error,
    }
}

/// The next frame that matters, which has to be `tag`; its text.
async fn expect(source: &mut Wire, tag: u8, copy: &Copy, chunk: &Chunk) -> Result<String> {
    loop {
        let frame = source.frame().await?;
        match frame.tag {
            found if found == tag => return Ok(crate::pg::wire::c_string(&frame.body)),
            b'N' | b'S' | b'A' => {}
            b'E' => {
                return Err(read_refused(
                    copy,
                    &Work { chunks: vec![chunk.clone()] },
                    server_error(&frame.body),
                ));
            }
            other => {
                let cause =
                    format!("message {:?} where {:?} had to come", char::from(other), char::from(tag));
                return Err(Error::new(Kind::Protocol, Side::Source, "read rows").because(cause));
            }
        }
    }
}

/// The target took no more rows. If it was the progress row that met its like, an earlier connection of ours had
/// committed this very work: it is done.
async fn refused(copy: &Copy, work: &Work, refusal: ServerError) -> Result<Copied> {
    let is_ours = is_progress_row(&refusal);
    if is_ours {
        let ids: Vec<i64> = work.chunks.iter().map(|chunk| chunk.id).collect();
        if let Some(rows) = done_before(copy, &ids).await? {
            return Ok(Copied::Before(rows));
        }
    }
    let is_about_rows = is_about_rows(&refusal) && !is_ours && !refusal.is_fence();
    let error = Error::refused(Side::Target, format!("write {}", describe(copy, work)), refusal);
    if is_about_rows { Ok(Copied::Refused(error)) } else { Err(error) }
}

fn is_progress_row(refusal: &ServerError) -> bool {
    refusal.sqlstate == "23505" && refusal.constraint.as_deref() == Some("chunk_pkey")
}

/// How many rows the work of these progress rows carried, if all of them stand on the target.
async fn done_before(copy: &Copy, ids: &[i64]) -> Result<Option<u64>> {
    let mut wire = copy.target.wire().await?;
    let list: Vec<String> = ids.iter().map(i64::to_string).collect();
    let sql = format!(
        "select count(*), coalesce(sum(rows), 0) from pgferry.chunk where attempt = {} and id in ({}) and rows is not null",
        copy.attempt,
        list.join(", ")
    );
    let outcomes = wire.execute(&sql, "look for work that an earlier connection finished").await?;
    let row = outcomes.first().and_then(|outcome| outcome.rows.first()).cloned().unwrap_or_default();
    let value = |at: usize| row.get(at).cloned().flatten().and_then(|text| text.parse::<u64>().ok());
    Ok(value(1).filter(|_| value(0) == Some(ids.len() as u64)))
}

fn compare(copy: &Copy, work: &Work, sent: &[Option<u64>], arrived: &[Option<u64>]) -> Result<()> {
    if sent.len() == work.chunks.len() && sent == arrived && sent.iter().all(Option::is_some) {
        return Ok(());
    }
    let at = sent.iter().zip(arrived).position(|(sent, arrived)| sent != arrived).unwrap_or(0);
    let name = &copy.catalog.tables[work.chunks[at].table].name;
    let cause = format!("{name}: sent {:?} rows, the target counted {:?}", sent.get(at), arrived.get(at));
    Err(Error::new(Kind::Mismatch, Side::Target, format!("write {}", describe(copy, work))).because(cause))
}

async fn commit(target: &mut Wire, copy: &Copy, work: &Work, counts: &[Option<u64>]) -> Result<()> {
    let rows: Vec<String> = work
        .chunks
        .iter()
        .zip(counts)
        .map(|(chunk, count)| format!("({}, {})", chunk.id, count.unwrap_or(0)))
        .collect();
    let sql = format!(
        "update pgferry.chunk c set rows = v.rows from (values {}) v (id, rows) where c.attempt = {} and c.id = v.id; commit",
        rows.join(", "),
        copy.attempt
    );
    let outcomes = target.execute(&sql, &format!("commit {}", describe(copy, work))).await?;
    let tags: Vec<&str> = outcomes.iter().map(|outcome| outcome.tag.as_str()).collect();
    let updated = format!("UPDATE {}", work.chunks.len());
    if tags == [updated.as_str(), "COMMIT"] {
        return Ok(());
    }
    Err(Error::new(Kind::Mismatch, Side::Target, format!("commit {}", describe(copy, work)))
        .because(format!("the server answered {tags:?}")))
}

fn number(tag: &str) -> Option<u64> {
    tag.rsplit(' ').next()?.parse().ok()
}

/// The work in words.
fn describe(copy: &Copy, work: &Work) -> String {
    match work.chunks.as_slice() {
        [] => "nothing".to_owned(),
        [one] if one.whole => copy.catalog.tables[one.table].name.to_string(),
        [one] => format!("{}, pages {} to {}", copy.catalog.tables[one.table].name, one.first, one.end),
        [first, .., last] => {
            let name = |chunk: &Chunk| copy.catalog.tables[chunk.table].name.to_string();
            format!("{} tables from {} to {}", work.chunks.len(), name(first), name(last))
        }
    }
}
