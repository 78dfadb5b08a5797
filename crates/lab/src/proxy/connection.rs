//! One connection through the proxy.

use std::{io, sync::atomic::Ordering, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use super::{Direction, Faults, State};

/// At most this much is read at once, and at most `QUEUE` such pieces are under way in a direction.
const PIECE_BYTES: usize = 64 * 1024;
const QUEUE: usize = 1024;
/// A server that is not there is one more fault, to be seen by the client.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(5);

/// Bytes and when they arrive; empty at the end of what one side has to say.
type Piece = (Instant, Bytes);

/// Carries a connection until both sides are done, one breaks, or there are more cuts than before it.
pub(super) async fn carry(mut client: TcpStream, server_port: u16, cuts: u64, state: &State) {
    let mut faults = state.faults.subscribe();
    let connect = TcpStream::connect(("127.0.0.1", server_port));
    let Ok(Ok(mut server)) = tokio::time::timeout(CONNECT_WITHIN, connect).await else {
        let _ = client.set_zero_linger();
        return;
    };
    // Without these, small messages would wait for each other.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            biased;
            both = async { tokio::try_join!(
                way(Direction::ToServer, from_client, to_server, state),
                way(Direction::ToClient, from_server, to_client, state),
            ) } => both.map(drop),
            _ = faults.wait_for(|faults| faults.cuts > cuts || faults.ended) => Err(Broken::Reset),
        }
    };
    let reset = |side: &TcpStream| drop(side.set_zero_linger());
    match ended {
        Ok(()) => {}
        Err(Broken::Reset) => [&client, &server].into_iter().for_each(reset),
        Err(Broken::Full(direction)) => {
            let (from, to) = match direction {
                Direction::ToServer => (client, server),
                Direction::ToClient => (server, client),
            };
            reset(&from);
            drop(from);
            last_words(to).await;
        }
    }
}

/// Why a connection ends before its time.
enum Broken {
    /// Cut, or broken on one side: the other shall notice.
    Reset,
    /// As many bytes passed in this direction as were allowed.
    Full(Direction),
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Broken {
        Broken::Reset
    }
}

/// A reset would take back bytes that the receiver has not fetched yet. So its end is an orderly one, and since that
/// too becomes a reset where something unread arrives, we read until it closes.
async fn last_words(mut to: TcpStream) {
    let _ = to.shutdown().await;
    let mut nowhere = tokio::io::sink();
    let unread = tokio::io::copy(&mut to, &mut nowhere);
    let _ = tokio::time::timeout(LAST_WORDS_WITHIN, unread).await;
}

async fn way(
    direction: Direction,
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    state: &State,
) -> Result<(), Broken> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let read = async { read(direction, from, sender, state).await.map_err(Broken::from) };
    tokio::try_join!(read, write(direction, to, receiver, state)).map(drop)
}

async fn read(
    direction: Direction,
    mut from: ReadHalf<'_>,
    pieces: mpsc::Sender<Piece>,
    state: &State,
) -> io::Result<()> {
    let mut faults = state.faults.subscribe();
    loop {
        wait_while_held(direction, &mut faults).await;
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        let length = from.read_buf(&mut piece).await?;
        let due = Instant::now() + faults.borrow().delay[direction as usize];
        if pieces.send((due, piece.freeze())).await.is_err() || length == 0 {
            return Ok(());
        }
    }
}

async fn write(
    direction: Direction,
    mut to: WriteHalf<'_>,
    mut pieces: mpsc::Receiver<Piece>,
    state: &State,
) -> Result<(), Broken> {
    let mut faults = state.faults.subscribe();
    while let Some((due, piece)) = pieces.recv().await {
        sleep_until(due).await;
        wait_while_held(direction, &mut faults).await;
        if piece.is_empty() {
            return Ok(to.shutdown().await?);
        }
        let counted = &state.bytes[direction as usize];
        let sent = counted.load(Ordering::SeqCst);
        let cut_at = faults.borrow().cut_at[direction as usize];
        let left = cut_at.map_or(u64::MAX, |at| at.saturating_sub(sent));
        let passing = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        counted.fetch_add(passing as u64, Ordering::SeqCst);
        to.write_all(&piece[..passing]).await?;
        if left <= piece.len() as u64 {
            // All others are reset, and it happens once.
            state.faults.send_modify(|faults| {
                faults.cut_at[direction as usize] = None;
                faults.cuts += 1;
            });
            return Err(Broken::Full(direction));
        }
    }
    Ok(())
}

async fn wait_while_held(direction: Direction, faults: &mut watch::Receiver<Faults>) {
    // The sender lives in the state that every connection holds.
    let _ = faults.wait_for(|faults| !faults.hold[direction as usize]).await;
}
