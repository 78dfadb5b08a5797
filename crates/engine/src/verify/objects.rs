//! What is neither row nor definition: values of sequences, bytes of large objects and what is said of them.

use super::{
    diff::{self, Asked, Difference, Found, Rows},
    digest::Hash,
};
use crate::{
    catalog::{Catalog, Sequence},
    error::Result,
    limits,
    pg::{client::Client, ident::Literal},
    schema::rights::Names,
    sql::sql,
    target::sequence,
};

/// Sequences whose value differs or that the target lacks.
pub async fn sequences(source: &Client, target: &Client, catalog: &Catalog) -> Result<Vec<Difference>> {
    let mut present = Vec::new();
    let mut differences = Vec::new();
    let names: Vec<String> = catalog.sequences.iter().map(|one| one.name.to_string()).collect();
    let sql = "select pg_catalog.to_regclass(name) is not null from unnest($1::text[]) with ordinality n(name, at) order by at";
    let there = target.query("look for the sequences", sql, &[&names]).await?;
    for (sequence, row) in catalog.sequences.iter().zip(&there) {
        if row.get(0) {
            present.push(sequence.clone());
        } else {
            differences.push(difference(sequence, Some("there".to_owned()), None));
        }
    }
    let ours = sequence::read(source, &present).await?;
    let theirs = sequence::read(target, &present).await?;
    let shown = |value: &sequence::Value| {
        format!("{} ({})", value.last, if value.called { "called" } else { "not called" })
    };
    let different = present.iter().zip(ours.iter().zip(&theirs)).filter(|(_, (ours, theirs))| ours != theirs);
    differences.extend(
        different
            .map(|(sequence, (ours, theirs))| difference(sequence, Some(shown(ours)), Some(shown(theirs)))),
    );
    Ok(differences)
}

fn difference(sequence: &Sequence, source: Option<String>, target: Option<String>) -> Difference {
    Difference {
        object: format!("sequence {}", sequence.name),
        key: "value".to_owned(),
        column: None,
        source,
        target,
    }
}

/// Large objects whose bytes differ, or that are on one side only.
pub async fn large_objects(source: &Client, target: &Client, hash: &Hash) -> Result<Vec<Difference>> {
    let slices = statement(sql!("large_object_slices"))
        .replace("$1", "'0'")
        .replace("$2", &format!("'{}'", u32::MAX))
        .replace("$3", &limits::LARGE_OBJECT_SLICE.to_string());
    let [first, second] = hash.expressions("(slice.start::text || ':' || pg_catalog.md5(slice.data))");
    let sql = statement(sql!("large_object_digests")).replace("@first", &first).replace("@second", &second);
    Ok(facts(source, target, hash, "large objects", &sql.replace("@slices", &slices)).await?.1)
}

/// What the catalogs say of large objects: how many facts the source has, and where the target differs. There may be
/// millions: the servers digest them, and only what differs travels.
pub async fn large_object_facts(
    source: &Client,
    target: &Client,
    hash: &Hash,
    names: &Names<'_>,
) -> Result<(u64, Vec<Difference>)> {
    let bootstrap = names.bootstrap.map_or_else(|| "null".to_owned(), |name| Literal(name).to_string());
    let sql = statement(sql!("large_object_facts"))
        .replace("@bootstrap", &bootstrap)
        .replace("@master", &Literal(names.master).to_string());
    facts(source, target, hash, "what is said of large objects", &sql).await
}

/// Without its comments, which are no place for a name.
fn statement(sql: &str) -> String {
    sql.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n")
}

/// Between an object and its property, where both are one key.
const MARK: char = '\u{1}';

/// Compares lines of (oid, object, property, value).
async fn facts(
    source: &Client,
    target: &Client,
    hash: &Hash,
    what: &str,
    sql: &str,
) -> Result<(u64, Vec<Difference>)> {
    let key = format!("(t.object || pg_catalog.chr({}) || t.property) collate \"C\"", u32::from(MARK));
    let rows = Rows {
        what: what.to_owned(),
        relation: format!("(\n{sql}) t"),
        condition: String::new(),
        text: "row(t.object, t.property, t.value)::text collate \"C\"".to_owned(),
        key,
        columns: vec![("value".to_owned(), "t.value collate \"C\"".to_owned())],
    };
    let narrowed = diff::narrow(&mut Asked::Client(source), &mut Asked::Client(target), &rows, hash).await?;
    let difference = |found: Found| {
        let (object, property) = found.key.split_once(MARK).unwrap_or((&found.key, ""));
        Difference {
            object: object.to_owned(),
            key: property.to_owned(),
            column: None,
            source: found.source,
            target: found.target,
        }
    };
    let mut differences: Vec<Difference> = narrowed.found.into_iter().map(difference).collect();
    if narrowed.differs && differences.is_empty() {
        let key = "somewhere: which was not found".to_owned();
        differences.push(Difference {
            object: what.to_owned(),
            key,
            column: None,
            source: None,
            target: None,
        });
    }
    Ok((narrowed.rows, differences))
}
