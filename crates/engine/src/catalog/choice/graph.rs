//! What rests on what, as the server's own dependencies have it: pure, over numbers.
//!
//! ```text
//!   view ◀─inside─ rule ──on──▶ table ◀─part of─ index
//!                               table ──on──▶ type ──on──▶ schema
//! ```
//!
//! Downward from what is left out goes everything that cannot be without it; upward from what is carried comes
//! everything that it needs. Source: PostgreSQL manual, "pg_depend".

use std::collections::{HashMap, HashSet, VecDeque};

/// A catalog's OID and the object's within it.
pub type Object = (u32, u32);

/// How one object rests on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rests {
    /// It uses the other.
    On,
    /// It goes with the other, which can be without it.
    PartOf,
    /// As that, and the other cannot be without it.
    Inside,
    /// It is a foreign key of the other.
    KeyOf,
    /// It belongs to that extension.
    Member,
}

impl Rests {
    fn is_part(self) -> bool {
        matches!(self, Self::PartOf | Self::Inside | Self::KeyOf)
    }
}

/// All edges, both ways.
#[derive(Default)]
pub(super) struct Graph {
    up: HashMap<Object, Vec<(Object, Rests)>>,
    down: HashMap<Object, Vec<(Object, Rests)>>,
}

impl Graph {
    /// `from` rests on `to`.
    pub(super) fn add(&mut self, from: Object, rests: Rests, to: Object) {
        if from != to {
            self.up.entry(from).or_default().push((to, rests));
            self.down.entry(to).or_default().push((from, rests));
        }
    }

    /// Objects of a catalog that rest on something.
    pub(super) fn of_class(&self, class: u32) -> impl Iterator<Item = Object> + '_ {
        self.up.keys().filter(move |object| object.0 == class).copied()
    }

    /// What an object rests on.
    pub(super) fn above(&self, object: Object) -> impl Iterator<Item = (Object, Rests)> + '_ {
        self.up.get(&object).into_iter().flatten().copied()
    }

    /// What rests on it.
    pub(super) fn below(&self, object: Object) -> impl Iterator<Item = (Object, Rests)> + '_ {
        self.down.get(&object).into_iter().flatten().copied()
    }

    /// What `wanted` needs, and who needs it first; nothing of `closed` is entered. Parts of the kinds in `parts` count
    /// with their owners.
    pub(super) fn needed(
        &self,
        wanted: &[Object],
        closed: &HashSet<Object>,
        parts: &[u32],
    ) -> HashMap<Object, Object> {
        let mut needed: HashMap<Object, Object> = HashMap::new();
        let mut seen: HashSet<Object> = wanted.iter().copied().collect();
        let mut open: VecDeque<(Object, Object)> = wanted.iter().map(|object| (*object, *object)).collect();
        while let Some((object, by)) = open.pop_front() {
            let own = self.below(object).filter(|(part, rests)| {
                matches!(rests, Rests::PartOf | Rests::Inside) && parts.contains(&part.0)
            });
            for (next, _) in self.above(object).chain(own) {
                if !closed.contains(&next) && seen.insert(next) {
                    needed.insert(next, by);
                    open.push_back((next, by));
                }
            }
        }
        needed
    }

    /// Everything that cannot be without `gone`, with what it rests on there; `fixed` stays whatever happens.
    pub(super) fn without(
        &self,
        gone: impl IntoIterator<Item = Object>,
        fixed: &HashSet<Object>,
    ) -> HashMap<Object, Option<Object>> {
        let mut causes: HashMap<Object, Option<Object>> = gone.into_iter().map(|one| (one, None)).collect();
        let mut open: VecDeque<Object> = causes.keys().copied().collect();
        while let Some(object) = open.pop_front() {
            let cause = causes.get(&object).copied().flatten();
            let dependants = self.below(object).filter(|(_, rests)| *rests != Rests::Member);
            let owners = self.above(object).filter(|(_, rests)| *rests == Rests::Inside);
            let next = dependants
                .map(|(one, _)| (one, object))
                .chain(owners.map(|(one, _)| (one, cause.unwrap_or(object))));
            for (one, cause) in next {
                if !fixed.contains(&one) && !causes.contains_key(&one) {
                    causes.insert(one, Some(cause));
                    open.push_back(one);
                }
            }
        }
        causes
    }

    /// Whether it is a part of something in `gone`, and goes without saying.
    pub(super) fn is_part(&self, object: Object, gone: &HashMap<Object, Option<Object>>) -> bool {
        self.above(object).any(|(owner, rests)| rests.is_part() && gone.contains_key(&owner))
    }

    /// The whole that an object is a part of: what a person knows by name.
    pub(super) fn whole(&self, object: Object) -> Object {
        let mut whole = object;
        let mut seen = HashSet::from([object]);
        while let Some((owner, _)) = self.above(whole).find(|(_, rests)| rests.is_part()) {
            if !seen.insert(owner) {
                break;
            }
            whole = owner;
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(edges: &[(u32, u8, u32)]) -> Graph {
        let mut graph = Graph::default();
        for (from, rests, to) in edges {
            let rests = [Rests::On, Rests::PartOf, Rests::Inside, Rests::KeyOf][usize::from(rests % 4)];
            graph.add((1, *from), rests, (1, *to));
        }
        graph
    }

    proptest! {
        /// Nothing that stays rests on anything that goes; and what goes has a cause that goes too.
        #[test]
        fn what_is_left_can_stand(edges in proptest::collection::vec((0u32..20, 0u8..4, 0u32..20), 0..60), gone in proptest::collection::vec(0u32..20, 0..4)) {
            let graph = graph(&edges);
            let causes = graph.without(gone.iter().map(|one| (1, *one)), &HashSet::new());
            for (from, _, to) in &edges {
                prop_assert!(causes.contains_key(&(1, *from)) || !causes.contains_key(&(1, *to)));
            }
            for (one, cause) in &causes {
                prop_assert!(cause.is_none_or(|cause| causes.contains_key(&cause)) && (cause.is_some() || gone.contains(&one.1)));
            }
        }

        /// What is needed by what is carried, and what that needs, all of it.
        #[test]
        fn what_is_needed_needs_nothing_more(edges in proptest::collection::vec((0u32..20, 0u8..4, 0u32..20), 0..60), wanted in proptest::collection::vec(0u32..20, 0..4)) {
            let graph = graph(&edges);
            let wanted: Vec<Object> = wanted.iter().map(|one| (1, *one)).collect();
            let needed = graph.needed(&wanted, &HashSet::new(), &[]);
            let has = |one: &Object| wanted.contains(one) || needed.contains_key(one);
            for (from, _, to) in &edges {
                prop_assert!(!has(&(1, *from)) || has(&(1, *to)));
            }
        }
    }

    #[test]
    fn a_view_goes_with_the_table_that_its_rule_reads() {
        let mut graph = Graph::default();
        let (table, view, rule, index) = ((1, 1), (1, 2), (2, 3), (1, 4));
        graph.add(rule, Rests::Inside, view);
        graph.add(rule, Rests::On, table);
        graph.add(index, Rests::PartOf, table);
        let gone = graph.without([table], &HashSet::new());
        assert_eq!(gone.get(&view), Some(&Some(table)));
        assert!(graph.is_part(index, &gone) && !graph.is_part(view, &gone));
    }
}
