//! `pgferry demo`: the main job on throw-away servers.

use std::{path::PathBuf, time::Instant};

use clap::Args;
use pgferry_engine::{Error, Kind, Result, Side};
use pgferry_lab::{Major, Server, shop};

use super::transfer;
use crate::{
    phase,
    report::{Report, exit::Exit, failure::Failure, progress},
    settings::{Given, Settings},
};

/// Flags of `pgferry demo`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Major of the source server; another than this machine's is fetched.
    #[arg(long, value_name = "MAJOR", default_value_t = 15)]
    source_major: u16,
    /// Major of the target server.
    #[arg(long, value_name = "MAJOR", default_value_t = 15)]
    target_major: u16,
    /// Leave the servers running until Enter is pressed, to look around.
    #[arg(long)]
    keep: bool,
}

/// Starts two servers, fills one, moves it to the other, proves them equal, and says how to go on.
#[expect(clippy::print_stdout, reason = "the demonstration is the command's data")]
pub async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let begun = Instant::now();
    println!(
        "starting a source ({}) and a target like RDS ({}) …",
        arguments.source_major, arguments.target_major
    );
    let source = Server::start(Major(arguments.source_major)).map_err(lab)?;
    let target = Server::options(Major(arguments.target_major)).rds_like().start().map_err(lab)?;
    println!("filling the source with an online shop's life …");
    shop::create(&source, "shop", shop::DEMO).map_err(lab)?;
    let folder = tempfile::Builder::new().prefix("pgferry-demo").tempdir();
    let folder = folder.map_err(|error| Error::new(Kind::Io, Side::Local, "make a folder").because(error))?;
    let settings = settings(&source, &target, folder.path().join("run"))?;
    println!("\n$ pgferry transfer --source … --target … --until copied\n");
    let summary = transfer::copy(settings.clone(), progress::Form::choose(false)).await?;
    println!("{}", summary.text());
    println!("$ pgferry verify --still\n");
    let counters = std::sync::Arc::new(pgferry_engine::progress::Progress::default());
    let verdict = phase::verify::still(&settings, &counters).await?;
    println!("{}", verdict.text());
    println!("\n{} seconds in all.", begun.elapsed().as_secs());
    println!(
        "Next, with your own databases: pgferry transfer --source URI --target URI --dir FOLDER --until copied"
    );
    if arguments.keep {
        println!(
            "\nsource: psql '{}'\ntarget: psql '{}'\nEnter ends them.",
            source.uri("shop"),
            target.master_uri("shop")
        );
        // whatever is read, or nothing at all, ends the demonstration
        let _ = std::io::stdin().read_line(&mut String::new());
    }
    Ok(if verdict.is_equal() && summary.missing.is_empty() { Exit::Done } else { Exit::Findings })
}

fn settings(source: &Server, target: &Server, dir: PathBuf) -> Result<Settings> {
    Settings::resolve(Given {
        source: Some(source.uri("shop")),
        target: Some(target.master_uri("shop")),
        dir: Some(dir),
        ..Given::default()
    })
}

fn lab(error: pgferry_lab::Error) -> Error {
    Error::new(Kind::ToolFailed, Side::Local, "run a throw-away server").because(error)
}
