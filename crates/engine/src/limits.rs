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
/// How often a server that works for us looks whether we are still there.
pub const CLIENT_CHECK: Duration = Duration::from_secs(5);
/// Unacknowledged data older than this ends a connection.
pub const TCP_USER_TIMEOUT: Duration = Duration::from_secs(45);

/// How long `ssh` may take until its tunnel stands: connecting, jump hosts, a key that wants a touch.
pub const TUNNEL_START: Duration = Duration::from_secs(30);
/// `ServerAliveInterval` of a tunnel.
pub const TUNNEL_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// `ServerAliveCountMax` of a tunnel.
pub const TUNNEL_ALIVE_PROBES: u32 = 3;
/// The pause between a start of a tunnel that failed and the next; it doubles.
pub const TUNNEL_PAUSE: Duration = Duration::from_millis(100);
/// The longest such pause; those who want a connection meanwhile are told why the last start failed.
pub const TUNNEL_PAUSE_MAX: Duration = Duration::from_secs(5);
/// The last lines of an `ssh` child's standard error that are kept.
pub const TUNNEL_LINES: usize = 20;
/// Bytes of one such line; what is longer counts as several.
pub const TUNNEL_LINE: u64 = 1 << 10;
/// How long a command over there may take from connecting to its last word.
pub const TUNNEL_COMMAND: Duration = Duration::from_secs(20);
/// Bytes that are read of what it prints.
pub const TUNNEL_COMMAND_BYTES: u64 = 64 << 10;
/// How long the words of an `ssh` child are waited for once it is known that something went wrong.
pub const TUNNEL_WORDS_PATIENCE: Duration = Duration::from_millis(500);
/// How long something that may not be PostgreSQL is listened to, for each thing that is said to it.
pub const BANNER_PATIENCE: Duration = Duration::from_secs(1);
/// Bytes that are read of such an answer.
pub const BANNER_BYTES: usize = 1 << 10;

