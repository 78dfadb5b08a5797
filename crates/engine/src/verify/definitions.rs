//! Are the definitions the same? What has to be there, the source's catalogs say, never the dump.

use std::collections::{BTreeMap, HashSet};

use super::diff::Difference;
use crate::{
    catalog::{OUR_SCHEMA, choice::Chosen},
    error::Result,
    pg::client::Client,
    schema::rights::Names,
    sql::sql,
};

/// A fact's place: kind, object, property.
type Place = (String, String, String);

/// Every fact about a database's definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory(BTreeMap<Place, Fact>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fact {
    value: Option<String>,
    /// Made by the server from a stored tree; its form may differ between majors.
    deparsed: bool,
}

/// A place that ends with the bootstrap superuser's name ends with the master's.
fn by_master(place: &mut String, names: &Names<'_>) {
    for word in [" to ", " of ", "for role "] {
        let name = names.bootstrap.map(|name| format!("{word}{name}"));
        if let Some(head) = name.and_then(|name| place.strip_suffix(&name)) {
            *place = format!("{head}{word}{}", names.master);
        }
    }
}

impl Inventory {
    /// Of the database that `client` is connected to, less what is left out there; the bootstrap superuser and the master
    /// are one.
    pub async fn read(client: &Client, names: &Names<'_>, chosen: &Chosen) -> Result<Self> {
        let (classes, oids) = chosen.left_out();
        let rows =
            client.query("list all definitions", sql!("inventory"), &[&OUR_SCHEMA, &classes, &oids]).await?;
        let mut facts = BTreeMap::new();
        for row in &rows {
            let (kind, mut object, mut property): (String, String, String) =
                (row.get(0), row.get(1), row.get(2));
            let (role, value): (Option<String>, Option<String>) = (row.get(3), row.get(4));
            let (mut role, value) = (role, value);
            if let Some(name) = role.as_mut().filter(|name| names.bootstrap == Some(name.as_str())) {
                names.master.clone_into(name);
            }
            if ["right on ", "default right", "policy"].iter().any(|of| kind.starts_with(of)) {
                by_master(&mut object, names);
                by_master(&mut property, names);
            }
            let value = match (role, value) {
                (Some(role), Some(value)) => Some(format!("{role}: {value}")),
                (role, value) => role.or(value),
            };
            facts.insert((kind, object, property), Fact { value, deparsed: row.get(5) });
        }
        Ok(Self(facts))
    }

    /// What `target` has otherwise. Deparsed texts count only where `same_major`.
    pub fn differences(&self, target: &Self, same_major: bool) -> Vec<Difference> {
        let places: std::collections::BTreeSet<&Place> = self.0.keys().chain(target.0.keys()).collect();
        let mut differences = Vec::new();
        for place in places {
            let (ours, theirs) = (self.0.get(place), target.0.get(place));
            let is_text = ours.or(theirs).is_some_and(|fact| fact.deparsed);
            let same = match (ours, theirs) {
                (Some(ours), Some(theirs)) => ours.value == theirs.value || (is_text && !same_major),
                _ => false,
            };
            if !same {
                let (kind, object, property) = place;
                let value = |fact: Option<&Fact>| {
                    fact.map(|fact| fact.value.clone().unwrap_or_else(|| "there".to_owned()))
                };
                differences.push(Difference {
                    object: format!("{kind} {object}"),
                    key: property.clone(),
                    column: None,
                    source: value(ours),
                    target: value(theirs),
                });
            }
        }
        differences
    }

    /// Only what the server deparsed: for comparing with a reference on the same server.
    #[must_use]
    pub fn texts(&self) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(_, fact)| fact.deparsed)
                .map(|(place, fact)| (place.clone(), fact.clone()))
                .collect(),
        )
    }

    /// Only places that `other` has too: what is missing on one side is told elsewhere.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let common = self.0.iter().filter(|(place, _)| other.0.contains_key(*place));
        Self(common.map(|(place, fact)| (place.clone(), fact.clone())).collect())
    }

    /// Without what `every` has and `chosen` does not: what is left out on one side counts on neither. Of an object that
    /// is left out whole nothing counts, whatever it is like here.
    #[must_use]
    pub fn chosen(mut self, every: &Self, chosen: &Self) -> Self {
        let objects = |facts: &Self| -> HashSet<(String, String)> {
            facts.0.keys().map(|(kind, object, _)| (kind.clone(), object.clone())).collect()
        };
        let gone: HashSet<(String, String)> = &objects(every) - &objects(chosen);
        let is_part = |object: &str| {
            let wholes = object.match_indices('.').map(|(at, _)| object[..at].to_owned());
            wholes.into_iter().any(|whole| gone.contains(&("relation".to_owned(), whole)))
        };
        self.0.retain(|place, _| {
            let (kind, object, _) = place;
            let is_left_out = every.0.contains_key(place) && !chosen.0.contains_key(place);
            !is_left_out && !gone.contains(&(kind.clone(), object.clone())) && !is_part(object)
        });
        self
    }

    /// How many facts.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
