//! What is in a database, read only: one catalog query a file, at whatever snapshot the client stands in.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use self::choice::{Choice, Chosen};
pub use self::computing::Computing;
use crate::{
    error::{Error, Kind, Result},
    limits,
    pg::{
        client::Client,
        ident::{Ident, Qualified},
        parameter::Parameter,
        version::Version,
    },
    sql::sql,
};

pub mod choice;
mod computing;
pub mod roles;
pub mod types;

/// The schema in which we keep our own tables, on either side.
pub const OUR_SCHEMA: &str = "pgferry";
/// `pg_constraint`'s OID.
const CONSTRAINT: u32 = 2606;

/// Everything that a copy has to know of its source, as of one snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Catalog {
    /// The server's version.
    pub version: Version,
    /// The database itself.
    pub database: Database,
    /// Whether it has a schema `public`, which no dump makes and every new database has.
    pub schema_public: bool,
    /// Tables whose rows are carried.
    pub tables: Vec<Table>,
    /// Partitioned tables at the top of their trees.
    pub partition_roots: Vec<Qualified>,
    /// Sequences.
    pub sequences: Vec<Sequence>,
    /// Materialised views that hold rows.
    pub matviews: Vec<Matview>,
    /// Keys.
    pub constraints: Vec<Constraint>,
    /// CHECKs that have to wait for the rows.
    pub checks: Vec<Check>,
    /// Definitions that need a search_path to mean the same again.
    #[serde(default)]
    pub bindings: Vec<Binding>,
    /// How many large objects there are.
    pub large_objects: u64,
    /// Settings under which stored values are computed, as sessions in the database begin with them.
    pub computing: Vec<Computing>,
    /// The search_path that sessions have which set none, with every other schema behind it: for texts that name
    /// something without its schema.
    pub search_path: String,
    /// What of the database this is; the lists above hold nothing else.
    #[serde(default)]
    pub chosen: Chosen,
}

/// A definition that uses an operator of another schema than `pg_catalog`, perhaps without printing it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// The catalog and the OID by which the dump knows it, on the source.
    pub object: (u32, u32),
    /// Schemas of those operators, as a setting's value.
    pub path: String,
}

/// A CHECK that calls a function of the database's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    /// On the source.
    pub oid: u32,
    /// The table or domain, quoted.
    pub owner: String,
    /// Whether it is a domain.
    pub of_domain: bool,
    /// The constraint's name.
    pub name: Ident,
    /// `CHECK (…)`, perhaps with NOT VALID behind it.
    pub definition: String,
    /// COMMENT ON CONSTRAINT.
    #[serde(default)]
    pub comment: Option<String>,
}

impl Check {
    /// `alter table "s"."t"`.
    pub fn alter(&self) -> String {
        format!("alter {} {}", if self.of_domain { "domain" } else { "table" }, self.owner)
    }
}

/// A database's own properties.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// `UTF8`, `SQL_ASCII`, …
    pub encoding: String,
    /// LC_COLLATE.
    pub collate: String,
    /// LC_CTYPE.
    pub ctype: String,
    /// `c` (libc), `i` (ICU) or `b` (builtin).
    pub provider: String,
    /// The provider's locale, where it is not libc.
    pub locale: Option<String>,
    /// ICU rules on top of the locale.
    pub rules: Option<String>,
    /// The owner's name.
    pub owner: String,
    /// Which cluster it is, for as long as that cluster lives.
    pub system_identifier: i64,
}

/// A table whose rows are carried.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    /// On the source.
    pub oid: u32,
    /// On both sides.
    pub name: Qualified,
    /// At the snapshot; the table was rewritten if it is another now.
    pub filenode: u32,
    /// The heap's pages in bytes.
    pub heap_bytes: u64,
    /// Heap, TOAST and maps in bytes: what a copy of the table weighs.
    pub bytes: u64,
    /// The planner's estimate; negative where the table was never analysed.
    pub rows_estimated: f64,
    /// Columns that hold data of their own, in the source's order.
    pub columns: Vec<Column>,
    /// For a table of an extension: which of its rows are the user's. Empty means all.
    pub condition: Option<String>,
    /// Without WAL: empty after a crash.
    pub unlogged: bool,
    /// A leaf of a partitioned table.
    pub partition: bool,
    /// The partitioned table through which the rows have to go in, where they may belong to another leaf there.
    pub through: Option<Qualified>,
}

