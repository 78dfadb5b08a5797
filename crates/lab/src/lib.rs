//! Throw-away PostgreSQL servers, databases and networks for pgferry's tests and its demo.
//!
//! ```no_run
//! use pgferry_lab::{Major, Proxy, Server, shop};
//!
//! # fn main() -> Result<(), pgferry_lab::Error> {
//! let source = Server::start(Major(15))?;
//! let target = Server::options(Major(18)).rds_like().start()?;
//! shop::create(&source, "shop", shop::SMALL)?;
//! let network = Proxy::to(target.port())?;
//! network.cut();
//! println!("{} and {}", source.uri("shop"), target.master_uri("postgres"));
//! # Ok(())
//! # }
//! ```
//!
//! Nothing of a lab outlives the process that started it, however that process ends (see [`Server`]). What the
//! machine lacks is fetched into a cache (see [`programs`]).

mod account;
mod cache;
mod error;
pub mod hostile;
mod pgbouncer;
mod postmaster;
mod programs;
mod proxy;
pub mod rds_like;
mod server;
mod session;
mod shared;
pub mod shop;
mod sshd;
mod tls;
mod versions;

pub use error::Error;
pub use pgbouncer::{PgBouncer, Pooling};
pub use programs::programs;
pub use proxy::{Direction, Proxy};
pub use server::{Options, Server};
pub use session::Session;
pub use shared::{fresh_database, shared, shared_rds_like};
pub use sshd::{Flaw, Sshd};
pub use versions::Major;

/// What lab calls return.
pub type Result<T> = std::result::Result<T, Error>;
