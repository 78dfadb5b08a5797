//! What is wrong in the file: the line, a caret, the nearest right word. No value of a key that is not known to be
//! harmless is ever shown, for it may be a password under a misspelt name.

use std::{ops::Range, path::Path};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use pgferry_engine::pg::conninfo::distance;

/// Keys that never hold a secret.
const HARMLESS: [&str; 13] = [
    "run",
    "dir",
    "jobs",
    "include",
    "exclude",
    "without_data",
    "databases",
    "watch",
    "strategy",
    "pause_max",
    "duration_max",
    "wal_held_max",
    "end_by",
];
const PASSWORD: &str = "it says where the password is found, and never holds it: { env = \"NAME\" }, { file = \"PATH\" } or \
     { command = [\"PROGRAM\", \"ARGUMENT\"] }";
const CONNECTION: &str = "it is a connection string in quotes, as \"postgresql://user@host/database\"";

/// The number of the line in which `at` stands.
pub(super) fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Why the whole file is refused.
pub(super) fn refusal(text: &str, path: &Path, error: &toml::de::Error) -> String {
    let span = error.span().unwrap_or(0..0);
    let title = match Line::at(text, span.start).subject() {
        Subject::Password => PASSWORD.to_owned(),
        Subject::Connection if !is_about_a_key(error.message()) => CONNECTION.to_owned(),
        Subject::Harmless => nearest(error.message(), true),
        Subject::Connection | Subject::Unknown => nearest(error.message(), false),
    };
    show(text, path, span, &title)
}

/// A title, the line and a caret.
pub(super) fn show(text: &str, path: &Path, span: Range<usize>, title: &str) -> String {
    let line = Line::at(text, span.start);
    let name = path.display().to_string();
    let Some(harmless) = line.without_secrets() else {
        return format!("{name}, line {}: {title}", line.number);
    };
    let within = |at: usize| at.saturating_sub(line.start).min(harmless.len());
    let from = harmless.floor_char_boundary(within(span.start));
    let to = harmless.ceil_char_boundary(within(span.end.max(span.start + 1)));
    let group = Level::ERROR.primary_title(title).element(
        Snippet::source(harmless.as_str())
            .line_start(line.number)
            .path(name.as_str())
            .annotation(AnnotationKind::Primary.span(from..to)),
    );
    Renderer::plain().render(&[group])
}

/// A line of the file, and the table that it stands in.
struct Line<'a> {
    text: &'a str,
    start: usize,
    number: usize,
    table: &'a str,
}

enum Subject {
    Password,
    Connection,
    Harmless,
    Unknown,
}

impl<'a> Line<'a> {
    fn at(text: &'a str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let header = |line: &'a str| header(line.trim());
        let table = text[..start].lines().rev().find_map(header).unwrap_or("");
        Self { text: text[start..].lines().next().unwrap_or(""), start, number: line(text, at), table }
    }

    fn key(&self) -> Option<&'a str> {
        let (key, _) = self.text.split_once('=')?;
        let key = key.trim();
        is_word(key).then_some(key)
    }

    fn subject(&self) -> Subject {
        let key = if self.table.ends_with("_password") { Some(self.table) } else { self.key() };
        match key.or(header(self.text.trim())) {
            Some("source_password" | "target_password") => Subject::Password,
            Some("source" | "target") => Subject::Connection,
            Some("criteria") => Subject::Harmless,
            Some(key) if HARMLESS.contains(&key) && ["", "criteria"].contains(&self.table) => {
                Subject::Harmless
            }
            _ => Subject::Unknown,
        }
    }

    /// The line as it may be shown; None where even its head may be a part of a secret.
    fn without_secrets(&self) -> Option<String> {
        let is_single = self.text.matches('=').count() <= 1;
        if header(self.text.trim()).is_some() || matches!(self.subject(), Subject::Harmless) && is_single {
            return Some(self.text.to_owned());
        }
        if self.table.ends_with("_password") {
            return None;
        }
        self.key()?;
        let (head, _) = self.text.split_once('=')?;
        Some(format!("{head}= …"))
    }
}

