//! Every bound of the engine, in one file: queues, batches, waits and retries.

use std::time::Duration;

/// How long one attempt to connect to one address may take, where the connection string says nothing.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// TCP keepalive: idle time before the first probe.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// TCP keepalive: time between probes.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// TCP keepalive: unanswered probes before the connection counts as lost.
pub const KEEPALIVE_PROBES: u32 = 3;
/// Unacknowledged data older than this ends a connection.
pub const TCP_USER_TIMEOUT: Duration = Duration::from_secs(45);

/// Largest backend message that we accept, bytes; PostgreSQL itself stops at 1 GB.
pub const FRAME_MAX: usize = 1 << 30;
/// How much is read from a socket at once, bytes.
pub const READ_BUFFER: usize = 256 << 10;
