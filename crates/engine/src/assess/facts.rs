//! What is known of one side before any rule is asked: settings, rights, extensions on offer, the database itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use super::trial::Trial;
use crate::{
    catalog::Database,
    error::{Result, Side},
    pg::{client::Client, ident::Ident, version::Version},
    sql::sql,
};

/// Roles that only servers of a provider have.
const MANAGED: [&str; 7] = [
    "rds_superuser",
    "doadmin",
    "cloudsqlsuperuser",
    "azure_pg_admin",
    "neon_superuser",
    "supabase_admin",
    "tsdbadmin",
];

/// One side, as it was read in a few short statements.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The server's version.
    pub version: Version,
    /// `version()`, in full.
    pub banner: String,
    /// The role that we are.
    pub role: String,
    /// The same, quoted as the server would.
    pub role_object: String,
    /// The database, quoted as the server would.
    pub database_object: String,
    /// What our role may see and do.
    pub rights: BTreeSet<Need>,
    /// A standby, or a server that is still recovering.
    pub in_recovery: bool,
    /// Whether our connection is encrypted; None if that could not be read.
    pub encrypted: Option<bool>,
    /// The address at which the server serves us, if it is not a socket.
    pub address: Option<String>,
    /// The database.
    pub database: Database,
    /// `pg_settings` by name.
    pub settings: BTreeMap<String, Setting>,
    /// Extensions that are installed.
    pub extensions: Vec<Extension>,
    /// Extensions that could be installed, with every version on offer.
    pub offered: BTreeMap<String, Vec<String>>,
    /// Names of all roles.
    pub roles: BTreeSet<String>,
    /// What the database makes use of: `partitions`, `row security`, …; `type NAME` and `kind LETTER` (of pg_type's
    /// typtype) of what columns are made of.
    pub features: BTreeSet<String>,
    /// Bytes of the database.
    pub bytes: i64,
    /// When they were read, by the server's clock: seconds since 1970.
    pub clock_seconds: i64,
    /// Tables, indexes and TOAST tables, the system's own among them.
    pub relations: i64,
    /// Sessions of all databases now.
    pub sessions: i64,
    /// Collations but the default one.
    pub collations: Vec<Collation>,
    /// Whether our role may silence triggers; None on a source, where nobody wants to.
    pub silences_triggers: Option<bool>,
    /// What further logins came to, where they were tried.
    pub trial: Option<Trial>,
}

/// A row of `pg_collation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collation {
    /// Qualified and quoted.
    pub object: String,
    /// `c`, `i` or `b`.
    pub provider: String,
    /// The provider's name of it.
    pub locale: String,
    /// Whether somebody made it.
    pub own: bool,
}

/// A row of `pg_settings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its value in the unit.
    pub value: String,
    /// The value that a session of our role starts with, before ours set another.
    pub session: String,
    /// `kB`, `8kB`, `ms`, …
    pub unit: Option<String>,
    /// `postmaster`, `sighup`, `superuser`, …
    pub context: String,
    /// Where the value came from: `default`, `configuration file`, …
    pub source: String,
    /// Whether another value waits for a restart.
    pub pending_restart: bool,
}

/// An installed extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version that CREATE EXTENSION would install.
    pub default_version: Option<String>,
    /// Where it lives.
    pub schema: String,
    /// How many columns of tables are of its types.
    pub columns: i64,
}

/// Something that our role needs to see what a rule looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// `pg_read_all_stats`: without it, `pg_stat_activity` masks the sessions of others.
    Statistics,
    /// `pg_read_all_settings`: without it, some settings have no row.
    Settings,
    /// SELECT on every sequence: without it, `last_value` is NULL as if it had never been used.
    Sequences,
    /// SUPERUSER: pg_authid, pg_hba_file_rules, pg_file_settings, subscriptions, user mappings.
    Superuser,
    /// A primary: a standby counts no writes, and has slots of its own.
    Primary,
}

impl Need {
    /// Why an answer of `side` may be empty without it.
    pub(super) fn missing(self, side: Side) -> String {
        match self {
            Self::Statistics => {
                format!("our role on the {side} sees the sessions and statements of others masked")
            }
            Self::Settings => format!("our role on the {side} does not see every setting"),
            Self::Sequences => {
                format!("our role on the {side} may not read every sequence: an unread one looks unused")
            }
            Self::Superuser => {
                format!("our role on the {side} is no superuser, who alone reads what this rests on")
            }
            Self::Primary => format!("the {side} is a standby, where this is not kept"),
        }
    }

    /// What gives `role` the right.
    pub(super) fn lifted_by(self, role: &str) -> String {
        let role = Ident::new(role);
        match self {
            Self::Statistics | Self::Settings => format!("GRANT pg_monitor TO {role}"),
            Self::Sequences => format!("GRANT pg_read_all_data TO {role} (14 and newer)"),
            Self::Superuser => "a superuser for the assessment".to_owned(),
            Self::Primary => "assessing the primary".to_owned(),
        }
    }
}

