//! Questions at a terminal.

use dialoguer::Input;
use pgferry_engine::{Error, Kind, Result, Side};

use super::{End, attempt::Found};
use crate::config::reference::Reference;

/// The connection string of a side, with `present` to be edited; none if it was left empty.
pub(super) fn connection(side: Side, present: Option<&str>) -> Result<Option<String>> {
    let example = match side {
        Side::Target => "target, as postgresql://master@host/database (Enter if there is none yet)",
        Side::Source | Side::Local => "source, as postgresql://user@host/database",
    };
    let input = Input::<String>::new().with_prompt(example).allow_empty(side == Side::Target);
    let input = if let Some(present) = present { input.with_initial_text(present) } else { input };
    let text = input.interact_text().map_err(failed)?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// After an attempt that failed: what is to be tried next; none to keep what there is.
pub(super) fn again(end: &End, found: &Found) -> Result<Option<End>> {
    if found.password_missing {
        let prompt = format!(
            "where is the {}'s password? env:NAME, file:PATH or command:PROGRAM … (Enter: in the passfile)",
            end.side
        );
        let input = Input::<String>::new().with_prompt(prompt).allow_empty(true);
        let input =
            input.validate_with(
                |text: &String| {
                    if text.is_empty() { Ok(()) } else { text.parse::<Reference>().map(|_| ()) }
                },
            );
        let text = input.interact_text().map_err(failed)?;
        return Ok(text.parse().ok().map(|password| End { password: Some(password), ..end.clone() }));
    }
    anstream::eprintln!("Enter keeps it, and the file says so; or correct it:");
    let Some(text) = connection(end.side, Some(&end.text))? else { return Ok(None) };
    if text == end.text { Ok(None) } else { End::new(end.side, &text, end.password.clone()).map(Some) }
}

fn failed(error: dialoguer::Error) -> Error {
    Error::new(Kind::Interrupted, Side::Local, "ask at the terminal").because(error)
}
