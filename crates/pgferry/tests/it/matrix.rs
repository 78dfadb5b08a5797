//! A whole life of a database, between majors.

use pgferry_lab::{Major, Server, hostile, shared, shared_rds_like, shop};

use crate::words::{Move, exited, is_untouched, succeeded};

/// What an RDS master can make arrives whole, and is proved equal.
fn shop_arrives(from: u16, to: u16) {
    let source = shared(Major(from));
    let way = Move::named(source, shared_rds_like(Major(to)), format!("shop_{from}_{to}"));
    shop::create(source, &way.source_database, shop::SMALL).unwrap();
    succeeded(&way.transfer());
    succeeded(&way.verify());
    assert!(is_untouched(source, &way.source_database));
}

/// What it cannot make is named; everything else arrives.
fn hostile_arrives(from: u16, to: u16) -> String {
    // its roles are the whole server's, and would be findings of every other database there
    let source = Server::start(Major(from)).unwrap();
    let source = &source;
    let way = Move::named(source, shared_rds_like(Major(to)), format!("hostile_{from}_{to}"));
    hostile::create(source, &way.source_database).unwrap();
    let said = exited(&way.transfer(), 3);
    assert!(is_untouched(source, &way.source_database));
    said
}

#[test]
fn a_shop_moves_from_15_to_15() {
    shop_arrives(15, 15);
}

#[test]
fn a_shop_moves_from_13_to_15() {
    shop_arrives(13, 15);
}

#[test]
fn a_shop_moves_from_15_to_17() {
    shop_arrives(15, 17);
}

#[test]
fn a_shop_moves_from_15_to_18() {
    shop_arrives(15, 18);
}

#[test]
fn a_hostile_database_moves_from_15_to_18_with_every_loss_named() {
    let said = hostile_arrives(15, 18);
    let named = [
        "EVENT TRIGGER hostile_watches_ddl",
        "PUBLICATION everything",
        "FUNCTION hostile.in_c",
        "rows of \"hostile\".\"way\"",
        // what no dump says a word about
        "hostile.never_valid",
        "pg_catalog.hostile_in_catalog",
        "hostile.member_of_extension",
    ];
    for lost in named {
        assert!(said.contains(lost), "{lost}: {said}");
    }
    // operators without a name are bound as they were
    assert!(!said.contains("hostile.distinct_"), "{said}");
}
