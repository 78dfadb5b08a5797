//! Our own end of the protocol, on real servers: pipelining, COPY from one to the other, large messages.

use std::cell::Cell;

use pgferry_engine::{
    Kind, Side,
    pg::{
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
        wire::{Pumped, Wire, pump},
    },
};
use pgferry_lab::{Direction, Major, Proxy, Server, fresh_database, shared};

const LARGE: usize = 24 << 20;

async fn wire(server: &Server, database: &str, more: &str) -> Wire {
    let uri = format!("{}?{more}", server.uri(database));
    let info = Conninfo::parse(&uri, Side::Target, &Defaults::default()).unwrap();
    Endpoint::new(info, "wire", 1).wire().await.unwrap()
}

/// A connection of each side, in a database of its own.
async fn pair(more: &str) -> (Wire, Wire) {
    let server = shared(Major(18));
    let database = fresh_database(server, "wire").unwrap();
    (wire(server, &database, more).await, wire(server, &database, more).await)
}

fn value(wire: &[pgferry_engine::pg::wire::Outcome]) -> &str {
    wire[0].rows[0][0].as_deref().unwrap()
}

#[tokio::test]
async fn each_statement_string_in_flight_has_its_own_outcome() {
    let (mut wire, _) = pair("").await;
    for sql in ["select 1; select 2", "select 1 / 0; select 3", "", "select null, ''", "nonsense"] {
        wire.queue(sql).unwrap();
    }
    wire.flush().await.unwrap();
    let both = wire.outcome().await.unwrap().unwrap();
    assert_eq!((both.len(), value(&both), both[1].tag.as_str()), (2, "1", "SELECT 1"));
    assert_eq!(wire.outcome().await.unwrap().unwrap_err().sqlstate, "22012");
    assert_eq!(wire.outcome().await.unwrap().unwrap(), []);
    let row = wire.outcome().await.unwrap().unwrap();
    assert_eq!(row[0].rows, [[None, Some(String::new())]]);
    assert_eq!(wire.settled("try").await.unwrap_err().sqlstate(), "42601");
    assert_eq!(value(&wire.execute("select 4", "go on").await.unwrap()), "4");
}

#[tokio::test]
async fn an_error_in_the_middle_undoes_its_string_and_no_other() {
    let (mut wire, _) = pair("").await;
    wire.execute("create table public.t (a int primary key)", "prepare").await.unwrap();
    for sql in [
        "insert into public.t values (1)",
        "insert into public.t values (2); insert into public.t values (1); insert into public.t values (3)",
        "insert into public.t values (4)",
    ] {
        wire.queue(sql).unwrap();
    }
    wire.flush().await.unwrap();
    wire.settled("first").await.unwrap();
    let error = wire.settled("insert twice").await.unwrap_err();
    assert_eq!(error.server.as_ref().unwrap().constraint.as_deref(), Some("t_pkey"));
    assert!(error.to_string().starts_with("cannot insert twice: "), "{error}");
    wire.settled("third").await.unwrap();
    let rows =
        wire.execute("select string_agg(a::text, ' ' order by a) from public.t", "read").await.unwrap();
    assert_eq!(value(&rows), "1 4");
}

#[tokio::test]
async fn a_transaction_that_failed_answers_rollback_to_commit() {
    let (mut wire, _) = pair("").await;
    for sql in ["begin", "select 1 / 0", "commit"] {
        wire.queue(sql).unwrap();
    }
    wire.flush().await.unwrap();
    wire.settled("begin").await.unwrap();
    assert!(wire.outcome().await.unwrap().is_err());
    assert_eq!(wire.settled("commit").await.unwrap()[0].tag, "ROLLBACK");
}

#[tokio::test]
async fn large_messages_pass_both_ways() {
    for mode in ["sslmode=disable", "sslmode=require"] {
        let (mut wire, _) = pair(mode).await;
        let text = "x".repeat(LARGE);
        let echoed = wire.execute(&format!("select '{text}'"), "echo").await.unwrap();
        assert_eq!(value(&echoed).len(), LARGE);
    }
}

/// Neither side would ever write on, did we not read while we write.
#[tokio::test]
async fn large_answers_do_not_stop_what_is_still_being_sent() {
    for mode in ["sslmode=disable", "sslmode=require"] {
        let (mut wire, _) = pair(mode).await;
        let text = "x".repeat(1 << 20);
        for number in 0..40 {
            wire.queue(&format!("select '{number}{text}'")).unwrap();
        }
        wire.flush().await.unwrap();
        for number in 0..40 {
            let echoed = wire.settled("echo").await.unwrap();
            assert!(value(&echoed).starts_with(&format!("{number}x")), "{number}");
        }
    }
}

#[tokio::test]
async fn a_statement_with_the_character_0_is_refused_before_it_is_sent() {
    let (mut wire, _) = pair("").await;
    assert_eq!(wire.queue("select '\0'").unwrap_err().kind, Kind::Protocol);
    assert_eq!(value(&wire.execute("select 1", "go on").await.unwrap()), "1");
}

/// Both stand inside COPY.
async fn begin_copy(source: &mut Wire, target: &mut Wire, rows: &str, into: &str) {
    for (wire, sql) in
        [(source, format!("copy ({rows}) to stdout")), (target, format!("copy {into} from stdin"))]
    {
        wire.queue(&sql).unwrap();
        wire.flush().await.unwrap();
        let frame = wire.frame().await.unwrap();
        assert!(matches!(frame.tag, b'G' | b'H'), "{frame:?}");
    }
}

