//! A private Unix socket through which `pg_dump` reaches the source.
//!
//! ```text
//!   pg_dump ──startup──▶ relay ──dial, TLS, SCRAM──▶ source
//!           ◀─"you are in"──    ◀──ready────────────
//!           ◀═══════════ bytes both ways ═══════════▶
//! ```
//!
//! So there is one way to connect (tunnel, passfile, certificates, host lists), no password in an argument or a
//! variable, and client programs built without TLS serve too. The folder is readable by us alone.

use std::path::Path;

use bytes::{Buf, BufMut, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    task::JoinSet,
};

use crate::{
    error::{Error, Kind, Result, Side},
    pg::{
        conninfo::Conninfo,
        session::Endpoint,
        wire::{Frame, Wire},
    },
};

/// Source: PostgreSQL manual, "Message Formats": SSLRequest, GSSENCRequest, CancelRequest.
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
const CANCEL_REQUEST: u32 = 80_877_102;
/// Largest startup packet that the server itself accepts, bytes.
const STARTUP_MAX: usize = 10_000;

/// The socket; gone, with all that passes through it, when dropped.
pub(super) struct Relay {
    folder: tempfile::TempDir,
    _task: JoinSet<()>,
}

impl Relay {
    /// Opens the socket. Must be called within a runtime.
    pub(super) fn open(endpoint: &Endpoint) -> Result<Self> {
        let failed = |error: std::io::Error| {
            Error::new(Kind::Io, Side::Local, "open a private socket for pg_dump").because(error)
        };
        let folder = tempfile::Builder::new().prefix("pgferry").tempdir().map_err(failed)?;
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).map_err(failed)?;
        let mut task = JoinSet::new();
        task.spawn(accept(listener, endpoint.info().clone()));
        Ok(Self { folder, _task: task })
    }

    /// The folder that a client program takes for `host`; the port is 5432.
    pub(super) fn host(&self) -> &Path {
        self.folder.path()
    }
}

async fn accept(listener: UnixListener, info: Conninfo) {
    let mut sessions = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let info = info.clone();
        sessions.spawn(async move {
            if let Err(error) = serve(client, &info).await {
                tracing::debug!(%error, "a relayed connection ended");
            }
        });
        while sessions.try_join_next().is_some() {}
    }
}

async fn serve(mut client: UnixStream, info: &Conninfo) -> std::io::Result<()> {
    let startup = loop {
        let packet = packet(&mut client).await?;
        match packet.clone().get_u32() {
            SSL_REQUEST | GSS_REQUEST => client.write_all(b"N").await?,
            CANCEL_REQUEST => return Ok(()),
            _ => break packet,
        }
    };
    let parameters = parameters(&startup);
    let carried =
        parameters.iter().filter(|(name, _)| matches!(name.as_str(), "application_name" | "options"));
    let carried: Vec<_> = carried.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    match Wire::login_recorded(info, &carried).await {
        Ok((wire, frames)) => {
            greet(&mut client, &frames).await?;
            let (mut server, inbox) = wire.into_stream();
            client.write_all(&inbox).await?;
            tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
        Err(error) => refuse(&mut client, &error).await,
    }
}

/// One length-prefixed packet without a type, as startup packets are; the length is cut off.
async fn packet(client: &mut UnixStream) -> std::io::Result<BytesMut> {
    let length = client.read_u32().await? as usize;
    if !(8..=STARTUP_MAX).contains(&length) {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut packet = BytesMut::zeroed(length - 4);
    client.read_exact(&mut packet).await?;
    Ok(packet)
}

fn parameters(startup: &[u8]) -> Vec<(String, String)> {
    let mut texts =
        startup[4..].split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
    let mut parameters = Vec::new();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        if name.is_empty() {
            break;
        }
        parameters.push((name, value));
    }
    parameters
}

/// "Authenticated", and what the server told us after it.
async fn greet(client: &mut UnixStream, frames: &[Frame]) -> std::io::Result<()> {
    let mut outbox = BytesMut::new();
    frame(&mut outbox, b'R', &0u32.to_be_bytes());
    frames.iter().for_each(|one| frame(&mut outbox, one.tag, &one.body));
    client.write_all(&outbox).await
}

async fn refuse(client: &mut UnixStream, error: &Error) -> std::io::Result<()> {
    let mut outbox = BytesMut::new();
    let body = format!("SFATAL\0VFATAL\0C08006\0M{error}\0\0");
    frame(&mut outbox, b'E', body.as_bytes());
    client.write_all(&outbox).await
}

fn frame(outbox: &mut BytesMut, tag: u8, body: &[u8]) {
    outbox.put_u8(tag);
    outbox.put_u32(u32::try_from(body.len() + 4).unwrap_or(u32::MAX));
    outbox.put_slice(body);
}
