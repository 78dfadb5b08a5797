//! What is there: databases, schemas, tables by size, everything else by number.
//!
//! Sizes are the files' own, asked of the server; where there are too many, or somebody holds a lock that this would wait
//! for, the pages that the last VACUUM or ANALYZE counted stand in, and the inventory says so.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use super::{
    facts::{Extension, Facts},
    finding::Unknown,
    growth::Growth,
    statement,
    unanswered::unanswered,
};
use crate::{error::Result, limits, pg::client::Client, sql::sql};

/// What a database holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// Databases of the server.
    pub databases: Vec<DatabaseSize>,
    /// Schemas.
    pub schemas: Vec<SchemaSize>,
    /// Tables and leaves, the largest first.
    pub tables: Vec<TableSize>,
    /// How sizes were found.
    pub sizes_are: SizesAre,
    /// How fast they grow; None where nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
    /// Types of columns, by how many columns have them.
    pub column_types: Vec<Counted>,
    /// Everything else, by kind: views, functions by language, triggers, sequences, large objects, roles, …
    pub counts: BTreeMap<String, i64>,
    /// Bytes of indexes by access method.
    pub index_bytes: BTreeMap<String, i64>,
    /// Extensions.
    pub extensions: Vec<ExtensionLine>,
    /// Roles that own something or may log in.
    pub roles: Vec<Role>,
    /// Publications, replication slots, standbys, scheduled jobs.
    pub dependents: Vec<Dependent>,
    /// Backups that can be seen from within the server.
    pub backups: Backups,
}

/// How sizes were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SizesAre {
    /// The files' sizes.
    #[default]
    Exact,
    /// Pages as of the last VACUUM or ANALYZE.
    Estimated,
}

/// A database of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseSize {
    /// Its name.
    pub name: String,
    /// Bytes; None where we may not connect to it.
    pub bytes: Option<i64>,
    /// Whether it is the one that is assessed.
    pub assessed: bool,
}

/// A schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaSize {
    /// Its name, quoted where need be.
    pub name: String,
    /// Tables in it.
    pub tables: i64,
    /// Their bytes with TOAST and indexes.
    pub bytes: i64,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableSize {
    /// Qualified, quoted where need be.
    pub name: String,
    /// Bytes of the heap.
    pub heap_bytes: i64,
    /// Bytes of its TOAST table with index.
    pub toast_bytes: i64,
    /// Bytes of its indexes.
    pub index_bytes: i64,
    /// The planner's estimate; None where it was never analysed.
    pub rows: Option<i64>,
    /// Rows inserted less rows deleted since `since` of the counters.
    pub rows_grown: i64,
    /// Rows updated or deleted since then.
    pub rows_changed: i64,
    /// Dead rows, as VACUUM has them.
    pub rows_dead: i64,
    /// Whether it has a primary key.
    pub keyed: bool,
}

/// A name, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    /// What.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// An installed extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExtensionLine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it lives.
    pub schema: String,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// LOGIN.
    pub login: bool,
    /// SUPERUSER.
    pub superuser: bool,
    /// Relations of this database that it owns.
    pub owns: i64,
}

/// Somebody who takes something from this server, or a job that runs in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dependent {
    /// `publication`, `slot`, `standby`, `job`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its state in words.
    pub state: String,
}

/// Backups, as far as the server knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backups {
    /// `archive_mode`.
    pub archive_mode: String,
    /// A tool that `archive_command` or a session is recognised by.
    pub tool: Option<String>,
    /// When WAL was last archived, seconds ago.
    pub archived_seconds_ago: Option<f64>,
    /// When archiving last failed, seconds ago.
    pub failed_seconds_ago: Option<f64>,
    /// Backups from a file system, a provider or a cron job cannot be seen from here.
    pub seen_from: String,
}

/// Tools by the words that an `archive_command` or an application name has of them.
const BACKUP_TOOLS: [&str; 6] = ["pgbackrest", "wal-g", "wal-e", "barman", "pg_probackup", "pg_basebackup"];

impl Inventory {
    /// Counts and weighs. What could not be read stands in `unknown`.
    pub async fn read(client: &Client, facts: &Facts, unknown: &mut Vec<Unknown>) -> Result<Self> {
        let mut reader = Reader { client, unknown };
        let (tables, sizes_are) = reader.tables(facts).await?;
        let backups = reader.rows("backups", sql!("assess/backups")).await?;
        Ok(Self {
            databases: reader.all("databases", sql!("assess/databases"), |row| database(row, facts)).await?,
            schemas: schemas(&tables),
            column_types: reader.all("types of columns", sql!("assess/column_types"), counted).await?,
            counts: reader.numbers("objects by kind", sql!("assess/counts")).await?,
            index_bytes: reader.numbers("indexes by method", sql!("assess/index_methods")).await?,
            extensions: facts.extensions.iter().map(extension).collect(),
            roles: reader.all("roles", sql!("assess/roles"), role).await?,
            dependents: reader.all("dependents", sql!("assess/dependents"), dependent).await?,
            backups: backups.first().map_or_else(Backups::default, |row| backups_of(row, facts)),
            tables: tables.into_iter().map(|(_, table)| table).collect(),
            sizes_are,
            growth: None,
        })
    }