/// Largest backend message that we accept, bytes; PostgreSQL itself stops at 1 GB.
pub const FRAME_MAX: usize = 1 << 30;
/// How much is read from a socket at once, bytes.
pub const READ_BUFFER: usize = 256 << 10;
/// Lines of a failed program's standard error that an error repeats.
pub const TOOL_LINES_SHOWN: usize = 5;
/// A table below this many bytes shares a transaction with others like it.
pub const TABLE_SMALL_BYTES: u64 = 1 << 20;
/// How often the keepers of a snapshot are asked for a sign of life.
pub const KEEPER_HEARTBEAT: Duration = Duration::from_secs(2);
/// How long a keeper may take to answer before it counts as lost.
pub const KEEPER_ANSWER: Duration = Duration::from_secs(20);
/// What one chunk of a large table weighs, bytes of heap and TOAST.
pub const CHUNK_BYTES: u64 = 64 << 20;
/// Pairs of connections beyond those that move rows at a time, where the line to the target is not short.
pub const PAIRS_SPARE: usize = 1;
/// The longest round trip of a line that counts as short.
pub const LINE_SHORT: Duration = Duration::from_millis(5);
/// Chunks that one table may have; beyond it they grow.
pub const CHUNKS_MAX: u64 = 4096;
/// Small tables that share a transaction at most.
pub const BUNDLE_TABLES: usize = 64;
/// Bytes of small tables that share a transaction at most.
pub const BUNDLE_BYTES: u64 = 8 << 20;
/// Large objects copied in one transaction at most.
pub const LARGE_OBJECTS_BATCH: i64 = 500;
/// Bytes of a large object read by one call; a multiple of LOBLKSIZE (2,048).
pub const LARGE_OBJECT_SLICE: i64 = 1 << 20;
/// How often a piece of work is tried over a new connection before the run pauses.
pub const WORK_RETRIES: u32 = 8;
/// How long a target that lets nobody in is waited for: a restart, a failover, an instance that is resized.
pub const TARGET_AWAY: Duration = Duration::from_secs(30 * 60);
/// The pause before the first repetition; it doubles.
pub const RETRY_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between repetitions.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(15);
/// How long a transaction of ours waits for an older one of ours on the target before that is ended.
pub const ZOMBIE_PATIENCE: Duration = Duration::from_secs(5);
/// What is listed on the command line of `pg_dump`; Linux grants two megabytes with the environment.
pub const ARGUMENTS_BYTES: usize = 1 << 20;
/// Definitions in flight on one connection at most.
pub const ENTRIES_IN_FLIGHT: usize = 64;
/// Statements that stand for themselves in flight at most.
pub const STATEMENTS_IN_FLIGHT: usize = 64;
/// Index builds of large tables in flight on one connection.
pub const ENTRY_WEIGHT_MAX: u64 = 16 << 20;
/// Rounds in which refused definitions are tried again.
pub const REFUSED_ROUNDS: usize = 4;
/// Passes over a database that has to be emptied: some things can go only after others.
pub const EMPTYING_ROUNDS: usize = 5;
/// The pause between two looks at something that is about to happen.
pub const POLL_PAUSE: Duration = Duration::from_millis(50);
/// Sequences read or set by one statement.
pub const SEQUENCES_BATCH: usize = 500;
/// `maintenance_work_mem` that we ask for at most, bytes.
pub const MAINTENANCE_MEMORY_MAX: i64 = 2 << 30;
/// Copies that are begun anew by themselves (snapshot lost, tables changed) before the run pauses.
pub const COPIES_MAX: u32 = 3;
/// Tables vacuumed by one statement.
pub const VACUUM_BATCH: usize = 50;
/// How long the session lock of an earlier process, which may just have ended, is waited for.
pub const LOCK_PATIENCE: Duration = Duration::from_secs(20);
/// Bits of a key's hash by which each level of narrowing divides.
pub const NARROWING_BITS: u32 = 10;
/// Levels of narrowing at most.
pub const NARROWING_LEVELS: u32 = 4;
/// Buckets that are followed further.
pub const BUCKETS_FOLLOWED: usize = 32;
/// Rows that two sides may have in those buckets before they are compared one by one.
pub const ROWS_COMPARED: u64 = 2_000;
/// Rows of which hashes are fetched from one side at most.
pub const ROWS_FETCHED: u64 = 10_000;
/// Rows of which values are fetched from one side at most.
pub const ROWS_SHOWN: u64 = 200;
/// Differences shown of one table.
pub const DIFFERENCES_SHOWN: usize = 20;
/// Characters of a value that a difference shows.
pub const VALUE_SHOWN: usize = 200;
/// How long a statement that copies rows waits for a lock before its work is tried again.
pub const LOCK_WAIT: Duration = Duration::from_secs(60);

/// How long a statement of an assessment may run before the server ends it.
pub const ASSESS_STATEMENT: Duration = Duration::from_secs(2);

/// The same, where rows of user tables are read too.
pub const ASSESS_STATEMENT_DEEP: Duration = Duration::from_secs(600);

/// How long a statement of an assessment waits for a lock.
pub const ASSESS_LOCK: Duration = Duration::from_millis(200);

/// Looks at a workload over a window at most.
pub const ASSESS_LOOKS: u32 = 60;

/// The pause between two of them at least.
pub const ASSESS_LOOK_PAUSE: Duration = Duration::from_secs(1);

/// How far apart two sizes are at least, or how long counters ran, where growth is told from them: a day has its tides.
pub const ASSESS_GROWTH_APART: Duration = Duration::from_secs(86_400);

/// Tables by load that an assessment keeps.
pub const ASSESS_TABLES_SHOWN: usize = 50;

/// Round trips that are measured.
pub const ROUND_TRIPS: u32 = 50;

/// Bytes that a probe reads or writes at most.
pub const PROBE_BYTES: u64 = 64 << 20;

/// How long a probe writes at most; the server ends one that takes twice as long.
pub const PROBE_TIME: Duration = Duration::from_secs(3);

/// Relations whose files an assessment asks for their sizes at most.
pub const ASSESS_SIZES_EXACT: i64 = 20_000;
/// How long a command that prints a password may take; somebody may have to touch a key.
pub const PASSWORD_COMMAND: Duration = Duration::from_secs(60);
/// Bytes that a file or a command that holds a password may have.
pub const PASSWORD_BYTES: u64 = 64 << 10;
