//! Connections that are cut.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use pgferry_lab::{Direction, Major, Proxy, shared, shared_rds_like};

use super::servers;
use crate::words::{Move, eventually, succeeded};

#[test]
fn a_connection_cut_in_the_middle_of_a_chunk_is_made_again() {
    let (_source, target, mut way) = servers(200);
    let proxy = Proxy::to(target.port()).unwrap();
    let direct = std::mem::take(&mut way.target);
    way.target = proxy.uri(&direct);
    let running = way.begin(&["--jobs", "2"]);
    eventually("some megabytes", || proxy.bytes(Direction::ToServer) > 30_000_000);
    proxy.cut();
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("retrying"), "{said}");
    succeeded(&way.verify());
}

const SCHEMA: &str = "
    create table parent (id int primary key, v text);
    create table child (parent int references parent, at timestamptz default now());
    insert into parent select i, 'v' || i from generate_series(1, 2000) i;
    insert into child select i from generate_series(1, 2000) i;
    create index on child (parent);
    create materialized view sums as select parent, count(*) from child group by 1;
    create sequence loose; select nextval('loose');
    select lo_from_bytea(99, 'large');
    grant select on child to public;";

/// For each way that bytes go.
const SEEDS: u64 = 5;

#[test]
fn a_cut_at_any_byte_of_a_run_costs_nothing() {
    std::thread::scope(|scope| {
        for side in 0..2 {
            for direction in [Direction::ToServer, Direction::ToClient] {
                scope.spawn(move || cut_at_random(side, direction));
            }
        }
    });
}

/// Cuts everything to one side (0 is the source), in one run after the other, when so many bytes went one way.
fn cut_at_random(side: usize, direction: Direction) {
    let (source, target) = (shared(Major(15)), shared_rds_like(Major(15)));
    let lines = [source, target].map(|server| Proxy::to(server.port()).unwrap());
    let begin = || {
        let mut way = Move::of(source, target, "cut");
        source.psql(&way.source_database, SCHEMA).unwrap();
        (way.source, way.target) = (lines[0].uri(&way.source), lines[1].uri(&way.target));
        way
    };
    succeeded(&begin().transfer());
    let line = &lines[side];
    let whole = line.bytes(direction);
    for seed in 0..SEEDS {
        let way = begin();
        let random = BuildHasherDefault::<DefaultHasher>::default().hash_one((side, direction as u64, seed));
        line.cut_after(direction, random % whole);
        let output = way.transfer();
        // one that was not reached cuts nothing else
        line.cut_after(direction, u64::MAX / 2);
        if output.status.code() != Some(0) {
            let said = String::from_utf8_lossy(&output.stderr);
            // whom it could not reach at all has to be reachable before anything is begun
            let is_refused = said.contains("PF0202") && said.contains("nothing but our own mark");
            let code = if is_refused { 4 } else { 7 };
            assert_eq!(output.status.code(), Some(code), "{side}, {direction:?}, seed {seed}: {said}");
            succeeded(&way.transfer());
        }
        succeeded(&way.verify());
    }
}
