//! Roles, memberships, stored settings, and the rights that a schema dump does not carry.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::{
    error::Result,
    pg::{
        client::Client,
        ident::{Ident, Literal},
        secret::Secret,
    },
    sql::sql,
};

/// All of it, as the source has it.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Roles, by name.
    pub roles: Vec<Role>,
    /// Verifiers by role; empty where we may not read them.
    pub passwords: HashMap<String, Secret>,
    /// Whether we may.
    pub passwords_readable: bool,
    /// Memberships.
    pub memberships: Vec<Membership>,
    /// Settings of roles and of the database.
    pub settings: Vec<Setting>,
}

/// A role's attributes. Source: PostgreSQL manual, "pg_roles".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// The superuser that initdb made.
    pub bootstrap: bool,
    /// SUPERUSER.
    pub superuser: bool,
    /// INHERIT.
    pub inherit: bool,
    /// CREATEROLE.
    pub createrole: bool,
    /// CREATEDB.
    pub createdb: bool,
    /// LOGIN.
    pub login: bool,
    /// REPLICATION.
    pub replication: bool,
    /// BYPASSRLS.
    pub bypassrls: bool,
    /// CONNECTION LIMIT, -1 for none.
    pub connection_limit: i32,
    /// VALID UNTIL.
    pub valid_until: Option<String>,
    /// COMMENT ON ROLE.
    pub comment: Option<String>,
}

/// `member` is a member of `role`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The group.
    pub role: String,
    /// Its member.
    pub member: String,
    /// WITH ADMIN OPTION.
    pub admin: bool,
    /// INHERIT option (16 and newer).
    pub inherit: Option<bool>,
    /// SET option (16 and newer).
    pub set: Option<bool>,
}

/// A setting that the server applies at login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Of this role, else of everybody in the database.
    pub role: Option<String>,
    /// In this database only.
    pub here: bool,
    /// Its name.
    pub name: String,
    /// As `pg_db_role_setting` holds it.
    pub value: String,
}

/// A large object's owner, grants and comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargeObjectRights {
    /// The object.
    pub oid: u32,
    /// Its owner.
    pub owner: String,
    /// Grantee ("" is PUBLIC), privilege, with grant option.
    pub grants: Vec<(String, String, bool)>,
    /// COMMENT ON LARGE OBJECT.
    pub comment: Option<String>,
}

/// One privilege on the database. Grantee `None` is PUBLIC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseGrant {
    /// To whom.
    pub grantee: Option<String>,
    /// `CONNECT`, `CREATE`, `TEMPORARY`.
    pub privilege: String,
    /// WITH GRANT OPTION.
    pub grantable: bool,
}

/// What a database is set to beside its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseOptions {
    /// CONNECTION LIMIT, -1 for none.
    pub connection_limit: i32,
    /// IS_TEMPLATE.
    pub is_template: bool,
}

impl Roles {
    /// Reads them through `client`.
    pub async fn read(client: &Client) -> Result<Self> {
        let readable = "select pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'select')";
        // one behind the other on the same connection
        let (rows, readable, members, settings) = tokio::try_join!(
            client.query("list the roles", sql!("roles"), &[]),
            client.one("ask for our rights", readable, &[]),
            client.query("list the memberships", sql!(client.version(), "memberships", 16), &[]),
            settings(client),
        )?;
        let passwords_readable: bool = readable.get(0);
        let passwords = if passwords_readable {
            let rows = client.query("read the roles' verifiers", sql!("role_passwords"), &[]).await?;
            rows.iter().map(|row| (row.get(0), Secret::new(row.get::<_, String>(1)))).collect()
        } else {
            HashMap::new()
        };
        Ok(Self {
            roles: rows.iter().map(role).collect(),
            passwords,
            passwords_readable,
            memberships: members.iter().map(membership).collect(),
            settings,
        })
    }

    /// The name of the superuser that initdb made: on an RDS target the master stands for it.
    pub fn bootstrap(&self) -> Option<&str> {
        self.roles.iter().find(|role| role.bootstrap).map(|role| role.name.as_str())
    }
}

/// What the server applies at login, of this database and of roles.
async fn settings(client: &Client) -> Result<Vec<Setting>> {
    let rows = client.query("list the stored settings", sql!("stored_settings"), &[]).await?;
    Ok(rows.iter().map(setting).collect())
}

/// The rights on the database itself; `None` where nobody ever changed them.
pub async fn database_grants(client: &Client) -> Result<Option<Vec<DatabaseGrant>>> {
    let sql =
        "select datacl is null from pg_catalog.pg_database where datname = pg_catalog.current_database()";
    if client.one("read the database's rights", sql, &[]).await?.get(0) {
        return Ok(None);
    }
    let rows = client.query("read the database's rights", sql!("database_rights"), &[]).await?;
    let grant =
        |row: &Row| DatabaseGrant { grantee: row.get(0), privilege: row.get(1), grantable: row.get(2) };
    Ok(Some(rows.iter().map(grant).collect()))
}

