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

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use self::{
    graph::Object,
    names::{Names, Patterns},
};
use crate::{
    error::Result,
    pg::{
        client::Client,
        ident::{Ident, Qualified},
    },
};

mod graph;
mod names;
mod pattern;
mod settle;

/// Catalogs by their OIDs, which are the same on every server.
const RELATION: u32 = 1259;
const NAMESPACE: u32 = 2615;
const EXTENSION: u32 = 3079;

/// What the operator asked for: patterns as [`pattern::Pattern`] reads them. Empty lists mean everything.
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
    /// Schemas of which nothing is carried.
    #[serde(default)]
    pub schemas: Vec<Ident>,
    /// Tables elsewhere that are not carried.
    #[serde(default)]
    pub tables: Vec<Qualified>,
    /// What a person should know of it, before the start and in the report.
    pub notices: Vec<Notice>,
}

/// What the choice means for one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Notice {
    /// The object in words.
    pub object: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Why, where the operator did not name it.
    pub because: Option<String>,
}

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// [`crate::Kind::Usage`]: a pattern that cannot be read or that fits nothing, a partition without its root.
    pub async fn resolve(client: &Client, choice: &Choice) -> Result<Self> {
        if choice.is_everything() {
            return Ok(Self::default());
        }
        let patterns = Patterns::parse(choice)?;
        let names = Names::read(client).await?;
        let picked = names.pick(&patterns)?;
        let settled = settle::settle(client, &names, &picked).await?;
        Ok(Self {
            notices: settled.notices(client, &names, &picked).await?,
            schemas: names.schemas_in(&settled.gone),
            tables: names.tables_in(&settled.gone),
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
