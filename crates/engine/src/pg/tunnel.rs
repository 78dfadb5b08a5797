//! The way to a server that only a machine behind SSH can reach: the system's own `ssh`, kept running beside us.
//!
//! ```text
//!   dial ──▶ FOLDER/0 ──ssh -N -L FOLDER/0:localhost:5432──▶ droplet ──▶ localhost:5432
//!            FOLDER/1 ───────────────────────────────────────────────▶ the second host, and so on
//! ```
//!
//! Keys, agent, jump hosts and `known_hosts` are as `ssh` itself has them; a host key that is not known is never
//! accepted, and nobody is asked for anything. The near ends are sockets in a folder of ours alone. A child that has
//! died is started again by whoever dials next: connections through it are lost, those made afterwards work. What
//! bounds the rate is one core at each end, which encrypts.

use std::{
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{net::UnixStream, sync::Mutex};

use super::{conninfo::Host, dial::Failure};
use crate::{
    error::{Error, Kind, Result, Side},
    limits,
};
use child::Child;

mod child;
mod errand;
mod words;

/// A tunnel, started by the first who needs it; ends with its last copy.
#[derive(Clone)]
pub struct Tunnel(Arc<Inner>);

struct Inner {
    /// What is typed behind `ssh`.
    words: Vec<String>,
    /// Where it leads to, as the far side sees it.
    hosts: Vec<Host>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    child: Option<Child>,
    /// The last start, if it failed.
    failed: Option<Failed>,
}

struct Failed {
    at: Instant,
    pause: Duration,
    why: Failure,
}

/// Options that may stand before the destination: those with a value, and those without.
const VALUED: &str = "FJilop";
const BARE: &str = "46C";
const OPTIONS: &str = "-F, -J, -i, -l, -o and -p with their values, -4, -6 and -C";

impl Tunnel {
    /// The tunnel that `ssh TEXT` makes, to `hosts` as they are seen from its far side.
    ///
    /// # Errors
    /// [`Kind::Usage`] for anything but a destination and options that say how it is reached.
    pub fn new(text: &str, hosts: &[Host]) -> Result<Self> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        check(&words).map_err(|cause| {
            Error::new(Kind::Usage, Side::Source, format!("go through ssh {text:?}")).because(cause)
        })?;
        Ok(Self(Arc::new(Inner { words, hosts: hosts.to_vec(), state: Mutex::default() })))
    }

    /// What was asked for, as it is typed behind `ssh`.
    pub fn text(&self) -> String {
        self.0.words.join(" ")
    }

    /// The words of `ssh`, added to the error of a source's connection that has ended with it.
    pub async fn explain(&self, error: Error) -> Error {
        if (error.kind, error.side) != (Kind::ConnectionLost, Side::Source) || error.server.is_some() {
            return error;
        }
        match self.complaint(Instant::now()).await {
            Some(why) => {
                let cause = error.cause.as_deref().map_or_else(String::new, |cause| format!("{cause}; "));
                let cause = format!("{cause}through ssh {self}: {}", why.cause);
                error.because(cause)
            }
            None => error,
        }
    }

    /// What `command` prints on the far side; the shell there reads it. Over a connection of its own, bounded in time and size.
    ///
    /// # Errors
    /// Why it came to nothing, in the words of `ssh` or of the command.
    pub async fn output(&self, command: &str) -> std::result::Result<String, String> {
        let within = limits::TUNNEL_COMMAND;
        let output = tokio::time::timeout(within, errand::run(&self.0.words, command)).await;
        output.unwrap_or_else(|_| Err(format!("no answer within {} s", within.as_secs())))
    }

    /// A stream that comes out at `host`. Starts `ssh` if it does not run, and waits until the tunnel stands.
    pub(super) async fn connect(&self, host: &Host) -> std::result::Result<UnixStream, Failure> {
        if let Ok(stream) = UnixStream::connect(self.entry(host).await?).await {
            return Ok(stream);
        }
        // it no longer listens, so it is about to end
        self.complaint(Instant::now()).await;
        let stream = UnixStream::connect(self.entry(host).await?).await;
        stream.map_err(|error| Failure::new(Kind::Unreachable, format!("ssh takes no connection: {error}")))
    }

    /// The near end of the way to `host`.
    async fn entry(&self, host: &Host) -> std::result::Result<PathBuf, Failure> {
        let at = self.0.hosts.iter().position(|one| one == host).unwrap_or_default();
        let mut state = self.0.state.lock().await;
        if let Some(child) = state.child.as_mut()
            && child.runs()
        {
            return Ok(child.entry(at));
        }
        if let Some(failed) = state.failed.as_ref().filter(|failed| failed.at.elapsed() < failed.pause) {
            return Err(failed.why.clone());
        }
        if state.child.take().is_some() {
            tracing::debug!(tunnel = %self, "ssh ended, and is started again");
        }
        match Child::start(&self.0.words, &self.0.hosts).await {
            Ok(child) => {
                state.failed = None;
                Ok(state.child.insert(child).entry(at))
            }
            Err(why) => {
                let pause = state.failed.take().map_or(limits::TUNNEL_PAUSE, |last| last.pause * 2);
                let pause = pause.min(limits::TUNNEL_PAUSE_MAX);
                state.failed = Some(Failed { at: Instant::now(), pause, why: why.clone() });
                Err(why)
            }
        }
    }

    /// Why a connection that was begun at `since` came to nothing, if `ssh` knows.
    pub(super) async fn complaint(&self, since: Instant) -> Option<Failure> {
        let mut state = self.0.state.lock().await;
        state.child.as_mut()?.complaint(since).await
    }
}

impl fmt::Display for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.words.last().map_or("", String::as_str))
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Tunnel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

/// One destination, and before it options that say how it is reached: not those that make another thing of `ssh`.
fn check(words: &[String]) -> std::result::Result<(), String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-') else {
            let rest = words.next();
            return rest
                .map_or(Ok(()), |rest| Err(format!("{rest:?} stands behind the destination {word:?}")));
        };
        let letter = option.chars().next().unwrap_or('-');
        if VALUED.contains(letter) {
            if option.len() == 1 {
                words.next().ok_or_else(|| format!("-{option} has no value"))?;
            }
        } else if option.is_empty() || !option.chars().all(|letter| BARE.contains(letter)) {
            return Err(format!("{word} is not for a tunnel; before the destination may stand {OPTIONS}"));
        }
    }
    Err("it names no destination; give it as user@droplet".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_and_how_it_is_reached_are_all_that_is_taken() {
        let new = |text: &str| Tunnel::new(text, &[]).map(|tunnel| tunnel.to_string());
        assert_eq!(new("root@droplet").unwrap(), "root@droplet");
        assert_eq!(new(" -p 2222 -4 -J jump -oUser=x -F /etc/other ssh://u@h:22 ").unwrap(), "ssh://u@h:22");
        for text in [
            "",
            "-p 22",
            "-p",
            "-f host",
            "-N host",
            "-4f host",
            "host date",
            "-R 1:h:2 host",
            "- host",
            "--",
        ] {
            let error = new(text).unwrap_err();
            assert_eq!(error.kind, Kind::Usage, "{text}");
        }
    }
}
