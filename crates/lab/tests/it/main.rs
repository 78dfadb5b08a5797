//! The lab, tried on real servers of several majors.

mod rds;
mod server;
mod watcher;
