//! One error for the whole engine: what was tried, on which side, of which kind, and the server's own words.
//!
//! The engine adds no codes and no advice: the `PFnnnn` code, the hint and the exit code belong to the report.

use std::fmt;

/// The result of everything in the engine that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Which of the two databases (or neither) an attempt concerned.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The database that is read.
    Source,
    /// The database that is written.
    Target,
    /// Our own machine: files, programs, configuration.
    Local,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
            Self::Local => "local",
        })
    }
}

/// What kind of failure it was. Closed: a new kind needs a code, a page and an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// A connection string, service file, passfile or setting that cannot be meant.
    Usage,
    /// The host's name has no address.
    UnknownHost,
    /// Nothing listens there, or a firewall says so.
    Unreachable,
    /// No answer within the connect timeout.
    Timeout,
    /// TLS was refused, or the certificate was not believed.
    Tls,
    /// The server did not accept the role or its password.
    Authentication,
    /// The database named in the connection string does not exist.
    DatabaseMissing,
    /// The role lacks a right.
    Rights,
    /// A connection that was good has ended.
    ConnectionLost,
    /// What answered does not speak PostgreSQL's protocol as we know it.
    Protocol,
    /// The server refused a statement for any other reason.
    Server,
    /// A count, a name or a state is not what it has to be; nothing may go on.
    Mismatch,
    /// Every holder of the exported snapshot is gone.
    SnapshotLost,
    /// The source's tables changed in a way that the snapshot cannot show (rewritten, dropped, altered).
    SourceChanged,
    /// The target holds something that is not ours.
    TargetNotEmpty,
    /// The target no longer holds what this run did there.
    TargetLost,
    /// Source and target are one and the same database.
    SameDatabase,
    /// Another process works on this run.
    Busy,
    /// `pg_dump` or `pg_restore` of a fitting major is not there.
    ToolMissing,
    /// `pg_dump` or `pg_restore` failed.
    ToolFailed,
    /// A server, or a thing on it, that pgferry does not handle.
    Unsupported,
    /// A file or folder on our own machine.
    Io,
    /// The operator interrupted the run.
    Interrupted,
    /// The SSH tunnel to the far side could not be made, or its far side lets nothing through.
    Tunnel,
    /// Something else than PostgreSQL answers there.
    NotPostgres,
    /// A connection pooler stands in front of the server.
    Pooler,
    /// A bug of ours.
    Bug,
}

/// What a server answered: the fields of an `ErrorResponse` that a person needs.
/// Source: PostgreSQL manual, "Error and Notice Message Fields".
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ServerError {
    /// Five characters, as `42P01`.
    pub sqlstate: String,
    /// `ERROR`, `FATAL` or `PANIC`.
    pub severity: String,
    /// The server's message, in its own language.
    pub message: String,
    /// More detail, where the server gave it.
    pub detail: Option<String>,
    /// The server's own hint.
    pub hint: Option<String>,
    /// Where it happened: function bodies, COPY lines.
    pub context: Option<String>,
    /// The constraint that was violated.
    pub constraint: Option<String>,
}

impl ServerError {
    /// Whether it is about a name that means nothing, or not enough: of a function, relation, type or operator. Under our
    /// empty search_path that happens where a body, perhaps of a function behind an index, names something without its
    /// schema.
    pub fn is_about_a_name(&self) -> bool {
        matches!(self.sqlstate.as_str(), "42883" | "42P01" | "42704" | "42725" | "42804")
    }

    /// Whether it says that a newer process has taken up the run: the constraint of our own tables that a row of an older
    /// one breaks (`sql/state.sql`).
    pub fn is_fence(&self) -> bool {
        self.constraint.as_deref() == Some("pgferry_fence")
    }
}

/// An attempt that failed.
#[derive(Clone, Debug)]
pub struct Error {
    /// What we were doing, as in "cannot {attempt}".
    pub attempt: String,
    /// Where.
    pub side: Side,
    /// What kind of failure.
    pub kind: Kind,
    /// The server's answer, where it was the server that refused.
    pub server: Option<Box<ServerError>>,
    /// The cause, where it was not the server.
    pub cause: Option<String>,
    /// Whether it was tried again as often as is worth it.
    pub given_up: bool,
}

impl Error {
    /// A failure of `attempt` ("connect to db.example:5432") on `side`.
    pub fn new(kind: Kind, side: Side, attempt: impl Into<String>) -> Self {
        Self { attempt: attempt.into(), side, kind, server: None, cause: None, given_up: false }
    }

    /// The same, with its cause in words.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// The server refused `attempt`: the kind follows from its SQLSTATE.
    pub fn refused(side: Side, attempt: impl Into<String>, server: ServerError) -> Self {
        if server.is_fence() {
            return Self::superseded(attempt);
        }
        Self {
            kind: kind_of(&server),
            server: Some(Box::new(server)),
            ..Self::new(Kind::Server, side, attempt)
        }
    }

    /// A newer process has taken up the run: this one may write nothing more.
    pub fn superseded(attempt: impl Into<String>) -> Self {
        Self::new(Kind::Busy, Side::Target, attempt).because("a newer process works on this run")
    }

    /// The SQLSTATE of the server's answer, or "" where it was not the server.
    pub fn sqlstate(&self) -> &str {
        self.server.as_ref().map_or("", |server| server.sqlstate.as_str())
    }

    /// Whether the same attempt over a new connection may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, Kind::ConnectionLost | Kind::Unreachable | Kind::Timeout)
    }

    /// Whether the server answered, and will answer the same again.
    pub fn is_refusal(&self) -> bool {
        self.server.is_some() && !self.is_transient()
    }

    /// Whether the server is away: it lets nobody in, or not yet.
    pub fn is_away(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Timeout) || self.sqlstate() == "57P03"
    }

    /// Whether a value was too large for what the server had to make of it.
    pub fn is_about_size(&self) -> bool {
        let alloc = |server: &ServerError| server.message.contains("alloc");
        self.sqlstate().starts_with("54")
            || self.sqlstate() == "XX000" && self.server.as_deref().is_some_and(alloc)
    }

    /// Whether the server refused a name.
    pub fn is_about_a_name(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.is_about_a_name())
    }
}

/// The kind that a server's refusal is of. Source: PostgreSQL manual, appendix "PostgreSQL Error Codes".
fn kind_of(server: &ServerError) -> Kind {
    match server.sqlstate.as_str() {
        "28000" | "28P01" => Kind::Authentication,
        "3D000" => Kind::DatabaseMissing,
        "42501" => Kind::Rights,
        "57P01" | "57P02" | "57P03" | "25P03" | "57P05" => Kind::ConnectionLost,
        state if state.starts_with("08") => Kind::ConnectionLost,
        _ => Kind::Server,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.attempt)?;
        if let Some(server) = &self.server {
            write!(f, ": {} (SQLSTATE {})", server.message, server.sqlstate)?;
        }
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (SQLSTATE {})", self.severity, self.message, self.sqlstate)
    }
}