/// A column, and whether its binary form means the same on another server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// On the proved list.
    pub binary: bool,
    /// Made of `"char"`, whose text form changed with 15.
    pub chars: Option<types::Chars>,
}

/// A sequence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sequence {
    /// On both sides.
    pub name: Qualified,
}

/// A materialised view.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Matview {
    /// On the source.
    pub oid: u32,
    /// On both sides.
    pub name: Qualified,
    /// Materialised views that it reads, also through views.
    pub depends: Vec<u32>,
    /// The search_path that its owner's sessions have, as a setting's value.
    pub owner_path: String,
    /// What else its owner's sessions compute with otherwise than others.
    pub owner_settings: Vec<Computing>,
}

/// What a constraint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    Primary,
    /// UNIQUE.
    Unique,
    /// FOREIGN KEY.
    Foreign,
}

/// A key of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Constraint {
    /// On the source.
    pub oid: u32,
    /// The table's OID on the source.
    pub table: u32,
    /// The table's name.
    pub table_name: Qualified,
    /// The constraint's name.
    pub name: Ident,
    /// What it is.
    pub kind: ConstraintKind,
    /// Of, or to, a partitioned table.
    pub partitioned: bool,
    /// Whether the source vouches for it.
    pub validated: bool,
    /// The index behind a primary or unique key of a plain table.
    pub index_sql: Option<String>,
    /// DEFERRABLE.
    pub deferrable: bool,
    /// INITIALLY DEFERRED.
    pub deferred: bool,
}

impl Catalog {
    /// Reads what `choice` leaves of it through `client`.
    pub async fn read(client: &Client, choice: &Choice) -> Result<Self> {
        let chosen = Chosen::resolve(client, choice).await?;
        Ok(Self {
            version: client.version(),
            database: Database::read(client).await?,
            schema_public: has_public(client).await?,
            tables: tables(client, &chosen).await?,
            partition_roots: partition_roots(client, &chosen).await?,
            sequences: sequences(client, &chosen).await?,
            matviews: matviews(client, &chosen).await?,
            constraints: constraints(client, &chosen).await?,
            checks: checks(client, &chosen).await?,
            bindings: bindings(client).await?,
            large_objects: count(client, "count large objects", sql!("large_objects")).await?,
            computing: computing::computing(client).await?,
            search_path: search_path(client).await?,
            chosen,
        })
    }
}

impl Database {
    /// Of the database that `client` is connected to.
    pub async fn read(client: &Client) -> Result<Self> {
        let row = client.one("read the database's properties", sql!("database"), &[]).await?;
        Ok(Self {
            name: row.get(0),
            encoding: row.get(1),
            collate: row.get(2),
            ctype: row.get(3),
            provider: row.get(4),
            locale: row.get(5),
            rules: row.get(6),
            owner: row.get(7),
            system_identifier: row.get(8),
        })
    }
}

