//! `pgferry init`: from what somebody knows of two databases to a file that every command accepts.
//!
//! The file holds no password, only where one is found. It is never written over another. A connection that fails is
//! said in words and does not keep the file from being written: what is missing is mostly mended on the server.

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use attempt::Found;
use clap::Args;
use file::Answers;
use pgferry_engine::{
    Error, Kind, Result, Side,
    pg::{conninfo, conninfo::Conninfo, secret::Secret, tunnel::Tunnel},
};

use super::{Common, goals::Goals};
use crate::{
    config::{self, FILE, reference::Reference},
    report::exit::Exit,
    settings,
};

mod ask;
mod attempt;
mod file;

/// Flags of `pgferry init`. `--config` says where the file is written.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Where the source's password is found: env:NAME, file:PATH or command:PROGRAM ARGUMENT ….
    #[arg(long, value_name = "PLACE")]
    source_password: Option<Reference>,
    /// Where the target's password is found.
    #[arg(long, value_name = "PLACE")]
    target_password: Option<Reference>,
    /// There is no target yet: only an assessment of the source is possible.
    #[arg(long, conflicts_with = "target")]
    without_target: bool,
    /// Connections on each side that copy or build at a time.
    #[arg(long, value_name = "N", env = "PGFERRY_JOBS")]
    jobs: Option<usize>,
    #[command(flatten)]
    goals: Goals,
    /// Try no connection.
    #[arg(long)]
    offline: bool,
}

/// One of the two databases, as far as it is known.
#[derive(Clone, Debug)]
struct End {
    side: Side,
    /// The connection string without its password.
    text: String,
    /// The password that stood in it; for trying alone.
    own: Option<Secret>,
    /// Where it will be found.
    password: Option<Reference>,
}

/// Writes the file; 4 if a connection could not be made.
pub async fn run(arguments: Arguments) -> Result<Exit> {
    let path = arguments.common.config.clone().unwrap_or_else(|| PathBuf::from(FILE));
    refuse_present(&path)?;
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let mut found = Vec::new();
    let source = end(Side::Source, &arguments, terminal, &mut found).await?;
    let source = source.ok_or_else(|| missing(Side::Source))?;
    let target = end(Side::Target, &arguments, terminal, &mut found).await?;
    let text = file::text(&Answers {
        source: &source,
        target: target.as_ref(),
        ssh: arguments.common.ssh.as_deref(),
        dir: arguments.common.dir.as_deref(),
        run: arguments.common.run.as_deref(),
        jobs: arguments.jobs,
        watch: arguments.goals.watch(),
        criteria: arguments.goals.criteria(),
    });
    // what is refused here would be refused by every command
    config::parse(&text, &path)?;
    write_new(&path, &text)?;
    tell(&path, &[Some(&source), target.as_ref()], &found, arguments.common.json);
    Ok(if found.iter().all(|found| found.good) { Exit::Done } else { Exit::Refused })
}

/// What the flags say of a side, asked for if they do not and somebody is there; tried until it works or is kept.
async fn end(side: Side, arguments: &Arguments, terminal: bool, all: &mut Vec<Found>) -> Result<Option<End>> {
    let (text, password) = match side {
        Side::Target => (&arguments.common.target, &arguments.target_password),
        Side::Source | Side::Local => (&arguments.common.source, &arguments.source_password),
    };
    let text = match text {
        Some(text) => Some(text.clone()),
        None if side == Side::Target && arguments.without_target => None,
        None if terminal => ask::connection(side, None)?,
        None => return Err(missing(side)),
    };
    let Some(text) = text else { return Ok(None) };
    let mut end = End::new(side, &text, password.clone())?;
    let ssh = arguments.common.ssh.as_deref().filter(|_| side == Side::Source);
    if arguments.offline {
        end.info(ssh)?;
        return Ok(Some(end));
    }
    loop {
        let found = attempt::attempt(&end, ssh).await?;
        if found.good || !terminal {
            all.push(found);
            return Ok(Some(end));
        }
        found.lines.iter().for_each(|line| anstream::eprintln!("{line}"));
        match ask::again(&end, &found)? {
            Some(next) => end = next,
            None => {
                all.push(found);
                return Ok(Some(end));
            }
        }
    }
}

impl End {
    /// Parts a connection string from its password, which is then looked for in the environment unless told otherwise.
    fn new(side: Side, text: &str, password: Option<Reference>) -> Result<Self> {
        let attempt = || format!("read the {side}'s connection string");
        let (text, own) =
            conninfo::part(text).map_err(|cause| Error::new(Kind::Usage, side, attempt()).because(cause))?;
        let password = match (&own, password) {
            (Some(_), None) => variable(side).parse().ok(),
            (_, password) => password,
        };
        Ok(Self { side, text, own, password })
    }

    /// Where to and as whom, with the password; through a tunnel of its own if one leads there.
    fn info(&self, ssh: Option<&str>) -> Result<Conninfo> {
        let info = Conninfo::parse(&self.text, self.side, &settings::source_defaults(ssh.is_some()))?;
        let tunnel = ssh.map(|ssh| Tunnel::new(ssh, info.hosts())).transpose()?;
        Ok(match tunnel {
            Some(tunnel) => info.through(tunnel),
            None => info,
        })
    }

    fn secret(&self) -> Result<Option<Secret>> {
        match (&self.own, &self.password) {
            (Some(own), _) => Ok(Some(own.clone())),
            (None, Some(reference)) => reference.secret(self.side).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// Where a password is looked for that was given in a connection string.
fn variable(side: Side) -> String {
    format!("env:PGFERRY_{}_PASSWORD", side.to_string().to_uppercase())
}

fn missing(side: Side) -> Error {
    let more = if side == Side::Target { ", or --without-target if there is none yet" } else { "" };
    Error::new(Kind::Usage, Side::Local, format!("write a configuration without a {side}"))
        .because(format!("there is no terminal to ask at; give --{side} URI{more}"))
}

fn refuse_present(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok() { Err(present(path)) } else { Ok(()) }
}

fn present(path: &Path) -> Error {
    Error::new(Kind::Usage, Side::Local, format!("write {}", path.display())).because(
        "it is there already and is never overwritten; name another file by --config, or move it away",
    )
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => present(path),
        _ => Error::new(Kind::Io, Side::Local, format!("write {}", path.display())).because(error),
    };
    let mut file = std::fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[expect(clippy::print_stdout, reason = "what was found is the command's data")]
fn tell(path: &Path, ends: &[Option<&End>], found: &[Found], json: bool) {
    let taken = ends.iter().flatten().filter(|end| end.own.is_some());
    let taken: Vec<String> = taken
        .filter_map(|end| {
            let place = end.password.as_ref()?;
            Some(format!("the {}'s password was not written: give it by {place}", end.side))
        })
        .collect();
    if json {
        println!("{}", serde_json::json!({ "file": path, "tried": found, "to_do": taken }));
        return;
    }
    found.iter().flat_map(|found| &found.lines).for_each(|line| println!("{line}"));
    println!("wrote {}", path.display());
    taken.iter().for_each(|line| println!("{line}"));
    println!("next: pgferry config, then pgferry assess");
}