    /// Bytes of heaps and TOAST.
    pub fn row_bytes(&self) -> i64 {
        self.tables.iter().map(TableSize::row_bytes).sum()
    }

    /// Bytes of all indexes.
    pub fn indexes_bytes(&self) -> i64 {
        self.tables.iter().map(|table| table.index_bytes).sum()
    }
}

impl TableSize {
    /// Bytes of heap and TOAST.
    pub fn row_bytes(&self) -> i64 {
        self.heap_bytes + self.toast_bytes
    }
}

struct Reader<'a> {
    client: &'a Client,
    unknown: &'a mut Vec<Unknown>,
}

impl Reader<'_> {
    /// Rows, or none and a word about it.
    async fn rows(&mut self, what: &str, sql: &str) -> Result<Vec<Row>> {
        match self.client.query(&format!("count {what}"), &statement(sql), &[]).await {
            Ok(rows) => Ok(rows),
            Err(error) => {
                self.unknown.extend(unanswered(self.client, error).await?.about(what));
                Ok(Vec::new())
            }
        }
    }

    async fn all<T>(&mut self, what: &str, sql: &str, each: impl Fn(&Row) -> T) -> Result<Vec<T>> {
        Ok(self.rows(what, sql).await?.iter().map(each).collect())
    }

    async fn numbers(&mut self, what: &str, sql: &str) -> Result<BTreeMap<String, i64>> {
        Ok(self.rows(what, sql).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Tables with their schemas, the largest first. Asking very many files for their sizes takes too long.
    async fn tables(&mut self, facts: &Facts) -> Result<(Vec<(String, TableSize)>, SizesAre)> {
        let sql = statement(sql!("assess/tables"));
        let mut sizes_are = SizesAre::Exact;
        let mut rows = None;
        if facts.relations <= limits::ASSESS_SIZES_EXACT {
            match self.client.query("weigh the tables", &sql, &[&true]).await {
                Ok(exact) => rows = Some(exact),
                Err(error) => drop(unanswered(self.client, error).await?),
            }
        }
        let rows = match rows {
            Some(exact) => exact,
            None => {
                sizes_are = SizesAre::Estimated;
                self.client.query("weigh the tables", &sql, &[&false]).await?
            }
        };
        let mut tables: Vec<_> = rows.iter().map(|row| (row.get("schema"), table(row))).collect();
        tables.sort_by(|(_, one), (_, other)| {
            (other.row_bytes() + other.index_bytes, &one.name)
                .cmp(&(one.row_bytes() + one.index_bytes, &other.name))
        });
        Ok((tables, sizes_are))
    }
}

fn table(row: &Row) -> TableSize {
    TableSize {
        name: row.get("object"),
        heap_bytes: row.get("heap_bytes"),
        toast_bytes: row.get("toast_bytes"),
        index_bytes: row.get("index_bytes"),
        rows: row.get("rows"),
        rows_grown: row.get("rows_grown"),
        rows_changed: row.get("rows_changed"),
        rows_dead: row.get("rows_dead"),
        keyed: row.get("keyed"),
    }
}

fn schemas(tables: &[(String, TableSize)]) -> Vec<SchemaSize> {
    let mut schemas: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for (schema, table) in tables {
        let (count, bytes) = schemas.entry(schema).or_default();
        *count += 1;
        *bytes += table.row_bytes() + table.index_bytes;
    }
    let one =
        |(name, (tables, bytes)): (&str, (i64, i64))| SchemaSize { name: name.to_owned(), tables, bytes };
    schemas.into_iter().map(one).collect()
}

fn database(row: &Row, facts: &Facts) -> DatabaseSize {
    let assessed = row.get("assessed");
    DatabaseSize {
        name: row.get("name"),
        bytes: if assessed { Some(facts.bytes) } else { row.get("bytes") },
        assessed,
    }
}

fn counted(row: &Row) -> Counted {
    Counted { name: row.get(0), count: row.get(1) }
}

fn extension(extension: &Extension) -> ExtensionLine {
    let Extension { name, version, schema, .. } = extension.clone();
    ExtensionLine { name, version, schema }
}

fn role(row: &Row) -> Role {
    Role {
        name: row.get("name"),
        login: row.get("login"),
        superuser: row.get("superuser"),
        owns: row.get("owns"),
    }
}

fn dependent(row: &Row) -> Dependent {
    Dependent { kind: row.get("kind"), name: row.get("name"), state: row.get("state") }
}

fn backups_of(row: &Row, facts: &Facts) -> Backups {
    let words =
        format!("{} {}", facts.setting("archive_command"), row.get::<_, &str>("applications")).to_lowercase();
    Backups {
        archive_mode: facts.setting("archive_mode").to_owned(),
        tool: BACKUP_TOOLS.iter().find(|tool| words.contains(**tool)).map(|tool| (*tool).to_owned()),
        archived_seconds_ago: row.get("archived_seconds_ago"),
        failed_seconds_ago: row.get("failed_seconds_ago"),
        seen_from: "the server alone: dumps by cron, volume snapshots and a provider's backups do not show"
            .to_owned(),
    }
}
