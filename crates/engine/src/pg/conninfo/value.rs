//! Values that are one of a few words, or times.

use std::{fmt, time::Duration};

use super::keywords::Given;
use crate::limits;

/// How much TLS. Source: PostgreSQL manual, "SSL Support".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// None.
    Disable,
    /// If the server offers it. `allow` is taken for this too: it differs in asking for TLS only after a refusal, and
    /// TLS costs nobody anything here.
    Prefer,
    /// Or nothing; the certificate is not looked at.
    Require,
    /// The certificate must be of a trusted authority.
    VerifyCa,
    /// And carry the host's name.
    VerifyFull,
}

/// Whether SCRAM is bound to the TLS channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Never.
    Disable,
    /// Where both sides can.
    Prefer,
    /// Or no login.
    Require,
}

/// Which of several servers is wanted: `target_session_attrs`. Only a session can tell which it is, so that each one
/// is asked after its login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Whichever answers first.
    Any,
    /// One where sessions can write.
    ReadWrite,
    /// One where sessions cannot write.
    ReadOnly,
    /// One that is not in recovery.
    Primary,
    /// One that is in recovery.
    Standby,
    /// A standby, else any.
    PreferStandby,
}

/// What a session says of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct State {
    /// `pg_is_in_recovery()`.
    pub(in super::super) in_recovery: bool,
    /// `transaction_read_only` at the session's start, as servers, databases and roles can set it.
    pub(in super::super) read_only: bool,
}

impl State {
    /// From the row of `dial::STATE` in text form.
    pub(in super::super) fn read(rows: &[Vec<Option<String>>]) -> Self {
        let is = |column: usize, word: &str| {
            rows.first().and_then(|row| row.get(column)).is_some_and(|value| value.as_deref() == Some(word))
        };
        Self { in_recovery: is(0, "t"), read_only: is(1, "on") }
    }
}

const WANTED: [(&str, Wanted); 6] = [
    ("any", Wanted::Any),
    ("read-write", Wanted::ReadWrite),
    ("read-only", Wanted::ReadOnly),
    ("primary", Wanted::Primary),
    ("standby", Wanted::Standby),
    ("prefer-standby", Wanted::PreferStandby),
];

impl Wanted {
    /// What to look for, and what to look for where all hosts were tried in vain.
    pub(in super::super) fn in_order(self) -> &'static [Self] {
        match self {
            Self::Any => &[Self::Any],
            Self::ReadWrite => &[Self::ReadWrite],
            Self::ReadOnly => &[Self::ReadOnly],
            Self::Primary => &[Self::Primary],
            Self::Standby => &[Self::Standby],
            Self::PreferStandby => &[Self::Standby, Self::Any],
        }
    }

    pub(in super::super) fn fits(self, state: State) -> bool {
        match self {
            Self::Any | Self::PreferStandby => true,
            Self::ReadWrite => !state.read_only,
            Self::ReadOnly => state.read_only,
            Self::Primary => !state.in_recovery,
            Self::Standby => state.in_recovery,
        }
    }

    /// Whether every server that fits can be written to, or might be.
    pub(super) fn may_write(self) -> bool {
        match self {
            Self::Any | Self::ReadWrite | Self::Primary => true,
            Self::ReadOnly | Self::Standby | Self::PreferStandby => false,
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WANTED.iter().find(|(_, one)| one == self).map_or("", |(word, _)| word);
        f.write_str(word)
    }
}

/// TCP's own timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Keepalive {
    pub(in super::super) on: bool,
    pub(in super::super) idle: Duration,
    pub(in super::super) interval: Duration,
    pub(in super::super) count: u32,
    pub(in super::super) user_timeout: Duration,
}

/// What Linux takes at most for idle time and interval, and for probes. Source: `net/ipv4/tcp.c`.
const KEEPALIVE_MAX: Duration = Duration::from_secs(32_767);
const PROBES_MAX: u32 = 127;

pub(super) fn ssl_mode(text: &str) -> Result<SslMode, String> {
    let words = [
        ("disable", SslMode::Disable),
        ("allow", SslMode::Prefer),
        ("prefer", SslMode::Prefer),
        ("require", SslMode::Require),
        ("verify-ca", SslMode::VerifyCa),
        ("verify-full", SslMode::VerifyFull),
    ];
    word("sslmode", text, &words)
}

