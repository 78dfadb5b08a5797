//! What can go wrong in a lab.

use std::io;

/// A lab call that failed, with enough text to act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server refused a statement.
    #[error("{sqlstate}: {message}{detail}")]
    Sql {
        /// Five characters, for example `42501`.
        sqlstate: String,
        /// The server's own words.
        message: String,
        /// Its detail and context, each on a line of its own; empty if it gave none.
        detail: String,
    },
    /// The operating system refused.
    #[error("cannot {attempt}: {source}")]
    Io {
        /// What was tried.
        attempt: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended with a failure.
    #[error("cannot {attempt}: {output}")]
    Program {
        /// What was tried.
        attempt: String,
        /// All that the program printed.
        output: String,
    },
    /// Something is not on this machine, and the lab may not or cannot get it.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// A server did not come up, or not in time.
    #[error("cannot {attempt}; the server's log ends with:\n{log}")]
    Server {
        /// What was tried.
        attempt: String,
        /// The last lines of its log.
        log: String,
    },
}

impl Error {
    /// The SQLSTATE, if a server refused a statement.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Error::Sql { sqlstate, .. } => Some(sqlstate),
            Error::Io { .. } | Error::Program { .. } | Error::Missing { .. } | Error::Server { .. } => None,
        }
    }
}

/// Names the attempt of an input or output error.
pub(crate) trait Attempt<T> {
    fn attempt(self, attempt: impl FnOnce() -> String) -> crate::Result<T>;
}

impl<T> Attempt<T> for io::Result<T> {
    fn attempt(self, attempt: impl FnOnce() -> String) -> crate::Result<T> {
        self.map_err(|source| Error::Io { attempt: attempt(), source })
    }
}
