//! Reaching a server: names, addresses, sockets, and whether the bytes are encrypted.

use std::{fmt, io::ErrorKind, net::SocketAddr, path::PathBuf, time::Instant};

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream, UnixStream},
};
use tokio_postgres::config::{SslMode as ClientMode, SslNegotiation};
use tokio_rustls::TlsConnector;

use super::{
    banner::{self, Heard},
    conninfo::{Binding, Conninfo, Host, SslMode, State, Wanted},
    secret::Secret,
    stream::{Plain, Stream},
    tls,
};
use crate::error::{Error, Kind, Result};

/// A stream to a server that has not been spoken to.
pub struct Dialled {
    /// Encrypted if that was asked for.
    pub stream: Stream,
    /// Which of the hosts it was, and which of its addresses.
    pub address: Address,
    /// The password for this very host.
    pub password: Option<Secret>,
    /// When the attempt began.
    since: Instant,
}

/// One address of one host: where the same server is reached again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: Host,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Tcp(SocketAddr),
    Unix(PathBuf),
    /// Wherever the tunnel leads for this host.
    Tunnel,
}

/// Why an address did not serve; which one it was is said once for all, in [`dial`].
#[derive(Clone)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) cause: String,
    /// Somebody took the connection, and it is not sure that it was PostgreSQL.
    doubtful: bool,
}

impl Failure {
    pub(super) fn new(kind: Kind, cause: impl Into<String>) -> Self {
        Self { kind, cause: cause.into(), doubtful: false }
    }

    fn doubtful(kind: Kind, cause: impl Into<String>) -> Self {
        Self { doubtful: true, ..Self::new(kind, cause) }
    }
}

type Tried<T> = std::result::Result<T, Failure>;

/// Kinds of failure by how far an attempt came. Of several failures the farthest tells most.
const FARTHEST_LAST: [Kind; 7] = [
    Kind::Tunnel,
    Kind::UnknownHost,
    Kind::Unreachable,
    Kind::Timeout,
    Kind::NotPostgres,
    Kind::Protocol,
    Kind::Tls,
];

/// Tries the hosts in order, and each one's addresses; the first that answers serves. Each address has the whole
/// connect timeout.
///
/// # Errors
/// [`Kind::Tunnel`], [`Kind::UnknownHost`], [`Kind::Unreachable`], [`Kind::Timeout`], [`Kind::NotPostgres`],
/// [`Kind::Protocol`] or [`Kind::Tls`], whichever attempt came farthest, with every address that was tried in the cause.
pub async fn dial(info: &Conninfo) -> Result<Dialled> {
    let mut candidates = Candidates::of(info);
    match candidates.next().await {
        Some(dialled) => Ok(dialled),
        None => Err(failed(info, &candidates.failures)),
    }
}

/// The way to the first server that is what `target_session_attrs` asks for: dial the next one, log in, tell what it
/// is. As in libpq, a server that refuses the login ends the search, unless it is only starting or ending.
pub(super) struct Search<'a> {
    info: &'a Conninfo,
    wanted: &'static [Wanted],
    candidates: Candidates<'a>,
    /// The address that is being logged in to, and since when.
    present: Option<(Address, Instant)>,
}

impl<'a> Search<'a> {
    pub(super) fn of(info: &'a Conninfo) -> Self {
        let candidates = Candidates::of(info);
        Self { info, wanted: info.wanted().in_order(), candidates, present: None }
    }

    /// The next server that answers; none if [`Search::failed`].
    pub(super) async fn next(&mut self) -> Option<Dialled> {
        loop {
            if let Some(dialled) = self.candidates.next().await {
                self.present = Some((dialled.address.clone(), dialled.since));
                return Some(dialled);
            }
            let [_, rest @ ..] = self.wanted else { return None };
            if rest.is_empty() {
                return None;
            }
            (self.wanted, self.candidates) = (rest, Candidates::of(self.info));
        }
    }

    /// Whether it matters what the server is.
    pub(super) fn asks(&self) -> bool {
        self.wanted.first() != Some(&Wanted::Any)
    }

    /// Whether the server that was logged in to is the wanted one.
    pub(super) fn accepts(&mut self, state: State) -> bool {
        let Some(wanted) = self.wanted.first().filter(|wanted| !wanted.fits(state)) else { return true };
        let why = format!("it is not what target_session_attrs={wanted} asks for");
        self.reject(&why);
        false
    }

