//! A faulty network: a TCP proxy in front of a server.
//!
//! ```text
//!   client ──▶ accept ──▶ read ──queue──▶ wait for its time ──▶ write ──▶ server     (ToServer; the same back)
//!                          ▲                     ▲
//!                        held?              held? budget?          cut: both sockets are reset
//! ```
//!
//! Delay is that of a long line: each byte arrives later, as many are under way as fit. Everything runs on a thread of
//! the proxy's own; the controls take effect before they return, except for bytes that are already handed to the
//! operating system.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch};

use crate::{Result, error::Attempt};

mod connection;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    ToServer = 0,
    /// From the server to the client.
    ToClient = 1,
}

/// A line to a server that can be cut, held and slowed down. Gone when dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    server_port: u16,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

/// What the controls set and the connections follow.
#[derive(Debug, Default)]
struct State {
    faults: watch::Sender<Faults>,
    /// Whether the port is open; says what *is*, not what shall be.
    listening: watch::Sender<bool>,
    connections: AtomicU64,
    bytes: [AtomicU64; 2],
    /// For each open connection, how many cuts there were before it.
    open: Mutex<Vec<u64>>,
}

impl State {
    fn open(&self) -> MutexGuard<'_, Vec<u64>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Default)]
struct Faults {
    refuse: bool,
    hold: [bool; 2],
    delay: [Duration; 2],
    /// Total bytes of a direction at which everything is cut, once.
    cut_at: [Option<u64>; 2],
    /// Raised by one to cut what is open.
    cuts: u64,
    ended: bool,
}

impl Proxy {
    /// A proxy in front of a port of 127.0.0.1, without faults.
    pub fn to(server_port: u16) -> Result<Proxy> {
        let attempt = || "start a proxy".to_owned();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).attempt(attempt)?;
        listener.set_nonblocking(true).attempt(attempt)?;
        let port = listener.local_addr().attempt(attempt)?.port();
        let state = Arc::new(State::default());
        state.listening.send_replace(true);
        let theirs = Arc::clone(&state);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().attempt(attempt)?;
        let thread = thread::Builder::new().name("lab proxy".to_owned()).spawn(move || {
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, serve(listener, port, server_port, theirs));
        });
        Ok(Proxy { port, server_port, state, thread: Some(thread.attempt(attempt)?) })
    }

    /// The port on 127.0.0.1 to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same URI through the proxy.
    pub fn uri(&self, server_uri: &str) -> String {
        server_uri.replace(&format!("127.0.0.1:{}", self.server_port), &format!("127.0.0.1:{}", self.port))
    }

    /// Closes the port to new connections, or opens it again. Those that are open stay.
    pub fn refuse(&self, refuse: bool) {
        self.change(|faults| faults.refuse = refuse);
        while *self.state.listening.borrow() == refuse {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Resets every open connection, on both sides.
    pub fn cut(&self) {
        self.change(|faults| faults.cuts += 1);
        let cuts = self.state.faults.borrow().cuts;
        while self.state.open().iter().any(|before| *before < cuts) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// From now on nothing passes in either direction; connections stay open and are still accepted.
    pub fn hold(&self) {
        self.change(|faults| faults.hold = [true; 2]);
    }

    /// From now on nothing passes in one direction.
    pub fn hold_direction(&self, direction: Direction) {
        self.change(|faults| faults.hold[direction as usize] = true);
    }

    /// What was held goes on, in order and complete.
    pub fn release(&self) {
        self.change(|faults| faults.hold = [false; 2]);
    }

    /// Each byte of this direction arrives this much later. Those under way keep the delay that they left with.
    pub fn delay(&self, direction: Direction, delay: Duration) {
        self.change(|faults| faults.delay[direction as usize] = delay);
    }

    /// After so many more bytes in this direction, of all connections together, everything open is cut. Exactly the
    /// bytes before it arrive, and then the end of the stream; who sent them is reset. Works once; new connections
    /// after it are sound.
    pub fn cut_after(&self, direction: Direction, bytes: u64) {
        let at = self.bytes(direction) + bytes;
        self.change(|faults| faults.cut_at[direction as usize] = Some(at));
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// How many bytes were handed on so far in a direction.
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.state.bytes[direction as usize].load(Ordering::SeqCst)
    }

    fn change(&self, change: impl FnOnce(&mut Faults)) {
        self.state.faults.send_modify(change);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.change(|faults| faults.ended = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: std::net::TcpListener, port: u16, server_port: u16, state: Arc<State>) {
    let mut listener = TcpListener::from_std(listener).ok();
    let mut faults = state.faults.subscribe();
    loop {
        let Faults { refuse, ended, .. } = *faults.borrow_and_update();
        if ended {
            return;
        }
        if refuse {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(("127.0.0.1", port)).await.ok();
        }
        state.listening.send_replace(listener.is_some());
        tokio::select! {
            biased;
            _ = faults.changed() => {}
            // Somebody else may have the port for a moment.
            () = tokio::time::sleep(Duration::from_millis(5)), if listener.is_none() && !refuse => {}
            client = accept(listener.as_ref()) => {
                let Ok(client) = client else { continue };
                state.connections.fetch_add(1, Ordering::SeqCst);
                let cuts = state.faults.borrow().cuts;
                state.open().push(cuts);
                let state = Arc::clone(&state);
                tokio::task::spawn_local(async move {
                    connection::carry(client, server_port, cuts, &state).await;
                    let mut open = state.open();
                    let place = open.iter().position(|before| *before == cuts);
                    place.map(|place| open.swap_remove(place));
                });
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<tokio::net::TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(client, _)| client),
        None => std::future::pending().await,
    }
}
