//! Our own end of PostgreSQL's protocol, for what is made of rows: pipelined statements and COPY that passes through.
//!
//! ```text
//!   queue(sql) queue(sql) …  ──flush──▶  server      several Query messages, one round trip
//!   outcome() outcome() …    ◀─────────  server      one answer for each, in order, every result read
//! ```
//!
//! A statement string may hold several statements; the first that fails ends the string, and the server answers with
//! that error and with nothing for the rest. Bytes of COPY are never looked at: [`pump`] walks the lengths of the
//! frames and hands them on. Source: PostgreSQL manual, "Message Flow" and "Message Formats".

use std::{
    collections::HashMap,
    pin::Pin,
    task::{Poll, ready},
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::FutureExt;
use postgres_protocol::{
    authentication::{
        md5_hash,
        sasl::{self, ChannelBinding, ScramSha256},
    },
    message::frontend,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::{
    conninfo::{Binding, Conninfo, State},
    dial::{
        BINDING_MISSING, Dialled, PASSWORD_MISSING, STATE, Search, attempt, login_refused, never_answered,
    },
    stream::Stream,
    version::Version,
};
use crate::{
    error::{Error, Kind, Result, ServerError, Side},
    limits,
};

/// A connection that speaks frames.
pub struct Wire {
    stream: Stream,
    side: Side,
    inbox: BytesMut,
    outbox: BytesMut,
    /// What the server told at login: `server_version`, `server_encoding`, …
    parameters: HashMap<String, String>,
    pid: i32,
    key: i32,
}

const CLOSED: &str = "the server closed the connection";

/// One frame of the server.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The message's type.
    pub tag: u8,
    /// What follows the length.
    pub body: Bytes,
}

/// What one statement answered.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The command tag, as `COMMIT` or `COPY 12`.
    pub tag: String,
    /// Rows in text form; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// What a GRANT or REVOKE did not do, although it succeeded: the last such warning.
    pub withheld: Option<ServerError>,
}

impl Outcome {
    /// The number at the end of the tag: rows of COPY, INSERT, UPDATE.
    pub fn count(&self) -> Option<u64> {
        self.tag.rsplit(' ').next()?.parse().ok()
    }
}

/// The answer to one statement string, put together frame by frame.
#[derive(Default)]
pub struct Outcomes {
    done: Vec<Outcome>,
    rows: Vec<Vec<Option<String>>>,
    withheld: Option<ServerError>,
    refusal: Option<ServerError>,
}

impl Outcomes {
    /// Takes the next frame; the whole answer, when this frame ends it.
    pub fn take(&mut self, frame: &Frame) -> Option<std::result::Result<Vec<Outcome>, ServerError>> {
        match frame.tag {
            b'D' => self.rows.push(text_row(&frame.body)),
            b'C' => {
                self.done.push(Outcome {
                    tag: c_string(&frame.body),
                    rows: std::mem::take(&mut self.rows),
                    withheld: self.withheld.take(),
                });
            }
            // other notices are dropped: one a row would fill the memory
            b'N' => self.withheld = withheld(&frame.body).or_else(|| self.withheld.take()),
            b'E' => self.refusal = Some(server_error(&frame.body)),
            b'Z' => {
                let whole = std::mem::take(self);
                return Some(whole.refusal.map_or(Ok(whole.done), Err));
            }
            _ => {}
        }
        None
    }
}

impl Wire {
    /// Dials, logs in, and waits until the server is ready. `parameters` join the startup packet.
    pub async fn login(info: &Conninfo, parameters: &[(&str, &str)]) -> Result<Self> {
        let (wire, _) = Self::login_recorded(info, parameters).await?;
        Ok(wire)
    }

    /// As [`Wire::login`], and returns the frames that followed the authentication, for the relay to repeat.
    pub(crate) async fn login_recorded(
        info: &Conninfo,
        parameters: &[(&str, &str)],
    ) -> Result<(Self, Vec<Frame>)> {
        let mut search = Search::of(info);
        while let Some(dialled) = search.next().await {
            let (mut wire, frames) = match Self::login_over(info, parameters, dialled).await {
                Ok(session) => session,
                Err(error) => {
                    search.refused(error).await?;
                    continue;
                }
            };
            if !search.asks() || search.accepts(wire.state().await?) {
                return Ok((wire, frames));
            }
        }
        Err(search.failed())
    }

