//! Every file of `crates/engine/sql` is used by a `sql!`, and every variant is named at that place.
//!
//! `name_15.sql` is the variant of `name.sql` from major 15 on: it must be used as `sql!(version, "name", 15)`.

use std::collections::HashSet;

use super::{
    Complaint,
    code::{Strings, blank},
};
use crate::workspace::File;

const FOLDER: &str = "crates/engine/sql/";
const CODE: &str = "crates/engine/";

/// Complaints about unused files, and about variants that are named and not there.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    let names = files.iter().filter_map(|file| file.path.strip_prefix(FOLDER)?.strip_suffix(".sql"));
    let there: HashSet<String> = names.map(String::from).collect();
    let code = files.iter().filter(|file| file.path.starts_with(CODE) && file.path.ends_with(".rs"));
    let used: HashSet<String> = code.flat_map(|file| uses(&blank(&file.text, Strings::Kept))).collect();
    let unused = there.difference(&used).map(|name| format!("{FOLDER}{name}.sql: no `sql!` uses it"));
    let missing = used.difference(&there).map(|name| format!("{FOLDER}{name}.sql is used and not there"));
    let mut complaints: Vec<_> = unused.chain(missing).collect();
    complaints.sort();
    complaints
}

/// The files that the calls of `sql!`, of the `ask!` of rules, and `include_str!` of a whole path in one file take.
fn uses(text: &str) -> Vec<String> {
    let macros = ["sql!(", "ask!("].into_iter().flat_map(|name| text.match_indices(name));
    let calls = macros.filter_map(|(at, call)| call_end(&text[at + call.len()..]));
    let mut used: Vec<String> = calls.flat_map(variants).collect();
    let included = text.match_indices("include_str!(\"").filter_map(|(at, call)| {
        let path = text[at + call.len()..].split('"').next()?;
        path.rsplit_once("sql/")?.1.strip_suffix(".sql")
    });
    used.extend(included.map(String::from));
    used
}

/// The arguments, up to the parenthesis that closes the call.
fn call_end(rest: &str) -> Option<&str> {
    let mut open = 1;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(&rest[..at]);
        }
    }
    None
}

/// `"name"` → name; `version, "name", 14, 16` → name, name_14, name_16.
fn variants(arguments: &str) -> Vec<String> {
    let mut pieces = arguments.split('"').skip(1);
    let (Some(name), Some(rest)) = (pieces.next(), pieces.next()) else { return Vec::new() };
    let majors = rest.split(',').map(str::trim).filter(|major| major.parse::<u16>().is_ok());
    std::iter::once(name.to_owned()).chain(majors.map(|major| format!("{name}_{major}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn complaints(sql: &[&str], code: &str) -> Vec<Complaint> {
        let mut files: Vec<_> = sql.iter().map(|name| file(&format!("{FOLDER}{name}.sql"), "")).collect();
        files.push(file("crates/engine/src/catalog.rs", code));
        check(&files)
    }

    #[test]
    fn files_and_their_variants_are_used() {
        let code = "ask!(\"tables\"); sql!(client.version(), \"database\", 15,\n 17)";
        assert!(complaints(&["tables", "database", "database_15", "database_17"], code).is_empty());
    }

    #[test]
    fn an_unused_file_is_named() {
        assert_eq!(
            complaints(&["tables"], "// sql!(\"tables\")"),
            ["crates/engine/sql/tables.sql: no `sql!` uses it"]
        );
    }

    #[test]
    fn a_variant_that_no_call_names_is_unused() {
        assert_eq!(complaints(&["tables", "tables_16"], "sql!(\"tables\")").len(), 1);
    }

    #[test]
    fn a_variant_that_is_not_there_is_named() {
        assert_eq!(complaints(&["tables"], "sql!(v, \"tables\", 16)").len(), 1);
    }
}
