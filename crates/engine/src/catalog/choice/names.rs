//! What the patterns say by themselves: which relations and schemas are out, which tables go without their rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Choice, NAMESPACE, RELATION, graph::Object, pattern::Pattern};
use crate::{
    catalog::OUR_SCHEMA,
    error::{Error, Kind, Result, Side},
    pg::{
        client::Client,
        conninfo::distance,
        ident::{Ident, Qualified},
    },
    sql::sql,
};

/// How many existing names an error shows.
const NEAREST_SHOWN: usize = 3;

/// The three lists, understood.
pub(super) struct Patterns {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    without_data: Vec<Pattern>,
}

impl Patterns {
    pub(super) fn parse(choice: &Choice) -> Result<Self> {
        let parse =
            |list: &[String]| list.iter().map(|text| Pattern::parse(text)).collect::<Result<Vec<_>>>();
        Ok(Self {
            include: parse(&choice.include)?,
            exclude: parse(&choice.exclude)?,
            without_data: parse(&choice.without_data)?,
        })
    }
}

/// A table, view, materialised view, foreign table or sequence.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) oid: u32,
    pub(super) schema_oid: u32,
    schema: String,
    name: String,
    pub(super) kind: char,
    /// The relation that it goes with, or 0.
    pub(super) follows: u32,
}

impl Relation {
    pub(super) fn object(&self) -> Object {
        (RELATION, self.oid)
    }

    pub(super) fn is_sequence(&self) -> bool {
        self.kind == 'S'
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.kind, 'r' | 'p')
    }

    fn fits(&self, patterns: &[Pattern]) -> bool {
        patterns.iter().any(|pattern| pattern.fits(&self.schema, &self.name))
    }

    pub(super) fn words(&self) -> String {
        let kind = match self.kind {
            'v' => "view",
            'm' => "materialized view",
            'f' => "foreign table",
            'S' => "sequence",
            _ => "table",
        };
        format!("{kind} {}", Qualified::new(&self.schema, &self.name).plain())
    }
}

/// Everything that a pattern may name.
pub(super) struct Names {
    pub(super) schemas: Vec<(u32, String)>,
    pub(super) relations: Vec<Relation>,
    by_oid: HashMap<u32, usize>,
}

/// What the patterns say by themselves.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Picked {
    /// Relations that are not chosen, with what follows them.
    pub(super) relations: HashSet<u32>,
    /// Schemas that are left out with everything in them.
    pub(super) schemas: HashSet<u32>,
    /// Tables without their rows, with their partitions.
    pub(super) without_rows: HashSet<u32>,
}

impl Names {
    pub(super) async fn read(client: &Client) -> Result<Self> {
        let schemas = client.query("list the schemas", sql!("choice_schemas"), &[&OUR_SCHEMA]).await?;
        let rows = client.query("list the relations", sql!("choice_relations"), &[&OUR_SCHEMA]).await?;
        let relation = |row: &tokio_postgres::Row| Relation {
            oid: row.get(0),
            schema_oid: row.get(1),
            schema: row.get(2),
            name: row.get(3),
            kind: row.get::<_, String>(4).chars().next().unwrap_or('r'),
            follows: row.get(5),
        };
        let schemas = schemas.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(Self::of(schemas, rows.iter().map(relation).collect()))
    }

    fn of(schemas: Vec<(u32, String)>, relations: Vec<Relation>) -> Self {
        let by_oid = relations.iter().enumerate().map(|(at, relation)| (relation.oid, at)).collect();
        Self { schemas, relations, by_oid }
    }

    fn get(&self, oid: u32) -> Option<&Relation> {
        self.by_oid.get(&oid).map(|at| &self.relations[*at])
    }

    /// The relation that decides for this one: a partition's root, the table that owns a sequence.
    fn top<'a>(&'a self, relation: &'a Relation) -> &'a Relation {
        let mut top = relation;
        while let Some(next) = self.get(top.follows) {
            top = next;
        }
        top
    }