impl Facts {
    /// Reads them.
    pub async fn read(client: &Client) -> Result<Self> {
        let row = client.one("look at the server", sql!("assess/server"), &[]).await?;
        let settings = client.query("read the settings", sql!("assess/settings"), &[]).await?;
        let installed = client.query("list the extensions", sql!("assess/extensions"), &[]).await?;
        let offered = client.query("list the extensions on offer", sql!("assess/offered"), &[]).await?;
        let collations = client.query("list the collations", sql!("assess/collations"), &[]).await?;
        let features =
            client.query("see what is in use", &super::statement(sql!("assess/features")), &[]).await?;
        let roles =
            client.query("list the roles", "select rolname::text from pg_catalog.pg_roles", &[]).await?;
        Ok(Self {
            version: client.version(),
            banner: row.get("banner"),
            role: row.get("role"),
            role_object: row.get("role_object"),
            database_object: row.get("database_object"),
            rights: rights(&row),
            in_recovery: row.get("in_recovery"),
            encrypted: row.get("encrypted"),
            address: row.get("address"),
            database: Database::read(client).await?,
            settings: settings.iter().map(|row| (row.get("name"), Setting::of(row))).collect(),
            extensions: installed.iter().map(Extension::of).collect(),
            offered: offered.iter().map(|row| (row.get("name"), row.get("versions"))).collect(),
            roles: roles.iter().map(|row| row.get(0)).collect(),
            features: features.iter().map(|row| row.get(0)).collect(),
            bytes: row.get("bytes"),
            clock_seconds: row.get("clock_seconds"),
            relations: row.get("relations"),
            sessions: row.get("sessions"),
            collations: collations.iter().map(Collation::of).collect(),
            silences_triggers: silences_triggers(client).await?,
            trial: None,
        })
    }

    /// Whether the database makes use of any of these.
    pub fn uses(&self, features: &[&str]) -> bool {
        features.iter().any(|feature| self.features.contains(*feature))
    }

    /// Whether our role has what `need` names.
    pub fn has(&self, need: Need) -> bool {
        self.rights.contains(&need)
    }

    /// The value of a setting; "" where it has none, or we may not see it.
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", |setting| setting.value.as_str())
    }

    /// A setting that is a number, in its unit.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.setting(name).parse().ok()
    }

    /// Whether a setting is `on`.
    pub fn is_on(&self, name: &str) -> bool {
        self.setting(name) == "on"
    }

    /// Whether an extension is installed.
    pub fn has_extension(&self, name: &str) -> bool {
        self.extension(name).is_some()
    }

    /// `sql` with the extension's schema in the place of `@schema`; None where the extension is not installed.
    pub(super) fn over_extension(&self, name: &str, sql: &str) -> Option<String> {
        let schema = Ident::new(&self.extension(name)?.schema);
        Some(sql.replace("@schema", &schema.to_string()))
    }

    fn extension(&self, name: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.name == name)
    }

    /// Whether a provider runs it, so that ALTER SYSTEM is not ours to use.
    pub fn is_managed(&self) -> bool {
        MANAGED.iter().any(|role| self.roles.contains(*role))
    }

    /// Whether it is Amazon RDS, or answers as it does.
    pub fn is_rds(&self) -> bool {
        self.roles.contains("rds_superuser")
    }
}

/// What the target says when it is asked; a parameter's own grants are only a hint of that. Undone as the statement ends.
async fn silences_triggers(client: &Client) -> Result<Option<bool>> {
    if client.side() != Side::Target {
        return Ok(None);
    }
    let sql = "select set_config('session_replication_role', 'replica', true)";
    match client.query("silence triggers for a moment", sql, &[]).await {
        Err(error) if error.sqlstate() == "42501" => Ok(Some(false)),
        answer => answer.map(|_| Some(true)),
    }
}

fn rights(row: &Row) -> BTreeSet<Need> {
    let all = [
        (Need::Statistics, "statistics"),
        (Need::Settings, "all_settings"),
        (Need::Sequences, "sequences"),
        (Need::Superuser, "superuser"),
        (Need::Primary, "primary"),
    ];
    all.into_iter().filter(|(_, column)| row.get::<_, bool>(*column)).map(|(need, _)| need).collect()
}

impl Setting {
    /// Whether the owner gave it another value than the server's own.
    pub fn is_tuned(&self) -> bool {
        !matches!(
            self.source.as_str(),
            "default" | "override" | "client" | "session" | "environment variable"
        )
    }

    fn of(row: &Row) -> Self {
        Self {
            value: row.get("value"),
            session: row.get("session"),
            unit: row.get("unit"),
            context: row.get("context"),
            source: row.get("source"),
            pending_restart: row.get("pending_restart"),
        }
    }
}

impl Collation {
    fn of(row: &Row) -> Self {
        Self {
            object: row.get("object"),
            provider: row.get("provider"),
            locale: row.get("locale"),
            own: row.get("own"),
        }
    }
}

impl Extension {
    fn of(row: &Row) -> Self {
        Self {
            name: row.get("name"),
            version: row.get("version"),
            default_version: row.get("default_version"),
            schema: row.get("schema"),
            columns: row.get("columns"),
        }
    }
}
