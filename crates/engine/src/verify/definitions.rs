//! Are the definitions the same? What has to be there, the source's catalogs say, never the dump.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{NotCompared, diff::Difference, digest::Hash, objects};
use crate::{
    catalog::{OUR_SCHEMA, choice::Chosen, roles::Setting},
    error::Result,
    pg::{client::Client, parameter::Parameter, version::Version},
    schema::rights::Names,
    sql::sql,
};

/// A fact's place: kind, object, property.
pub type Place = (String, String, String);

/// Every fact about a database's definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory(BTreeMap<Place, Fact>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fact {
    value: Option<String>,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Means the same on every major.
    Plain,
    /// Made by the server from a stored tree; its form may differ between majors.
    Deparsed,
    /// The server shows it to others only.
    Concealed,
}

/// What two inventories have to share that are to be compared.
pub struct Shared {
    /// The newest major of which both sides know everything.
    major: i32,
    /// Salt of the hashes that stand for secrets.
    salt: String,
}

impl Shared {
    /// Of a server of this version, and another.
    pub fn of(version: Version, other: &Client) -> Self {
        let major = version.major().min(other.version().major());
        Self { major: i32::try_from(major).unwrap_or(i32::MAX), salt: rand::random::<u64>().to_string() }
    }
}

/// What came of comparing two inventories.
#[derive(Debug, Default)]
pub struct Compared {
    /// How many facts the source has.
    pub facts: u64,
    /// Where the target differs.
    pub differences: Vec<Difference>,
    /// Of what nothing can be said.
    pub not_compared: Vec<NotCompared>,
    /// Texts that both have, in two majors' words, so that they are still to be compared.
    pub worded: BTreeSet<Place>,
}

/// Compares what the catalogs say of what is chosen. Texts that servers make count only within one major.
pub async fn compare(
    source: &Client,
    target: &Client,
    names: &Names<'_>,
    chosen: &Chosen,
) -> Result<Compared> {
    let shared = Shared::of(source.version(), target);
    let ours = Inventory::read(source, names, chosen, &shared).await?;
    let mut theirs = Inventory::read(target, names, &Chosen::default(), &shared).await?;
    if !chosen.is_everything() {
        let every = Inventory::read(source, names, &Chosen::default(), &shared).await?;
        theirs = theirs.chosen(&every, &ours);
    }
    let same_major = source.version().major() == target.version().major();
    let common = ours.common(&theirs);
    let hash = Hash::agree(source, target).await?;
    let (large, large_differences) = objects::large_object_facts(source, target, &hash, names).await?;
    let mut differences = ours.differences(&theirs, same_major);
    differences.extend(large_differences);
    Ok(Compared {
        facts: ours.0.len() as u64 + large,
        differences,
        not_compared: ours.concealed(&theirs),
        worded: if same_major { BTreeSet::new() } else { common.texts().0.into_keys().collect() },
    })
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

/// What a setting, named first in `object`, says, however it was stored.
fn meaning(object: &str, value: String) -> String {
    let name = object.split(' ').next().unwrap_or_default().to_owned();
    Setting { role: None, here: true, name, value }.meaning()
}

impl Inventory {
    /// Of the database that `client` is connected to, less what is left out there; the bootstrap superuser and the master
    /// are one.
    pub async fn read(client: &Client, names: &Names<'_>, chosen: &Chosen, shared: &Shared) -> Result<Self> {
        let (classes, oids) = chosen.left_out();
        let parameters: [&dyn Parameter; 5] = [&OUR_SCHEMA, &classes, &oids, &shared.major, &shared.salt];
        let rows = client.query("list all definitions", sql!("inventory"), &parameters).await?;
        let mut facts = BTreeMap::new();
        for row in &rows {
            let (kind, mut object, mut property): (String, String, String) =
                (row.get(0), row.get(1), row.get(2));
            let (mut role, value): (Option<String>, Option<String>) = (row.get(3), row.get(4));
            if let Some(name) = role.as_mut().filter(|name| names.bootstrap == Some(name.as_str())) {
                names.master.clone_into(name);
            }
            if ["right on ", "default right", "policy", "user mapping"].iter().any(|of| kind.starts_with(of))
            {
                by_master(&mut object, names);
                by_master(&mut property, names);
            }
            let value = value.map(|value| if kind == "setting" { meaning(&object, value) } else { value });
            let value = match (role, value) {
                (Some(role), Some(value)) => Some(format!("{role}: {value}")),
                (role, value) => role.or(value),
            };
            let form = match row.get::<_, Option<bool>>(5) {
                Some(false) => Form::Plain,
                Some(true) => Form::Deparsed,
                None => Form::Concealed,
            };
            facts.insert((kind, object, property), Fact { value, form });
        }
        Ok(Self(facts))
    }

    /// What `target` has otherwise. Deparsed texts count only where `same_major`; of what is concealed nothing is said.
    pub fn differences(&self, target: &Self, same_major: bool) -> Vec<Difference> {
        let places: BTreeSet<&Place> = self.0.keys().chain(target.0.keys()).collect();
        let mut differences = Vec::new();
        for place in places {
            let (ours, theirs) = (self.0.get(place), target.0.get(place));
            let same = match (ours, theirs) {
                (Some(ours), Some(theirs)) => match (ours.form, theirs.form) {
                    (Form::Concealed, _) | (_, Form::Concealed) => true,
                    (Form::Plain, Form::Plain) => ours.value == theirs.value,
                    (Form::Deparsed, _) | (_, Form::Deparsed) => !same_major || ours.value == theirs.value,
                },
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
    pub fn texts(self) -> Self {
        Self(self.0.into_iter().filter(|(_, fact)| fact.form == Form::Deparsed).collect())
    }

    /// Only places that `other` has too: what is missing on one side is told elsewhere.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let common = self.0.iter().filter(|(place, _)| other.0.contains_key(*place));
        Self(common.map(|(place, fact)| (place.clone(), fact.clone())).collect())
    }

    /// Whether there is such a fact.
    pub fn has(&self, place: &Place) -> bool {
        self.0.contains_key(place)
    }

    /// What is there on both sides, and hidden from us on one.
    fn concealed(&self, target: &Self) -> Vec<NotCompared> {
        let is_hidden = |(place, fact): &(&Place, &Fact)| {
            target.0.get(*place).is_some_and(|other| [fact.form, other.form].contains(&Form::Concealed))
        };
        let hidden = self.0.iter().filter(is_hidden);
        hidden
            .map(|((kind, object, property), _)| NotCompared {
                object: format!("{kind} {object}, {property}"),
                reason: "the server does not show it to our role".to_owned(),
            })
            .collect()
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
}
