//! What people and programs are told: codes, failures, progress, the final report.

pub mod assessment;
pub mod codes;
pub mod exit;
pub mod failure;
pub mod progress;
pub mod summary;
