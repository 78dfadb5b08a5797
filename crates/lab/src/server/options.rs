//! What a server shall be like.

use crate::{Major, Result, Server};

/// A server that is not started yet.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) major: Major,
    pub(crate) rds_like: bool,
    pub(crate) tls: Tls,
    pub(crate) settings: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    Off,
    Offered,
    Demanded,
}

impl Options {
    pub(crate) fn new(major: Major) -> Options {
        Options { major, rds_like: false, tls: Tls::Offered, settings: Vec::new() }
    }

    /// Roles, rights, settings and extensions as on RDS; see [`crate::rds_like`].
    pub fn rds_like(mut self) -> Options {
        self.rds_like = true;
        self
    }

    /// One setting of `postgresql.conf`; the last one given for a name counts.
    pub fn setting(mut self, name: &str, value: &str) -> Options {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether the server offers TLS to those who ask for it. It does unless told otherwise.
    pub fn tls(mut self, offered: bool) -> Options {
        self.tls = if offered { Tls::Offered } else { Tls::Off };
        self
    }

    /// TCP connections without TLS are refused, as with `rds.force_ssl`. [`Server::psql_as`] then fails.
    pub fn force_tls(mut self) -> Options {
        self.tls = Tls::Demanded;
        self
    }

    /// Starts the server.
    pub fn start(self) -> Result<Server> {
        Server::start_with(&self)
    }
}