    async fn login_over(
        info: &Conninfo,
        parameters: &[(&str, &str)],
        dialled: Dialled,
    ) -> Result<(Self, Vec<Frame>)> {
        let login = async {
            let mut wire = Self::over(dialled.stream, info.side());
            let mut startup = vec![("user", info.user()), ("database", info.database())];
            startup.extend_from_slice(parameters);
            frontend::startup_message(startup, &mut wire.outbox).map_err(|error| wire.broken(&error))?;
            wire.flush().await?;
            wire.authenticate(info, dialled.password.as_ref().map(super::secret::Secret::reveal)).await?;
            let frames = wire.until_ready(info).await?;
            Ok((wire, frames))
        };
        tokio::time::timeout(info.connect_timeout(), login)
            .await
            .unwrap_or_else(|_| Err(never_answered(info)))
    }

    async fn state(&mut self) -> Result<State> {
        let answer = self.execute(STATE, "ask what the server is").await?;
        let rows = answer.into_iter().next().map(|outcome| outcome.rows).unwrap_or_default();
        Ok(State::read(&rows))
    }

    fn over(stream: Stream, side: Side) -> Self {
        Self {
            stream,
            side,
            inbox: BytesMut::with_capacity(limits::READ_BUFFER),
            outbox: BytesMut::with_capacity(8 << 10),
            parameters: HashMap::new(),
            pid: 0,
            key: 0,
        }
    }

    async fn authenticate(&mut self, info: &Conninfo, password: Option<&str>) -> Result<()> {
        let refused = |cause: &str| login_refused(info, cause);
        let password = || password.ok_or_else(|| refused(PASSWORD_MISSING));
        let bound = info.channel_binding() == Binding::Require;
        let (mut scram, mut proved) = (None, false);
        loop {
            let mut frame = self.frame().await?;
            match frame.tag {
                b'E' => {
                    return Err(Error::refused(self.side, attempt(info), server_error(&frame.body)));
                }
                b'R' if frame.body.len() >= 4 => {}
                b'N' | b'v' => continue,
                _ => return Err(self.unexpected(&frame, "an authentication request")),
            }
            match frame.body.get_i32() {
                // whoever leaves SCRAM out, or breaks it off, has not shown that he knows the password
                0 | 3 | 5 if bound && !proved => return Err(refused(BINDING_MISSING)),
                0 if scram.is_some() && !proved => return Err(refused("the server did not finish SCRAM")),
                0 => return Ok(()),
                3 => frontend::password_message(password()?.as_bytes(), &mut self.outbox)
                    .map_err(|error| self.broken(&error))?,
                5 if frame.body.len() >= 4 => {
                    let salt = [frame.body[0], frame.body[1], frame.body[2], frame.body[3]];
                    let hash = md5_hash(info.user().as_bytes(), password()?.as_bytes(), salt);
                    frontend::password_message(hash.as_bytes(), &mut self.outbox)
                        .map_err(|error| self.broken(&error))?;
                }
                10 => scram = Some(self.begin_scram(info, password()?, &frame.body)?),
                step @ (11 | 12) => {
                    let scram =
                        scram.as_mut().ok_or_else(|| refused("the server skipped the beginning of SCRAM"))?;
                    self.advance_scram(scram, step, &frame.body).map_err(|cause| refused(&cause))?;
                    proved = step == 12;
                }
                other => {
                    let cause = format!(
                        "the server asks for authentication method {other}, which pgferry does not speak"
                    );
                    return Err(refused(&cause));
                }
            }
            self.flush().await?;
        }
    }

