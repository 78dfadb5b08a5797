//! Inside the engine a module imports only modules of lower rank, and nothing of the outside world.

use super::{
    Complaint,
    code::{Strings, blank, tokens},
};
use crate::workspace::File;

const ENGINE: &str = "crates/engine/src/";

/// The rank of each module of the engine. Modules of rank 0 are one room; from there on equals do not know each other.
const RANKS: &[(&str, u8)] = &[
    ("pg", 0),
    ("limits", 0),
    ("patience", 0),
    ("progress", 0),
    ("error", 0),
    ("sql", 0),
    ("gate", 0),
    ("catalog", 1),
    ("assess", 2),
    ("source", 2),
    ("target", 2),
    ("schema", 3),
    ("copy", 3),
    ("stream", 3),
    ("apply", 4),
    ("verify", 5),
];

/// What must not appear in a part of the tree, but for the files named, and why.
const ABSENT: &[(&str, &[&str], &[&str], &str)] = &[
    (ENGINE, &["env::var(", "env::var_os(", "env::args"], &[], "the engine reads no environment"),
    (ENGINE, &["println!", "print!", "eprintln!", "eprint!", "dbg!"], &[], "the engine prints nothing"),
    (ENGINE, &["process::exit"], &[], "only main ends the process"),
    ("crates/", &["unbounded_channel", "mpsc::unbounded"], &[], "every queue has a bound"),
    (
        "crates/pgferry/src/",
        &[".step(Step::", ".reversible(Step::"],
        &["phase", "run"],
        "only phases take steps",
    ),
];

/// Complaints about ranks and absences.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    let rust = || files.iter().filter(|file| file.path.ends_with(".rs"));
    let engine = rust().filter(|file| file.path.starts_with(ENGINE));
    engine.flat_map(ranks).chain(rust().flat_map(absences)).collect()
}

fn rank(module: &str) -> Option<u8> {
    RANKS.iter().find(|(name, _)| *name == module).map(|(_, rank)| *rank)
}

fn ranks(file: &File) -> Vec<Complaint> {
    let inside = file.path[ENGINE.len()..].trim_end_matches(".rs");
    let path: Vec<&str> = inside.split('/').filter(|part| *part != "mod").collect();
    let own = path[0];
    if matches!(own, "lib" | "testing") {
        return Vec::new();
    }
    let Some(own_rank) = rank(own) else {
        return vec![format!("{}: module `{own}` has no rank (xtask/src/tidy/layers.rs)", file.path)];
    };
    let mut complaints = Vec::new();
    for (line, module) in imports(&blank(&file.text, Strings::Blank), path.len()) {
        let Some(rank) = rank(&module) else { continue };
        if module != own && (rank > own_rank || rank == own_rank && rank > 0) {
            let path = &file.path;
            complaints
                .push(format!("{path}:{line}: `{own}` (rank {own_rank}) imports `{module}` (rank {rank})"));
        }
    }
    complaints
}

/// The top modules that blanked text names by `crate::` or by enough `super::`, with their lines.
fn imports(text: &str, depth: usize) -> Vec<(usize, String)> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut nested = Nested::default();
    for at in 0..tokens.len() {
        nested.see(&tokens[..=at]);
        let starts = at < 2 || tokens[at - 1].1 != ":";
        let root = match tokens[at].1 {
            "crate" => Some(at + 1),
            "super" if starts => climbed(&tokens, at, depth + nested.depth()),
            _ => None,
        };
        if let Some(after) = root {
            found.extend(first_names(&tokens, after));
        }
    }
    found
}

/// Where the path goes on after it has reached the crate's root by `depth` times `super`.
fn climbed(tokens: &[(usize, &str)], at: usize, depth: usize) -> Option<usize> {
    let words: Vec<_> = tokens[at..].iter().take(depth * 3).map(|token| token.1).collect();
    let all = words.chunks(3).all(|chunk| chunk[0] == "super" && chunk[1..].iter().all(|sign| *sign == ":"));
    (all && words.len() == depth * 3).then_some(at + depth * 3 - 2)
}