#[tokio::test]
async fn rows_pass_from_one_server_to_the_other() {
    for mode in ["sslmode=disable", "sslmode=require"] {
        let (mut source, mut target) = pair(mode).await;
        target.execute("create table public.t (a int, b text)", "prepare").await.unwrap();
        let rows = "select i, repeat('y', i % 3000) from generate_series(1, 20000) i";
        begin_copy(&mut source, &mut target, rows, "public.t").await;
        let counted = Cell::new(0);
        let pumped =
            pump(&mut source, &mut target, &|bytes| counted.set(counted.get() + bytes)).await.unwrap();
        let Pumped::Whole(bytes) = pumped else { panic!("{pumped:?}") };
        assert_eq!(bytes, counted.get());
        target.queue_frame(b'c', &[]);
        target.flush().await.unwrap();
        assert_eq!(target.settled("copy").await.unwrap()[0].count(), Some(20_000));
        assert_eq!(source.settled("copy").await.unwrap()[0].count(), Some(20_000));
        let sum = target.execute("select sum(length(b)) from public.t", "sum").await.unwrap();
        let wanted: i64 = (1..=20_000).map(|i| i % 3_000).sum();
        assert_eq!(value(&sum), wanted.to_string());
    }
}

#[tokio::test]
async fn a_row_that_the_target_refuses_ends_the_stream_early() {
    let (mut source, mut target) = pair("").await;
    target.execute("create table public.t (a int check (a <> 1000), b text)", "prepare").await.unwrap();
    let rows = "select i, repeat('y', 1000) from generate_series(1, 400000) i";
    begin_copy(&mut source, &mut target, rows, "public.t").await;
    let counted = Cell::new(0);
    let pumped = pump(&mut source, &mut target, &|bytes| counted.set(counted.get() + bytes)).await.unwrap();
    let Pumped::TargetRefused(refusal) = pumped else { panic!("{pumped:?}") };
    assert_eq!((refusal.sqlstate.as_str(), refusal.constraint.as_deref()), ("23514", Some("t_a_check")));
    assert!(refusal.context.unwrap().contains("line 1000"));
    assert!(counted.get() < 200 << 20, "{} of 400 MB were sent", counted.get());
}

#[tokio::test]
async fn a_row_that_the_target_refuses_at_the_very_end_is_seen_too() {
    let (mut source, mut target) = pair("").await;
    target.execute("create table public.t (a int check (a < 3))", "prepare").await.unwrap();
    begin_copy(&mut source, &mut target, "select generate_series(1, 3)", "public.t").await;
    if let Pumped::Whole(_) = pump(&mut source, &mut target, &|_| ()).await.unwrap() {
        target.queue_frame(b'c', &[]);
        target.flush().await.unwrap();
    }
    assert_eq!(target.settled("copy").await.unwrap_err().sqlstate(), "23514");
}

/// A server that cannot get rid of its warnings would take no rows.
#[tokio::test]
async fn a_warning_for_each_row_does_not_stop_the_stream() {
    let (mut source, mut target) = pair("").await;
    let prepare = "create function public.warn(int) returns bool language plpgsql as \
                   $$begin raise warning '%', repeat('w', 500); return true; end$$; \
                   create table public.t (a int check (public.warn(a)))";
    target.execute(prepare, "prepare").await.unwrap();
    begin_copy(&mut source, &mut target, "select generate_series(1, 100000)", "public.t").await;
    let pumped = pump(&mut source, &mut target, &|_| ()).await.unwrap();
    assert!(matches!(pumped, Pumped::Whole(_)), "{pumped:?}");
    target.queue_frame(b'c', &[]);
    target.flush().await.unwrap();
    assert_eq!(target.settled("copy").await.unwrap()[0].count(), Some(100_000));
}

#[tokio::test]
async fn a_source_that_fails_in_the_middle_leaves_its_error_as_the_next_frame() {
    let (mut source, mut target) = pair("").await;
    target.execute("create table public.t (a int)", "prepare").await.unwrap();
    let rows = "select 1 / (50000 - i) from generate_series(1, 100000) i";
    begin_copy(&mut source, &mut target, rows, "public.t").await;
    let pumped = pump(&mut source, &mut target, &|_| ()).await.unwrap();
    assert!(matches!(pumped, Pumped::Whole(_)), "{pumped:?}");
    assert_eq!(source.settled("copy").await.unwrap_err().sqlstate(), "22012");
}

#[tokio::test]
async fn a_connection_that_is_cut_under_a_stream_is_lost_on_its_own_side() {
    let server = shared(Major(18));
    let database = fresh_database(server, "wire").unwrap();
    let proxy = Proxy::to(server.port()).unwrap();
    let mut source = wire(server, &database, "").await;
    let uri = server.uri(&database).replace(&server.port().to_string(), &proxy.port().to_string());
    let info = Conninfo::parse(&uri, Side::Target, &Defaults::default()).unwrap();
    let mut target = Endpoint::new(info, "wire", 1).wire().await.unwrap();
    target.execute("create table public.t (a text)", "prepare").await.unwrap();
    let rows = "select repeat('y', 1000) from generate_series(1, 100000)";
    begin_copy(&mut source, &mut target, rows, "public.t").await;
    proxy.cut_after(Direction::ToServer, 1 << 20);
    let error = pump(&mut source, &mut target, &|_| ()).await.unwrap_err();
    assert_eq!((error.kind, error.side), (Kind::ConnectionLost, Side::Target));
    assert!(error.is_transient());
}
