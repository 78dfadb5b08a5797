//! `docs/cli.md`: what `pgferry --help` says, and the help of every command below it.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Result, ensure};
use xshell::cmd;

use crate::workspace::Workspace;

const PAGE: &str = "docs/cli.md";
const HEAD: &str = "# Command line\n\nWritten by `cargo x docs`; not by hand.\n";

/// Writes the page, or with `check` compares it with what would be written.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<()> {
    let pgferry = workspace.build_dev()?;
    let page = page(workspace, &pgferry)?;
    let path = workspace.root.join(PAGE);
    if !check {
        fs::write(path, page)?;
        return Ok(());
    }
    ensure!(
        fs::read_to_string(path).is_ok_and(|old| old == page),
        "{PAGE} is out of date: run `cargo x docs`"
    );
    Ok(())
}

/// Asked without an environment: help shows the values of variables.
fn page(workspace: &Workspace, pgferry: &Path) -> Result<String> {
    let mut page = HEAD.to_owned();
    let mut waiting = vec![Vec::<String>::new()];
    while let Some(command) = waiting.pop() {
        let words = &command;
        let help = cmd!(workspace.shell, "{pgferry} {words...} --help").env_clear().quiet().read()?;
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        let title = [&["pgferry".to_owned()], command.as_slice()].concat().join(" ");
        write!(page, "\n## {title}\n\n```text\n{}\n```\n", help.join("\n"))?;
        let below = subcommands(&help.join("\n"));
        waiting.extend(below.into_iter().rev().map(|name| [command.as_slice(), &[name]].concat()));
    }
    Ok(page)
}

/// The names under `Commands:`; clap's own `help` is left out.
fn subcommands(help: &str) -> Vec<String> {
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let named = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    named
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(String::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_and_their_second_lines_are_not() {
        let help = "Moves.\n\nCommands:\n  transfer  Copy\n            and more\n  help      Print\n\nOptions:\n  -h  Print";
        assert_eq!(subcommands(help), ["transfer"]);
    }

    #[test]
    fn a_command_without_commands_has_none() {
        assert!(subcommands("Copy.\n\nOptions:\n  -h  Print").is_empty());
    }
}
