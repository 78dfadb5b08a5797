//! Patterns of names: `shop`, `shop.*`, `audit.log_?`, `"Odd.Name".orders`.
//!
//! Outside quotes `*` stands for any text, `?` for one character, and letters are folded to lower case as the server
//! folds them. Inside quotes every character stands for itself, and `""` for one quote.

use crate::error::{Error, Kind, Result, Side};

/// A schema, or relations within schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As it was given.
    pub text: String,
    schema: Vec<Part>,
    relation: Option<Vec<Part>>,
}

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// This very character.
    Just(char),
    /// `?`
    One,
    /// `*`
    Any,
}

impl Pattern {
    /// Reads `schema` or `schema.relation`.
    ///
    /// # Errors
    /// [`Kind::Usage`]: an empty name, more than two names, a quote that is not closed.
    pub fn parse(text: &str) -> Result<Self> {
        let refused = |cause: &str| {
            Error::new(Kind::Usage, Side::Local, format!("use {text:?} as a schema or table")).because(cause)
        };
        let mut names = vec![Vec::new()];
        let mut quoted = false;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let name = names.last_mut().ok_or_else(|| refused("it is empty"))?;
            match (quoted, character) {
                (true, '"') if characters.next_if_eq(&'"').is_some() => name.push(Part::Just('"')),
                (_, '"') => quoted = !quoted,
                (true, other) => name.push(Part::Just(other)),
                (false, '.') => names.push(Vec::new()),
                (false, '*') => name.push(Part::Any),
                (false, '?') => name.push(Part::One),
                (false, other) => name.extend(other.to_lowercase().map(Part::Just)),
            }
        }
        if quoted {
            return Err(refused("a quote is opened and not closed"));
        }
        if names.iter().any(Vec::is_empty) {
            return Err(refused("a name is empty; write schema, schema.table or schema.*"));
        }
        let mut names = names.into_iter();
        match (names.next(), names.next(), names.next()) {
            (Some(schema), relation, None) => Ok(Self { text: text.to_owned(), schema, relation }),
            _ => Err(refused("it has more than two names; quote a name that holds a dot")),
        }
    }

    /// Whether it names whole schemas.
    pub fn is_schema(&self) -> bool {
        self.relation.is_none()
    }

    /// Whether the schema's name fits.
    pub fn fits_schema(&self, schema: &str) -> bool {
        fits(&self.schema, schema)
    }

    /// Whether a relation fits, by its own name or with its whole schema.
    pub fn fits(&self, schema: &str, relation: &str) -> bool {
        self.fits_schema(schema) && self.relation.as_ref().is_none_or(|parts| fits(parts, relation))
    }
}

/// Goes back to the last `*` where a character does not fit: linear but for that.
fn fits(parts: &[Part], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut part, mut at, mut retry) = (0, 0, None);
    while at < text.len() {
        match parts.get(part) {
            Some(Part::Any) => {
                retry = Some((part, at));
                part += 1;
            }
            Some(Part::One) => (part, at) = (part + 1, at + 1),
            Some(Part::Just(character)) if *character == text[at] => (part, at) = (part + 1, at + 1),
            _ => {
                let Some((any, from)) = retry else { return false };
                retry = Some((any, from + 1));
                (part, at) = (any + 1, from + 1);
            }
        }
    }
    parts[part..].iter().all(|part| *part == Part::Any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::ident::Ident;
    use proptest::prelude::*;

    fn fits_one(pattern: &str, schema: &str, relation: &str) -> bool {
        Pattern::parse(pattern).unwrap().fits(schema, relation)
    }

    #[test]
    fn stars_and_marks_stand_for_characters_outside_quotes_alone() {
        assert!(fits_one("shop", "shop", "orders") && fits_one("Shop.Orders", "shop", "orders"));
        assert!(fits_one("shop.log_*", "shop", "log_2024") && !fits_one("shop.log_*", "shop", "blog_1"));
        assert!(fits_one("s?op.*r*s", "shop", "orders") && !fits_one("s?op.*", "sop", "orders"));
        assert!(fits_one("\"A.b\".\"x*\"", "A.b", "x*") && !fits_one("\"A.b\".\"x*\"", "A.b", "xy"));
        assert!(fits_one("*.\"say \"\"hi\"\"\"", "any", "say \"hi\""));
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        for text in ["", "shop.", ".orders", "a.b.c", "\"open", "\"\".x"] {
            assert_eq!(Pattern::parse(text).unwrap_err().kind, Kind::Usage, "{text}");
        }
    }

    /// What a star stands for, the slow and plain way.
    fn plainly(parts: &[Part], text: &[char]) -> bool {
        match (parts.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Part::Any, rest)), None) => plainly(rest, text),
            (Some((Part::Any, rest)), Some((_, tail))) => plainly(rest, text) || plainly(parts, tail),
            (Some((Part::One, rest)), Some((_, tail))) => plainly(rest, tail),
            (Some((Part::Just(one), rest)), Some((head, tail))) => one == head && plainly(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn going_back_finds_whatever_can_be_found(pattern in "[ab?*]{1,8}", text in "[ab]{0,10}") {
            let parts = Pattern::parse(&pattern).unwrap().schema;
            prop_assert_eq!(fits(&parts, &text), plainly(&parts, &text.chars().collect::<Vec<_>>()));
        }

        #[test]
        fn a_quoted_name_fits_itself_and_no_other(name in "[^\u{0}]{1,12}", other in "[^\u{0}]{1,12}") {
            let pattern = Pattern::parse(&format!("*.{}", Ident::new(name.clone()))).unwrap();
            prop_assert!(pattern.fits("s", &name));
            prop_assert_eq!(pattern.fits("s", &other), name == other);
        }
    }
}
