//! Which types' binary form means the same on every server from 13 to 18.
//!
//! Closed list, by name: what is not on it travels as text. Never on it: `reg*` (values are the source's OIDs), arrays
//! and ranges over types that a user made (their binary form names the source's OID), composites (likewise), and types
//! of extensions (their versions differ).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::{error::Result, pg::client::Client, sql::sql};

/// `pg_type.oid` of `"char"`.
const CHAR: u32 = 18;

/// How a value is made of `"char"`, whose text changed with 15: a high byte was shown raw, and is octal digits now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chars {
    /// One, perhaps through domains.
    One,
    /// An array of them, perhaps through domains.
    Array,
}

impl Chars {
    /// The cast after which all majors show the same.
    pub fn cast(self) -> &'static str {
        match self {
            Self::One => "::int",
            Self::Array => "::int[]",
        }
    }
}

/// Built-in types whose send and receive functions kept their form over all supported majors.
const PROVED: &[&str] = &[
    "bool",
    "bytea",
    "char",
    "name",
    "int8",
    "int2",
    "int4",
    "text",
    "oid",
    "json",
    "point",
    "lseg",
    "path",
    "box",
    "polygon",
    "line",
    "float4",
    "float8",
    "circle",
    "money",
    "macaddr",
    "inet",
    "cidr",
    "macaddr8",
    "bpchar",
    "varchar",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "timetz",
    "bit",
    "varbit",
    "numeric",
    "uuid",
    "jsonb",
    "int4range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "int8range",
    "pg_lsn",
    "xid",
    "tsvector",
];

struct Type {
    built_in: bool,
    name: String,
    kind: String,
    base: u32,
    element: u32,
}

/// The types in use.
pub struct Types(HashMap<u32, Type>);

impl Types {
    /// Reads those that `used` are made of.
    pub async fn read(client: &Client, used: &[u32]) -> Result<Self> {
        Ok(Self::new(&client.query("list the types", sql!("types"), &[&used]).await?))
    }

    fn new(rows: &[Row]) -> Self {
        let read = |row: &Row| {
            let of = Type {
                built_in: row.get::<_, &str>(1) == "pg_catalog" && row.get::<_, u32>(0) < 16_384,
                name: row.get(2),
                kind: row.get(3),
                base: row.get(4),
                element: row.get(5),
            };
            (row.get(0), of)
        };
        Self(rows.iter().map(read).collect())
    }

    /// Whether and how the type with this OID is made of `"char"`, as far as a cast reaches: not inside composites.
    pub fn chars(&self, oid: u32) -> Option<Chars> {
        let of = self.0.get(&oid)?;
        match of.kind.as_str() {
            _ if oid == CHAR => Some(Chars::One),
            "d" => self.chars(of.base),
            _ if of.element != 0 => {
                self.chars(of.element).filter(|element| *element == Chars::One).map(|_| Chars::Array)
            }
            _ => None,
        }
    }

    /// Whether values of the type with this OID may travel in binary.
    pub(super) fn is_proved(&self, oid: u32) -> bool {
        let Some(of) = self.0.get(&oid) else { return false };
        match of.kind.as_str() {
            // an enum's binary form is its label
            "e" => true,
            "d" => self.is_proved(of.base),
            _ if !of.built_in => false,
            _ if of.element != 0 => {
                self.0.get(&of.element).is_some_and(|element| element.built_in && on_list(element))
            }
            _ => on_list(of),
        }
    }
}

fn on_list(of: &Type) -> bool {
    PROVED.contains(&of.name.as_str())
}