    /// The login failed: the error that ends the search, or nothing where another host may do.
    pub(super) async fn refused(&mut self, error: Error) -> Result<()> {
        match &error.server {
            Some(server) if server.sqlstate == CANNOT_CONNECT_NOW && self.info.hosts().len() > 1 => {
                self.reject(&server.message);
                Ok(())
            }
            Some(server) if server.sqlstate == "08P01" && server.message.contains(UNSUPPORTED) => {
                Err(Error { kind: Kind::Pooler, ..error })
            }
            Some(_) => Err(error),
            None => Err(self.doubted(error).await),
        }
    }

    /// A login that broke off: the tunnel's words, or the name of what answers there, if that explains it.
    async fn doubted(&self, error: Error) -> Error {
        let Some((address, since)) = &self.present else { return error };
        if !matches!(error.kind, Kind::Protocol | Kind::ConnectionLost | Kind::Timeout) {
            return error;
        }
        match explained(self.info, address, *since).await {
            Some(failure) => failed(self.info, &[(address.to_string(), failure)]),
            None => error,
        }
    }

    fn reject(&mut self, why: &str) {
        if let Some((address, _)) = &self.present {
            let failure = Failure::new(Kind::Unreachable, why);
            self.candidates.failures.push((address.to_string(), failure));
        }
    }

    /// Why nobody served.
    ///
    /// # Errors
    /// As [`dial`], with [`Kind::Unreachable`] where servers answered and none was the wanted one.
    pub(super) fn failed(self) -> Error {
        failed(self.info, &self.candidates.failures)
    }
}

/// What a session is asked for its [`State`].
pub(super) const STATE: &str =
    "select pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')";

/// The same words whichever client logs in.
pub(super) const PASSWORD_MISSING: &str = "the server asks for a password and none was given; put it into the \
                                           passfile or the connection string: nobody is prompted";
/// As [`PASSWORD_MISSING`].
pub(super) const BINDING_MISSING: &str =
    "channel_binding=require, and this server did not bind the login to a TLS channel";

/// What a failed login tried.
pub(super) fn attempt(info: &Conninfo) -> String {
    format!("log in to {info}")
}

/// A login that failed for want of a proof, on either side.
pub(super) fn login_refused(info: &Conninfo, cause: &str) -> Error {
    Error::new(Kind::Authentication, info.side(), attempt(info)).because(cause)
}

/// A login that took too long.
pub(super) fn never_answered(info: &Conninfo) -> Error {
    let cause = format!(
        "the server accepted the connection, and did not let us in within {} s",
        info.connect_timeout().as_secs()
    );
    Error::new(Kind::Timeout, info.side(), attempt(info)).because(cause)
}

/// What PgBouncer answers to a word of the login that a server would understand.
const UNSUPPORTED: &str = "unsupported startup parameter";

/// "The database system is starting up", "… shutting down", "… in recovery mode".
const CANNOT_CONNECT_NOW: &str = "57P03";

/// The addresses of a connection string that are left to try, and why the others did not serve.
struct Candidates<'a> {
    info: &'a Conninfo,
    hosts: std::slice::Iter<'a, Host>,
    addresses: std::vec::IntoIter<Address>,
    failures: Vec<(String, Failure)>,
}

impl<'a> Candidates<'a> {
    fn of(info: &'a Conninfo) -> Self {
        Self { info, hosts: info.hosts().iter(), addresses: Vec::new().into_iter(), failures: Vec::new() }
    }

    /// The next one that answers.
    async fn next(&mut self) -> Option<Dialled> {
        loop {
            let Some(address) = self.addresses.next() else {
                let host = self.hosts.next()?;
                match within(self.info, addresses(self.info, host)).await {
                    Ok(found) => self.addresses = found.into_iter(),
                    Err(failure) => self.failures.push((host.to_string(), failure)),
                }
                continue;
            };
            let since = Instant::now();
            match reach(self.info, &address).await {
                Ok(stream) => {
                    let password = self.info.password_for(&address.host);
                    return Some(Dialled { stream, address, password, since });
                }
                Err(failure) => self.failures.push((address.to_string(), failure)),
            }
        }
    }
}

/// Another connection to the same address, with the same TLS: for a CancelRequest.
///
/// # Errors
/// As [`dial`].
pub async fn redial(info: &Conninfo, address: &Address) -> Result<Stream> {
    reach(info, address).await.map_err(|failure| failed(info, &[(address.to_string(), failure)]))
}