    pub(super) fn pick(&self, patterns: &Patterns) -> Result<Picked> {
        self.refuse_unknown("include", &patterns.include, |relation| !self.is_owned(relation))?;
        self.refuse_unknown("exclude", &patterns.exclude, |relation| !self.is_owned(relation))?;
        self.refuse_unknown("without_data", &patterns.without_data, Relation::is_table)?;
        self.refuse_lone_partitions(patterns)?;
        let is_chosen = |relation: &Relation| {
            (patterns.include.is_empty() || relation.fits(&patterns.include))
                && !relation.fits(&patterns.exclude)
        };
        let mut picked = Picked::default();
        let mut touched = HashSet::new();
        for relation in &self.relations {
            let top = self.top(relation);
            if is_chosen(top) {
                touched.insert(top.schema_oid);
                let rows = relation.is_table()
                    && (relation.fits(&patterns.without_data) || top.fits(&patterns.without_data));
                picked.without_rows.extend(rows.then_some(relation.oid));
            } else {
                picked.relations.insert(relation.oid);
            }
        }
        let whole = |list: &[Pattern], name: &str| {
            list.iter().any(|pattern| pattern.is_schema() && pattern.fits_schema(name))
        };
        for (oid, name) in &self.schemas {
            let is_in =
                patterns.include.is_empty() || touched.contains(oid) || whole(&patterns.include, name);
            if !is_in || whole(&patterns.exclude, name) {
                picked.schemas.insert(*oid);
            }
        }
        Ok(picked)
    }

    /// Sequences that stay without the tables that own them.
    pub(super) fn unowned(&self, gone: &HashMap<Object, Option<Object>>) -> BTreeSet<u32> {
        let is_gone = |oid: u32| gone.contains_key(&(RELATION, oid));
        let owned = self.relations.iter().filter(|one| self.is_owned(one));
        owned.filter(|one| !is_gone(one.oid) && is_gone(one.follows)).map(|one| one.oid).collect()
    }

    /// Schemas that are gone.
    pub(super) fn schemas_in(&self, gone: &HashMap<Object, Option<Object>>) -> Vec<Ident> {
        let schemas = self.schemas.iter().filter(|(oid, _)| gone.contains_key(&(NAMESPACE, *oid)));
        schemas.map(|(_, name)| Ident::new(name)).collect()
    }

    /// Tables that are gone, of schemas that are not.
    pub(super) fn tables_in(&self, gone: &HashMap<Object, Option<Object>>) -> Vec<Qualified> {
        let is_gone = |one: &&Relation| {
            one.is_table()
                && gone.contains_key(&one.object())
                && !gone.contains_key(&(NAMESPACE, one.schema_oid))
        };
        let tables = self.relations.iter().filter(is_gone);
        tables.map(|one| Qualified::new(&one.schema, &one.name)).collect()
    }

    fn is_owned(&self, relation: &Relation) -> bool {
        relation.is_sequence() && self.get(relation.follows).is_some()
    }

    /// A pattern that fits nothing was meant otherwise.
    fn refuse_unknown(
        &self,
        key: &str,
        patterns: &[Pattern],
        counts: impl Fn(&Relation) -> bool,
    ) -> Result<()> {
        let candidates = || self.relations.iter().filter(|relation| counts(relation));
        for pattern in patterns {
            let known = candidates().any(|relation| pattern.fits(&relation.schema, &relation.name))
                || key != "without_data"
                    && pattern.is_schema()
                    && self.schemas.iter().any(|(_, name)| pattern.fits_schema(name));
            if known {
                continue;
            }
            let names: Vec<String> = if pattern.is_schema() && key != "without_data" {
                self.schemas.iter().map(|(_, name)| Ident::new(name).plain()).collect()
            } else {
                candidates().map(|one| Qualified::new(&one.schema, &one.name).plain()).collect()
            };
            let near = nearest(&pattern.text, names);
            let near = match near.as_str() {
                "" => "there is none at all".to_owned(),
                near => format!("nearest: {near}"),
            };
            let what = if key == "without_data" { "table" } else { "schema, table, view or sequence" };
            let attempt = format!("{} {:?}", key.replace('_', " "), pattern.text);
            return Err(Error::new(Kind::Usage, Side::Source, attempt)
                .because(format!("no {what} has such a name; {near}")));
        }
        Ok(())
    }

    /// Rows of a partitioned table belong into all its partitions: it is carried whole or not at all.
    fn refuse_lone_partitions(&self, patterns: &Patterns) -> Result<()> {
        let partitions = self.relations.iter().filter(|one| one.follows != 0 && !one.is_sequence());
        for leaf in partitions {
            let root = self.top(leaf);
            let is_included = patterns.include.is_empty() || root.fits(&patterns.include);
            let is_chosen = is_included && !root.fits(&patterns.exclude);
            let alone = match is_chosen {
                true => leaf.fits(&patterns.exclude).then_some("leave out"),
                false => (!is_included && leaf.fits(&patterns.include)).then_some("take"),
            };
            if let Some(verb) = alone {
                return Err(Error::new(Kind::Usage, Side::Source, format!("{verb} {} alone", leaf.words()))
                    .because(format!(
                        "it is a partition: name its root, {}; the rows of a single partition are left out by without_data",
                        root.words()
                    )));
            }
        }
        Ok(())
    }
}

