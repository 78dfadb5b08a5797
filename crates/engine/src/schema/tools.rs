//! `pg_dump` and `pg_restore`: which ones fit, and how they are run.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::{
    error::{Error, Kind, Result, Side},
    limits,
    pg::version::Version,
};

/// A folder with `pg_dump` and `pg_restore` of one major.
#[derive(Clone, Debug)]
pub struct Tools {
    folder: PathBuf,
    /// The programs' version.
    pub version: Version,
}

impl Tools {
    /// The programs in `folders` whose major lies between the source's and the target's, the newest of them.
    ///
    /// An archive of a newer `pg_dump` cannot be read by an older `pg_restore`, and a newer `pg_restore` writes
    /// settings that an older server does not know: so both are of one major, and not above the target's.
    pub async fn find(folders: &[PathBuf], source: Version, target: Version) -> Result<Self> {
        let found = Self::all(folders).await;
        let fits = |tools: &&Self| (source.major()..=target.major()).contains(&tools.version.major());
        let best = found.iter().filter(fits).max_by_key(|tools| tools.version);
        best.cloned().ok_or_else(|| missing(source, target, folders, &found))
    }

    /// The programs in `folders`, whatever their majors.
    pub async fn all(folders: &[PathBuf]) -> Vec<Self> {
        let mut found = Vec::new();
        for folder in folders {
            if let Some(version) = version_in(folder).await {
                found.push(Self { folder: folder.clone(), version });
            }
        }
        found
    }

    /// Runs `pg_dump`; its standard error becomes the cause if it fails.
    pub async fn dump(&self, arguments: &[String]) -> Result<()> {
        self.run("pg_dump", arguments).await.map(drop)
    }

    /// Runs `pg_restore` on a file and returns what it prints.
    pub async fn restore(&self, arguments: &[String]) -> Result<String> {
        let printed = self.run("pg_restore", arguments).await?;
        String::from_utf8(printed).map_err(|_| {
            Error::new(Kind::Unsupported, Side::Local, "read the schema dump")
                .because("it holds bytes that are not UTF-8")
        })
    }

    async fn run(&self, program: &str, arguments: &[String]) -> Result<Vec<u8>> {
        let attempt = format!("run {program} {}", self.version);
        let output = command(&self.folder.join(program))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .await
            .map_err(|error| Error::new(Kind::ToolFailed, Side::Local, attempt.clone()).because(error))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().lines().take(limits::TOOL_LINES_SHOWN).collect::<Vec<_>>().join("; ");
        Err(Error::new(Kind::ToolFailed, Side::Local, attempt).because(said))
    }
}

/// A child that inherits none of the `PG*` variables, which would name a server of their own, and dies with us.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true);
    command
}

async fn version_in(folder: &Path) -> Option<Version> {
    let mut versions = Vec::new();
    for program in ["pg_dump", "pg_restore"] {
        let output = command(&folder.join(program)).arg("--version").output().await.ok()?;
        versions.push(Version::from_program(&String::from_utf8_lossy(&output.stdout))?);
    }
    (versions[0].major() == versions[1].major()).then_some(versions[0])
}

fn missing(source: Version, target: Version, folders: &[PathBuf], found: &[Tools]) -> Error {
    let (low, high) = (source.major(), target.major());
    let wanted = if low == high { format!("{low}") } else { format!("{low} to {high}, best {high}") };
    let unfit = |tools: &Tools| {
        let why = if tools.version.major() < low {
            format!("too old for a source of {low}")
        } else {
            format!("too new for a target of {high}")
        };
        format!("{} in {} is {why}", tools.version, tools.folder.display())
    };
    let cause = match (found, folders) {
        ([], []) => "none was found".to_owned(),
        ([], looked) => {
            let list: Vec<String> = looked.iter().map(|folder| folder.display().to_string()).collect();
            format!("none was found in {}: one folder must hold both, of one major", list.join(", "))
        }
        (some, _) => some.iter().map(unfit).collect::<Vec<_>>().join("; "),
    };
    Error::new(Kind::ToolMissing, Side::Local, format!("find pg_dump and pg_restore of major {wanted}"))
        .because(cause)
}
