//! The demo's database and the hostile one can be made, and the demo's can be restored on RDS.

use std::{path::Path, process::Command, time::Instant};

use pgferry_lab::{Major, Server, hostile, programs, rds_like::MASTER, shared, shared_rds_like, shop};

#[test]
fn shops_and_hostile_databases_are_made_on_old_and_new_majors() {
    for major in [Major(13), Major(15), Major(18)] {
        let server = shared(major);
        shop::create(server, "a shop", shop::SMALL).unwrap_or_else(|e| panic!("a shop on {major}: {e}"));
        hostile::create(server, "hostile").unwrap_or_else(|e| panic!("hostile on {major}: {e}"));
        // Two on one server share their roles.
        hostile::create(server, "hostile_2").unwrap_or_else(|e| panic!("hostile again on {major}: {e}"));
        let rows = server.psql_as("shop_app", "shop_app", "a shop", "SELECT count(*) FROM customer").unwrap();
        assert_eq!(rows, "1000");
        let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        assert_eq!(server.psql("hostile", invalid).unwrap(), "2");
        // It is hostile to what comes after: a dump itself succeeds.
        let file = server.socket_dir().join("hostile.dump");
        let arguments = ["--format=custom", "--file", file.to_str().unwrap(), &server.uri("hostile")];
        run(&programs(major).unwrap().join("pg_dump"), &arguments);
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

#[test]
fn a_shop_can_be_restored_by_the_master_of_rds() {
    let (source, programs) = (shared(Major(15)), programs(Major(15)).unwrap());
    let target = shared_rds_like(Major(15));
    shop::create(source, "to_restore", shop::SMALL).unwrap();
    shop::create_roles(target).unwrap();
    target.psql("postgres", &format!("GRANT shop_owner, shop_app TO {MASTER}")).unwrap();
    target.create_database("restored").unwrap();
    // A restore gives objects to their owners before it gives the owners their rights.
    let rights =
        "GRANT CREATE ON DATABASE restored TO shop_owner; GRANT CREATE ON SCHEMA public TO shop_owner";
    target.psql("restored", rights).unwrap();
    let file = source.socket_dir().join("shop.dump");
    let file = file.to_str().unwrap();
    run(&programs.join("pg_dump"), &["--format=custom", "--file", file, &source.uri("to_restore")]);
    run(&programs.join("pg_restore"), &["--exit-on-error", "--dbname", &target.master_uri("restored"), file]);
    let count = "SELECT count(*) FROM shop.purchase_line";
    assert_eq!(target.psql("restored", count).unwrap(), source.psql("to_restore", count).unwrap());
}

fn run(program: &Path, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
