//! What pgferry says of itself, kept in `docs/`: the help of every command, a page for each finding, the JSON schema of
//! an assessment.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use anyhow::{Result, ensure};
use xshell::cmd;

use crate::workspace::Workspace;

const HEAD: &str = "# Command line\n\nWritten by `cargo x docs`; not by hand.\n";
const FINDINGS: &str = "docs/findings";

/// Writes the pages, or with `check` compares them with what would be written.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<()> {
    let pgferry = workspace.build_dev()?;
    let pages = pages(workspace, &pgferry)?;
    if !check {
        fs::create_dir_all(workspace.root.join(FINDINGS))?;
        for (path, text) in &pages {
            fs::write(workspace.root.join(path), text)?;
        }
    }
    for (path, text) in &pages {
        let same = fs::read_to_string(workspace.root.join(path)).is_ok_and(|old| old == *text);
        ensure!(same, "{path} is out of date: run `cargo x docs`");
    }
    for entry in fs::read_dir(workspace.root.join(FINDINGS))? {
        let path = format!("{FINDINGS}/{}", entry?.file_name().to_string_lossy());
        ensure!(pages.contains_key(&path), "{path} is about no finding: remove it");
    }
    Ok(())
}

fn pages(workspace: &Workspace, pgferry: &Path) -> Result<BTreeMap<String, String>> {
    let shell = &workspace.shell;
    let mut pages = BTreeMap::new();
    pages.insert("docs/cli.md".to_owned(), page(workspace, pgferry)?);
    let schema = cmd!(shell, "{pgferry} assess --schema").quiet().read()?;
    pages.insert("docs/assessment.schema.json".to_owned(), schema + "\n");
    let list = cmd!(shell, "{pgferry} explain").quiet().read()?;
    for name in list.lines().filter_map(finding) {
        let text = cmd!(shell, "{pgferry} explain {name}").quiet().read()?;
        pages.insert(format!("{FINDINGS}/{name}.md"), text + "\n");
    }
    Ok(pages)
}

/// The name of a finding in a line as `PF1501 identity-missing: …`; a line about an error has the colon behind its code.
fn finding(line: &str) -> Option<&str> {
    let (code, rest) = line.split_once(' ')?;
    (!code.ends_with(':')).then(|| rest.split(':').next()).flatten()
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
    fn findings_are_told_from_errors() {
        assert_eq!(finding("PF1501 identity-missing: tables"), Some("identity-missing"));
        assert_eq!(finding("PF0303: the snapshot is lost"), None);
    }

    #[test]
    fn a_command_without_commands_has_none() {
        assert!(subcommands("Copy.\n\nOptions:\n  -h  Print").is_empty());
    }
}
