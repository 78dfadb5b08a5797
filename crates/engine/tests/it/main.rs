//! The engine on real servers from the lab.
#![allow(clippy::unwrap_used, reason = "a test can do nothing else")]

mod certificates;
mod connect;
mod database;
mod findings;
mod fingerprint;
mod locks;
mod login;
mod rights;
mod strangers;
mod tunnel;
mod verify;
mod wire;
