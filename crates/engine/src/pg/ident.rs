//! Names and texts on their way into SQL: the only way there.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};

/// The first `bytes` of a text's SHA-256, in hexadecimal: what is left of a name that is too long for another one.
pub(crate) fn short_hash(text: &str, bytes: usize) -> String {
    Sha256::digest(text).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

/// An identifier. Displays quoted, always: what is quoted is never taken for a keyword.
/// Source: PostgreSQL manual, "Identifiers and Key Words".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Ident(pub String);

impl Ident {
    /// An identifier of this very spelling (case and all).
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// For people: without quotes where it reads the same without. Never for SQL: it may be a keyword.
    pub fn plain(&self) -> String {
        let plain = |(at, one): (usize, char)| {
            one.is_ascii_lowercase() || one == '_' || 0 < at && one.is_ascii_digit()
        };
        if self.0.chars().enumerate().all(plain) { self.0.clone() } else { self.to_string() }
    }

    /// The bare name, for messages and comparisons.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// A name within a schema: `"schema"."name"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Qualified {
    /// The schema.
    pub schema: Ident,
    /// The name inside it.
    pub name: Ident,
}

impl Qualified {
    /// `"schema"."name"` of two bare names.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Ident::new(schema), name: Ident::new(name) }
    }

    /// For people, as [`Ident::plain`].
    pub fn plain(&self) -> String {
        format!("{}.{}", self.schema.plain(), self.name.plain())
    }
}

impl fmt::Display for Qualified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A string constant, whatever `standard_conforming_strings` says: backslashes take the `E''` form.
/// Source: PostgreSQL manual, "String Constants With C-Style Escapes".
#[derive(Clone, Copy, Debug)]
pub struct Literal<'a>(pub &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.contains('\\');
        f.write_str(if escaped { " E'" } else { "'" })?;
        for character in self.0.chars() {
            match character {
                '\'' => f.write_str("''")?,
                '\\' => f.write_str("\\\\")?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('\'')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a quoted identifier back as the server's scanner does.
    fn unquoted(quoted: &str) -> Option<String> {
        let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let halved = inner.replace("\"\"", "\u{0}");
        (!halved.contains('"')).then(|| halved.replace('\u{0}', "\""))
    }

    proptest! {
        #[test]
        fn an_identifier_round_trips(name in "[^\u{0}]{1,63}") {
            prop_assert_eq!(unquoted(&Ident::new(name.clone()).to_string()), Some(name));
        }

        #[test]
        fn a_literal_has_no_single_quote_that_ends_it_early(text in ".*") {
            let literal = Literal(&text).to_string();
            let body = literal.trim_start().trim_start_matches('E');
            prop_assert_eq!(body[1..body.len() - 1].replace("''", "").matches('\'').count(), 0);
        }
    }
}