    /// Chooses SCRAM-SHA-256-PLUS where TLS gives an end point and the server offers it.
    fn begin_scram(&mut self, info: &Conninfo, password: &str, mechanisms: &[u8]) -> Result<ScramSha256> {
        let offered = |name: &str| mechanisms.split(|byte| *byte == 0).any(|one| one == name.as_bytes());
        let end_point = self.stream.end_point().filter(|_| info.channel_binding() != Binding::Disable);
        let plus = offered(sasl::SCRAM_SHA_256_PLUS);
        let (name, binding) = match end_point {
            Some(end_point) if plus => {
                (sasl::SCRAM_SHA_256_PLUS, ChannelBinding::tls_server_end_point(end_point))
            }
            Some(_) => (sasl::SCRAM_SHA_256, ChannelBinding::unrequested()),
            None => (sasl::SCRAM_SHA_256, ChannelBinding::unsupported()),
        };
        if info.channel_binding() == Binding::Require && name != sasl::SCRAM_SHA_256_PLUS {
            return Err(login_refused(info, BINDING_MISSING));
        }
        let scram = ScramSha256::new(password.as_bytes(), binding);
        frontend::sasl_initial_response(name, scram.message(), &mut self.outbox)
            .map_err(|error| self.broken(&error))?;
        Ok(scram)
    }

    fn advance_scram(
        &mut self,
        scram: &mut ScramSha256,
        step: i32,
        data: &[u8],
    ) -> std::result::Result<(), String> {
        if step == 12 {
            return scram.finish(data).map_err(|error| error.to_string());
        }
        scram.update(data).map_err(|error| error.to_string())?;
        frontend::sasl_response(scram.message(), &mut self.outbox).map_err(|error| error.to_string())
    }

    /// Reads what follows the authentication; returns it for the relay.
    async fn until_ready(&mut self, info: &Conninfo) -> Result<Vec<Frame>> {
        let mut frames = Vec::new();
        loop {
            let frame = self.frame().await?;
            match frame.tag {
                b'E' => {
                    return Err(Error::refused(self.side, attempt(info), server_error(&frame.body)));
                }
                b'S' => {
                    let mut parts = frame.body.split(|byte| *byte == 0).map(String::from_utf8_lossy);
                    if let (Some(name), Some(value)) = (parts.next(), parts.next()) {
                        self.parameters.insert(name.into_owned(), value.into_owned());
                    }
                }
                b'K' if frame.body.len() >= 8 => {
                    let mut body = frame.body.clone();
                    (self.pid, self.key) = (body.get_i32(), body.get_i32());
                }
                _ => {}
            }
            let ready = frame.tag == b'Z';
            frames.push(frame);
            if ready {
                return Ok(frames);
            }
        }
    }

    /// Which database this is.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The server process that serves us.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// The server's version, from its own greeting.
    pub fn version(&self) -> Version {
        let text = self.parameters.get("server_version").map_or("", String::as_str);
        Version::from_program(text).unwrap_or(Version(0))
    }

    /// The socket itself and what was read beyond the login, for the relay.
    pub(crate) fn into_stream(self) -> (Stream, BytesMut) {
        (self.stream, self.inbox)
    }

