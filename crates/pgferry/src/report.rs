//! What people and programs are told: codes, failures, progress, the final report.

use serde::Serialize;

use self::exit::Exit;

pub mod assessment;
pub mod choice;
pub mod codes;
pub mod exit;
pub mod failure;
pub mod progress;
pub mod summary;
pub mod verdict;

/// What a command came to: for people, for programs, for the shell.
pub trait Report: Serialize {
    /// For a person.
    fn text(&self) -> String;

    /// How the program ends.
    fn exit(&self) -> Exit;

    /// For a person, in one line among those of other databases.
    fn headline(&self) -> String {
        match self.exit() {
            Exit::Done => "done".to_owned(),
            _ => "done, with findings: see above".to_owned(),
        }
    }
}

/// What was done, a line each.
impl Report for Vec<String> {
    fn text(&self) -> String {
        self.join("\n")
    }

    fn exit(&self) -> Exit {
        Exit::Done
    }
}
