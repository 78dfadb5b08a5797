//! A blocking client of PostgreSQL's simple query protocol: embedded servers come without `psql`, and a test that
//! arranges something should need no runtime.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::{
    authentication::{md5_hash, sasl},
    message::{backend, frontend},
};

use crate::{Error, Result};

/// A server that hangs shall fail a test, not stop it.
const PATIENCE: Duration = Duration::from_secs(300);

/// A connection to one database, without TLS.
pub struct Session {
    stream: Box<dyn Stream>,
    received: BytesMut,
}

trait Stream: Read + Write + Send {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}

impl Session {
    /// Connects over a socket in the file system.
    pub(crate) fn local(socket: &Path, user: &str, password: &str, database: &str) -> Result<Session> {
        let stream = UnixStream::connect(socket).map_err(|e| failed("connect", e))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|e| failed("connect", e))?;
        Session::open(Box::new(stream), user, password, database)
    }

    /// Connects over TCP on the loopback interface.
    pub(crate) fn tcp(port: u16, user: &str, password: &str, database: &str) -> Result<Session> {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|e| failed("connect", e))?;
        stream.set_nodelay(true).map_err(|e| failed("connect", e))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|e| failed("connect", e))?;
        Session::open(Box::new(stream), user, password, database)
    }

    fn open(stream: Box<dyn Stream>, user: &str, password: &str, database: &str) -> Result<Session> {
        let mut session = Session { stream, received: BytesMut::new() };
        let parameters = [
            ("user", user),
            ("database", database),
            ("client_encoding", "UTF8"),
            ("application_name", "lab"),
        ];
        session.send(|buffer| frontend::startup_message(parameters, buffer))?;
        session.log_in(user, password)?;
        Ok(session)
    }

    /// Runs statements separated by semicolons, as one implicit transaction unless they say otherwise. Returns the
    /// rows as `psql -At` prints them: `|` between columns, NULL as nothing, a line each, no newline at the end.
    pub fn run(&mut self, sql: &str) -> Result<String> {
        self.send(|buffer| frontend::query(sql, buffer))?;
        let mut lines = Vec::new();
        let mut refused = None;
        loop {
            match self.receive()? {
                backend::Message::DataRow(row) => {
                    lines.push(line(&row).map_err(|e| failed("read a row", e))?);
                }
                backend::Message::CopyData(data) => {
                    lines.push(String::from_utf8_lossy(data.data()).trim_end_matches('\n').to_owned());
                }
                backend::Message::CopyInResponse(_) => {
                    self.send(|buffer| frontend::copy_fail("the lab copies nothing in", buffer))?;
                }
                backend::Message::ErrorResponse(body) => refused = Some(refusal(&body)),
                backend::Message::ReadyForQuery(_) => break,
                _ => {}
            }
        }
        refused.map_or_else(|| Ok(lines.join("\n")), Err)
    }

    fn log_in(&mut self, user: &str, password: &str) -> Result<()> {
        loop {
            match self.receive()? {
                backend::Message::AuthenticationMd5Password(body) => {
                    let hash = md5_hash(user.as_bytes(), password.as_bytes(), body.salt());
                    self.send(|buffer| frontend::password_message(hash.as_bytes(), buffer))?;
                }
                backend::Message::AuthenticationSasl(_) => self.scram(password)?,
                backend::Message::ErrorResponse(body) => return Err(refusal(&body)),
                backend::Message::ReadyForQuery(_) => return Ok(()),
                _ => {}
            }
        }
    }

    fn scram(&mut self, password: &str) -> Result<()> {
        let mut scram = sasl::ScramSha256::new(password.as_bytes(), sasl::ChannelBinding::unsupported());
        self.send(|buffer| frontend::sasl_initial_response(sasl::SCRAM_SHA_256, scram.message(), buffer))?;
        loop {
            match self.receive()? {
                backend::Message::AuthenticationSaslContinue(body) => {
                    scram.update(body.data()).map_err(|e| failed("log in", e))?;
                    self.send(|buffer| frontend::sasl_response(scram.message(), buffer))?;
                }
                backend::Message::AuthenticationSaslFinal(body) => {
                    return scram.finish(body.data()).map_err(|e| failed("log in", e));
                }
                backend::Message::ErrorResponse(body) => return Err(refusal(&body)),
                _ => {}
            }
        }
    }

    fn send(&mut self, write: impl FnOnce(&mut BytesMut) -> io::Result<()>) -> Result<()> {
        let mut buffer = BytesMut::new();
        write(&mut buffer).map_err(|e| failed("write a message", e))?;
        self.stream.write_all(&buffer).map_err(|e| failed("send to the server", e))
    }

    fn receive(&mut self) -> Result<backend::Message> {
        let mut chunk = [0; 8192];
        loop {
            let message = backend::Message::parse(&mut self.received);
            if let Some(message) = message.map_err(|e| failed("read a message", e))? {
                return Ok(message);
            }
            match self.stream.read(&mut chunk).map_err(|e| failed("receive from the server", e))? {
                0 => return Err(failed("receive from the server", io::ErrorKind::UnexpectedEof.into())),
                length => self.received.extend_from_slice(&chunk[..length]),
            }
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

fn line(row: &backend::DataRowBody) -> io::Result<String> {
    let buffer = row.buffer();
    let fields: Vec<_> = row
        .ranges()
        .map(|range| Ok(range.map(|range| String::from_utf8_lossy(&buffer[range])).unwrap_or_default()))
        .collect()?;
    Ok(fields.join("|"))
}

fn refusal(body: &backend::ErrorResponseBody) -> Error {
    let (mut sqlstate, mut message, mut detail) = (String::new(), String::new(), String::new());
    let mut fields = body.fields();
    while let Ok(Some(field)) = fields.next() {
        let value = String::from_utf8_lossy(field.value_bytes());
        match field.type_() {
            b'C' => sqlstate = value.into_owned(),
            b'M' => message = value.into_owned(),
            b'D' | b'H' | b'W' | b'P' => detail.push_str(&format!("\n{} {value}", char::from(field.type_()))),
            _ => {}
        }
    }
    Error::Sql { sqlstate, message, detail }
}

fn failed(attempt: &str, source: io::Error) -> Error {
    Error::Io { attempt: attempt.to_owned(), source }
}