/// The names that follow `crate`: one, or those of a group.
fn first_names(tokens: &[(usize, &str)], after: usize) -> Vec<(usize, String)> {
    let rest: Vec<_> = tokens[after..].iter().skip_while(|token| token.1 == ":").copied().collect();
    if rest.first().is_none_or(|token| token.1 != "{") {
        return rest.first().map(|(line, name)| (*line, (*name).to_owned())).into_iter().collect();
    }
    let mut names = Vec::new();
    let mut open = 0;
    for (at, (line, word)) in rest.iter().enumerate() {
        match *word {
            "{" => open += 1,
            "}" => open -= 1,
            name if open == 1 && matches!(rest[at - 1].1, "{" | ",") => names.push((*line, name.to_owned())),
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    names
}

/// How many inline modules are open.
#[derive(Default)]
struct Nested {
    braces: usize,
    modules: Vec<usize>,
}

impl Nested {
    fn see(&mut self, so_far: &[(usize, &str)]) {
        match so_far {
            [.., (_, "mod"), _, (_, "{")] => {
                self.modules.push(self.braces);
                self.braces += 1;
            }
            [.., (_, "{")] => self.braces += 1,
            [.., (_, "}")] => {
                self.braces = self.braces.saturating_sub(1);
                self.modules.retain(|opened_at| *opened_at < self.braces);
            }
            _ => {}
        }
    }

    fn depth(&self) -> usize {
        self.modules.len()
    }
}

fn absences(file: &File) -> Vec<Complaint> {
    let text = blank(&file.text, Strings::Blank);
    let mut complaints = Vec::new();
    for (place, words, rooms, why) in ABSENT {
        let Some(inside) = file.path.strip_prefix(place) else { continue };
        let room = inside.split(['/', '.']).next().unwrap_or_default();
        if rooms.contains(&room) {
            continue;
        }
        for (line, text) in text.lines().enumerate() {
            complaints.extend(words.iter().filter(|word| has(text, word)).map(|word| {
                let line = line + 1;
                format!("{}:{line}: `{word}`: {why}", file.path)
            }));
        }
    }
    complaints
}

/// Whether `word` stands in `text` and is not the end of a longer name.
fn has(text: &str, word: &str) -> bool {
    let longer = |at: usize| text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| word.starts_with('.') || !longer(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn complaints(path: &str, text: &str) -> usize {
        check(&[file(path, text)]).len()
    }

    #[test]
    fn a_module_may_import_what_lies_lower() {
        assert_eq!(
            complaints("crates/engine/src/copy/pair.rs", "use crate::{pg::{Lsn, copy}, catalog::Table};"),
            0
        );
        assert_eq!(complaints("crates/engine/src/pg/wire.rs", "use crate::error::Error;"), 0);
    }

    #[test]
    fn a_module_may_not_import_what_lies_higher_or_beside_it() {
        assert_eq!(complaints("crates/engine/src/catalog.rs", "use crate::copy::Chunk;"), 1);
        assert_eq!(
            complaints(
                "crates/engine/src/copy.rs",
                "use crate::{\n    error::Error,\n    schema::Entry,\n};"
            ),
            1
        );
        assert_eq!(complaints("crates/engine/src/pg.rs", "fn f() { crate::verify::run() }"), 1);
    }

    #[test]
    fn the_way_over_super_counts_too() {
        assert_eq!(complaints("crates/engine/src/catalog.rs", "use super::copy::Chunk;"), 1);
        assert_eq!(complaints("crates/engine/src/copy/pair.rs", "use super::super::verify::Digest;"), 1);
        assert_eq!(complaints("crates/engine/src/copy/pair.rs", "use super::verify;"), 0);
        assert_eq!(
            complaints("crates/engine/src/catalog.rs", "fn f() {}\nmod tests {\n    use super::copy;\n}"),
            0
        );
        assert_eq!(
            complaints("crates/engine/src/catalog.rs", "mod tests {\n    use super::super::copy;\n}"),
            1
        );
    }

    #[test]
    fn comments_and_strings_import_nothing() {
        assert_eq!(
            complaints(
                "crates/engine/src/catalog.rs",
                "//! See [`crate::copy`].\nconst A: &str = \"crate::copy\";"
            ),
            0
        );
    }

    #[test]
    fn a_module_without_a_rank_is_named() {
        assert_eq!(complaints("crates/engine/src/utils.rs", ""), 1);
        assert_eq!(complaints("crates/engine/src/lib.rs", "mod utils; use crate::verify;"), 0);
    }

    #[test]
    fn the_engine_neither_prints_nor_reads_the_environment() {
        assert_eq!(complaints("crates/engine/src/pg.rs", "let a = std::env::var(\"PGHOST\");"), 1);
        assert_eq!(complaints("crates/engine/src/pg.rs", "println!(\"\");"), 1);
        assert_eq!(complaints("crates/pgferry/src/cli.rs", "println!(\"\");"), 0);
    }

    #[test]
    fn only_phases_take_steps() {
        assert_eq!(complaints("crates/pgferry/src/cli/abort.rs", "run.step(Step::Roles, ensure)"), 1);
        assert_eq!(complaints("crates/pgferry/src/phase/transfer.rs", "run.step(Step::Roles, ensure)"), 0);
    }
}
