//! A connection's bytes: TCP, Unix socket, or TLS over TCP.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_rustls::client;

use super::certificate;

/// Bytes to and from a server.
pub enum Stream {
    /// In the open.
    Tcp(TcpStream),
    /// Within this machine.
    Unix(UnixStream),
    /// Encrypted.
    Tls(Box<client::TlsStream<TcpStream>>),
}

impl Stream {
    /// `tls-server-end-point`: what SCRAM is bound to. `None` without TLS, and for certificates whose signature names
    /// no hash. Source: RFC 5929, section 4.1.
    pub fn end_point(&self) -> Option<Vec<u8>> {
        match self {
            Self::Tls(stream) => {
                let leaf = stream.get_ref().1.peer_certificates()?.first()?;
                certificate::end_point(leaf)
            }
            Self::Tcp(_) | Self::Unix(_) => None,
        }
    }

    /// Whether the bytes are encrypted.
    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// The version of TLS, as `TLSv1_3`.
    pub fn tls_protocol(&self) -> Option<&'static str> {
        match self {
            Self::Tls(stream) => stream.get_ref().1.protocol_version()?.as_str(),
            Self::Tcp(_) | Self::Unix(_) => None,
        }
    }
}

macro_rules! each {
    ($self:ident, $method:ident, $($argument:expr),+) => {
        match $self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).$method($($argument),+),
            Self::Unix(stream) => Pin::new(stream).$method($($argument),+),
            Self::Tls(stream) => Pin::new(&mut **stream).$method($($argument),+),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, poll_read, context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, poll_write, context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, poll_flush, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, poll_shutdown, context)
    }
}

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        self.end_point().map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

/// Hands a stream that is encrypted already to tokio-postgres, which then knows its channel binding.
pub struct Handshaken;

impl TlsConnect<Stream> for Handshaken {
    type Stream = Stream;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Stream>>;

    fn connect(self, stream: Stream) -> Self::Future {
        std::future::ready(Ok(stream))
    }
}
