//! Exit codes: stable, documented in `docs/exit-codes.md`.

use std::process::ExitCode;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Done = 0,
    /// A bug of ours.
    Bug = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Findings, or a difference between the two databases.
    Findings = 3,
    /// A precondition is not met; nothing was changed.
    Refused = 4,
    /// The run pauses; the same command goes on.
    Paused = 7,
}

impl Exit {
    /// The worse of two, as they stand in `docs/exit-codes.md`: what needs a person's hand first comes first.
    pub fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Paused => 2,
            Self::Refused => 3,
            Self::Usage => 4,
            Self::Bug => 5,
        };
        if rank(self) < rank(other) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
