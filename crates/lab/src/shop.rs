//! The database of the demo: an online shop's life with every common type, object and oddity. All of it can be
//! restored by a master on RDS.

use crate::{Major, Result, Server};

/// A scale for tests: about 22,000 rows.
pub const SMALL: u32 = 1;

/// A scale for people who watch: about 360,000 rows.
pub const DEMO: u32 = 20;

const ROLES: &str = include_str!("../sql/shop/roles.sql");

/// In the order of running, each in a transaction of its own, with the major that it needs.
const FILES: [(u16, &str); 12] = [
    (13, include_str!("../sql/shop/types.sql")),
    (13, include_str!("../sql/shop/tables.sql")),
    (13, include_str!("../sql/shop/partitions.sql")),
    (13, include_str!("../sql/shop/values.sql")),
    (13, include_str!("../sql/shop/rows.sql")),
    (13, include_str!("../sql/shop/views.sql")),
    (14, include_str!("../sql/shop/values_14.sql")),
    (15, include_str!("../sql/shop/values_15.sql")),
    (18, include_str!("../sql/shop/values_18.sql")),
    (13, include_str!("../sql/shop/names.sql")),
    (13, include_str!("../sql/shop/large_objects.sql")),
    (13, include_str!("../sql/shop/rights.sql")),
];

/// Creates the roles that every shop needs; [`create`] does it too.
pub fn create_roles(server: &Server) -> Result<()> {
    server.psql("postgres", ROLES).map(drop)
}

/// Creates the database `database` with the shop in it. Roles are shared by all shops of a server: `shop_owner` owns
/// everything, `shop_app` can log in with the password `shop_app`.
pub fn create(server: &Server, database: &str, scale: u32) -> Result<()> {
    create_roles(server)?;
    let name = database.replace('"', "\"\"");
    server.psql("postgres", &format!("CREATE DATABASE \"{name}\" OWNER shop_owner TEMPLATE template0"))?;
    let mut session = server.session(database)?;
    for (_, sql) in FILES.iter().filter(|(since, _)| Major(*since) <= server.major()) {
        session.run(&sql.replace("{scale}", &scale.to_string()))?;
    }
    Ok(())
}
