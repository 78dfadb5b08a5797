//! Rust text without what is not code, so that the checks may look for words.

/// What [`blank`] takes out besides comments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    /// The inside of literals stays.
    Kept,
    /// The inside of literals becomes spaces.
    Blank,
}

/// The same text, line by line and column by column, with comments (and string literals) turned into spaces.
pub(super) fn blank(text: &str, strings: Strings) -> String {
    let text: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let (end, shown) = token(&text, at, strings);
        out.extend(text[at..end].iter().map(|&c| if shown || c == '\n' { c } else { ' ' }));
        at = end;
    }
    out
}

/// Where the piece that starts at `at` ends, and whether it is code.
fn token(text: &[char], at: usize, strings: Strings) -> (usize, bool) {
    let word_before = at > 0 && is_word(text[at - 1]);
    match text[at] {
        '/' if text.get(at + 1) == Some(&'/') => (find(text, at, &['\n']), false),
        '/' if text.get(at + 1) == Some(&'*') => (comment_end(text, at), false),
        '"' => (string_end(text, at), strings == Strings::Kept),
        'r' if !word_before || matches!(text[at - 1], 'b' | 'c') => match raw_string_end(text, at + 1) {
            Some(end) => (end, strings == Strings::Kept),
            None => (at + 1, true),
        },
        '\'' => char_end(text, at).map_or((at + 1, true), |end| (end, strings == Strings::Kept)),
        _ => (at + 1, true),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn find(text: &[char], from: usize, what: &[char]) -> usize {
    let found = text[from..].windows(what.len()).position(|window| window == what);
    found.map_or(text.len(), |position| from + position)
}

fn comment_end(text: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at + 1 < text.len() {
        match (text[at], text[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    text.len()
}

fn string_end(text: &[char], open: usize) -> usize {
    let mut at = open + 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// `at` is behind the `r`.
fn raw_string_end(text: &[char], at: usize) -> Option<usize> {
    let hashes = text[at..].iter().take_while(|&&c| c == '#').count();
    if text.get(at + hashes) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    Some((find(text, at + hashes + 1, &close) + close.len()).min(text.len()))
}

/// The end of a character literal; `None` for a lifetime.
fn char_end(text: &[char], open: usize) -> Option<usize> {
    match text.get(open + 1)? {
        '\\' => Some((find(text, open + 3, &['\'']) + 1).min(text.len())),
        _ => (text.get(open + 2) == Some(&'\'')).then_some(open + 3),
    }
}

/// The identifiers and single signs of blanked text, each with its line (from 1).
pub(super) fn tokens(text: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = match rest.find(|c| !is_word(c)) {
                Some(0) => first.len_utf8(),
                Some(end) => end,
                None => rest.len(),
            };
            tokens.push((line + 1, &rest[..length]));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_become_spaces_of_the_same_shape() {
        let text = "a(\"x\\\"y\", r#\"q\"q\"#, 'c', '\\'', b\"z\"); /* m /* n */ */ b<'l>() // e\nc";
        let blanked = blank(text, Strings::Blank);
        assert_eq!(blanked.split_whitespace().collect::<String>(), "a(,r,,,b);b<'l>()c".replace("r,", ","));
        assert_eq!(blanked.chars().count(), text.chars().count());
    }

    #[test]
    fn literals_may_stay() {
        assert_eq!(blank("sql!(\"x\") // no", Strings::Kept).trim_end(), "sql!(\"x\")");
    }

    #[test]
    fn tokens_know_their_line() {
        assert_eq!(
            tokens("use a_b\n  ::c;"),
            [(1, "use"), (1, "a_b"), (2, ":"), (2, ":"), (2, "c"), (2, ";")]
        );
    }
}
