//! Which types' binary form means the same on every server from 13 to 18.
//!
//! Closed list, by name: what is not on it travels as text. Never on it: `reg*` (values are the source's OIDs), arrays
//! and ranges over types that a user made (their binary form names the source's OID), composites (likewise), and types
//! of extensions (their versions differ).

use std::collections::HashMap;

use tokio_postgres::Row;

/// `pg_type.oid` of `"char"`.
pub(super) const CHAR: u32 = 18;

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
pub(super) struct Types(HashMap<u32, Type>);

impl Types {
    pub(super) fn new(rows: &[Row]) -> Self {
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
