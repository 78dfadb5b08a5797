//! What the operator's choice leaves out, as people read it: before the start and in the report.

use pgferry_engine::catalog::choice::{Choice, Fate, Notice};

/// How many objects that the choice names itself are listed before the start; the report has them all.
const NAMED_SHOWN: usize = 10;

/// Lines for before the start: what was asked for, then everything that follows from it without having been named.
pub fn before(choice: &Choice, notices: &[Notice]) -> Vec<String> {
    let mut lines = vec![format!("the choice: {choice}")];
    for (fate, words) in [(Fate::LeftOut, "left out"), (Fate::RowsLeftOut, "without rows")] {
        let named: Vec<&str> = notices
            .iter()
            .filter(|one| one.fate == fate && one.because.is_none())
            .map(|one| one.object.as_str())
            .collect();
        if named.is_empty() {
            continue;
        }
        let more = match named.len().saturating_sub(NAMED_SHOWN) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let some = &named[..named.len().min(NAMED_SHOWN)];
        lines.push(format!("{words}, as chosen: {}{more}", some.join(", ")));
    }
    lines.extend(notices.iter().filter(|one| one.because.is_some()).map(line));
    lines
}

/// The report's section; empty if nothing is left out.
pub fn section(notices: &[Notice]) -> String {
    if notices.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = notices.iter().map(|one| format!("  {}\n", line(one))).collect();
    format!("\nby the choice: {}\n{}", notices.len(), lines.concat())
}

/// One notice in words.
pub fn line(notice: &Notice) -> String {
    let fate = match notice.fate {
        Fate::LeftOut => "left out",
        Fate::RowsLeftOut => "without rows",
        Fate::Carried => "carried all the same",
    };
    match &notice.because {
        None => format!("{fate}: {}", notice.object),
        Some(because) => format!("{fate}: {}: {because}", notice.object),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_is_one_line_and_what_follows_has_a_line_each() {
        let named =
            |at: usize| Notice { object: format!("table s.t{at}"), fate: Fate::LeftOut, because: None };
        let mut notices: Vec<Notice> = (0..12).map(named).collect();
        let because = Some("it rests on table s.t0".to_owned());
        notices.push(Notice { object: "view s.v".to_owned(), fate: Fate::LeftOut, because });
        let choice = Choice { exclude: vec!["s.t*".to_owned()], ..Choice::default() };
        let lines = before(&choice, &notices);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[1].contains("table s.t9, and 2 more"), "{lines:?}");
        assert_eq!(lines[2], "left out: view s.v: it rests on table s.t0");
    }
}
