//! Every code that pgferry may print has its page in `docs/errors`, and every page its code.

use std::collections::BTreeSet;

use super::{
    Complaint,
    code::{Strings, blank},
};
use crate::workspace::File;

const CODES: &str = "crates/pgferry/src/report/codes.rs";
const PAGES: &str = "docs/errors/";

/// Complaints about codes without a page, and about pages without a code.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    let pages = files.iter().filter_map(|file| file.path.strip_prefix(PAGES)?.strip_suffix(".md"));
    let pages: BTreeSet<&str> = pages.filter(|name| name.starts_with("PF")).collect();
    let code = files.iter().find(|file| file.path == CODES).map(|file| {
        let product = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        blank(product, Strings::Kept)
    });
    let codes: BTreeSet<&str> = code.iter().flat_map(|text| codes(text)).collect();
    let without_page =
        codes.difference(&pages).map(|code| format!("{code} ({CODES}) has no page {PAGES}{code}.md"));
    let without_code =
        pages.difference(&codes).map(|page| format!("{PAGES}{page}.md: no such code in {CODES}"));
    without_page.chain(without_code).collect()
}

/// Every `PF` with four digits.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("PF").filter_map(|(at, _)| {
        let code = text.get(at..at + 6)?;
        code[2..].bytes().all(|digit| digit.is_ascii_digit()).then_some(code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn code_and_page_agree() {
        assert!(
            check(&[file(CODES, "pub const A: Code = Code(\"PF0101\");"), file("docs/errors/PF0101.md", "")])
                .is_empty()
        );
    }

    #[test]
    fn a_code_that_only_a_test_names_needs_no_page() {
        assert!(check(&[file(CODES, "#[cfg(test)]\nmod tests { const A: &str = \"PF9999\"; }")]).is_empty());
    }

    #[test]
    fn a_code_without_a_page_is_named() {
        assert_eq!(check(&[file(CODES, "PF0101"), file("docs/errors/README.md", "")]).len(), 1);
    }

    #[test]
    fn a_page_without_a_code_is_named() {
        assert_eq!(check(&[file(CODES, "// PF0101"), file("docs/errors/PF0101.md", "")]).len(), 1);
    }
}
