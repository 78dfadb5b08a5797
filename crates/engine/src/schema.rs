//! Definitions: dumped by `pg_dump` at the snapshot, executed by us, one by one, each with its own result.
//!
//! ```text
//!   source ──pg_dump──▶ schema.dump ──pg_restore -f -──▶ entries ──▶ before the rows │ builds │ foreign keys │ matviews │ at the end
//!                                                              └──▶ rights: owners and grants, a plan of their own
//! ```
//!
//! Until the end the master owns everything. An entry is recorded in `pgferry.entry` by the transaction that executes
//! it, so a run that was interrupted knows what is made. What the target refuses is tried again when all else is made,
//! then with what is known to help, and then reported: nothing is passed over in silence.

pub mod archive;
pub mod dump;
pub mod execute;
mod lane;
pub mod plan;
pub mod refused;
mod relay;
pub mod rights;
pub mod roles;
pub mod statement;
pub mod tools;