/// Which of `names` no relation of the database has.
pub async fn absent(client: &Client, names: &[String]) -> Result<HashSet<String>> {
    let sql = "select name from unnest($1::text[]) name where pg_catalog.to_regclass(name) is null";
    let rows = client.query("look for tables", sql, &[&names]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Tables with rows that the dump takes for an extension's own, and that nobody carries; what they belong to.
pub async fn extension_rows(client: &Client) -> Result<Vec<(String, String)>> {
    let sql = sql!("assess/extension_member_rows");
    let rows = client.query("look for rows in tables of extensions", sql, &[]).await?;
    Ok(rows.iter().map(|row| (row.get("object"), row.get("detail"))).collect())
}

/// The comment on the database.
pub async fn database_comment(client: &Client) -> Result<Option<String>> {
    let sql = "select pg_catalog.shobj_description(oid, 'pg_database') from pg_catalog.pg_database where datname = pg_catalog.current_database()";
    Ok(client.one("read the comment on the database", sql, &[]).await?.get(0))
}

async fn search_path(client: &Client) -> Result<String> {
    Ok(client.one("read the search_path", sql!("search_path"), &[&OUR_SCHEMA]).await?.get(0))
}

/// A number that is another one after any change of a definition.
pub async fn fingerprint(client: &Client) -> Result<String> {
    Ok(client.one("take the catalog's fingerprint", sql!("fingerprint"), &[]).await?.get(0))
}

async fn has_public(client: &Client) -> Result<bool> {
    let sql = "select pg_catalog.to_regnamespace('public') is not null";
    Ok(client.one("look for schema public", sql, &[]).await?.get(0))
}

async fn tables(client: &Client, chosen: &Chosen) -> Result<Vec<Table>> {
    let rows = client.query("list the tables", sql!("tables"), &[&OUR_SCHEMA]).await?;
    let used: HashSet<u32> = rows.iter().flat_map(|row| row.get::<_, Vec<u32>>("types")).collect();
    let used: Vec<u32> = used.into_iter().collect();
    let known = types::Types::read(client, &used).await?;
    let (carried, empty): (Vec<Table>, Vec<Table>) = rows
        .iter()
        .map(|row| table(row, &known))
        .filter(|table| chosen.has_relation(table.oid))
        .partition(|table| chosen.has_rows(table.oid));
    let with_rows = |root: &Qualified| carried.iter().any(|table| table.through.as_ref() == Some(root));
    match empty.iter().find(|table| table.through.as_ref().is_some_and(with_rows)) {
        None => Ok(carried),
        Some(leaf) => Err(Error::new(
            Kind::Usage,
            client.side(),
            format!("leave out the rows of {} alone", leaf.name),
        )
        .because(
            "rows of its partitioned table may belong to another partition on the target: name the root",
        )),
    }
}

fn table(row: &Row, known: &types::Types) -> Table {
    let names: Vec<String> = row.get("columns");
    let types: Vec<u32> = row.get("types");
    let column = |(name, of): (String, u32)| Column {
        name: Ident::new(name),
        binary: known.is_proved(of),
        chars: known.chars(of),
    };
    let root: Option<String> = row.get("root_schema");
    Table {
        oid: row.get("oid"),
        name: Qualified::new(row.get::<_, String>("nspname"), row.get::<_, String>("relname")),
        filenode: row.get("relfilenode"),
        heap_bytes: unsigned(row.get("heap_bytes")),
        bytes: unsigned(row.get("table_bytes")),
        rows_estimated: row.get("rows_estimated"),
        columns: names.into_iter().zip(types).map(column).collect(),
        condition: row.get("condition"),
        unlogged: row.get("unlogged"),
        partition: row.get("partition"),
        through: root.map(|schema| Qualified::new(schema, row.get::<_, String>("root_name"))),
    }
}

async fn partition_roots(client: &Client, chosen: &Chosen) -> Result<Vec<Qualified>> {
    let rows = client.query("list the partitioned tables", sql!("partition_roots"), &[&OUR_SCHEMA]).await?;
    let carried = rows.iter().filter(|row| chosen.has_relation(row.get(2)));
    Ok(carried.map(|row| Qualified::new(row.get::<_, String>(0), row.get::<_, String>(1))).collect())
}

async fn sequences(client: &Client, chosen: &Chosen) -> Result<Vec<Sequence>> {
    let rows = client.query("list the sequences", sql!("sequences"), &[&OUR_SCHEMA]).await?;
    let sequence =
        |row: &Row| Sequence { name: Qualified::new(row.get::<_, String>(1), row.get::<_, String>(2)) };
    Ok(rows.iter().filter(|row| chosen.has_relation(row.get(0))).map(sequence).collect())
}

async fn matviews(client: &Client, chosen: &Chosen) -> Result<Vec<Matview>> {
    let parameters: [&dyn Parameter; 2] = [&OUR_SCHEMA, &&computing::NAMES[..]];
    let rows = client.query("list the materialised views", sql!("matviews"), &parameters).await?;
    let matview = |row: &Row| {
        let path: Option<String> = row.get("owner_path");
        let settings: Vec<String> = row.get("owner_settings");
        let owner = Ident::new(row.get::<_, String>("owner"));
        Matview {
            oid: row.get("oid"),
            name: Qualified::new(row.get::<_, String>("nspname"), row.get::<_, String>("relname")),
            depends: row.get("depends"),
            owner_path: path
                .unwrap_or_else(|| "\"$user\", public".to_owned())
                .replace("\"$user\"", &owner.to_string()),
            owner_settings: settings.iter().filter_map(|text| computing::stored(text)).collect(),
        }
    };
    Ok(rows.iter().filter(|row| chosen.has_relation(row.get("oid"))).map(matview).collect())
}

async fn checks(client: &Client, chosen: &Chosen) -> Result<Vec<Check>> {
    let rows = client.query("list the checks by functions", sql!("checks"), &[&OUR_SCHEMA]).await?;
    let check = |row: &Row| Check {
        oid: row.get(5),
        owner: row.get(0),
        of_domain: row.get(1),
        name: Ident::new(row.get::<_, String>(2)),
        definition: row.get(3),
        comment: row.get(4),
    };
    Ok(rows.iter().filter(|row| chosen.has(CONSTRAINT, row.get(5))).map(check).collect())
}

async fn bindings(client: &Client) -> Result<Vec<Binding>> {
    let rows = client.query("list what uses operators of other schemas", sql!("bindings"), &[]).await?;
    let binding = |row: &Row| Binding { object: (row.get(0), row.get(1)), path: row.get(2) };
    Ok(rows.iter().map(binding).collect())
}

async fn constraints(client: &Client, chosen: &Chosen) -> Result<Vec<Constraint>> {
    let rows = client.query("list the constraints", sql!("constraints"), &[&OUR_SCHEMA]).await?;
    let constraint = |row: &Row| Constraint {
        oid: row.get("oid"),
        table: row.get("conrelid"),
        table_name: Qualified::new(row.get::<_, String>("nspname"), row.get::<_, String>("relname")),
        name: Ident::new(row.get::<_, String>("conname")),
        kind: match row.get::<_, &str>("contype") {
            "p" => ConstraintKind::Primary,
            "u" => ConstraintKind::Unique,
            _ => ConstraintKind::Foreign,
        },
        partitioned: row.get("partitioned"),
        validated: row.get("validated"),
        index_sql: row.get("index_sql"),
        deferrable: row.get("deferrable"),
        deferred: row.get("deferred"),
    };
    Ok(rows.iter().filter(|row| chosen.has(CONSTRAINT, row.get("oid"))).map(constraint).collect())
}

async fn count(client: &Client, attempt: &str, sql: &str) -> Result<u64> {
    Ok(unsigned(client.one(attempt, sql, &[]).await?.get(0)))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Tables by their OID.
pub fn by_oid(tables: &[Table]) -> HashMap<u32, &Table> {
    tables.iter().map(|table| (table.oid, table)).collect()
}

impl Table {
    /// A table of which nothing but the name is known.
    pub fn named(name: Qualified) -> Self {
        Self {
            oid: 0,
            name,
            filenode: 0,
            heap_bytes: 0,
            bytes: 0,
            rows_estimated: 0.0,
            columns: vec![],
            condition: None,
            unlogged: false,
            partition: false,
            through: None,
        }
    }

    /// Whether every column's binary form is proved; a table without columns has none.
    pub fn is_binary(&self) -> bool {
        !self.columns.is_empty() && self.columns.iter().all(|column| column.binary)
    }

    /// Small enough to share a transaction with others.
    pub fn is_small(&self) -> bool {
        self.bytes < limits::TABLE_SMALL_BYTES
    }
}
