//! `pgferry explain`.

use clap::Args;
use pgferry_engine::{Error, Kind, Result, Side};

use crate::report::{codes, exit::Exit};

/// Flags of `pgferry explain`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// A code, as PF0303.
    code: String,
}

/// Prints the page.
#[expect(clippy::print_stdout, reason = "the page is the command's data")]
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let page = codes::page(&arguments.code).ok_or_else(|| {
        let known: Vec<&str> = codes::PAGES.iter().map(|(code, _)| *code).collect();
        Error::new(Kind::Usage, Side::Local, format!("explain {}", arguments.code))
            .because(format!("codes are {}", known.join(", ")))
    })?;
    println!("{page}");
    Ok(Exit::Done)
}
