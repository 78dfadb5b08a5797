//! A failure as a person reads it: what failed, why, where we stand, what to do.

use pgferry_engine::{Error, Kind, Side};

use super::{codes, exit::Exit};

/// An error, and how far the run was.
#[derive(Debug)]
pub struct Failure {
    error: Error,
    stand: Stand,
}

/// How far the run was when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// No step of this process had begun.
    Before,
    /// The command only looks: there is nothing to go on with.
    Looking,
    /// Some step had begun: what it did is journalled, and the same command goes on.
    Begun,
    /// What is ours was being taken away, and the same command goes on.
    Ending,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, stand: Stand::Before }
    }
}

impl Failure {
    /// A failure in the middle of a run's steps.
    pub fn midway(error: Error) -> Self {
        Self { error, stand: Stand::Begun }
    }

    /// A failure in the middle of taking away what is ours.
    pub fn ending(error: Error) -> Self {
        Self { error, stand: Stand::Ending }
    }

    /// A failure of a command that changes neither side.
    pub fn looking(error: Error) -> Self {
        Self { error, stand: Stand::Looking }
    }

    /// Prints the failure to standard error; how the program ends.
    pub fn tell(&self) -> Exit {
        anstream::eprintln!("{}", self.text());
        self.exit()
    }

    /// A run that had begun pauses, whatever stopped it; only a bug is a bug.
    fn exit(&self) -> Exit {
        match (codes::of(&self.error).exit, self.stand) {
            (Exit::Bug, _) => Exit::Bug,
            (_, Stand::Begun | Stand::Ending) => Exit::Paused,
            (Exit::Paused, Stand::Looking) => Exit::Refused,
            (exit, Stand::Before | Stand::Looking) => exit,
        }
    }

    /// The whole message.
    pub fn text(&self) -> String {
        let error = &self.error;
        let code = codes::of(error);
        let side = match error.side {
            Side::Source => " (on the source)",
            Side::Target => " (on the target)",
            Side::Local => "",
        };
        let mut lines = vec![format!("error[{}]: cannot {}{side}", code.code, error.attempt)];
        if let Some(server) = &error.server {
            lines.push(format!("  server: {} (SQLSTATE {})", server.message, server.sqlstate));
            let more = [("detail", &server.detail), ("hint", &server.hint), ("context", &server.context)];
            lines.extend(more.iter().filter_map(|(name, text)| {
                let text = text.as_deref()?;
                Some(format!("  {name}: {}", text.lines().take(3).collect::<Vec<_>>().join(" / ")))
            }));
        }
        if let Some(cause) = &error.cause {
            lines.push(format!("  cause: {}", cause.replace('\n', "\n    ")));
        }
        lines.push(format!("  state: {}", self.state()));
        lines.push(format!("  next: {}; more by: pgferry explain {}", self.next(), code.code));
        lines.join("\n")
    }

    fn next(&self) -> &'static str {
        match (self.error.kind, self.stand) {
            // there is no run to abort, or it is being ended
            (Kind::Interrupted, Stand::Looking | Stand::Ending) => "run the same command again",
            _ => codes::of(&self.error).hint,
        }
    }

    fn state(&self) -> &'static str {
        match self.stand {
            Stand::Before => "nothing was changed on the source, and nothing but our own mark on the target",
            Stand::Looking => "nothing was changed on either side",
            Stand::Ending => {
                "nothing was changed on the source; what was taken from the target is gone, and the same command goes on from there"
            }
            Stand::Begun => {
                "nothing was changed on the source; the target keeps what is done, and the same command goes on from there"
            }
        }
    }
}
