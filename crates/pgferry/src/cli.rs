//! The commands, one file each.

use std::{collections::BTreeSet, path::PathBuf};

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, parser::ValueSource};
use pgferry_engine::{Error, Kind, Side, catalog::choice::Choice};

use crate::{
    report::{exit::Exit, failure::Failure},
    settings::Given,
};

mod abort;
mod assess;
mod config;
mod demo;
mod explain;
mod finish;
mod goals;
mod init;
mod several;
mod transfer;
mod verify;

/// Moves a live PostgreSQL database to AWS, and proves that nothing was lost.
///
/// Exit codes: 0 done, 1 bug, 2 usage, 3 findings or difference, 4 refused, 7 paused (the same command goes on).
#[derive(Parser)]
#[command(name = "pgferry", version, propagate_version = true)]
pub struct Command {
    #[command(subcommand)]
    what: What,
    #[arg(skip)]
    from_environment: BTreeSet<String>,
}

#[derive(Subcommand)]
enum What {
    /// Write a configuration file: asks for what is missing, tries each connection, writes no password.
    Init(init::Arguments),
    /// Show every value that holds, and where it came from.
    Config(config::Arguments),
    /// Look at a source, and at a target: what could go wrong, what is there, how long the move takes, which size would do.
    Assess(assess::Arguments),
    /// Copy a database: definitions, roles, rows, large objects, sequences, rights.
    Transfer(transfer::Arguments),
    /// Compare source and target whole: rows, sequences, large objects, definitions.
    Verify(verify::Arguments),
    /// Take back everything that this run made: drop the target database, or empty it if it was there before.
    Abort(abort::Arguments),
    /// End a copy that was good: remove pgferry's own tables and memberships from the target.
    Finish(finish::Arguments),
    /// See the main job done on two throw-away servers on this machine.
    Demo(demo::Arguments),
    /// Print the page of an error code.
    Explain(explain::Arguments),
}

impl What {
    /// How things stand when the command is stopped in the middle.
    fn stopped(&self) -> fn(Error) -> Failure {
        match self {
            Self::Transfer(_) => Failure::midway,
            Self::Abort(_) | Self::Finish(_) => Failure::ending,
            // the servers of a demo go with it
            Self::Init(_)
            | Self::Config(_)
            | Self::Assess(_)
            | Self::Verify(_)
            | Self::Demo(_)
            | Self::Explain(_) => Failure::looking,
        }
    }
}

/// Flags that every command about a run has.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Configuration file [default: pgferry.toml, if it is here].
    #[arg(long, value_name = "FILE", env = "PGFERRY_CONFIG")]
    config: Option<PathBuf>,
    /// The database that is read: a libpq URI or keyword string.
    #[arg(long, value_name = "URI", env = "PGFERRY_SOURCE", hide_env_values = true)]
    source: Option<String>,
    /// The database that is written; made if it is absent.
    #[arg(long, value_name = "URI", env = "PGFERRY_TARGET", hide_env_values = true)]
    target: Option<String>,
    /// Reach the source through this machine, as it is typed behind ssh: "user@droplet". Host and port of the source
    /// are then those that it sees [default host: localhost].
    #[arg(long, value_name = "DESTINATION", env = "PGFERRY_SSH", allow_hyphen_values = true)]
    ssh: Option<String>,
    /// The run's folder: journal, dump, report [default: pgferry-run].
    #[arg(long, value_name = "FOLDER", env = "PGFERRY_DIR")]
    dir: Option<PathBuf>,
    /// The run's name [default: the source database's].
    #[arg(long, value_name = "NAME", env = "PGFERRY_RUN")]
    run: Option<String>,
    /// Several databases of the source's server, each under its own name on both sides: a run each, in a folder of its
    /// own within --dir; one report, and the worst exit code.
    #[arg(long, value_name = "NAME", env = "PGFERRY_DATABASES", value_delimiter = ',')]
    databases: Vec<String>,
    /// Events and report as JSON, a value a line.
    #[arg(long)]
    json: bool,
}