/// What the database is set to.
pub async fn database_options(client: &Client) -> Result<DatabaseOptions> {
    let sql = "select datconnlimit, datistemplate from pg_catalog.pg_database where datname = pg_catalog.current_database()";
    let row = client.one("read the database's options", sql, &[]).await?;
    Ok(DatabaseOptions { connection_limit: row.get(0), is_template: row.get(1) })
}

/// Rights of every large object.
pub async fn large_object_rights(client: &Client) -> Result<Vec<LargeObjectRights>> {
    let rows = client.query("read the large objects' rights", sql!("large_object_rights"), &[]).await?;
    let grant = |text: String| {
        let mut parts = text.split('\u{1}').map(str::to_owned);
        Some((parts.next()?, parts.next()?, parts.next()? == "true"))
    };
    let rights = |row: &Row| LargeObjectRights {
        oid: row.get(0),
        owner: row.get(1),
        grants: row
            .get::<_, Option<Vec<String>>>(2)
            .unwrap_or_default()
            .into_iter()
            .filter_map(grant)
            .collect(),
        comment: row.get(3),
    };
    Ok(rows.iter().map(rights).collect())
}

fn role(row: &Row) -> Role {
    Role {
        name: row.get(0),
        bootstrap: row.get(1),
        superuser: row.get(2),
        inherit: row.get(3),
        createrole: row.get(4),
        createdb: row.get(5),
        login: row.get(6),
        replication: row.get(7),
        bypassrls: row.get(8),
        connection_limit: row.get(9),
        valid_until: row.get(10),
        comment: row.get(11),
    }
}

fn membership(row: &Row) -> Membership {
    Membership {
        role: row.get(0),
        member: row.get(1),
        admin: row.get(2),
        inherit: row.get(3),
        set: row.get(4),
    }
}

fn setting(row: &Row) -> Setting {
    Setting { role: row.get(0), here: row.get(1), name: row.get(2), value: row.get(3) }
}

impl Setting {
    /// `alter {whose} set …`.
    pub fn set(&self, whose: &str) -> String {
        format!("alter {whose} set {} to {}", self.quoted_name(), self.meaning())
    }

    /// What the value says, as SQL: a list that was stored unquoted is the one that was stored quoted.
    pub fn meaning(&self) -> String {
        if LISTS.contains(&self.name.as_str()) {
            list(&self.value).iter().map(|one| Literal(one).to_string()).collect::<Vec<_>>().join(", ")
        } else {
            Literal(&self.value).to_string()
        }
    }

    /// Whether the other one is of the same role and says the same.
    pub fn is(&self, other: &Self) -> bool {
        let same = (&self.role, self.here, &self.name) == (&other.role, other.here, &other.name);
        same && self.meaning() == other.meaning()
    }

    /// Whether an application made it up by itself.
    pub fn is_custom(&self) -> bool {
        self.name.contains('.')
    }

    /// [`Setting::set`] for people. What an application made up by itself may be a secret.
    pub fn shown(&self, whose: &str) -> String {
        if self.is_custom() {
            return format!("alter {whose} set {} to …", self.quoted_name());
        }
        self.set(whose)
    }

    /// `alter {whose} reset …`.
    pub fn reset(&self, whose: &str) -> String {
        format!("alter {whose} reset {}", self.quoted_name())
    }

    /// `role x in `, or nothing.
    pub fn of_role(&self) -> String {
        self.role.as_ref().map(|role| format!("role {role} in ")).unwrap_or_default()
    }

    fn quoted_name(&self) -> String {
        let name: Vec<String> = self.name.split('.').map(|part| Ident::new(part).to_string()).collect();
        name.join(".")
    }
}

/// Settings whose value is a list of names, stored as it has to be written.
/// Source: PostgreSQL sources, `GUC_LIST_QUOTE`.
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// The names in a stored list. What `SET … FROM CURRENT` stores was never quoted by the server, so it is no SQL.
fn list(value: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => name.extend(characters.next()),
            '"' => (quoted, was_quoted) = (!quoted, true),
            ',' if !quoted => {
                names.push(std::mem::take(&mut name));
                was_quoted = false;
            }
            other if quoted => name.push(other),
            other if other.is_ascii_whitespace() => {}
            other if !was_quoted => name.extend(other.to_lowercase()),
            other => name.push(other),
        }
    }
    names.push(name);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_list_is_names_and_never_sql() {
        assert_eq!(list("\"$user\", Public,\"a \"\"b, C\""), ["$user", "public", "a \"b, C"]);
        assert_eq!(list("\"\""), [""]);
        let setting =
            Setting { role: None, here: true, name: "search_path".into(), value: "public;drop/**/x".into() };
        assert!(setting.set("database d").ends_with(" to 'public;drop/**/x'"));
    }
}
