//! A `.rs` file that no `mod` reaches is never compiled, and nobody notices.

use std::collections::{HashMap, HashSet};

use super::{
    Complaint,
    code::{Strings, blank, tokens},
};
use crate::workspace::File;

/// Complaints about files that no crate root reaches.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    let rust: HashMap<&str, &File> = files
        .iter()
        .filter(|file| file.path.ends_with(".rs"))
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut waiting: Vec<String> =
        rust.keys().filter(|path| is_root(path)).map(|path| (*path).to_owned()).collect();
    let mut reached = HashSet::new();
    while let Some(path) = waiting.pop() {
        if let Some(file) = rust.get(path.as_str())
            && reached.insert(path)
        {
            waiting.extend(below(file));
        }
    }
    let mut forgotten: Vec<_> = rust.keys().filter(|path| !reached.contains(**path)).collect();
    forgotten.sort();
    forgotten.into_iter().map(|path| format!("{path}: no `mod` reaches this file")).collect()
}

/// What Cargo compiles by itself: `src/lib.rs`, `src/main.rs`, `build.rs`, and the files of `tests`, `examples` …
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(
        parts.as_slice(),
        [.., "src", "lib.rs" | "main.rs"]
            | [.., "src", "bin", _]
            | [.., "build.rs"]
            | [.., "tests" | "examples" | "benches", _]
            | [.., "tests" | "examples" | "benches", _, "main.rs"]
    )
}

/// Both places where each module that `file` declares may lie.
fn below(file: &File) -> Vec<String> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let own = name.trim_end_matches(".rs");
    let folder =
        if is_root(&file.path) || own == "mod" { folder.to_owned() } else { format!("{folder}/{own}") };
    let text = blank(&file.text, Strings::Blank);
    let tokens = tokens(&text);
    let declared = tokens.windows(3).filter(|window| window[0].1 == "mod" && window[2].1 == ";");
    declared
        .flat_map(|window| {
            [format!("{folder}/{}.rs", window[1].1), format!("{folder}/{}/mod.rs", window[1].1)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn modules_of_modules_are_reached() {
        let files = [
            file("crates/a/src/lib.rs", "pub mod b;"),
            file("crates/a/src/b.rs", "mod c;"),
            file("crates/a/src/b/c.rs", ""),
            file("crates/a/tests/it/main.rs", "mod d;"),
            file("crates/a/tests/it/d.rs", ""),
        ];
        assert!(check(&files).is_empty());
    }

    #[test]
    fn a_file_without_mod_is_forgotten() {
        let files = [file("crates/a/src/lib.rs", "// mod b;"), file("crates/a/src/b.rs", "")];
        assert_eq!(check(&files), ["crates/a/src/b.rs: no `mod` reaches this file"]);
    }
}