fn failed(info: &Conninfo, failures: &[(String, Failure)]) -> Error {
    let far = |kind: Kind| FARTHEST_LAST.iter().position(|one| *one == kind);
    let kind = failures.iter().map(|(_, failure)| failure.kind).max_by_key(|kind| far(*kind));
    let causes: Vec<String> =
        failures.iter().map(|(address, failure)| format!("{address}: {}", failure.cause)).collect();
    Error::new(kind.unwrap_or(Kind::UnknownHost), info.side(), format!("connect to {info}"))
        .because(causes.join("; "))
}

async fn within<T>(info: &Conninfo, attempt: impl Future<Output = Tried<T>>) -> Tried<T> {
    let timeout = info.connect_timeout();
    tokio::time::timeout(timeout, attempt).await.unwrap_or_else(|_| {
        Err(Failure::new(Kind::Timeout, format!("no answer within {} s", timeout.as_secs())))
    })
}

/// Every address of `host`; never none.
async fn addresses(info: &Conninfo, host: &Host) -> Tried<Vec<Address>> {
    let at = |place| Address { host: host.clone(), place };
    if info.tunnel().is_some() {
        return Ok(vec![at(Place::Tunnel)]);
    }
    if host.is_socket() {
        return Ok(vec![at(Place::Unix(host.socket_file().into()))]);
    }
    let name = host.address.as_deref().unwrap_or(&host.name);
    let found = tokio::net::lookup_host((name, host.port)).await;
    // the resolver's own words differ from machine to machine
    let found = found.inspect_err(|error| tracing::debug!(name, %error, "a name was not resolved"));
    let found: Vec<Address> = found.into_iter().flatten().map(|address| at(Place::Tcp(address))).collect();
    if found.is_empty() {
        return Err(Failure::new(Kind::UnknownHost, format!("the name {name:?} has no address")));
    }
    Ok(found)
}

/// A stream to the address, encrypted as asked, within the connect timeout; a tunnel has its own time to be made.
async fn reach(info: &Conninfo, address: &Address) -> Tried<Stream> {
    let near_end = near_end(info, address).await?;
    let since = Instant::now();
    let mut connected = false;
    let reached = within(info, async {
        let stream = connect(info, address, near_end).await?;
        connected = true;
        match info.ssl_mode(&address.host) {
            SslMode::Disable => Ok(Stream::Plain(stream)),
            mode => secure(info, &address.host, mode, stream).await,
        }
    });
    match reached.await {
        Err(failure) if failure.doubtful || (connected && failure.kind == Kind::Timeout) => {
            Err(explained(info, address, since).await.unwrap_or(failure))
        }
        other => other,
    }
}

/// A stream into the tunnel that leads there, if one does.
async fn near_end(info: &Conninfo, address: &Address) -> Tried<Option<UnixStream>> {
    match info.tunnel() {
        Some(tunnel) => tunnel.connect(&address.host).await.map(Some),
        None => Ok(None),
    }
}

async fn connect(info: &Conninfo, address: &Address, near_end: Option<UnixStream>) -> Tried<Plain> {
    let stream = match (&address.place, near_end) {
        (Place::Tcp(address), None) => tcp(info, *address).await.map(Plain::Tcp),
        (Place::Unix(file), None) => UnixStream::connect(file).await.map(Plain::Unix),
        (_, Some(stream)) => Ok(Plain::Unix(stream)),
        (Place::Tunnel, None) => Err(std::io::ErrorKind::NotConnected.into()),
    };
    stream.map_err(|error| {
        let kind = if error.kind() == ErrorKind::TimedOut { Kind::Timeout } else { Kind::Unreachable };
        Failure::new(kind, error.to_string())
    })
}

/// Why somebody took a connection at `since` and did not go on as PostgreSQL does, if that can be told.
async fn explained(info: &Conninfo, address: &Address, since: Instant) -> Option<Failure> {
    if let Some(tunnel) = info.tunnel()
        && let Some(failure) = tunnel.complaint(since).await
    {
        return Some(failure);
    }
    let again = || async {
        let near_end = near_end(info, address).await.ok()?;
        within(info, connect(info, address, near_end)).await.ok()
    };
    match banner::listen(again).await {
        Heard::Name(name) => {
            Some(Failure::new(Kind::NotPostgres, format!("{name} answers there, not PostgreSQL")))
        }
        Heard::Nothing => {
            let seconds = info.connect_timeout().as_secs();
            let cause = format!(
                "no answer within {seconds} s: connections are accepted there, and nothing ever answers"
            );
            Some(Failure::new(Kind::Timeout, cause))
        }
        Heard::Other => None,
    }
}