    /// Whether nothing has come unasked: a server that goes says so, and hangs up.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.inbox.is_empty() && self.stream.read_buf(&mut self.inbox).now_or_never().is_none()
    }

    /// Puts a statement string in line; nothing is sent before [`Wire::flush`].
    ///
    /// # Errors
    /// A string with a NUL byte, which the protocol cannot carry.
    pub fn queue(&mut self, sql: &str) -> Result<()> {
        let before = self.outbox.len();
        frontend::query(sql, &mut self.outbox).map_err(|error| {
            // the message stands there by half
            self.outbox.truncate(before);
            self.broken(&error)
        })
    }

    /// Puts one message in line as it is.
    pub fn queue_frame(&mut self, tag: u8, body: &[u8]) {
        self.outbox.put_u8(tag);
        self.outbox.put_u32(u32::try_from(body.len() + 4).unwrap_or(u32::MAX));
        self.outbox.put_slice(body);
    }

    /// Sends what stands in line.
    pub async fn flush(&mut self) -> Result<()> {
        let outbox = self.outbox.split();
        self.write(&outbox).await
    }

    /// Sends what stands in line and `bytes` behind it; a little of both in one write.
    async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        if self.outbox.is_empty() {
            return self.write(bytes).await;
        }
        let some = bytes.len().min(limits::READ_BUFFER / 4);
        self.outbox.extend_from_slice(&bytes[..some]);
        self.flush().await?;
        self.write(&bytes[some..]).await
    }

    /// Writes, and reads meanwhile: a server that cannot get rid of its answers takes nothing more.
    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut done = 0;
        let (stream, inbox) = (&mut self.stream, &mut self.inbox);
        let written = std::future::poll_fn(|context| {
            loop {
                let mut stream = Pin::new(&mut *stream);
                if done == bytes.len() {
                    if let Poll::Ready(flushed) = stream.as_mut().poll_flush(context) {
                        return Poll::Ready(flushed);
                    }
                } else if let Poll::Ready(count) = stream.as_mut().poll_write(context, &bytes[done..]) {
                    done += count?;
                    continue;
                }
                let mut chunk = [0; 4 << 10];
                let mut chunk = ReadBuf::new(&mut chunk);
                ready!(stream.poll_read(context, &mut chunk))?;
                if chunk.filled().is_empty() {
                    return Poll::Ready(Err(std::io::Error::other(CLOSED)));
                }
                inbox.extend_from_slice(chunk.filled());
            }
        });
        written.await.map_err(|error| self.lost(&error))
    }

    /// The next frame, whatever it is. Cancel safe: a part that was read stays.
    pub async fn frame(&mut self) -> Result<Frame> {
        loop {
            if let Some(length) = self.frame_length()? {
                let mut whole = self.inbox.split_to(length);
                let tag = whole[0];
                whole.advance(5);
                return Ok(Frame { tag, body: whole.freeze() });
            }
            self.fill().await?;
        }
    }

    /// Length of the first frame (type and length included) if it is here whole.
    fn frame_length(&mut self) -> Result<Option<usize>> {
        let Some(length) = header_length(&self.inbox) else { return Ok(None) };
        if !(5..=limits::FRAME_MAX).contains(&length) {
            return Err(Error::new(Kind::Protocol, self.side, "read the server's answer")
                .because(format!("a frame of {length} bytes")));
        }
        if self.inbox.len() < length {
            self.inbox.reserve(length - self.inbox.len());
            return Ok(None);
        }
        Ok(Some(length))
    }

    fn make_room(&mut self) {
        if self.inbox.capacity() - self.inbox.len() < limits::READ_BUFFER / 4 {
            self.inbox.reserve(limits::READ_BUFFER);
        }
    }

    async fn fill(&mut self) -> Result<()> {
        self.make_room();
        match self.stream.read_buf(&mut self.inbox).await {
            Ok(0) => Err(self.lost(&CLOSED)),
            Ok(_) => Ok(()),
            Err(error) => Err(self.lost(&error)),
        }
    }

    /// The answer to one statement string: every statement's outcome, or the error that ended it.
    /// The outer error is a lost connection, the inner one the server's refusal.
    pub async fn outcome(&mut self) -> Result<std::result::Result<Vec<Outcome>, ServerError>> {
        let mut outcomes = Outcomes::default();
        loop {
            let frame = self.frame().await?;
            if let Some(outcome) = outcomes.take(&frame) {
                return Ok(outcome);
            }
        }
    }

    /// Sends one statement string and reads its outcome; `attempt` is what an error will say.
    pub async fn execute(&mut self, sql: &str, attempt: &str) -> Result<Vec<Outcome>> {
        self.queue(sql)?;
        self.flush().await?;
        self.settled(attempt).await
    }

    /// The outcome of the statement string sent first, a refusal being an error.
    pub async fn settled(&mut self, attempt: &str) -> Result<Vec<Outcome>> {
        let side = self.side;
        self.outcome().await?.map_err(|server| Error::refused(side, attempt, server))
    }

    /// An error frame that has arrived unasked, if there is one; reads only what is here already.
    /// Notices are dropped: one a row would fill the memory.
    fn early_error(&mut self) -> Result<Option<ServerError>> {
        self.make_room();
        match self.stream.read_buf(&mut self.inbox).now_or_never() {
            Some(Ok(0)) => return Err(self.lost(&CLOSED)),
            Some(Err(error)) => return Err(self.lost(&error)),
            Some(Ok(_)) | None => {}
        }
        let frames = || frames(&self.inbox);
        if let Some(refusal) = frames().find(|frame| frame[0] == b'E') {
            return Ok(Some(server_error(&refusal[5..])));
        }
        if frames().any(|frame| frame[0] == b'N') {
            let whole: usize = frames().map(<[u8]>::len).sum();
            let mut kept = BytesMut::with_capacity(limits::READ_BUFFER);
            frames().filter(|frame| frame[0] != b'N').for_each(|frame| kept.extend_from_slice(frame));
            kept.extend_from_slice(&self.inbox[whole..]);
            self.inbox = kept;
        }
        Ok(None)
    }

    fn lost(&self, cause: &dyn std::fmt::Display) -> Error {
        Error::new(Kind::ConnectionLost, self.side, format!("go on talking to the {}", self.side))
            .because(cause)
    }

    fn broken(&self, cause: &dyn std::fmt::Display) -> Error {
        Error::new(Kind::Protocol, self.side, "put a message together").because(cause)
    }

    fn unexpected(&self, frame: &Frame, wanted: &str) -> Error {
        let cause = format!("message {:?} where {wanted} had to come", char::from(frame.tag));
        Error::new(Kind::Protocol, self.side, "read the server's answer").because(cause)
    }
}

