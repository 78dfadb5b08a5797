//! The verdict of a comparison.

use std::fmt::Write;

use pgferry_engine::verify::Verdict;

use super::{Report, choice, exit::Exit};

impl Report for Verdict {
    fn text(&self) -> String {
        let mut text = String::new();
        for one in &self.differences {
            let column = one.column.as_ref().map_or(String::new(), |column| format!(", column {column}"));
            let value = |value: &Option<String>| {
                value.as_ref().map_or("nothing (NULL or absent)".to_owned(), |value| format!("{value:?}"))
            };
            let _ = writeln!(
                text,
                "different: {}, {}{column}\n  source: {}\n  target: {}",
                one.object,
                one.key,
                value(&one.source),
                value(&one.target)
            );
        }
        for one in &self.not_compared {
            let _ = writeln!(text, "not compared: {}\n  because: {}", one.object, one.reason);
        }
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        let what = format!(
            "{} tables with {} rows, sequences, large objects, {} definitions",
            self.tables, self.rows, self.definitions
        );
        let word = match (self.differences.len(), self.not_compared.len()) {
            (0, 0) => format!("equal: {what}"),
            (0, some) => format!("not proved: {some} of {what} could not be compared"),
            (some, _) => format!("DIFFERENT in {some} places: {what}"),
        };
        text.push_str(choice::section(&self.left_out).trim_start());
        text.push_str(&word);
        text
    }

    fn exit(&self) -> Exit {
        if self.is_equal() { Exit::Done } else { Exit::Findings }
    }
}
