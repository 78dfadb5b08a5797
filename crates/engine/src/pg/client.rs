//! Ordinary queries, by tokio-postgres over a stream that we dialled.

use tokio::task::JoinHandle;
use tokio_postgres::{Row, SimpleQueryMessage, types::ToSql};

use super::{
    conninfo::Conninfo,
    dial::{client_config, dial},
    stream::Handshaken,
    version::Version,
};
use crate::error::{Error, Kind, Result, ServerError, Side};

/// A connection for catalogs, keepers and whatever is not rows. Ends when it is dropped.
pub struct Client {
    inner: tokio_postgres::Client,
    driver: JoinHandle<()>,
    side: Side,
    version: Version,
    pid: i32,
}

impl Client {
    /// Dials and logs in.
    pub async fn login(info: &Conninfo, application: &str) -> Result<Self> {
        let dialled = dial(info).await?;
        let attempt = format!("log in to {}", info.redacted());
        let config = client_config(info, &dialled, application);
        let login = config.connect_raw(dialled.stream, Handshaken);
        let (inner, connection) = tokio::time::timeout(info.connect_timeout(), login)
            .await
            .map_err(|_| {
                Error::new(Kind::Timeout, info.side(), attempt.clone()).because("the server never answered")
            })?
            .map_err(|error| login_failed(info.side(), &attempt, &error))?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
        let mut client = Self { inner, driver, side: info.side(), version: Version(0), pid: 0 };
        let row = client
            .one(
                "read the server's version",
                "select current_setting('server_version_num')::int, pg_backend_pid()",
                &[],
            )
            .await?;
        client.version = Version(u32::try_from(row.get::<_, i32>(0)).unwrap_or(0));
        client.pid = row.get(1);
        Ok(client)
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
    pub async fn query(
        &self,
        attempt: &str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>> {
        self.inner.query(sql, parameters).await.map_err(|error| self.failed(attempt, &error))
    }

    /// The one row of a statement that gives exactly one.
    pub async fn one(&self, attempt: &str, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Row> {
        self.inner.query_one(sql, parameters).await.map_err(|error| self.failed(attempt, &error))
    }

    /// A row, or none.
    pub async fn optional(
        &self,
        attempt: &str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>> {
        self.inner.query_opt(sql, parameters).await.map_err(|error| self.failed(attempt, &error))
    }

    /// A statement with parameters; the number of rows it touched.
    pub async fn execute(&self, attempt: &str, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        self.inner.execute(sql, parameters).await.map_err(|error| self.failed(attempt, &error))
    }

    /// Statements without parameters and without a result that matters.
    pub async fn run(&self, attempt: &str, sql: &str) -> Result<()> {
        self.inner.batch_execute(sql).await.map_err(|error| self.failed(attempt, &error))
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

    fn failed(&self, attempt: &str, error: &tokio_postgres::Error) -> Error {
        failed(self.side, attempt, error)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn failed(side: Side, attempt: &str, error: &tokio_postgres::Error) -> Error {
    if let Some(db) = error.as_db_error() {
        let server = ServerError {
            sqlstate: db.code().code().to_owned(),
            severity: db.severity().to_owned(),
            message: db.message().to_owned(),
            detail: db.detail().map(str::to_owned),
            hint: db.hint().map(str::to_owned),
            context: db.where_().map(str::to_owned),
            constraint: db.constraint().map(str::to_owned),
        };
        return Error::refused(side, attempt, server);
    }
    let lost = error.is_closed()
        || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    let kind = if lost { Kind::ConnectionLost } else { Kind::Protocol };
    Error::new(kind, side, attempt).because(error)
}

fn login_failed(side: Side, attempt: &str, error: &tokio_postgres::Error) -> Error {
    let error = failed(side, attempt, error);
    match error.kind {
        Kind::Protocol => Error { kind: Kind::Authentication, ..error },
        _ => error,
    }
}
