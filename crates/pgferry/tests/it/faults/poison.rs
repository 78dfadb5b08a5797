//! A definition that ends its own server process each time.

use pgferry_lab::{Major, shared, shared_rds_like};

use crate::words::Move;

/// Benign while the source built its index.
const POISON: &str = "
    create function poison(int) returns int language plpgsql immutable as 'begin return 1; end';
    create table t as select i from generate_series(1, 10) i;
    create index on t (poison(i));
    create or replace function poison(int) returns int language plpgsql immutable as
        'begin perform pg_terminate_backend(pg_backend_pid()); return 1; end';";

#[test]
fn a_definition_that_ends_its_server_each_time_is_told_and_given_up() {
    let way = Move::of(shared(Major(15)), shared_rds_like(Major(15)), "poison");
    shared(Major(15)).psql(&way.source_database, POISON).unwrap();
    let (code, said) = way.begin(&["--jobs", "1"]).end();
    assert_eq!(code, 7, "{said}");
    let tried = said.matches("INDEX public.t_poison_idx").count();
    assert!((2..=20).contains(&tried), "{tried}: {said}");
}
