//! Speaking to PostgreSQL: connection strings, dialling, TLS, our own wire, and the types that a name or a position has.

mod banner;
pub mod behind;
mod certificate;
pub mod client;
pub mod conninfo;
pub mod dial;
pub mod ident;
pub mod lsn;
pub mod parameter;
pub mod pool;
pub mod secret;
pub mod session;
mod settings;
pub mod stream;
mod tls;
pub mod tunnel;
pub mod version;
pub mod wire;
