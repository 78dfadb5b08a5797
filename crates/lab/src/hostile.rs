//! The shop, and all that makes a migration fail or lie: what RDS refuses, what copying programs lose, and definitions
//! that mean something else on the other side.

use crate::{Result, Server, shop};

const ROLES: &str = include_str!("../sql/hostile/roles.sql");

const FILES: [&str; 3] = [
    include_str!("../sql/hostile/refused.sql"),
    include_str!("../sql/hostile/search_path.sql"),
    include_str!("../sql/hostile/lost.sql"),
];

/// Creates the database `database`: a small [`shop`] with the schema `hostile` beside it.
pub fn create(server: &Server, database: &str) -> Result<()> {
    shop::create(server, database, shop::SMALL)?;
    server.psql("postgres", ROLES)?;
    let mut session = server.session(database)?;
    for sql in FILES {
        session.run(sql)?;
    }
    // These two refuse to be part of a transaction with others. The index stays behind, invalid.
    let duplicate = session.run("CREATE UNIQUE INDEX CONCURRENTLY never_valid ON hostile.twice (id)");
    assert_eq!(duplicate.err().as_ref().and_then(|error| error.sqlstate()), Some("23505"));
    let there = "SELECT FROM pg_catalog.pg_tablespace WHERE spcname = 'hostile_space'";
    session.run("SET allow_in_place_tablespaces = on")?;
    if session.run(&format!("SELECT count(*) FROM ({there}) AS t"))? == "0" {
        session.run("CREATE TABLESPACE hostile_space LOCATION ''")?;
    }
    session.run(
        "CREATE TABLE hostile.elsewhere (id integer PRIMARY KEY) TABLESPACE hostile_space;
         INSERT INTO hostile.elsewhere VALUES (1)",
    )?;
    Ok(())
}
