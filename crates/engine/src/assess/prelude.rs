//! What questions stand on: the user's own relations, functions, types, and what is made of them, as common table
//! expressions. A question gets those that it names, and those that these name: the server parses and plans no others.

use crate::sql::sql;

const PRELUDE: &str = sql!("assess/prelude");

/// The whole statement: what `question` stands on, then the question. It may begin with expressions of its own, by a
/// comma as if others stood before it.
pub(super) fn statement(question: &str) -> String {
    let parts = parts();
    let mut needed = vec![false; parts.len()];
    let mut unread = vec![question];
    while let Some(text) = unread.pop() {
        for (at, (name, body)) in parts.iter().enumerate() {
            if !needed[at] && names(text, name) {
                needed[at] = true;
                unread.push(body);
            }
        }
    }
    let needed = parts.iter().zip(needed).filter(|(_, needed)| *needed);
    let head: Vec<&str> = needed.map(|((_, body), _)| *body).collect();
    let code = question.trim_start_matches(|c: char| c.is_whitespace());
    let code = code.lines().position(|line| !line.starts_with("--")).map_or("", |first| after(code, first));
    match code.strip_prefix(',') {
        Some(own) if head.is_empty() => format!("with recursive{own}"),
        None if head.is_empty() => question.to_owned(),
        _ => format!("with recursive\n{}\n{question}", head.join(",\n")),
    }
}

/// Name and text of each expression, in order. Each begins at the margin and ends by a parenthesis there.
fn parts() -> Vec<(&'static str, &'static str)> {
    let mut parts = Vec::new();
    let mut rest = PRELUDE;
    while let Some(begun) = rest.find(" as ") {
        let line = rest[..begun].rfind('\n').map_or(0, |at| at + 1);
        let name = &rest[line..begun];
        let whole = name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !name.is_empty();
        let end = rest[begun..].find("\n)").filter(|_| whole);
        let Some(end) = end.map(|end| begun + end + 2) else {
            rest = &rest[begun + 4..];
            continue;
        };
        parts.push((name, &rest[line..end]));
        rest = &rest[end..];
    }
    parts
}

/// The text from its line of this number on.
fn after(text: &str, line: usize) -> &str {
    let skipped: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    &text[skipped..]
}

/// Whether `name` stands in `text` as a word.
fn names(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_found_whole() {
        let names: Vec<_> = parts().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), PRELUDE.lines().filter(|line| *line == ")" || *line == "),").count());
        assert!(names.contains(&"relation") && names.contains(&"type_part"), "{names:?}");
        for (name, body) in parts() {
            assert_eq!(body.matches('(').count(), body.matches(')').count(), "{name}");
        }
    }

    #[test]
    fn a_question_gets_what_it_names_and_what_that_names() {
        let text = statement("select object from user_column");
        assert!(text.contains("\nrelation as") && text.contains("\nuser_table as"), "{text}");
        assert!(!text.contains("\ntype_part as"), "{text}");
    }

    #[test]
    fn a_question_that_names_nothing_gets_nothing() {
        assert_eq!(statement("-- x\nselect 1"), "-- x\nselect 1");
        assert_eq!(statement("-- x\n, a as (select 1) select 2"), "with recursive a as (select 1) select 2");
    }
}