pub(super) fn binding(text: &str) -> Result<Binding, String> {
    let words = [("disable", Binding::Disable), ("prefer", Binding::Prefer), ("require", Binding::Require)];
    word("channel_binding", text, &words)
}

pub(super) fn wanted(text: &str) -> Result<Wanted, String> {
    word("target_session_attrs", text, &WANTED)
}

pub(super) fn load_balance(text: &str) -> Result<bool, String> {
    word("load_balance_hosts", text, &[("disable", false), ("random", true)])
}

fn word<T: Copy>(keyword: &str, text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("{keyword}={text}: it is one of {}", words.join(", "))
    })
}

/// `connect_timeout`: at least 2 s as in libpq; what waits for ever there waits for our own bound here.
pub(super) fn connect_timeout(text: &str) -> Result<Duration, String> {
    let asked = number("connect_timeout", text)?;
    Ok(if asked <= 0 { limits::CONNECT_TIMEOUT } else { Duration::from_secs(asked.unsigned_abs().max(2)) })
}

/// Takes the TCP timers out of what was given; 0 means our own, as it means the system's in libpq.
pub(super) fn keepalive(given: &mut Given) -> Result<Keepalive, String> {
    let mut take = |keyword: &str| match given.remove(keyword) {
        None => Ok(None),
        Some(text) => {
            number(keyword, &text).map(|number| u64::try_from(number).ok().filter(|number| *number > 0))
        }
    };
    let (idle, interval) = (take("keepalives_idle")?, take("keepalives_interval")?);
    let (count, user_timeout) = (take("keepalives_count")?, take("tcp_user_timeout")?);
    let time = |asked: Option<u64>, own: Duration| asked.map_or(own, Duration::from_secs).min(KEEPALIVE_MAX);
    let count = count.map_or(limits::KEEPALIVE_PROBES, |count| u32::try_from(count).unwrap_or(PROBES_MAX));
    let user_timeout = user_timeout.map_or(limits::TCP_USER_TIMEOUT, Duration::from_millis);
    let on = match given.remove("keepalives") {
        None => true,
        Some(text) => number("keepalives", &text)? != 0,
    };
    Ok(Keepalive {
        on,
        idle: time(idle, limits::KEEPALIVE_IDLE),
        interval: time(interval, limits::KEEPALIVE_INTERVAL),
        count: count.min(PROBES_MAX),
        user_timeout: user_timeout.min(Duration::from_millis(i32::MAX.unsigned_abs().into())),
    })
}

fn number(keyword: &str, text: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| format!("{keyword}={text}: it is a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_bounded() {
        let seconds = |text: &str| connect_timeout(text).unwrap().as_secs();
        let own = limits::CONNECT_TIMEOUT.as_secs();
        assert_eq!(["1", "7", "0", "-3"].map(seconds), [2, 7, own, own]);
        assert!(connect_timeout("soon").is_err());
    }

    #[test]
    fn timers_given_override_ours_and_stay_within_what_linux_takes() {
        let given = [("keepalives_idle", "9"), ("keepalives_interval", "99999"), ("keepalives_count", "0")];
        let mut given =
            given.into_iter().map(|(keyword, value)| (keyword.to_owned(), value.to_owned())).collect();
        let times = keepalive(&mut given).unwrap();
        assert_eq!((times.on, times.idle.as_secs(), times.interval), (true, 9, KEEPALIVE_MAX));
        assert_eq!((times.count, times.user_timeout), (limits::KEEPALIVE_PROBES, limits::TCP_USER_TIMEOUT));
    }

    #[test]
    fn a_wrong_word_gets_the_right_ones() {
        assert_eq!(ssl_mode("allow"), Ok(SslMode::Prefer));
        assert_eq!(
            ssl_mode("on").unwrap_err(),
            "sslmode=on: it is one of disable, allow, prefer, require, verify-ca, verify-full"
        );
        assert!(wanted("master").is_err() && binding("maybe").is_err() && load_balance("yes").is_err());
    }
}
