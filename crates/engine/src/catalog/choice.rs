//! What of a database is carried: the operator's choice, and what follows from it.
//!
//! ```text
//!   patterns ──names──▶ relations and schemas that are out ──dependencies──▶ what cannot be without them: out too
//!                       relations that are carried ─────────dependencies──▶ what they need: carried with them
//! ```
//!
//! *Guarantee.* One value, [`Chosen`], says it for copy and comparison alike. A pattern that fits nothing is refused, and
//! so is a partition chosen without its root. Whatever is left out or carried without having been named is told.
//!
//! Extensions, and what belongs to them, are always carried. Large objects belong to no table: they are carried too.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use self::{
    graph::{Graph, Object, Rests},
    pattern::Pattern,
};
use super::{CONSTRAINT, OUR_SCHEMA};
use crate::{
    error::{Error, Kind, Result, Side},
    pg::{
        client::Client,
        conninfo::distance,
        ident::{Ident, Qualified},
    },
    sql::sql,
};

mod graph;
mod pattern;

/// Catalogs by their OIDs, which are the same on every server.
const RELATION: u32 = 1259;
const NAMESPACE: u32 = 2615;
const EXTENSION: u32 = 3079;
/// Indexes, sequences and composites; defaults; constraints; statistics; rules: what a relation's parts need, it needs.
const PARTS: [u32; 5] = [RELATION, 2604, CONSTRAINT, 3381, 2618];
/// How many existing names an error shows.
const NEAREST_SHOWN: usize = 3;

/// What the operator asked for: patterns as [`Pattern`] reads them. Empty lists mean everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Only these schemas and relations.
    #[serde(default)]
    pub include: Vec<String>,
    /// Not these.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Of these tables the definition alone.
    #[serde(default)]
    pub without_data: Vec<String>,
}

impl Choice {
    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty() && self.without_data.is_empty()
    }
}

impl std::fmt::Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_everything() {
            return f.write_str("everything");
        }
        let lists =
            [("include", &self.include), ("exclude", &self.exclude), ("without data", &self.without_data)];
        let told = lists.iter().filter(|(_, list)| !list.is_empty());
        let told: Vec<String> = told.map(|(key, list)| format!("{key} {}", list.join(", "))).collect();
        f.write_str(&told.join("; "))
    }
}

/// The choice as one database answers it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Objects on the source that are not carried: catalog and OID.
    left_out: BTreeSet<Object>,
    /// Tables and materialised views whose rows are neither carried nor compared.
    without_rows: BTreeSet<u32>,
    /// Sequences that are carried without the tables that own them.
    #[serde(default)]
    unowned: BTreeSet<u32>,
    /// What a person should know of it, before the start and in the report.
    pub notices: Vec<Notice>,
}

/// What the choice means for one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The object in words.
    pub object: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Why, where the operator did not name it.
    pub because: Option<String>,
}

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is not made.
    LeftOut,
    /// It is made, and holds no rows or others than on the source: they are not compared.
    RowsLeftOut,
    /// It is made although the choice does not name it.
    Carried,
}

impl Chosen {
    /// Asks `client`'s database what `choice` means there.
    ///
    /// # Errors
    /// [`Kind::Usage`]: a pattern that cannot be read or that fits nothing, a partition without its root.
    pub async fn resolve(client: &Client, choice: &Choice) -> Result<Self> {
        if choice.is_everything() {
            return Ok(Self::default());
        }
        let patterns = Patterns::parse(choice)?;
        let names = Names::read(client).await?;
        let picked = names.pick(&patterns)?;
        let graph = graph(client).await?;
        let settled = settle(&graph, &names, &picked);
        let words = identities(client, &settled.objects()).await?;
        Ok(Self {
            notices: notices(&names, &picked, &settled, &words),
            unowned: names.unowned(&settled.gone),
            left_out: settled.gone.into_keys().collect(),
            without_rows: settled.without_rows.into_iter().collect(),
        })
    }

    /// Whether an object is carried, by its catalog's OID and its own.
    pub fn has(&self, class: u32, oid: u32) -> bool {
        !self.left_out.contains(&(class, oid))
    }

    /// Whether a relation is carried.
    pub fn has_relation(&self, oid: u32) -> bool {
        self.has(RELATION, oid)
    }

    /// Whether a table's or a materialised view's rows count.
    pub fn has_rows(&self, oid: u32) -> bool {
        self.has_relation(oid) && !self.without_rows.contains(&oid)
    }

    /// Whether a sequence is carried although the table that owns it is not.
    pub fn is_unowned(&self, sequence: u32) -> bool {
        self.unowned.contains(&sequence)
    }

    /// Catalogs and OIDs of what is left out, in two lists of one length.
    pub fn left_out(&self) -> (Vec<u32>, Vec<u32>) {
        self.left_out.iter().copied().unzip()
    }

    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.left_out.is_empty() && self.without_rows.is_empty()
    }
}

