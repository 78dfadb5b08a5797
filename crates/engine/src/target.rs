//! The target: our own tables there, the database itself, and what has to be taken back.

pub mod database;
pub mod sequence;
pub mod state;
pub mod tuning;
pub mod vacuum;
