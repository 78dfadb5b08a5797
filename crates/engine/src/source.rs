//! Everything that can hold the source, and nothing else.

pub mod locks;
pub mod snapshot;
