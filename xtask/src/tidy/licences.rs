//! Every package of a Linux build is under a licence that we took on. `deny.toml` says the same to cargo-deny.

use serde_json::Value;

use super::Complaint;

const ALLOWED: &[&str] = &["MIT", "Apache-2.0", "ISC", "BSD-3-Clause", "Zlib", "Unicode-3.0"];

/// Complaints about packages of `cargo metadata`.
pub(super) fn check(metadata: &Value) -> Vec<Complaint> {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    if packages.is_empty() {
        return vec!["cargo metadata lists no package".into()];
    }
    let complaint = |package: &Value| {
        let licence = package["license"].as_str().unwrap_or("none");
        (!allows(licence))
            .then(|| format!("licence of {}: {licence}", package["name"].as_str().unwrap_or("?")))
    };
    packages.iter().filter_map(complaint).collect()
}

/// Whether the licence expression leaves us a way; old packages write `/` for `OR`.
fn allows(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any(&words, &mut at) && at == words.len()
}

fn any(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = all(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        allowed |= all(words, at);
    }
    allowed
}

fn all(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        allowed &= one(words, at);
    }
    allowed
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let allowed = any(words, at);
        *at += 1;
        return allowed && words.get(*at - 1) == Some(&")");
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
        return false;
    }
    ALLOWED.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_way_is_enough() {
        for expression in ["MIT", "Unlicense OR MIT", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0"]
        {
            assert!(allows(expression), "{expression}");
        }
        assert!(allows("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"));
    }

    #[test]
    fn anything_else_is_refused() {
        for expression in [
            "GPL-3.0",
            "MIT AND GPL-2.0",
            "CDLA-Permissive-2.0",
            "",
            "Apache-2.0 WITH LLVM-exception",
            "(MIT",
        ] {
            assert!(!allows(expression), "{expression}");
        }
    }

    #[test]
    fn the_package_is_named() {
        let metadata = serde_json::json!({"packages": [{"name": "good", "license": "MIT"}, {"name": "bad", "license": null}]});
        assert_eq!(check(&metadata), ["licence of bad: none"]);
    }

    #[test]
    fn no_package_at_all_is_a_complaint() {
        assert_eq!(check(&Value::Null).len(), 1);
    }
}
