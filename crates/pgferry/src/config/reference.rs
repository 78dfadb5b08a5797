//! Where a password is found. It is looked up when it is used, once a process, and written nowhere.

use std::{
    io::{BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, OnceLock, mpsc},
    time::Instant,
};

use pgferry_engine::{Error, Kind, Result, Side, limits, pg::secret::Secret};
use serde::{Deserialize, Serialize};

/// A place, and what was found there.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "Place", into = "Place")]
pub struct Reference {
    place: Place,
    found: Arc<OnceLock<Secret>>,
}

/// `{ env = "NAME" }`, `{ file = "PATH" }`, `{ command = ["PROGRAM", "ARGUMENT"] }`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A variable of the environment.
    Env(String),
    /// A file's first line.
    File(PathBuf),
    /// The first line that a program prints; no shell reads the words.
    Command(Vec<String>),
}

impl From<Place> for Reference {
    fn from(place: Place) -> Self {
        Self { place, found: Arc::default() }
    }
}

impl From<Reference> for Place {
    fn from(reference: Reference) -> Self {
        reference.place
    }
}

/// As `init` takes it: `env:NAME`, `file:PATH`, `command:PROGRAM ARGUMENT …`.
impl std::str::FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or(("", ""));
        let place = match kind {
            "env" if !rest.is_empty() && !rest.contains('=') => Place::Env(rest.to_owned()),
            "file" if !rest.is_empty() => Place::File(PathBuf::from(rest)),
            "command" if !rest.trim().is_empty() => {
                Place::Command(rest.split_whitespace().map(str::to_owned).collect())
            }
            _ => {
                return Err(
                    "give env:NAME, file:PATH or command:PROGRAM ARGUMENT …, never the password".to_owned()
                );
            }
        };
        Ok(place.into())
    }
}

impl Reference {
    /// What is found there.
    pub fn secret(&self, side: Side) -> Result<Secret> {
        if let Some(secret) = self.found.get() {
            return Ok(secret.clone());
        }
        let text = match &self.place {
            Place::Env(name) => std::env::var(name).map_err(|_| format!("the variable {name} is not set")),
            Place::File(path) => of_file(path),
            Place::Command(words) => of_command(words),
        };
        let line = |text: String| text.lines().next().unwrap_or_default().to_owned();
        let found = text.map(line).and_then(|line| {
            if line.is_empty() { Err(format!("{} gives an empty line", self.place)) } else { Ok(line) }
        });
        let secret = Secret::new(found.map_err(|cause| {
            Error::new(Kind::Usage, side, format!("find the {side}'s password"))
                .because(format!("{cause}; {side}_password says to look there"))
        })?);
        Ok(self.found.get_or_init(|| secret).clone())
    }

    /// As it stands in the file.
    pub fn toml(&self) -> String {
        let quoted = super::quoted;
        match &self.place {
            Place::Env(name) => format!("{{ env = {} }}", quoted(name)),
            Place::File(path) => format!("{{ file = {} }}", quoted(&path.to_string_lossy())),
            Place::Command(words) => {
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                format!("{{ command = [{}] }}", words.join(", "))
            }
        }
    }
}

/// For people. Of a command its program alone: an argument may be a token.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Command(words) => write!(f, "command {}", words.first().map_or("", String::as_str)),
        }
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.place.fmt(f)
    }
}

fn of_file(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    read_text(std::fs::File::open(path).map_err(failed)?).map_err(failed)
}

fn read_text(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    BufReader::new(from.take(limits::PASSWORD_BYTES)).read_to_string(&mut text)?;
    Ok(text)
}

/// Its standard error is ours, so that it can say what it wants.
fn of_command(words: &[String]) -> Result<String, String> {
    let [program, arguments @ ..] = words else { return Err("the command is empty".to_owned()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot run {program}: {error}"))?;
    let output = bounded_output(&mut child);
    let _ = child.kill();
    let status = child.wait();
    let late = || format!("{program} did not end within {} s", limits::PASSWORD_COMMAND.as_secs());
    let text =
        output.ok_or_else(late)?.map_err(|error| format!("cannot read what {program} prints: {error}"))?;
    match status {
        Ok(status) if status.success() => Ok(text),
        Ok(status) => Err(format!("{program} failed: {status}")),
        Err(error) => Err(format!("{program} failed: {error}")),
    }
}

/// All that it prints until it ends; None if it takes too long.
fn bounded_output(child: &mut Child) -> Option<std::io::Result<String>> {
    let deadline = Instant::now() + limits::PASSWORD_COMMAND;
    let stdout = child.stdout.take()?;
    let (send, receive) = mpsc::sync_channel(1);
    std::thread::spawn(move || send.send(read_text(stdout)));
    let text = receive.recv_timeout(limits::PASSWORD_COMMAND).ok()?;
    while child.try_wait().ok()?.is_none() {
        if deadline < Instant::now() {
            return None;
        }
        std::thread::sleep(limits::POLL_PAUSE);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<String, String> {
        let reference: Reference = text.parse()?;
        reference
            .secret(Side::Source)
            .map(|secret| secret.reveal().to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_line_of_a_file_or_of_what_a_program_prints_is_the_password() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), " with space \r\nmore\n").unwrap();
        let path = file.path().display();
        assert_eq!(found(&format!("file:{path}")).unwrap(), " with space ");
        assert_eq!(found(&format!("command:cat {path}")).unwrap(), " with space ");
    }

    #[test]
    fn what_is_not_there_is_said_with_its_place() {
        for (text, words) in [
            ("env:PGFERRY_NO_SUCH_VARIABLE", "PGFERRY_NO_SUCH_VARIABLE is not set"),
            ("file:/nonexistent/pw", "cannot read /nonexistent/pw"),
            ("command:/nonexistent/program", "cannot run /nonexistent/program"),
            ("command:false", "false failed: exit status: 1"),
            ("command:true", "command true gives an empty line"),
        ] {
            let error = found(text).unwrap_err();
            assert!(error.contains(words) && error.contains("source_password"), "{error}");
        }
        assert!("hunter2".parse::<Reference>().is_err_and(|error| !error.contains("hunter2")));
    }
}
