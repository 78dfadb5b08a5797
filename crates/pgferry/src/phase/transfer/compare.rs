//! What the catalogs say on both sides, at the end: each object that differs and that no step has named becomes a finding.

use std::collections::{BTreeMap, HashSet};

use pgferry_engine::{
    Result,
    catalog::roles::Roles,
    schema::{refused::Finding, rights::Names},
    verify::{self, diff::Difference},
};

use super::Outcome;
use crate::world::World;

/// Compares definitions. The dump leaves things out without a word (an invalid index, a function in `pg_catalog`), and a
/// text may bind to another operator than on the source. `named`: what the findings so far tell.
pub(super) async fn compare(world: &World, named: &[Finding]) -> Result<Outcome> {
    let (source, target) = (world.source_client().await?, world.target_client().await?);
    let known = Roles::read(&source).await?;
    let names = Names { bootstrap: known.bootstrap(), master: world.master() };
    let chosen = &world.plan().await?.catalog.chosen;
    let (_, differences) = verify::definitions(&source, &target, &names, chosen).await?;
    Ok(Outcome::of(findings(differences, named)))
}

/// A finding for each object of which something differs that is not named yet.
fn findings(differences: Vec<Difference>, told: &[Finding]) -> Vec<Finding> {
    let labels: HashSet<&String> = told.iter().map(|finding| &finding.object).collect();
    let named: Vec<Named> = told.iter().filter_map(Named::of).collect();
    let mut objects: BTreeMap<String, Vec<Difference>> = BTreeMap::new();
    for difference in differences {
        let is_named =
            labels.contains(&difference.object) || named.iter().any(|one| one.tells_of(&difference));
        if !is_named {
            objects.entry(difference.object.clone()).or_default().push(difference);
        }
    }
    objects.into_iter().map(|(object, differences)| differs(object, &differences)).collect()
}

/// What of an object a finding tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aspect {
    /// A relation that is missing, and with it all that hangs on it.
    WithParts,
    Whole,
    Owner,
    Rights,
    Comment,
}

/// An object that a finding names.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    aspect: Aspect,
    identity: String,
}

/// Words that a difference begins with before the object's name.
const KINDS: &str = " right on default comment security label relation column schema function type foreign server table \
    large object extension index constraint trigger rule policy sequence publication event user mapping statistics text \
    search configuration dictionary operator cast setting collation language database ";

impl Named {
    /// Reads a finding's object: `TABLE public.t`, `TRIGGER public.t trg`, `ACL public.TABLE t`, `owner of VIEW s.v`. None
    /// if it tells nothing of a definition.
    fn of(finding: &Finding) -> Option<Self> {
        let label = finding.object.replace('"', "");
        let is_relation = ["TABLE ", "VIEW ", "MATERIALIZED VIEW ", "FOREIGN TABLE "];
        let is_relation = is_relation.iter().any(|kind| label.starts_with(kind));
        let (aspect, label) = match label.split_once(' ')? {
            ("owner", rest) => (Aspect::Owner, rest.strip_prefix("of ")?.to_owned()),
            ("ACL", rest) => (Aspect::Rights, rest.to_owned()),
            ("COMMENT", rest) => (Aspect::Comment, rest.to_owned()),
            _ if is_relation && finding.instead.is_none() => (Aspect::WithParts, label),
            _ => (Aspect::Whole, label),
        };
        // ours: the constraint, then whose it is
        let label = match label.split_once(" of ").zip(label.strip_prefix("CHECK CONSTRAINT ")) {
            Some(((_, owner), rest)) => {
                format!("CHECK CONSTRAINT {owner} {}", rest.split(" of ").next().unwrap_or_default())
            }
            None => label,
        };
        let is_kind = |word: &str| word.chars().all(|c| c.is_ascii_uppercase());
        let mut words = label.split(' ').skip_while(|word| is_kind(word));
        let first = words.next()?;
        // a dump names a grant's or a comment's object by its kind behind the schema
        let first = first.split('.').filter(|part| !is_kind(part)).collect::<Vec<_>>().join(".");
        let first = Some(first).filter(|first| !first.is_empty());
        let words: Vec<String> = first.into_iter().chain(words.map(str::to_owned)).collect();
        let is_routine = words.iter().any(|word| word.contains('('));
        let identity = words.join(if is_routine { "" } else { "." });
        let is_part_of_one = matches!(aspect, Aspect::Owner | Aspect::Rights | Aspect::Comment);
        let is_definition = is_part_of_one || label.starts_with(|c: char| c.is_ascii_uppercase());
        (is_definition && !identity.is_empty()).then_some(Self { aspect, identity })
    }