/// Flags that choose what of a database is carried and compared. A pattern is `schema` or `schema.table`, with `*` and `?`.
#[derive(Args, Clone, Debug)]
struct Filters {
    /// Only these schemas and tables, as shop or audit.*; kept by the run.
    #[arg(long, value_name = "PATTERN", env = "PGFERRY_INCLUDE", value_delimiter = ',')]
    include: Vec<String>,
    /// Not these; what cannot be without them is named and left out too.
    #[arg(long, value_name = "PATTERN", env = "PGFERRY_EXCLUDE", value_delimiter = ',')]
    exclude: Vec<String>,
    /// Of these tables the definition alone.
    #[arg(long, value_name = "PATTERN", env = "PGFERRY_WITHOUT_DATA", value_delimiter = ',')]
    without_data: Vec<String>,
}

impl Filters {
    fn choice(&self) -> Choice {
        Choice {
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            without_data: self.without_data.clone(),
        }
    }
}

impl Common {
    fn given(&self) -> Given {
        Given {
            config: self.config.clone(),
            source: self.source.clone(),
            target: self.target.clone(),
            ssh: self.ssh.clone(),
            dir: self.dir.clone(),
            run: self.run.clone(),
            databases: self.databases.clone(),
            ..Given::default()
        }
    }
}

/// Reads the command line; wrong usage ends the program with 2, as clap has it.
pub fn parse() -> Command {
    let matches = Command::command().get_matches();
    let mut command = Command::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    command.from_environment =
        matches.subcommand().map(|(_, flags)| from_environment(flags)).unwrap_or_default();
    command
}

/// The names of those values that the environment gave.
fn from_environment(flags: &ArgMatches) -> BTreeSet<String> {
    let is_of_environment = |name: &&str| flags.value_source(name) == Some(ValueSource::EnvVariable);
    flags.ids().map(clap::Id::as_str).filter(is_of_environment).map(str::to_owned).collect()
}

/// Does what was asked, on one thread with one runtime.
pub fn run(command: Command) -> Result<Exit, Failure> {
    let failed = |cause: &dyn std::fmt::Display| Error::new(Kind::Bug, Side::Local, "start").because(cause);
    // another provider in the same process would be a bug of ours
    rustls::crypto::ring::default_provider().install_default().map_err(|_| failed(&"two TLS providers"))?;
    log();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
    let stopped = command.what.stopped();
    runtime.block_on(async {
        let work = async {
            match command.what {
                What::Init(arguments) => init::run(arguments).await.map_err(Failure::from),
                What::Config(arguments) => Ok(config::run(arguments, command.from_environment)?),
                What::Assess(arguments) => assess::run(arguments).await,
                What::Transfer(arguments) => transfer::run(arguments).await,
                What::Verify(arguments) => verify::run(arguments).await,
                What::Abort(arguments) => abort::run(arguments).await,
                What::Finish(arguments) => finish::run(arguments).await,
                What::Demo(arguments) => demo::run(arguments).await,
                What::Explain(arguments) => Ok(explain::run(&arguments)?),
            }
        };
        tokio::select! {
            done = work => done,
            () = interrupted() => Err(stopped(
                Error::new(Kind::Interrupted, Side::Local, "go on").because("the operator interrupted it")
            )),
        }
    })
}

/// Ctrl-C or SIGTERM. Connections close as the work is dropped: every transaction is whole or gone. A second one ends
/// the process at once.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                std::process::exit(130);
            });
        }
    });
}

/// Diagnostics to standard error, by PGFERRY_LOG (`debug`, `pgferry_engine=trace`); silent without it.
fn log() {
    use tracing_subscriber::{filter::Targets, prelude::*};
    let asked = std::env::var("PGFERRY_LOG").ok();
    if let Some(targets) = asked.and_then(|text| text.parse::<Targets>().ok()) {
        let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        tracing_subscriber::registry().with(layer.with_filter(targets)).init();
    }
}