/// The name in `[name]`.
fn header(line: &str) -> Option<&str> {
    let name = line.strip_prefix('[')?.strip_suffix(']')?;
    is_word(name).then_some(name)
}

/// A bare key of at most a usual length.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

fn is_about_a_key(message: &str) -> bool {
    ["unknown field", "duplicate key", "missing field"].iter().any(|words| message.starts_with(words))
}

/// toml's own words, with the word that was probably meant in place of the whole list. They repeat a value of the
/// wrong type, so that of a value that may be a secret only what was expected is said.
fn nearest(message: &str, may_repeat: bool) -> String {
    let message = message.lines().next().unwrap_or("it cannot be read");
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let unknown = ["unknown field", "unknown variant"].iter().find(|words| message.starts_with(*words));
    if let (Some(what), [wrong, known @ ..]) = (unknown, words.as_slice()) {
        let what = if *what == "unknown field" { "key" } else { "value" };
        // a password is mostly meant to be one of a side
        let far = |known: &str| {
            distance(wrong, known).min(distance(wrong, known.rsplit('_').next().unwrap_or(known)))
        };
        let near = known.iter().min_by_key(|known| far(known));
        let near = near.filter(|near| far(near) <= near.len().max(3) / 2);
        let subject =
            if is_word(wrong) { format!("unknown {what} `{wrong}`") } else { format!("unknown {what}") };
        return match near {
            Some(near) => format!("{subject}; did you mean `{near}`?"),
            None => format!("{subject}; there are {}", known.join(", ")),
        };
    }
    let expected = || message.rsplit_once("expected ").map(|(_, expected)| format!("expected {expected}"));
    match may_repeat || is_about_a_key(message) {
        true => message.to_owned(),
        false => expected().unwrap_or_else(|| "it cannot be read".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse;

    fn refused(text: &str) -> String {
        parse(text, Path::new("pgferry.toml")).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_told_the_nearest_right_one() {
        for (text, right) in [
            ("run = \"shop\"\njosb = 2\n", "unknown key `josb`; did you mean `jobs`?"),
            ("[criteria]\npause = \"5s\"\n", "did you mean `pause_max`?"),
            ("[critera]\npause_max = \"5s\"\n", "did you mean `criteria`?"),
            ("[criteria]\nstrategy = \"dumb\"\n", "unknown value `dumb`; did you mean `dump`?"),
            ("pasword = 1\n", "did you mean `source_password`?"),
            ("wholly_different = 1\n", "there are run, dir,"),
        ] {
            let shown = refused(text);
            assert!(
                shown.contains(right) && shown.contains('^') && shown.contains("pgferry.toml:"),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_wrong_unit_is_shown_with_its_line() {
        for (text, right) in [
            ("watch = 30\n", "a time has a unit"),
            ("[criteria]\nwal_held_max = \"20gib\"\n", "did you mean `GiB`?"),
            ("[criteria]\nend_by = 2026-12-01T04:00:00Z\n", "a text in quotes"),
            ("jobs = \"four\"\n", "invalid type: string \"four\""),
        ] {
            let shown = refused(text);
            assert!(shown.contains(right) && shown.contains('^'), "{shown}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        for text in [
            "source = postgresql://u:hunter2@h/d\n",
            "sorce = \"postgresql://u:hunter2@h/d\"\n",
            "source_password = \"hunter2\"\n",
            "source_password = { evn = \"hunter2\" }\n",
            "[source_password]\ncommand = \"hunter2\"\n",
            "[target_password]\nhunter2 = 1\n",
            "pasword = 'hunter2'\n",
            "\"postgresql://u:hunter2@h/d\"\n",
            "\"postgresql://u:hunter2@h/d\" = 1\n",
            "source = \"\"\"\npostgresql://u:hunter2@h/d\n",
            "source = [\"hunter2\"]\n",
            "source = \"a\"\nsource = \"hunter2\"\n",
            "run = \"x\" source = \"hunter2\"\n",
        ] {
            let shown = refused(text);
            assert!(!shown.contains("hunter2"), "{text}: {shown}");
        }
    }
}
