//! Faults in the middle of a copy: the result is equal, or the run says why it stopped.

use pgferry_lab::{Major, Server};

use crate::words::{Move, fill};

mod commits;
mod crashes;
mod disk;
mod gate;
mod network;
mod poison;
mod processes;
mod refusals;
mod source;
mod vacuum;

/// Servers of their own, since they will be hurt: a source with `megabytes` in one table, and a target.
fn servers(megabytes: u32) -> (Server, Server, Move) {
    let source = Server::start(Major(15)).unwrap();
    let target = Server::options(Major(15)).rds_like().start().unwrap();
    let way = Move::of(&source, &target, "fault");
    fill(&source, &way.source_database, "big", megabytes);
    source
        .psql(
            &way.source_database,
            "create index on big (filler); create table small as select 1 as x;
             create unlogged table quick as select i from generate_series(1, 1000) i",
        )
        .unwrap();
    (source, target, way)
}

fn chunks_in(target: &Server, database: &str) -> u32 {
    let sql = "select count(*) from pgferry.chunk where rows is not null";
    target.psql(database, sql).ok().and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}
