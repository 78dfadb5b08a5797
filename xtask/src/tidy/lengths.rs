//! Short functions, short files: limits that fail, and numbers that are told.

use super::{
    Complaint,
    code::{Strings, blank},
};
use crate::workspace::File;

/// A function of more lines than this is long, and few may be.
const FUNCTION_LONG: usize = 70;
/// How many functions of a hundred may be long.
const LONG_PERCENT_MAX: usize = 2;
/// No function, of a test either, has more lines.
const FUNCTION_MAX: usize = 120;
/// No file has more lines.
const FILE_MAX: usize = 800;

/// Complaints, and the numbers for people.
pub(super) fn check(files: &[File]) -> (Vec<Complaint>, String) {
    let rust: Vec<&File> = files.iter().filter(|file| file.path.ends_with(".rs")).collect();
    let functions: Vec<Function> = rust.iter().flat_map(|file| functions(file)).collect();
    let ours: Vec<&Function> = functions.iter().filter(|function| !function.is_test).collect();
    let long: Vec<_> = ours.iter().filter(|function| function.lines > FUNCTION_LONG).collect();

    let too_long = functions.iter().filter(|function| function.lines > FUNCTION_MAX);
    let mut complaints: Vec<_> = too_long
        .map(|function| format!("{}: {} lines, at most {FUNCTION_MAX}", function.place, function.lines))
        .collect();
    if long.len() * 100 > ours.len() * LONG_PERCENT_MAX {
        let share = format!("{} of {} functions", long.len(), ours.len());
        complaints.push(format!("{share} have over {FUNCTION_LONG} lines, at most {LONG_PERCENT_MAX} % may"));
        complaints
            .extend(long.iter().map(|function| format!("{}: {} lines", function.place, function.lines)));
    }
    let mut lengths: Vec<usize> = rust.iter().map(|file| file.text.lines().count()).collect();
    let over = rust.iter().zip(&lengths).filter(|(_, lines)| **lines > FILE_MAX);
    complaints.extend(over.map(|(file, lines)| format!("{}: {lines} lines, at most {FILE_MAX}", file.path)));
    lengths.sort_unstable();
    (complaints, summary(&lengths, ours.len(), long.len()))
}

fn summary(lengths: &[usize], functions: usize, long: usize) -> String {
    let median = lengths.get(lengths.len() / 2).unwrap_or(&0);
    let longest = lengths.last().unwrap_or(&0);
    let files = format!("{} files, median {median} lines, longest {longest}", lengths.len());
    format!("lengths: {files}; {functions} functions, {long} over {FUNCTION_LONG} lines")
}

/// One function with a body.
struct Function {
    /// File, line, name.
    place: String,
    /// From `fn` to its closing brace.
    lines: usize,
    is_test: bool,
}

/// Functions as rustfmt lays them out: the closing brace stands in the column where the line of `fn` begins.
fn functions(file: &File) -> Vec<Function> {
    let text = blank(&file.text, Strings::Blank);
    let lines: Vec<&str> = text.lines().collect();
    let tests_from =
        lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod "));
    let in_tests = |line: usize| file.path.contains("/tests/") || tests_from.is_some_and(|from| line > from);
    let mut functions = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let close = format!("{}}}", " ".repeat(indent));
        let last = lines[first..].iter().position(|line| line.trim_end() == close).unwrap_or(0);
        let head_end =
            lines[first..].iter().position(|line| line.trim_end().ends_with(['{', ';', '}'])).unwrap_or(0);
        if lines[first + head_end].trim_end().ends_with(['{']) {
            let place = format!("{}:{}: fn {name}", file.path, first + 1);
            functions.push(Function { place, lines: last + 1, is_test: in_tests(first) });
        }
    }
    functions
}

/// The name, where a line begins a function.
fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let before = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe", "default"];
    let keyword = words.find(|word| !before.contains(word))?;
    let name = words.next().filter(|_| keyword == "fn")?;
    name.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn function(lines: usize) -> String {
        format!("fn a() {{\n{}}}\n", "    b();\n".repeat(lines - 2))
    }

    #[test]
    fn lines_are_counted_from_fn_to_brace() {
        let text = "impl A {\n    pub async fn a<T>(\n        b: T,\n    ) {\n        if c {\n        }\n    }\n    fn b();\n}\n";
        let functions = functions(&file("a.rs", text));
        assert_eq!(functions.iter().map(|function| function.lines).collect::<Vec<_>>(), [6]);
    }

    #[test]
    fn a_few_long_functions_pass_and_many_do_not() {
        let many = function(12).repeat(50) + &function(100);
        assert!(check(&[file("a.rs", &many)]).0.is_empty());
        let few = function(20).repeat(20) + &function(100);
        assert_eq!(check(&[file("a.rs", &few)]).0.len(), 2);
    }

    #[test]
    fn no_function_passes_the_limit_not_even_a_test() {
        let test = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(121));
        assert_eq!(check(&[file("a.rs", &test)]).0.len(), 1);
        let test = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(120));
        assert!(check(&[file("a.rs", &test)]).0.is_empty());
    }

    #[test]
    fn no_file_passes_the_limit() {
        assert_eq!(check(&[file("a.rs", &"//\n".repeat(801))]).0.len(), 1);
        assert!(check(&[file("a.rs", &"//\n".repeat(800))]).0.is_empty());
    }
}
