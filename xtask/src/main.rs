//! Every chore of this repository: `cargo x demo | check | test | tidy | bench | docs`.

mod bench;
mod docs;
mod machine;
mod phases;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xshell::cmd;

use crate::{phases::Phases, workspace::Workspace};

/// pgferry's chores.
#[derive(Parser)]
#[command(name = "cargo x", bin_name = "cargo x", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build pgferry and run `pgferry demo`: two servers, a live database, one copy, one proof.
    Demo {
        /// Handed to `pgferry demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Formatting, lints and tidy: what can be said without running a server.
    Check,
    /// Everything that must hold before a change goes in; what CI runs.
    Test {
        /// Handed to `cargo test --workspace`.
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Layers, forgotten files, SQL files, error codes, dependencies, licences, lengths, words.
    Tidy,
    /// Measure pgferry against other tools (bench/README.md).
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
    /// Write what pgferry says of itself: docs/cli.md, docs/findings, docs/assessment.schema.json.
    Docs {
        /// Only say whether they are up to date.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let workspace = Workspace::enter()?;
    match Cli::parse().chore {
        Chore::Demo { args } => demo(&workspace, &args),
        Chore::Check => Phases::run(|phases| check(&workspace, phases)),
        Chore::Test { args } => Phases::run(|phases| test(&workspace, phases, &args)),
        Chore::Tidy => tidy::run(&workspace),
        Chore::Bench { bench } => bench::run(&workspace, bench),
        Chore::Docs { check } => docs::run(&workspace, check),
    }
}

fn demo(workspace: &Workspace, args: &[String]) -> Result<()> {
    let pgferry = workspace.build_release()?;
    cmd!(workspace.shell, "{pgferry} demo {args...}").run()?;
    Ok(())
}

fn check(workspace: &Workspace, phases: &mut Phases) -> Result<()> {
    let shell = &workspace.shell;
    phases.time("fmt", || Ok(cmd!(shell, "cargo fmt --all --check").run()?))?;
    let clippy = cmd!(shell, "cargo clippy --locked --workspace --all-targets -- -D warnings");
    phases.time("clippy", || Ok(clippy.run()?))?;
    phases.time("tidy", || tidy::run(workspace))
}

fn test(workspace: &Workspace, phases: &mut Phases, args: &[String]) -> Result<()> {
    phases.time("machine", || machine::prepare(&workspace.shell))?;
    check(workspace, phases)?;
    let tests = cmd!(workspace.shell, "cargo test --locked --workspace {args...}");
    phases.time("test", || Ok(tests.run()?))?;
    phases.time("docs", || docs::run(workspace, true))
}
