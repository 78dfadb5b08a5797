//! Partitions: clones of triggers, and one that is neither in nor out.

use pgferry_lab::{Major, shared, shared_rds_like};

use super::names;
use crate::words::{Move, exited};

/// Up to 14 the clones count as internal.
const CLONES: &str = "
    create table root (a int, b int) partition by range (a);
    create table p1 partition of root for values from (1) to (10);
    create table p2 partition of root for values from (10) to (20) partition by range (a);
    create table p2a partition of p2 for values from (10) to (20);
    create function f() returns trigger language plpgsql as 'begin return new; end';
    create trigger on_all before insert on root for each row when (new.a <> new.b) execute function f();
    create trigger off_on_one after update on root for each row execute function f();
    create constraint trigger late after insert on root deferrable for each row execute function f();
    alter table p1 disable trigger off_on_one;
    create table pointed (a int primary key); alter table root add foreign key (b) references pointed;
    insert into root values (1, null), (11, null);";

fn triggers_of_partitions_are_compared(to: u16) {
    let way = Move::between(Major(13), Major(to), "clones");
    shared(Major(13)).psql(&way.source_database, CLONES).unwrap();
    way.expect_equal();
    let change = "alter table p1 enable trigger off_on_one; alter table p2a disable trigger on_all; \
                  alter table p2a enable always trigger late";
    shared_rds_like(Major(to)).psql(&way.target_database, change).unwrap();
    let said = exited(&way.verify(), 3);
    for trigger in ["p1.off_on_one", "p2a.on_all", "p2a.late"] {
        names(&said, &[&format!("trigger public.{trigger}, enabled")]);
    }
    assert!(said.contains("DIFFERENT in 3 places"), "{said}");
}

#[test]
fn triggers_of_partitions_are_compared_from_13_to_15() {
    triggers_of_partitions_are_compared(15);
}

#[test]
fn triggers_of_partitions_are_compared_from_13_to_18() {
    triggers_of_partitions_are_compared(18);
}

/// The dump attaches it, and rows are seen again that the source hides.
#[test]
fn a_partition_that_is_half_detached_is_named() {
    let way = Move::between(Major(15), Major(15), "detached");
    let (server, database) = (shared(Major(15)), &way.source_database);
    let sql = "create table root (a int) partition by range (a); \
               create table half partition of root for values from (1) to (10); insert into root values (1)";
    server.psql(database, sql).unwrap();
    let (mut holder, mut other) = (server.session(database).unwrap(), server.session(database).unwrap());
    holder.run("begin; select * from root").unwrap();
    other.run("set statement_timeout = '200ms'").unwrap();
    let cancelled = other.run("alter table root detach partition half concurrently");
    assert_eq!(cancelled.err().as_ref().and_then(|error| error.sqlstate()), Some("57014"));
    holder.run("commit").unwrap();
    assert_eq!(server.psql(database, "select count(*) from root").unwrap(), "0");
    let words = ["relation public.half", "public.root (detach pending)"];
    names(&exited(&way.transfer(), 0), &words);
    names(&exited(&way.verify(), 3), &words);
}