/// The names that are most like `text`.
fn nearest(text: &str, mut names: Vec<String>) -> String {
    names.sort_by_cached_key(|name| (distance(text, name), name.clone()));
    names.truncate(NEAREST_SHOWN);
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Schemas `a` and `b`; `a.t`, `b.t`, the view `a.v`, partitions of `a.p`, a sequence of `a.t` and one of its own.
    fn names() -> Names {
        let schemas = vec![(1, "a".to_owned()), (2, "b".to_owned())];
        let relation = |oid, schema_oid: u32, name: &str, kind, follows| Relation {
            oid,
            schema_oid,
            schema: if schema_oid == 1 { "a" } else { "b" }.to_owned(),
            name: name.to_owned(),
            kind,
            follows,
        };
        Names::of(
            schemas,
            vec![
                relation(10, 1, "t", 'r', 0),
                relation(11, 2, "t", 'r', 0),
                relation(12, 1, "v", 'v', 0),
                relation(13, 1, "p", 'p', 0),
                relation(14, 1, "p_1", 'p', 13),
                relation(15, 2, "p_1_1", 'r', 14),
                relation(16, 1, "t_id_seq", 'S', 10),
                relation(17, 2, "counter", 'S', 0),
            ],
        )
    }

    fn pick(include: &[&str], exclude: &[&str], without_data: &[&str]) -> Result<Picked> {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let choice =
            Choice { include: list(include), exclude: list(exclude), without_data: list(without_data) };
        names().pick(&Patterns::parse(&choice)?)
    }

    fn sorted(set: &HashSet<u32>) -> Vec<u32> {
        let mut list: Vec<u32> = set.iter().copied().collect();
        list.sort_unstable();
        list
    }

    #[test]
    fn partitions_and_owned_sequences_follow() {
        let picked = pick(&[], &["a.t", "a.p"], &[]).unwrap();
        assert_eq!((sorted(&picked.relations), sorted(&picked.schemas)), (vec![10, 13, 14, 15, 16], vec![]));
        let picked = pick(&["a"], &["a.v"], &["a.p"]).unwrap();
        assert_eq!((sorted(&picked.relations), sorted(&picked.schemas)), (vec![11, 12, 17], vec![2]));
        assert_eq!(sorted(&picked.without_rows), [13, 14, 15]);
    }

    #[test]
    fn a_schema_of_which_one_table_is_included_is_not_left_out() {
        let picked = pick(&["b.counter", "a"], &[], &[]).unwrap();
        assert_eq!((sorted(&picked.relations), sorted(&picked.schemas)), (vec![11], vec![]));
        assert_eq!(sorted(&pick(&[], &["a.*", "b.t"], &[]).unwrap_or_default().schemas), [0; 0]);
    }

    #[test]
    fn a_partition_alone_is_refused_either_way() {
        for (include, exclude) in [(vec!["a.p_1"], vec![]), (vec![], vec!["b.p_1_1"]), (vec![], vec!["b"])] {
            let error = pick(&include, &exclude, &[]).unwrap_err();
            assert!(error.cause.unwrap().contains("name its root, table a.p"), "{include:?} {exclude:?}");
        }
        assert_eq!(sorted(&pick(&[], &[], &["b.p_1_1"]).unwrap().without_rows), [15]);
    }

    #[test]
    fn what_fits_nothing_is_refused_with_what_is_near() {
        let error = pick(&[], &["a.tt"], &[]).unwrap_err();
        assert!(error.cause.unwrap().contains("nearest: a.t, "));
        assert!(pick(&[], &[], &["a.v"]).is_err() && pick(&["a.t_id_seq"], &[], &[]).is_err());
    }

    proptest! {
        /// Whatever is chosen, a relation and the one that it goes with share their fate.
        #[test]
        fn nobody_goes_another_way_than_the_one_it_follows(
            include in proptest::collection::vec("[ab]\\.(t|v|p|\\*)", 0..3),
            exclude in proptest::collection::vec("[ab]\\.(t|v|p|\\*)", 0..3),
        ) {
            let choice = Choice { include, exclude, without_data: vec![] };
            if let Ok(picked) = names().pick(&Patterns::parse(&choice).unwrap()) {
                for one in names().relations.iter().filter(|one| one.follows != 0) {
                    prop_assert_eq!(picked.relations.contains(&one.oid), picked.relations.contains(&one.follows));
                }
            }
        }
    }
}
