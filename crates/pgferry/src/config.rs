//! `pgferry.toml`: unknown keys are refused with their line.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use pgferry_engine::{Error, Kind, Result, Side};
use serde::{Deserialize, Serialize};

/// The file's name where none is given.
const FILE: &str = "pgferry.toml";

/// What the file may hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The run's name.
    pub run: Option<String>,
    /// The run's folder.
    pub dir: Option<PathBuf>,
    /// The source's connection string.
    pub source: Option<String>,
    /// The target's.
    pub target: Option<String>,
    /// What is typed behind `ssh` to reach the source.
    pub ssh: Option<String>,
    /// Pairs, and connections that build.
    pub jobs: Option<usize>,
}

/// Reads `path`, else `pgferry.toml` here if there is one.
pub fn read(path: Option<&Path>) -> Result<File> {
    let named = path.unwrap_or(Path::new(FILE));
    let text = match std::fs::read_to_string(named) {
        Ok(text) => text,
        Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(File::default());
        }
        Err(error) => {
            return Err(
                Error::new(Kind::Usage, Side::Local, format!("read {}", named.display())).because(error)
            );
        }
    };
    parse(&text).map_err(|error| {
        let shown = show(&text, named, &error);
        Error::new(Kind::Usage, Side::Local, format!("use {}", named.display())).because(shown)
    })
}

fn parse(text: &str) -> std::result::Result<File, toml::de::Error> {
    toml::from_str(text)
}

/// The line with a caret; never a line that may hold a password.
fn show(text: &str, path: &Path, error: &toml::de::Error) -> String {
    let span: Range<usize> = error.span().unwrap_or(0..0);
    let line_start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    let number = text[..span.start].matches('\n').count() + 1;
    let title = error.message().lines().next().unwrap_or("it cannot be read").to_owned();
    let may_be_secret = ["://", "password", "source", "target"].iter().any(|mark| line.contains(mark));
    if may_be_secret {
        // toml's own words repeat a value of the wrong type
        let title = if title.contains("://") { "the value is not a quoted text" } else { title.as_str() };
        return format!("{}, line {number}: {title}", path.display());
    }
    let name = path.display().to_string();
    let group = Level::ERROR
        .primary_title(title.as_str())
        .element(Snippet::source(text).path(name.as_str()).annotation(AnnotationKind::Primary.span(span)));
    Renderer::plain().render(&[group])
}

/// As TOML.
pub fn write(value: &impl Serialize) -> std::result::Result<String, String> {
    let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    let mut text = String::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        // JSON's strings and numbers are TOML's
        text.push_str(&format!("{key} = {value}\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let error = parse(text).unwrap_err();
        show(text, Path::new("pgferry.toml"), &error)
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_line_and_the_known_ones() {
        let shown = refusal("run = \"shop\"\njosb = 2\n");
        assert!(shown.contains("josb") && shown.contains(":2:") && shown.contains("`jobs`"), "{shown}");
    }

    #[test]
    fn a_secret_line_is_never_shown() {
        for text in ["source = postgresql://u:hunter2@h/d\n", "sorce = \"postgresql://u:hunter2@h/d\"\n"] {
            let shown = refusal(text);
            assert!(!shown.contains("hunter2") && shown.contains("line 1"), "{shown}");
        }
    }
}
