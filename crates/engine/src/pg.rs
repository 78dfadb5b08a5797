//! Speaking to PostgreSQL: connection strings, dialling, TLS, our own wire, and the types that a name or a position has.

pub mod ident;
pub mod lsn;
pub mod secret;
pub mod version;
