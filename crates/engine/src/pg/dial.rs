//! Reaching a server: names, addresses, sockets, and whether the bytes are encrypted.

use std::net::SocketAddr;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream, UnixStream},
};
use tokio_postgres::config::{SslMode as ClientMode, SslNegotiation};
use tokio_rustls::TlsConnector;

use super::{
    conninfo::{Binding, Conninfo, Host, SslMode},
    secret::Secret,
    stream::Stream,
    tls,
};
use crate::error::{Error, Kind, Result};

/// A stream to a server that has not been spoken to.
pub struct Dialled {
    /// Encrypted if that was asked for.
    pub stream: Stream,
    /// Which of the hosts it was.
    pub host: Host,
    /// The password for this very host.
    pub password: Option<Secret>,
}

/// Tries the hosts in order, and each one's addresses; the first that answers serves.
///
/// # Errors
/// The last failure, with every address that was tried in its cause.
pub async fn dial(info: &Conninfo) -> Result<Dialled> {
    let mut failures = Vec::new();
    let mut last = None;
    for host in info.hosts() {
        let attempt = tokio::time::timeout(info.connect_timeout(), reach(info, host)).await;
        let error = match attempt {
            Ok(Ok(stream)) => {
                return Ok(Dialled { stream, host: host.clone(), password: info.password_for(host) });
            }
            Ok(Err(error)) => error,
            Err(_) => {
                let seconds = info.connect_timeout().as_secs();
                Error::new(Kind::Timeout, info.side(), "").because(format!("no answer within {seconds} s"))
            }
        };
        failures.push(format!("{host}: {}", error.cause.as_deref().unwrap_or("failed")));
        last = Some(error.kind);
    }
    let kind = last.unwrap_or(Kind::Usage);
    Err(Error::new(kind, info.side(), format!("connect to {}", info.redacted())).because(failures.join("; ")))
}

async fn reach(info: &Conninfo, host: &Host) -> Result<Stream> {
    if host.is_socket() {
        let path = format!("{}/.s.PGSQL.{}", host.name, host.port);
        return UnixStream::connect(&path).await.map(Stream::Unix).map_err(|error| unreachable(info, &error));
    }
    let stream = tcp(info, host).await?;
    match info.ssl_mode(host) {
        SslMode::Disable => Ok(Stream::Tcp(stream)),
        mode => secure(info, host, mode, stream).await,
    }
}

fn unreachable(info: &Conninfo, error: &std::io::Error) -> Error {
    let kind = if error.kind() == std::io::ErrorKind::TimedOut { Kind::Timeout } else { Kind::Unreachable };
    Error::new(kind, info.side(), "").because(error)
}

async fn tcp(info: &Conninfo, host: &Host) -> Result<TcpStream> {
    let name = host.address.as_deref().unwrap_or(&host.name);
    let addresses = tokio::net::lookup_host((name, host.port)).await;
    let addresses: Vec<SocketAddr> = addresses.map(Iterator::collect).unwrap_or_default();
    let mut last =
        Error::new(Kind::UnknownHost, info.side(), "").because(format!("the name {name:?} has no address"));
    for address in addresses {
        match tcp_to(info, address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = unreachable(info, &error),
        }
    }
    Err(last)
}

async fn tcp_to(info: &Conninfo, address: SocketAddr) -> std::io::Result<TcpStream> {
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
async fn secure(info: &Conninfo, host: &Host, mode: SslMode, mut stream: TcpStream) -> Result<Stream> {
    let refused = |cause: String| Error::new(Kind::Tls, info.side(), "").because(cause);
    let mut request = bytes::BytesMut::new();
    postgres_protocol::message::frontend::ssl_request(&mut request);
    stream.write_all(&request).await.map_err(|error| unreachable(info, &error))?;
    let answer = stream.read_u8().await.map_err(|error| {
        Error::new(Kind::Protocol, info.side(), "")
            .because(format!("it closed the connection when asked for TLS: {error}"))
    })?;
    match answer {
        b'S' => {}
        b'N' if mode == SslMode::Prefer => return Ok(Stream::Tcp(stream)),
        b'N' => {
            return Err(refused(
                "the server offers no TLS; use an SSH tunnel, set ssl = on there, or accept rows in the open by sslmode=disable".into(),
            ));
        }
        other => {
            let cause = format!("it answered {other:#04x} to a request for TLS: that is not PostgreSQL");
            return Err(Error::new(Kind::Protocol, info.side(), "").because(cause));
        }
    }
    // CVE-2021-23222: what came in the clear behind the answer would be taken for encrypted
    let mut early = [0; 1];
    let peeked = stream.try_read(&mut early);
    if peeked.is_ok() {
        return Err(refused("bytes came before TLS was set up: somebody sits in between".into()));
    }
    let (config, name) = tls::config(info, host, mode)?;
    let secured = TlsConnector::from(config).connect(name, stream).await;
    let secured = secured.map_err(|error| refused(format!("{error}; {}", advice(mode))))?;
    Ok(Stream::Tls(Box::new(secured)))
}

fn advice(mode: SslMode) -> &'static str {
    match mode {
        SslMode::VerifyFull => {
            "give the authority's certificate by sslrootcert, or ask for less by sslmode=verify-ca or sslmode=require"
        }
        SslMode::VerifyCa => {
            "give the authority's certificate by sslrootcert, or ask for less by sslmode=require"
        }
        SslMode::Disable | SslMode::Prefer | SslMode::Require => "accept rows in the open by sslmode=disable",
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
