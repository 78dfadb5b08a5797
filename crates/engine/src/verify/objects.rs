//! What is neither row nor definition: values of sequences, bytes of large objects.

use std::collections::BTreeMap;

use super::diff::Difference;
use crate::{
    catalog::{Catalog, Sequence},
    error::Result,
    limits,
    pg::client::Client,
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
pub async fn large_objects(source: &Client, target: &Client) -> Result<Vec<Difference>> {
    let (ours, theirs) = (digests(source).await?, digests(target).await?);
    let oids: std::collections::BTreeSet<&u32> = ours.keys().chain(theirs.keys()).collect();
    let different = oids.into_iter().filter(|oid| ours.get(oid) != theirs.get(oid));
    let shown =
        |one: Option<&(i64, String)>| one.map(|(bytes, digest)| format!("{bytes} bytes, digest {digest}"));
    let difference = |oid: &u32| Difference {
        object: format!("large object {oid}"),
        key: "content".to_owned(),
        column: None,
        source: shown(ours.get(oid)),
        target: shown(theirs.get(oid)),
    };
    Ok(different.map(difference).take(limits::DIFFERENCES_SHOWN).collect())
}

async fn digests(client: &Client) -> Result<BTreeMap<u32, (i64, String)>> {
    let slices = sql!("large_object_slices")
        .replace("$1", "'0'")
        .replace("$2", &format!("'{}'", u32::MAX))
        .replace("$3", &limits::LARGE_OBJECT_SLICE.to_string());
    let sql = sql!("large_object_digests").replace("@slices", &slices);
    client.run("open a transaction", "begin isolation level repeatable read, read only").await?;
    let rows = client.query("digest the large objects", &sql, &[]).await?;
    client.run("close a transaction", "commit").await?;
    Ok(rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect())
}
