//! What follows from the patterns, by the server's own dependencies; and all of it in words.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    EXTENSION, Fate, NAMESPACE, Notice, RELATION,
    graph::{Graph, Object, Rests},
    names::{Names, Picked, Relation},
};
use crate::{
    catalog::CONSTRAINT,
    error::Result,
    pg::{client::Client, ident::Ident},
    sql::sql,
};

/// Indexes, sequences and composites; defaults; constraints; statistics; rules: what a relation's parts need, it needs.
const PARTS: [u32; 5] = [RELATION, 2604, CONSTRAINT, 3381, 2618];

/// What follows from what was picked.
pub(super) struct Settled {
    /// Everything that is left out; what was not named has what it rests on.
    pub(super) gone: HashMap<Object, Option<Object>>,
    /// Tables and materialised views whose rows do not count.
    pub(super) without_rows: HashSet<u32>,
    /// Of what is gone, what a person knows by name and did not name, with what it rests on.
    dependants: Vec<(Object, Object)>,
    /// Foreign keys that would not hold, each with the table whose rows are left out.
    keys: Vec<(Object, Object)>,
    /// What was not chosen and is carried, with what needs it.
    carried: Vec<(Object, Object)>,
    /// Materialised views that read tables without rows.
    matviews: Vec<u32>,
}

/// Follows the dependencies of `client`'s database.
pub(super) async fn settle(client: &Client, names: &Names, picked: &Picked) -> Result<Settled> {
    let graph = graph(client).await?;
    let (needed, chosen) = needed(&graph, names, picked);
    let named = named(&graph, names, picked);
    let is_stray = |one: &&Object| one.0 != NAMESPACE && one.0 != EXTENSION;
    let carried = named.iter().filter(is_stray).filter_map(|one| Some((*one, *needed.get(one)?)));
    let mut carried: Vec<(Object, Object)> = carried.collect();
    let mut seeds = named;
    seeds.retain(|one| !needed.contains_key(one) && !chosen.contains(one));
    let sequences = names.relations.iter().filter(|one| one.is_sequence()).map(Relation::object);
    let fixed: HashSet<Object> = sequences.filter(|one| needed.contains_key(one)).collect();
    let mut gone = graph.without(seeds.iter().copied(), &fixed);
    let mut keys = keys_to_no_rows(&graph, &picked.without_rows);
    keys.retain(|(key, _)| !gone.contains_key(key));
    if !keys.is_empty() {
        seeds.extend(keys.iter().map(|(key, _)| *key));
        gone = graph.without(seeds, &fixed);
    }
    carried.retain(|(one, _)| !gone.contains_key(one));
    carried.sort_unstable();
    let caused = gone.iter().filter_map(|(one, cause)| Some((*one, graph.whole((*cause)?))));
    let mut dependants: Vec<_> = caused.filter(|(one, _)| !graph.is_part(*one, &gone)).collect();
    dependants.sort_unstable();
    let matviews = readers(&graph, names, picked, &gone);
    let without_rows = picked.without_rows.iter().chain(&matviews).copied().collect();
    Ok(Settled { gone, without_rows, dependants, keys, carried, matviews })
}

/// What the chosen relations need, with who needs it; and these relations themselves, with the extensions.
fn needed(graph: &Graph, names: &Names, picked: &Picked) -> (HashMap<Object, Object>, HashSet<Object>) {
    let mut chosen: Vec<&Relation> =
        names.relations.iter().filter(|one| !picked.relations.contains(&one.oid)).collect();
    // a table is what a person knows as the one that needs something
    chosen.sort_by_key(|one| !one.is_table());
    let mut wanted: Vec<Object> = chosen.into_iter().map(Relation::object).collect();
    wanted.extend(graph.of_class(EXTENSION));
    let closed = names.relations.iter().filter(|one| !one.is_sequence()).map(Relation::object).collect();
    (graph.needed(&wanted, &closed, &PARTS), wanted.into_iter().collect())
}

