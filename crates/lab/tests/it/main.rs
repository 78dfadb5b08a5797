//! The lab, tried on real servers of several majors.
#![allow(clippy::unwrap_used, reason = "a test can do nothing else")]

mod data;
mod proxy;
mod rds;
mod server;
mod watcher;