async fn tcp(info: &Conninfo, address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    let times = info.keepalive;
    if times.on {
        let keepalive = TcpKeepalive::new().with_time(times.idle).with_interval(times.interval);
        socket.set_tcp_keepalive(&keepalive.with_retries(times.count))?;
    }
    let stream = TcpSocket::from_std_stream(socket.into()).connect(address).await?;
    SockRef::from(&stream).set_tcp_user_timeout(Some(times.user_timeout))?;
    Ok(stream)
}

/// SSLRequest, then TLS. Source: PostgreSQL manual, "SSL Session Encryption".
async fn secure(info: &Conninfo, host: &Host, mode: SslMode, mut stream: Plain) -> Tried<Stream> {
    let refused = |cause: String| Failure::new(Kind::Tls, cause);
    let silent = |error: std::io::Error| {
        Failure::doubtful(Kind::Unreachable, format!("it closed the connection when asked for TLS: {error}"))
    };
    let mut request = bytes::BytesMut::new();
    postgres_protocol::message::frontend::ssl_request(&mut request);
    stream.write_all(&request).await.map_err(silent)?;
    let answer = stream.read_u8().await.map_err(silent)?;
    // CVE-2021-23222: what came in the clear behind the answer would be taken for encrypted
    if matches!(answer, b'S' | b'N') && stream.try_read(&mut [0; 1]).is_ok_and(|count| count > 0) {
        let cause = "bytes came before TLS was set up: somebody sits in between";
        return Err(Failure::doubtful(Kind::Tls, cause));
    }
    match answer {
        b'S' => {}
        b'N' if mode == SslMode::Prefer => return Ok(Stream::Plain(stream)),
        b'N' => return Err(refused(tls::not_offered())),
        // its words are not repeated: nobody knows yet whose they are (CVE-2024-10977)
        b'E' => {
            let cause = "it answered a request for TLS with an error: it may have no process left for us";
            return Err(Failure::doubtful(Kind::Unreachable, cause));
        }
        other => {
            let cause = format!("it answered {other:#04x} to a request for TLS: that is not PostgreSQL");
            return Err(Failure::doubtful(Kind::Protocol, cause));
        }
    }
    let (config, name) = tls::config(info, host, mode).map_err(refused)?;
    let secured = TlsConnector::from(config).connect(name, stream).await;
    let secured = secured.map_err(|error| match error.kind() {
        // who objects says so: this is a line that was cut, or a server that is ending
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            let cause = format!("it closed the connection while TLS was set up: {error}");
            Failure::new(Kind::Unreachable, cause)
        }
        _ => refused(tls::complaint(&error, mode)),
    })?;
    Ok(Stream::Tls(Box::new(secured)))
}

impl Address {
    /// Which of the connection string's hosts it belongs to.
    pub fn host(&self) -> &Host {
        &self.host
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Unix(file) => write!(f, "{}", file.display()),
            Place::Tunnel => write!(f, "{}", self.host),
            Place::Tcp(address) if address.ip().to_string() == self.host.name => write!(f, "{}", self.host),
            Place::Tcp(address) => write!(f, "{} ({})", self.host, address.ip()),
        }
    }
}

/// tokio-postgres' own settings for a stream that was dialled (and encrypted) by us.
pub(super) fn client_config(info: &Conninfo, dialled: &Dialled, application: &str) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config.user(info.user()).dbname(info.database()).application_name(application);
    if let Some(password) = &dialled.password {
        config.password(password.reveal());
    }
    if let Some(options) = info.options() {
        config.options(options);
    }
    // "direct" asks for no SSLRequest: `Handshaken` then takes our stream as it is, with its channel binding
    if dialled.stream.is_tls() {
        config.ssl_mode(ClientMode::Require).ssl_negotiation(SslNegotiation::Direct);
    } else {
        config.ssl_mode(ClientMode::Disable);
    }
    config.channel_binding(match info.channel_binding() {
        Binding::Disable => tokio_postgres::config::ChannelBinding::Disable,
        Binding::Prefer => tokio_postgres::config::ChannelBinding::Prefer,
        Binding::Require => tokio_postgres::config::ChannelBinding::Require,
    });
    config
}