/// How a stream of COPY data ended.
#[derive(Debug)]
pub enum Pumped {
    /// The source's stream is whole; the next frame of the source is not data. Payload in bytes.
    Whole(u64),
    /// The target refused a row; its stream ended there, perhaps in the middle of a message: the connection is of no
    /// more use.
    TargetRefused(ServerError),
}

/// Hands COPY data from source to target until something else than data comes, `count` told of the bytes as they go.
///
/// Both must stand inside COPY. A refusal of the target is seen while the stream still runs, so that no time is lost
/// on rows that nobody takes.
pub async fn pump(source: &mut Wire, target: &mut Wire, count: &dyn Fn(u64)) -> Result<Pumped> {
    let mut total = 0;
    let mut owed = 0; // bytes of the present frame that are not read yet
    loop {
        let (whole, data_ended) = walk(&source.inbox, &mut owed);
        if whole > 0 {
            target.send(&source.inbox[..whole]).await?;
            source.inbox.advance(whole);
            total += whole as u64;
            count(whole as u64);
            if let Some(refusal) = target.early_error()? {
                return Ok(Pumped::TargetRefused(refusal));
            }
        }
        if data_ended {
            return Ok(Pumped::Whole(total));
        }
        source.fill().await?;
    }
}

/// How many bytes of `inbox` belong to data frames, and whether another kind of frame follows them.
/// `owed` carries the rest of a frame over to the next read.
fn walk(inbox: &[u8], owed: &mut usize) -> (usize, bool) {
    let mut position = (*owed).min(inbox.len());
    *owed -= position;
    while *owed == 0 {
        let rest = &inbox[position..];
        let Some(length) = header_length(rest) else {
            return (position, rest.first().is_some_and(|tag| *tag != b'd'));
        };
        if rest[0] != b'd' {
            return (position, true);
        }
        let here = length.min(rest.len());
        *owed = length - here;
        position += here;
    }
    (position, false)
}

/// The frames that are here whole.
fn frames(mut inbox: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = header_length(inbox).filter(|length| (5..=inbox.len()).contains(length))?;
        let frame;
        (frame, inbox) = inbox.split_at(length);
        Some(frame)
    })
}

/// Type and length included; `None` while fewer than five bytes are here.
fn header_length(inbox: &[u8]) -> Option<usize> {
    let length = inbox.get(1..5)?;
    Some(u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize + 1)
}

pub(crate) fn c_string(body: &[u8]) -> String {
    let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
    String::from_utf8_lossy(&body[..end]).into_owned()
}

pub(crate) fn text_row(body: &Bytes) -> Vec<Option<String>> {
    let mut body = body.clone();
    if body.remaining() < 2 {
        return Vec::new();
    }
    let columns = body.get_u16();
    let mut row = Vec::with_capacity(usize::from(columns));
    for _ in 0..columns {
        if body.remaining() < 4 {
            break;
        }
        let length = usize::try_from(body.get_i32()).ok();
        row.push(length.map(|length| {
            let value = body.split_to(length.min(body.remaining()));
            String::from_utf8_lossy(&value).into_owned()
        }));
    }
    row
}

