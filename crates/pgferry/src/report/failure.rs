//! A failure as a person reads it: what failed, why, where we stand, what to do.

use pgferry_engine::{Error, Side};

use super::{codes, exit::Exit};

/// Prints the failure to standard error; how the program ends.
pub fn tell(error: &Error) -> Exit {
    let code = codes::of(error);
    anstream::eprintln!("{}", text(error));
    code.exit
}

/// The whole message.
pub fn text(error: &Error) -> String {
    let code = codes::of(error);
    let side = match error.side {
        Side::Source => " (on the source)",
        Side::Target => " (on the target)",
        Side::Local => "",
    };
    let mut lines = vec![format!("error[{}]: cannot {}{side}", code.code, error.attempt)];
    if let Some(server) = &error.server {
        lines.push(format!("  server: {} (SQLSTATE {})", server.message, server.sqlstate));
        let more = [("detail", &server.detail), ("hint", &server.hint), ("context", &server.context)];
        lines.extend(more.iter().filter_map(|(name, text)| {
            let text = text.as_deref()?;
            Some(format!("  {name}: {}", text.lines().take(3).collect::<Vec<_>>().join(" / ")))
        }));
    }
    if let Some(cause) = &error.cause {
        lines.push(format!("  cause: {}", cause.replace('\n', "\n    ")));
    }
    lines.push(format!("  state: {}", state(code.exit)));
    lines.push(format!("  next: {}; more by: pgferry explain {}", code.hint, code.code));
    lines.join("\n")
}

fn state(exit: Exit) -> &'static str {
    match exit {
        Exit::Usage | Exit::Refused => {
            "nothing was changed on the source; on the target at most what an earlier process of this run made"
        }
        Exit::Paused | Exit::Bug | Exit::Done | Exit::Findings => {
            "nothing was changed on the source; what is on the target stays until the run goes on or is aborted"
        }
    }
}
