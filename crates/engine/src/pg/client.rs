//! Ordinary queries, by tokio-postgres over a stream that we dialled.

use std::{
    io::ErrorKind,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{StreamExt, stream::FuturesOrdered};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
};
use tokio_postgres::{
    AsyncMessage, Row, SimpleQueryMessage,
    error::DbError,
    types::{ToSql, Type},
};

use super::{
    conninfo::{Conninfo, State},
    dial::{
        BINDING_MISSING, Dialled, PASSWORD_MISSING, STATE, Search, attempt, client_config, login_refused,
        never_answered,
    },
    parameter::Parameter,
    settings::settings,
    stream::Handshaken,
    version::Version,
    wire::is_withheld,
};
use crate::{
    error::{Error, Kind, Result, ServerError, Side},
    limits,
};

/// A connection for catalogs, keepers and whatever is not rows. Ends when it is dropped.
pub struct Client {
    inner: tokio_postgres::Client,
    driver: JoinHandle<()>,
    side: Side,
    version: Version,
    pid: i32,
    withheld: Arc<Mutex<Option<ServerError>>>,
}

impl Client {
    /// Dials, logs in and sets what every session of ours sets.
    pub async fn login(info: &Conninfo, application: &str) -> Result<Self> {
        let mut search = Search::of(info);
        while let Some(dialled) = search.next().await {
            let login = Self::login_over(info, application, dialled);
            let login = tokio::time::timeout(info.connect_timeout(), login);
            let (client, state) = match login.await.unwrap_or_else(|_| Err(never_answered(info))) {
                Ok(known) => known,
                Err(error) => {
                    search.refused(error).await?;
                    continue;
                }
            };
            if search.accepts(state) {
                return Ok(client);
            }
        }
        Err(search.failed())
    }

    async fn login_over(info: &Conninfo, application: &str, dialled: Dialled) -> Result<(Self, State)> {
        let config = client_config(info, &dialled, application);
        let login = config.connect_raw(dialled.stream, Handshaken).await;
        let (inner, connection) = login.map_err(|error| login_failed(info, &error))?;
        let version = connection.parameter("server_version").and_then(Version::from_program);
        let withheld = Arc::default();
        let driver = tokio::spawn(drive(connection, Arc::clone(&withheld)));
        let version = version.unwrap_or(Version(0));
        let mut client = Self { inner, driver, side: info.side(), version, pid: 0, withheld };
        // first what the server is, in the same round trip: after our settings a read-only session is none
        let sql = format!("{STATE}; {} select pg_catalog.pg_backend_pid()", settings(version));
        let rows = client.text("prepare a session", &sql).await?;
        let pid = rows.last().and_then(|row| row.first()?.as_deref()?.parse().ok());
        client.pid = pid.ok_or_else(|| {
            Error::new(Kind::Protocol, info.side(), "prepare a session").because("it has no process number")
        })?;
        Ok((client, State::read(&rows)))
    }

    /// Which database this is.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The server's version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The server process that serves us.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether the connection is known to have ended.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// All rows of one statement; `attempt` is what an error will say.
    pub async fn query(&self, attempt: &str, sql: &str, parameters: &[&dyn Parameter]) -> Result<Vec<Row>> {
        let rows = self.inner.query_typed(sql, &typed(parameters)).await;
        rows.map_err(|error| self.failed(attempt, &error))
    }

    /// The one row of a statement that gives exactly one.
    pub async fn one(&self, attempt: &str, sql: &str, parameters: &[&dyn Parameter]) -> Result<Row> {
        self.optional(attempt, sql, parameters).await?.ok_or_else(|| self.miscounted(attempt))
    }

