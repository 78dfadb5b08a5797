//! A connection's bytes: TCP or a Unix socket (a server's own, or the near end of a tunnel), and TLS over either.

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
    /// As it was dialled.
    Plain(Plain),
    /// Encrypted.
    Tls(Box<client::TlsStream<Plain>>),
}

/// A socket.
pub enum Plain {
    /// In the open.
    Tcp(TcpStream),
    /// Within this machine, or the near end of a tunnel.
    Unix(UnixStream),
}

impl Plain {
    /// What is here already, without waiting.
    pub(super) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read(buffer),
            Self::Unix(stream) => stream.try_read(buffer),
        }
    }
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
            Self::Plain(_) => None,
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
            Self::Plain(_) => None,
        }
    }
}

/// Reading and writing are those of whichever stream it is.
macro_rules! passes_on {
    ($kind:ty, $($variant:ident),+) => {
        impl AsyncRead for $kind {
            fn poll_read(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $(Self::$variant(stream) => Pin::new(stream).poll_read(context, buffer).map_err(in_words)),+
                }
            }
        }

        impl AsyncWrite for $kind {
            fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    $(Self::$variant(stream) => Pin::new(stream).poll_write(context, bytes)),+
                }
            }

            fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $(Self::$variant(stream) => Pin::new(stream).poll_flush(context)),+
                }
            }

            fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $(Self::$variant(stream) => Pin::new(stream).poll_shutdown(context)),+
                }
            }
        }
    };
}

/// An end without TLS's own goodbye, for which rustls names a page of its manual.
fn in_words(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return io::Error::new(error.kind(), "the server closed the connection");
    }
    error
}

passes_on!(Plain, Tcp, Unix);
passes_on!(Stream, Plain, Tls);

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
