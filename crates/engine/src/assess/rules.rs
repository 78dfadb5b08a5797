//! Every rule, by what it is about. Names and codes are stable: reports, pages and scripts rest on them.

use super::rule::Rule;

mod code;
mod constraints;
mod extensions;
mod health;
mod keys;
mod locale;
mod replication;
mod rights;
mod roles;
mod sequences;
pub mod server;
mod settings;
mod tables;
mod target;
mod types;
mod workload;

/// A question whose text is the same for every server.
macro_rules! ask {
    ($name:literal) => {
        Ask::Query(|_| Some(sql!($name)))
    };
}
use ask;

/// All rules, in the order of their codes.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        server::RULES,
        locale::RULES,
        settings::RULES,
        rights::RULES,
        keys::RULES,
        tables::RULES,
        types::RULES,
        constraints::RULES,
        sequences::RULES,
        code::RULES,
        extensions::RULES,
        roles::RULES,
        replication::RULES,
        workload::RULES,
        health::RULES,
        target::RULES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_codes_are_told_once_and_in_order() {
        let codes: Vec<_> = all().map(|rule| rule.code).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        let names: HashSet<_> = all().map(|rule| rule.name).collect();
        assert_eq!(names.len(), codes.len());
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
    }

    #[test]
    fn every_rule_says_what_it_is_what_it_costs_and_what_to_do() {
        for rule in all() {
            for text in [rule.title, rule.effect, rule.advice] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text:?}", rule.name);
            }
        }
    }
}