    /// A row, or none.
    pub async fn optional(
        &self,
        attempt: &str,
        sql: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Option<Row>> {
        let mut rows = self.query(attempt, sql, parameters).await?;
        let row = rows.pop();
        if rows.is_empty() { Ok(row) } else { Err(self.miscounted(attempt)) }
    }

    /// A statement with parameters; the number of rows it touched.
    pub async fn execute(&self, attempt: &str, sql: &str, parameters: &[&dyn Parameter]) -> Result<u64> {
        let touched = self.inner.execute_typed(sql, &typed(parameters)).await;
        touched.map_err(|error| self.failed(attempt, &error))
    }

    /// Statements without parameters and without a result that matters.
    pub async fn run(&self, attempt: &str, sql: &str) -> Result<()> {
        self.inner.batch_execute(sql).await.map_err(|error| self.failed(attempt, &error))
    }

    /// As [`Client::run`], many (each with its attempt) in their order, each in a transaction of its own: one that is
    /// refused stops no other. They are sent without waiting for answers, within a bound.
    pub async fn run_each(&self, statements: &[(&str, &str)]) -> Vec<Result<()>> {
        let mut answers = Vec::with_capacity(statements.len());
        for group in statements.chunks(limits::STATEMENTS_IN_FLIGHT) {
            // what is polled first is sent first
            let sent = group.iter().map(|(attempt, sql)| self.run(attempt, sql));
            answers.extend(sent.collect::<FuturesOrdered<_>>().collect::<Vec<_>>().await);
        }
        answers
    }

    /// What the server has warned of last since this was asked last: privileges that a GRANT or REVOKE, though it succeeded,
    /// did not grant or revoke.
    pub fn take_withheld(&self) -> Option<ServerError> {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The rows of a statement string in text form.
    pub async fn text(&self, attempt: &str, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let messages = self.inner.simple_query(sql).await.map_err(|error| self.failed(attempt, &error))?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    fn miscounted(&self, attempt: &str) -> Error {
        Error::new(Kind::Protocol, self.side, attempt).because("query returned an unexpected number of rows")
    }

    fn failed(&self, attempt: &str, error: &tokio_postgres::Error) -> Error {
        failed(self.side, attempt, error)
    }
}

/// Moves what a connection sends and receives until it ends. An answer is behind the warnings that belong to it.
async fn drive<S, T>(
    mut connection: tokio_postgres::Connection<S, T>,
    withheld: Arc<Mutex<Option<ServerError>>>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = std::future::poll_fn(|context| connection.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) if is_withheld(notice.code().code()) => {
                *withheld.lock().unwrap_or_else(PoisonError::into_inner) = Some(server_error(&notice));
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "a connection ended");
                return;
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn typed<'a>(parameters: &[&'a dyn Parameter]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    parameters.iter().map(|parameter| (*parameter as &(dyn ToSql + Sync), parameter.kind())).collect()
}

fn failed(side: Side, attempt: &str, error: &tokio_postgres::Error) -> Error {
    if let Some(db) = error.as_db_error() {
        return Error::refused(side, attempt, server_error(db));
    }
    let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    // a message that cannot be one
    let garbled = io.is_some_and(|io| matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput));
    let lost = error.is_closed() || (io.is_some() && !garbled);
    let kind = if lost { Kind::ConnectionLost } else { Kind::Protocol };
    Error::new(kind, side, attempt).because(error)
}

fn server_error(db: &DbError) -> ServerError {
    ServerError {
        sqlstate: db.code().code().to_owned(),
        severity: db.severity().to_owned(),
        message: db.message().to_owned(),
        detail: db.detail().map(str::to_owned),
        hint: db.hint().map(str::to_owned),
        context: db.where_().map(str::to_owned),
        constraint: db.constraint().map(str::to_owned),
    }
}

/// tokio-postgres tells a failed proof by its words alone.
fn login_failed(info: &Conninfo, error: &tokio_postgres::Error) -> Error {
    let source = std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
    if source == "password missing" {
        return login_refused(info, PASSWORD_MISSING);
    }
    if source.contains("channel binding") {
        return login_refused(info, BINDING_MISSING);
    }
    let kind = error.to_string();
    let failed = failed(info.side(), &attempt(info), error);
    match failed.kind {
        Kind::Protocol if kind.starts_with("authentication error") => {
            Error { kind: Kind::Authentication, ..failed }
        }
        _ => failed,
    }
}
