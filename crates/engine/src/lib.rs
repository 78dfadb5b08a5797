//! pgferry's data plane: reads one PostgreSQL database, writes another, and proves them equal.
//!
//! PostgreSQL only: no cloud, no command line, no environment variables, no printing. A module imports only modules
//! of lower rank; `ARCHITECTURE.md` has the map.

pub mod assess;
pub mod catalog;
pub mod copy;
pub mod error;
pub mod gate;
pub mod limits;
pub mod patience;
pub mod pg;
pub mod progress;
pub mod schema;
pub mod source;
mod sql;
pub mod target;
pub mod verify;

pub use error::{Error, Kind, Result, ServerError, Side};
