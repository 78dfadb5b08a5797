//! The binary itself, on real servers: whole moves, faults in the middle of them, and what it says of bad input.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod assess;
mod browser;
mod choosing;
mod config;
mod differences;
mod faults;
mod hostile;
mod init;
mod matrix;
mod meaning;
mod messages;
mod reach;
mod resume;
mod rights;
mod words;
