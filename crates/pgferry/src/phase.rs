//! The phases of a run, each a story told top to bottom. Only here are steps journalled.

pub mod assess;
pub mod ending;
pub mod transfer;
pub mod verify;