/// A warning that privileges were not granted, or not revoked.
/// Source: PostgreSQL manual, appendix "PostgreSQL Error Codes", class 01.
fn withheld(notice: &[u8]) -> Option<ServerError> {
    Some(server_error(notice)).filter(|notice| is_withheld(&notice.sqlstate))
}

/// `privilege_not_revoked` and `privilege_not_granted`.
pub(super) fn is_withheld(sqlstate: &str) -> bool {
    matches!(sqlstate, "01006" | "01007")
}

/// The fields of an ErrorResponse or NoticeResponse.
pub(crate) fn server_error(body: &[u8]) -> ServerError {
    let mut error = ServerError::default();
    for field in body.split(|byte| *byte == 0) {
        let Some((kind, text)) = field.split_first() else { continue };
        let text = String::from_utf8_lossy(text).into_owned();
        match kind {
            b'V' => error.severity = text,
            b'S' if error.severity.is_empty() => error.severity = text,
            b'C' => error.sqlstate = text,
            b'M' => error.message = text,
            b'D' => error.detail = Some(text),
            b'H' => error.hint = Some(text),
            b'W' => error.context = Some(text),
            b'n' => error.constraint = Some(text),
            _ => {}
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_grant_that_did_nothing_says_so_and_no_other_notice_counts() {
        let mut outcomes = Outcomes::default();
        let frames: [(u8, &[u8]); 6] = [
            (b'N', b"SWARNING\0C01007\0Mno privileges were granted for \"f\"\0\0"),
            (b'N', b"SNOTICE\0C00000\0Mhello\0\0"),
            (b'C', b"GRANT\0"),
            (b'N', b"SWARNING\0C01000\0Mother\0\0"),
            (b'C', b"REVOKE\0"),
            (b'Z', b"I"),
        ];
        let answer = frames.map(|(tag, body)| outcomes.take(&Frame { tag, body: Bytes::from_static(body) }));
        let [.., Some(Ok(done))] = answer else { panic!("{answer:?}") };
        let withheld: Vec<Option<&str>> =
            done.iter().map(|one| Some(one.withheld.as_ref()?.sqlstate.as_str())).collect();
        assert_eq!(withheld, [Some("01007"), None]);
    }

    fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut frame = vec![tag];
        frame.extend((u32::try_from(body.len()).unwrap() + 4).to_be_bytes());
        frame.extend(body);
        frame
    }

    proptest! {
        /// However the stream is cut into reads, all data frames pass and nothing else does.
        #[test]
        fn data_passes_whole_however_the_reads_fall(
            rows in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20),
            cuts in proptest::collection::vec(1usize..60, 1..60),
        ) {
            let data: Vec<u8> = rows.iter().flat_map(|row| frame(b'd', row)).collect();
            let mut stream = data.clone();
            stream.extend(frame(b'c', &[]));
            let (mut passed, mut inbox, mut owed, mut at) = (Vec::new(), Vec::new(), 0, 0);
            for cut in cuts.iter().cycle() {
                let end = (at + cut).min(stream.len());
                inbox.extend_from_slice(&stream[at..end]);
                at = end;
                let (whole, ended) = walk(&inbox, &mut owed);
                passed.extend(inbox.drain(..whole));
                if ended { break }
            }
            prop_assert_eq!(passed, data);
            prop_assert_eq!(inbox.first(), Some(&b'c'));
        }

        #[test]
        fn an_error_response_of_any_bytes_is_read_without_panic(body: Vec<u8>) {
            server_error(&body);
            text_row(&Bytes::from(body));
        }
    }

    #[test]
    fn the_count_of_a_tag_is_its_last_word() {
        let outcome = |tag: &str| Outcome { tag: tag.into(), ..Outcome::default() }.count();
        assert_eq!((outcome("COPY 12"), outcome("INSERT 0 3"), outcome("COMMIT")), (Some(12), Some(3), None));
    }
}
