//! Who holds tables so that nobody can read them.

use pgferry_engine::{
    Side,
    pg::{
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
    },
    source::locks::locked,
};
use pgferry_lab::{Major, fresh_database, shared};

#[tokio::test]
async fn a_table_that_nobody_can_read_is_named_with_who_holds_it() {
    let server = shared(Major(15));
    let database = fresh_database(server, "held").unwrap();
    server.psql(&database, "create table held (x int); create table free (x int)").unwrap();
    let info = Conninfo::parse(&server.uri(&database), Side::Source, &Defaults::default()).unwrap();
    let client = Endpoint::new(info, "held", 1).client().await.unwrap();
    assert_eq!(locked(&client).await.unwrap(), [""; 0]);
    let mut session = server.session(&database).unwrap();
    session.run("begin; lock table held in access exclusive mode; lock table free in share mode").unwrap();
    let held = locked(&client).await.unwrap();
    assert!(
        held.len() == 1 && held[0].contains("of postgres") && held[0].ends_with("holds public.held"),
        "{held:?}"
    );
}
