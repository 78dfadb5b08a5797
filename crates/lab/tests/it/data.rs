//! The demo's database and the hostile one can be made on every major.

use std::time::Instant;

use pgferry_lab::{Major, Server, hostile, shared, shop};

#[test]
fn shops_and_hostile_databases_are_made_on_every_major() {
    for major in Major::ALL {
        let server = shared(major);
        shop::create(server, "a shop", shop::SMALL).unwrap_or_else(|e| panic!("a shop on {major}: {e}"));
        hostile::create(server, "hostile").unwrap_or_else(|e| panic!("hostile on {major}: {e}"));
        // Two on one server share their roles.
        hostile::create(server, "hostile_2").unwrap_or_else(|e| panic!("hostile again on {major}: {e}"));
        let rows = server.psql_as("shop_app", "shop_app", "a shop", "SELECT count(*) FROM customer").unwrap();
        assert_eq!(rows, "1000");
        let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        assert_eq!(server.psql("hostile", invalid).unwrap(), "2");
    }
}

#[test]
fn the_demo_is_made_in_seconds_and_worth_watching() {
    let server = Server::start(Major(15)).unwrap();
    let begin = Instant::now();
    shop::create(&server, "shop", shop::DEMO).unwrap();
    println!("{:?}", begin.elapsed());
    let rows =
        server.psql("shop", "SELECT sum(reltuples) > 300000 FROM pg_class WHERE relkind = 'r'").unwrap();
    assert_eq!(rows, "t");
}
