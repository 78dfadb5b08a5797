//! Words that have no place in the repository. This file alone may name them.

use super::Complaint;
use crate::workspace::File;

/// What is put off does not stand in the sources.
const PUT_OFF: &[&str] = &["todo!", "unimplemented!", "TODO", "FIXME", "XXX", "for now", "For now"];

/// Hosts of package registries (their ordinary clients know them), and paths of somebody's own machine.
const FOREIGN: &[&str] = &[
    "registry.npmjs.org",
    "pypi.org",
    "pythonhosted.org",
    "crates.io",
    "proxy.golang.org",
    "deb.debian.org",
    "/work/",
    "/root/",
    "/Users/",
];

/// Names its registry in every entry.
const LOCK: &str = "Cargo.lock";
const OURS: &str = "xtask/src/tidy/words.rs";
const SOURCES: &[&str] = &["rs", "sql", "sh", "py", "toml"];

/// Complaints about words, with file and line.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    files.iter().filter(|file| file.path != OURS && file.path != LOCK).flat_map(words).collect()
}

fn words(file: &File) -> Vec<Complaint> {
    let extension = file.path.rsplit('.').next().unwrap_or_default();
    let put_off = if SOURCES.contains(&extension) { PUT_OFF } else { &[] };
    let forbidden: Vec<_> = put_off.iter().chain(FOREIGN).collect();
    let mut complaints = Vec::new();
    for (line, text) in file.text.lines().enumerate() {
        let found = forbidden.iter().filter(|word| is_there(text, word));
        complaints.extend(found.map(|word| format!("{}:{}: `{word}`", file.path, line + 1)));
    }
    complaints
}

/// Whether `word` stands in `text` by itself, not inside a longer word.
fn is_there(text: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].ends_with(is_word) && word.starts_with(is_word);
        let after = text[at + word.len()..].starts_with(is_word) && word.ends_with(is_word);
        !before && !after
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn what_is_put_off_is_found_in_sources_only() {
        assert_eq!(check(&[file("a.rs", "// TODO: later\ntodo!()")]).len(), 2);
        assert_eq!(check(&[file("a.sql", "-- good enough for now")]).len(), 1);
        assert!(check(&[file("a.md", "the word TODO")]).is_empty());
    }

    #[test]
    fn a_longer_word_is_another_word() {
        assert!(check(&[file("a.rs", "// waits for nowait\nlet a = XXXL;")]).is_empty());
    }

    #[test]
    fn hosts_and_machine_paths_are_found_everywhere() {
        assert_eq!(check(&[file("docs/a.md", "see https://pypi.org/x\nand /root/x")]).len(), 2);
        assert!(check(&[file("Cargo.lock", "crates.io")]).is_empty());
    }
}