/// The three lists, understood.
struct Patterns {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    without_data: Vec<Pattern>,
}

impl Patterns {
    fn parse(choice: &Choice) -> Result<Self> {
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
struct Relation {
    oid: u32,
    schema_oid: u32,
    schema: String,
    name: String,
    kind: char,
    /// The relation that it goes with, or 0.
    follows: u32,
}

impl Relation {
    fn is_sequence(&self) -> bool {
        self.kind == 'S'
    }

    fn is_table(&self) -> bool {
        matches!(self.kind, 'r' | 'p')
    }

    fn fits(&self, patterns: &[Pattern]) -> bool {
        patterns.iter().any(|pattern| pattern.fits(&self.schema, &self.name))
    }

    fn words(&self) -> String {
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
struct Names {
    schemas: Vec<(u32, String)>,
    relations: Vec<Relation>,
    by_oid: HashMap<u32, usize>,
}

/// What the patterns say by themselves.
#[derive(Debug, Default, PartialEq, Eq)]
struct Picked {
    /// Relations that are not chosen, with what follows them.
    relations: HashSet<u32>,
    /// Schemas that are left out with everything in them.
    schemas: HashSet<u32>,
    /// Tables without their rows, with their partitions.
    without_rows: HashSet<u32>,
}

impl Names {
    async fn read(client: &Client) -> Result<Self> {
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

    fn pick(&self, patterns: &Patterns) -> Result<Picked> {
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

    fn unowned(&self, gone: &HashMap<Object, Option<Object>>) -> BTreeSet<u32> {
        let is_gone = |oid: u32| gone.contains_key(&(RELATION, oid));
        let owned = self.relations.iter().filter(|one| self.is_owned(one));
        owned.filter(|one| !is_gone(one.oid) && is_gone(one.follows)).map(|one| one.oid).collect()
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

/// What follows from what was picked.
#[derive(Default)]
struct Settled {
    /// Everything that is left out; what was not named has what it rests on.
    gone: HashMap<Object, Option<Object>>,
    /// Of these, what a person knows by name and did not name.
    dependants: Vec<(Object, Object)>,
    /// Foreign keys that would not hold, each with the table whose rows are left out.
    keys: Vec<(Object, Object)>,
    /// What was not chosen and is carried, with what needs it.
    carried: Vec<(Object, Object)>,
    without_rows: HashSet<u32>,
    /// Of these, materialised views.
    matviews: Vec<u32>,
}

impl Settled {
    fn objects(&self) -> Vec<Object> {
        let pairs = self.dependants.iter().chain(&self.keys).chain(&self.carried);
        let matviews = self.matviews.iter().map(|oid| (RELATION, *oid));
        pairs.flat_map(|(one, other)| [*one, *other]).chain(matviews).collect()
    }
}

fn settle(graph: &Graph, names: &Names, picked: &Picked) -> Settled {
    let relation = |one: &Relation| (RELATION, one.oid);
    let is_out = |one: &&Relation| picked.relations.contains(&one.oid);
    let closed: HashSet<Object> =
        names.relations.iter().filter(|one| !one.is_sequence()).map(relation).collect();
    let mut wanted: Vec<Object> = names.relations.iter().filter(|one| !is_out(one)).map(relation).collect();
    // a table is what a person knows as the one that needs something
    wanted.sort_by_key(|one| names.get(one.1).is_some_and(|one| !one.is_table()));
    wanted.extend(graph.of_class(EXTENSION));
    let needed = graph.needed(&wanted, &closed, &PARTS);
    let chosen: HashSet<Object> = wanted.iter().copied().collect();
    let kept = |object: &Object| needed.contains_key(object) || chosen.contains(object);
    let fixed: HashSet<Object> = names
        .relations
        .iter()
        .filter(|one| one.is_sequence())
        .map(relation)
        .filter(|one| needed.contains_key(one))
        .collect();
    let mut seeds: HashSet<Object> = names.relations.iter().filter(is_out).map(relation).collect();
    for schema in picked.schemas.iter().map(|oid| (NAMESPACE, *oid)) {
        seeds.extend(graph.below(schema).filter(|(_, rests)| *rests == Rests::On).map(|(one, _)| one));
        seeds.insert(schema);
    }
    let mut carried: Vec<(Object, Object)> = seeds
        .iter()
        .filter(|one| one.0 != NAMESPACE && one.0 != EXTENSION)
        .filter_map(|one| Some((*one, *needed.get(one)?)))
        .collect();
    seeds.retain(|one| !kept(one));
    let keys = keys_to_no_rows(graph, &picked.without_rows);
    let mut gone = graph.without(seeds.iter().copied(), &fixed);
    let keys: Vec<_> = keys.into_iter().filter(|(key, _)| !gone.contains_key(key)).collect();
    seeds.extend(keys.iter().map(|(key, _)| *key));
    if !keys.is_empty() {
        gone = graph.without(seeds.iter().copied(), &fixed);
    }
    carried.retain(|(one, _)| !gone.contains_key(one));
    let mut dependants: Vec<(Object, Object)> = gone
        .iter()
        .filter_map(|(one, cause)| Some((*one, graph.whole((*cause)?))))
        .filter(|(one, _)| !graph.is_part(*one, &gone))
        .collect();
    dependants.sort_unstable();
    carried.sort_unstable();
    let reads = graph.without(picked.without_rows.iter().map(|oid| (RELATION, *oid)), &HashSet::new());
    let matviews: Vec<u32> = names
        .relations
        .iter()
        .filter(|one| {
            one.kind == 'm' && reads.contains_key(&relation(one)) && !gone.contains_key(&relation(one))
        })
        .map(|one| one.oid)
        .collect();
    let without_rows = picked.without_rows.iter().chain(&matviews).copied().collect();
    Settled { gone, dependants, keys, carried, without_rows, matviews }
}

/// Foreign keys of tables with rows to tables without.
fn keys_to_no_rows(graph: &Graph, without_rows: &HashSet<u32>) -> Vec<(Object, Object)> {
    let mut keys = BTreeMap::new();
    for table in without_rows.iter().map(|oid| (RELATION, *oid)) {
        for (key, _) in graph.below(table).filter(|(one, rests)| one.0 == CONSTRAINT && *rests == Rests::On) {
            let own = graph.above(key).find(|(_, rests)| *rests == Rests::KeyOf);
            if own.is_some_and(|(own, _)| !without_rows.contains(&own.1)) {
                keys.insert(key, table);
            }
        }
    }
    keys.into_iter().collect()
}

fn notices(
    names: &Names,
    picked: &Picked,
    settled: &Settled,
    words: &HashMap<Object, String>,
) -> Vec<Notice> {
    let notice = |object: String, fate: Fate, because: Option<String>| Notice { object, fate, because };
    let word = |object: &Object| words.get(object).cloned().unwrap_or_else(|| format!("object {}", object.1));
    let mut notices = Vec::new();
    for (oid, name) in &names.schemas {
        if settled.gone.contains_key(&(NAMESPACE, *oid)) {
            let object = format!("schema {}", Ident::new(name).plain());
            notices.push(notice(object, Fate::LeftOut, None));
        }
    }
    let is_told = |one: &Relation| settled.gone.contains_key(&(NAMESPACE, one.schema_oid));
    let follows = |one: &Relation, set: &HashSet<u32>| one.follows != 0 && set.contains(&one.follows);
    for one in &names.relations {
        let is_gone = settled.gone.contains_key(&(RELATION, one.oid)) && picked.relations.contains(&one.oid);
        if is_gone && !is_told(one) && !follows(one, &picked.relations) {
            notices.push(notice(one.words(), Fate::LeftOut, None));
        }
    }
    for one in &names.relations {
        let is_there = !settled.gone.contains_key(&(RELATION, one.oid));
        if is_there && picked.without_rows.contains(&one.oid) && !follows(one, &picked.without_rows) {
            notices.push(notice(one.words(), Fate::RowsLeftOut, None));
        }
    }
    for (one, on) in &settled.dependants {
        notices.push(notice(word(one), Fate::LeftOut, Some(format!("it rests on {}", word(on)))));
    }
    for (key, table) in &settled.keys {
        let because = format!("rows of {} are not carried, so it would not hold", word(table));
        notices.push(notice(word(key), Fate::LeftOut, Some(because)));
    }
    for oid in &settled.matviews {
        let because = "it reads tables whose rows are not carried".to_owned();
        notices.push(notice(word(&(RELATION, *oid)), Fate::RowsLeftOut, Some(because)));
    }
    for (one, by) in &settled.carried {
        notices.push(notice(word(one), Fate::Carried, Some(format!("{} needs it", word(by)))));
    }
    notices
}

/// The server's dependencies.
async fn graph(client: &Client) -> Result<Graph> {
    let mut graph = Graph::default();
    for row in client.query("read what rests on what", sql!("choice_edges"), &[]).await? {
        let rests = match row.get::<_, &str>(2) {
            "a" | "P" | "S" => Rests::PartOf,
            "i" => Rests::Inside,
            "o" => Rests::KeyOf,
            "e" => Rests::Member,
            _ => Rests::On,
        };
        graph.add((row.get(0), row.get(1)), rests, (row.get(3), row.get(4)));
    }
    Ok(graph)
}

/// Objects in words.
async fn identities(client: &Client, objects: &[Object]) -> Result<HashMap<Object, String>> {
    let (classes, oids): (Vec<u32>, Vec<u32>) = objects.iter().copied().unzip();
    let sql = "select o.class, o.oid, named.type || ' ' || named.identity from unnest($1::oid[], $2::oid[]) o (class, oid) \
               cross join lateral pg_catalog.pg_identify_object(o.class, o.oid, 0) named where named.identity is not null";
    let rows = client.query("name what the choice leaves out", sql, &[&classes, &oids]).await?;
    Ok(rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect())
}
