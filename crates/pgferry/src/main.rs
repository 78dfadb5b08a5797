//! Moves a live PostgreSQL database to AWS, and proves that nothing was lost.

use std::process::ExitCode;

mod cli;
mod config;
mod journal;
mod phase;
mod report;
mod run;
mod settings;
mod world;

fn main() -> ExitCode {
    let command = cli::parse();
    match cli::run(command) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.tell().into(),
    }
}