    fn tells_of(&self, difference: &Difference) -> bool {
        let object = difference.object.replace('"', "");
        let words: Vec<&str> = object.split(' ').collect();
        let is_kind = |word: &&&str| KINDS.contains(&format!(" {word} "));
        let kinds = words.iter().take_while(is_kind).count().min(words.len().saturating_sub(1));
        let (kind, object) = (words[..kinds].join(" "), words[kinds..].join(""));
        let is_it = object == self.identity;
        let is_part = object.strip_prefix(&self.identity).is_some_and(|part| part.starts_with('.'));
        match self.aspect {
            Aspect::WithParts => is_it || is_part,
            Aspect::Whole => is_it,
            Aspect::Owner => is_it && difference.key == "owner",
            Aspect::Rights => (is_it || is_part) && kind.contains("right"),
            Aspect::Comment => is_it && (kind.contains("comment") || difference.key == "comment"),
        }
    }
}

fn differs(object: String, differences: &[Difference]) -> Finding {
    let is_missing = differences.iter().all(|one| one.target.is_none());
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let list: Vec<String> = differences
        .iter()
        .map(|one| {
            format!("{}: {} on the source, {} on the target", one.key, value(&one.source), value(&one.target))
        })
        .collect();
    let missing = "the schema dump does not carry it, or it went with something that was refused";
    Finding {
        object,
        reason: if is_missing { missing.to_owned() } else { list.join("; ") },
        sqlstate: String::new(),
        instead: (!is_missing).then(|| "made otherwise; look whether that matters".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(object: &str, key: &str) -> Difference {
        Difference {
            object: object.to_owned(),
            key: key.to_owned(),
            column: None,
            source: Some("there".to_owned()),
            target: None,
        }
    }

    /// Whether a finding about `label` keeps a difference from being told once more.
    fn hides(label: &str, object: &str, key: &str) -> bool {
        findings(vec![difference(object, key)], &[told(label, None)]).is_empty()
    }

    fn told(label: &str, instead: Option<&str>) -> Finding {
        Finding {
            object: label.to_owned(),
            reason: String::new(),
            sqlstate: String::new(),
            instead: instead.map(str::to_owned),
        }
    }

    #[test]
    fn an_object_that_is_named_is_not_told_again_and_neither_are_its_parts() {
        assert!(hides("TABLE public.ord", "relation public.ord", ""));
        assert!(hides("TABLE public.ord", "column public.ord.id", "type"));
        assert!(hides("TRIGGER public.ord told", "trigger public.ord.told", ""));
        assert!(hides("FK CONSTRAINT public.ord ord_fkey", "constraint public.ord.ord_fkey", ""));
        assert!(hides("FUNCTION public.f(integer, text)", "function public.f(integer,text)", ""));
        assert!(hides("owner of TABLE public.ord", "relation public.ord", "owner"));
        assert!(hides("ACL public.TABLE ord", "right on relation public.ord", "SELECT to x"));
        assert!(hides("SCHEMA a", "schema a", ""));
        assert!(hides("CHECK CONSTRAINT c of s.t", "constraint s.t.c", "text"));
        let setting = "setting work_mem of the database";
        assert!(hides(setting, setting, "value"));
    }

    #[test]
    fn what_only_looks_like_it_is_told() {
        assert!(!hides("rows of \"public\".\"ord\"", "relation public.ord", ""));
        assert!(!hides("TABLE public.ord_proc", "relation public.ord", ""));
        assert!(!hides("TABLE public.a", "schema a", ""));
        assert!(!hides("owner of TABLE public.ord", "relation public.ord", "options"));
        assert!(!hides("owner of TABLE public.ord", "right on relation public.ord", "SELECT to x"));
        assert!(!hides("ACL public.TABLE ord", "relation public.ord", "owner"));
        assert!(!hides("FUNCTION public.f(integer)", "function public.f(text)", ""));
        assert!(!hides("statistics of public.ord", "relation public.ord", ""));
        assert!(!hides("SCHEMA a", "relation a.ord", ""));
        assert!(!hides("role ord", "schema ord", "owner"));
        assert!(!hides("setting work_mem of role ord", "schema ord", ""));
        assert!(!hides("EXTENSION partman", "function partman.f()", ""));
        let otherwise = [told("TABLE public.ord", Some("made without UNLOGGED"))];
        assert!(!findings(vec![difference("column public.ord.id", "type")], &otherwise).is_empty());
    }
}
