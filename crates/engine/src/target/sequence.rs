//! Sequences: the last value and whether it was handed out, read and set in groups.

use crate::{
    catalog::Sequence,
    error::{Error, Kind, Result, Side},
    limits,
    pg::{client::Client, ident::Literal},
};

/// A sequence's state: `nextval` will give `last_value` itself unless it was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// `last_value`.
    pub last: i64,
    /// `is_called`.
    pub called: bool,
}

/// Reads all sequences, in their order.
pub async fn read(client: &Client, sequences: &[Sequence]) -> Result<Vec<Value>> {
    let mut values = Vec::with_capacity(sequences.len());
    for group in sequences.chunks(limits::SEQUENCES_BATCH) {
        let one = |(at, sequence): (usize, &Sequence)| {
            format!("select {at} as at, last_value, is_called from {}", sequence.name)
        };
        let sql: Vec<String> = group.iter().enumerate().map(one).collect();
        let sql = format!("{} order by at", sql.join(" union all "));
        let rows = client.query("read the sequences", &sql, &[]).await?;
        if rows.len() != group.len() {
            return Err(Error::new(Kind::Mismatch, client.side(), "read the sequences"));
        }
        values.extend(rows.iter().map(|row| Value { last: row.get(1), called: row.get(2) }));
    }
    Ok(values)
}

/// Sets sequences to these values, in one statement a group; those that are missing on the target are left out and named.
pub async fn set(client: &Client, sequences: &[Sequence], values: &[Value]) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    let pairs: Vec<_> = sequences.iter().zip(values).collect();
    for group in pairs.chunks(limits::SEQUENCES_BATCH) {
        let one = |(sequence, value): &(&Sequence, &Value)| {
            format!("({}, {}::int8, {})", Literal(&sequence.name.to_string()), value.last, value.called)
        };
        let rows: Vec<String> = group.iter().map(one).collect();
        let sql = format!(
            "select v.name, case when pg_catalog.to_regclass(v.name) is not null \
             then pg_catalog.setval(pg_catalog.to_regclass(v.name), v.last, v.called) end from (values {}) v (name, last, called)",
            rows.join(", ")
        );
        let rows = client.query("set the sequences", &sql, &[]).await?;
        if rows.len() != group.len() {
            return Err(Error::new(Kind::Mismatch, Side::Target, "set the sequences"));
        }
        let absent = rows.iter().filter(|row| row.get::<_, Option<i64>>(1).is_none());
        missing.extend(absent.map(|row| row.get::<_, String>(0)));
    }
    Ok(missing)
}