/// What the patterns leave out by name: relations, schemas, and all that is in those.
fn named(graph: &Graph, names: &Names, picked: &Picked) -> HashSet<Object> {
    let relations = names.relations.iter().filter(|one| picked.relations.contains(&one.oid));
    let mut named: HashSet<Object> = relations.map(Relation::object).collect();
    for schema in picked.schemas.iter().map(|oid| (NAMESPACE, *oid)) {
        named.extend(graph.below(schema).filter(|(_, rests)| *rests == Rests::On).map(|(one, _)| one));
        named.insert(schema);
    }
    named
}

/// Materialised views that read, through whatever, a table without rows.
fn readers(
    graph: &Graph,
    names: &Names,
    picked: &Picked,
    gone: &HashMap<Object, Option<Object>>,
) -> Vec<u32> {
    let empty = picked.without_rows.iter().map(|oid| (RELATION, *oid));
    let reads = graph.without(empty, &HashSet::new());
    let is_reader = |one: &&Relation| {
        one.kind == 'm' && reads.contains_key(&one.object()) && !gone.contains_key(&one.object())
    };
    names.relations.iter().filter(is_reader).map(|one| one.oid).collect()
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

impl Settled {
    /// What a person should know, in words: first what was named, then what follows from it.
    pub(super) async fn notices(
        &self,
        client: &Client,
        names: &Names,
        picked: &Picked,
    ) -> Result<Vec<Notice>> {
        let pairs = self.dependants.iter().chain(&self.keys).chain(&self.carried);
        let matviews: Vec<Object> = self.matviews.iter().map(|oid| (RELATION, *oid)).collect();
        let objects: Vec<Object> =
            pairs.flat_map(|(one, other)| [*one, *other]).chain(matviews.iter().copied()).collect();
        let words = identities(client, &objects).await?;
        let word = |one: &Object| words.get(one).cloned().unwrap_or_else(|| format!("object {}", one.1));
        let because = |object: &Object, fate: Fate, because: String| Notice {
            object: word(object),
            fate,
            because: Some(because),
        };
        let mut notices = self.named(names, picked);
        for (one, on) in &self.dependants {
            notices.push(because(one, Fate::LeftOut, format!("it rests on {}", word(on))));
        }
        for (key, table) in &self.keys {
            let why = format!("rows of {} are not carried, so it would not hold", word(table));
            notices.push(because(key, Fate::LeftOut, why));
        }
        for matview in &matviews {
            let why = "it reads tables whose rows are not carried".to_owned();
            notices.push(because(matview, Fate::RowsLeftOut, why));
        }
        for (one, by) in &self.carried {
            notices.push(because(one, Fate::Carried, format!("{} needs it", word(by))));
        }
        Ok(notices)
    }

    /// Schemas, then relations elsewhere, then tables without rows; what follows another goes without saying.
    fn named(&self, names: &Names, picked: &Picked) -> Vec<Notice> {
        let is_gone = |schema: u32| self.gone.contains_key(&(NAMESPACE, schema));
        let schemas = names.schemas.iter().filter(|(oid, _)| is_gone(*oid));
        let schemas =
            schemas.map(|(_, name)| (format!("schema {}", Ident::new(name).plain()), Fate::LeftOut));
        let relations = names.relations.iter().filter(|one| {
            picked.relations.contains(&one.oid)
                && self.gone.contains_key(&one.object())
                && !is_gone(one.schema_oid)
                && !picked.relations.contains(&one.follows)
        });
        let tables = names.relations.iter().filter(|one| {
            picked.without_rows.contains(&one.oid)
                && !self.gone.contains_key(&one.object())
                && !picked.without_rows.contains(&one.follows)
        });
        schemas
            .chain(relations.map(|one| (one.words(), Fate::LeftOut)))
            .chain(tables.map(|one| (one.words(), Fate::RowsLeftOut)))
            .map(|(object, fate)| Notice { object, fate, because: None })
            .collect()
    }
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
