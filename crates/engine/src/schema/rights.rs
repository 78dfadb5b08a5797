//! Owners and grants: a plan of its own, carried out when everything stands.
//!
//! While objects are made the master owns them all. Then each is given to its owner (who needs CREATE on the schema for
//! that moment), then the dump's grants are made, by whom they were made on the source, and at last the database itself
//! gets its owner and its rights: only then can the application log in.

use std::collections::{BTreeSet, HashSet};

use futures_util::{TryStreamExt, stream::FuturesOrdered};

use super::{
    archive::Entry,
    execute::Job,
    refused::Finding,
    roles,
    statement::{Statement, settle},
};
use crate::{
    catalog::roles::{DatabaseGrant, LargeObjectRights, Setting},
    error::{Error, Result},
    pg::{
        client::Client,
        ident::{Ident, Literal},
    },
    target::state::{self, Door},
};

/// Numbers of owners' statements start here.
const OWNERS: u32 = 1 << 29;
/// Numbers of single grants start here; an entry may have many.
const GRANTS: u32 = 1 << 28;

/// Whether a job is one of [`grants`]. It may be executed again, and has to be where its answer is not known: what the
/// target does not give or take it only warns of.
pub(super) fn is_grant(job: &Job) -> bool {
    (GRANTS..OWNERS).contains(&job.id)
}

/// Who stands for whom.
pub struct Names<'a> {
    /// The source's bootstrap superuser.
    pub bootstrap: Option<&'a str>,
    /// The role that we are on the target.
    pub master: &'a str,
}

impl Names<'_> {
    /// Whether `role` is one of the two.
    pub fn is_master(&self, role: &str) -> bool {
        self.bootstrap == Some(role) || role == self.master
    }
}

/// Jobs that give objects to their owners.
pub struct Owners {
    /// Everything but schemas.
    pub objects: Vec<Job>,
    /// Schemas: given away last, so that what an owner was granted there for a moment can be revoked before.
    pub schemas: Vec<Job>,
    /// Where an owner has to be let in before: a schema (none: the database), and who.
    pub doors: BTreeSet<Door>,
}

/// Roles that we have to act for when we carry out `entries`: owners, those by whom grants were made, and those whose
/// default privileges change.
pub fn acting(entries: &[&Entry], names: &Names<'_>) -> BTreeSet<String> {
    let owners = entries.iter().filter_map(|entry| owner_of(&entry.owner_sql));
    let rights = entries.iter().filter(|entry| matches!(entry.kind.as_str(), "ACL" | "DEFAULT ACL"));
    let grantors = rights.flat_map(|entry| lines(&entry.sql)).filter_map(|line| {
        let name = line.strip_prefix("SET SESSION AUTHORIZATION ");
        first_name(name.or_else(|| line.strip_prefix("ALTER DEFAULT PRIVILEGES FOR ROLE "))?)
    });
    owners.chain(grantors).filter(|role| !names.is_master(role)).collect()
}

/// The name at the beginning of `sql`.
fn first_name(sql: &str) -> Option<String> {
    let mut quoted = false;
    let end = sql.find(|character: char| {
        quoted ^= character == '"';
        !quoted && (character == ';' || character.is_whitespace())
    })?;
    Some(unquoted(&sql[..end]))
}

/// Reads the owners of `entries`. What is the bootstrap superuser's stays with the master.
pub fn owners(entries: &[&Entry], names: &Names<'_>) -> Owners {
    let mut owners = Owners { objects: vec![], schemas: vec![], doors: BTreeSet::new() };
    for entry in entries.iter().filter(|entry| !entry.owner_sql.is_empty()) {
        let Some(owner) = owner_of(&entry.owner_sql) else { continue };
        // schema public is there before us, and from 15 on it is not the master's
        let (keep, is_public) = (names.is_master(&owner), entry.kind == "SCHEMA" && entry.name == "public");
        if keep && !is_public {
            continue;
        }
        let to_master = format!("alter schema public owner to {}", Ident::new(names.master));
        let job = Job {
            id: OWNERS + entry.id,
            label: format!("owner of {}", entry.label()),
            sql: if keep { to_master } else { entry.owner_sql.clone() },
            depends: vec![],
            gates: vec![],
            weight: 0,
        };
        if entry.kind == "SCHEMA" {
            owners.schemas.push(job);
            continue;
        }
        let schema = Some(entry.schema.clone()).filter(|schema| !matches!(schema.as_str(), "-" | ""));
        owners.doors.insert((schema, owner));
        owners.objects.push(job);
    }
    owners
}

/// The role in `… OWNER TO role;`.
fn owner_of(sql: &str) -> Option<String> {
    let name = sql.trim_end().strip_suffix(';')?;
    let name = &name[name.rfind(" OWNER TO ")? + " OWNER TO ".len()..];
    Some(unquoted(name))
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// Lets owners in where they may not create. Which doors were opened is noted on the target before, for whoever shuts them.
pub async fn let_in(target: &Client, epoch: i32, database: &str, doors: &BTreeSet<Door>) -> Result<()> {
    let shut: Vec<&Door> = doors
        .iter()
        .zip(may_create(target, database, doors).await?)
        .filter(|(_, may)| !may)
        .map(|(door, _)| door)
        .collect();
    if shut.is_empty() {
        return Ok(());
    }
    state::note_doors(target, epoch, &shut).await?;
    let grants: Vec<String> = shut
        .iter()
        .map(|(schema, owner)| {
            format!("grant create on {} to {}", place(database, schema.as_deref()), Ident::new(owner))
        })
        .collect();
    let grants: Vec<_> = grants.iter().map(|sql| ("let an owner in", sql.as_str())).collect();
    // one who is not let in cannot be given the object, and that will be said
    target
        .run_each(&grants)
        .await
        .into_iter()
        .find(|answer| answer.as_ref().is_err_and(Error::is_transient))
        .unwrap_or(Ok(()))
}

/// Shuts the doors that [`let_in`] opened, in this process or an earlier one.
pub async fn let_out(target: &Client, database: &str) -> Result<Vec<Finding>> {
    let doors = state::doors(target).await?;
    if doors.is_empty() {
        return Ok(vec![]);
    }
    let open = doors.iter().zip(may_create(target, database, &doors).await?).filter(|(_, may)| *may);
    let revokes: Vec<Statement> = open
        .map(|((schema, owner), _)| {
            let (place, owner) = (place(database, schema.as_deref()), Ident::new(owner));
            Statement::new(
                format!("right to create in {place} that {owner} had for a moment"),
                format!("revoke create on {place} from {owner}"),
            )
        })
        .collect();
    let findings = settle(target, &revokes).await?;
    state::forget_doors(target).await?;
    Ok(findings)
}

fn place(database: &str, schema: Option<&str>) -> String {
    schema.map_or_else(
        || format!("database {}", Ident::new(database)),
        |schema| format!("schema {}", Ident::new(schema)),
    )
}

/// Which of the owners may create behind their doors. A role that is missing may nothing; giving it an object will say so.
async fn may_create(target: &Client, database: &str, doors: &BTreeSet<Door>) -> Result<Vec<bool>> {
    let asked = doors.iter().map(async |(schema, owner)| {
        let (what, place) = schema.as_deref().map_or(("database", database), |schema| ("schema", schema));
        let sql = format!("select pg_catalog.has_{what}_privilege($1, $2, 'create')");
        match target.one("ask for an owner's rights", &sql, &[&owner.as_str(), &place]).await {
            Ok(row) => Ok(row.get(0)),
            Err(error) if error.is_refusal() => Ok(false),
            Err(error) => Err(error),
        }
    });
    // one behind the other on the same connection
    asked.collect::<FuturesOrdered<_>>().try_collect().await
}

/// The dump's grants, a job for each statement, so that one that is refused costs no other.
pub fn grants(entries: &[&Entry], names: &Names<'_>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for entry in entries {
        for sql in statements(&entry.sql) {
            let id = GRANTS + u32::try_from(jobs.len()).unwrap_or(0);
            let sql = as_master(&sql, names);
            jobs.push(Job { id, label: entry.label(), sql, depends: vec![], gates: vec![], weight: 0 });
        }
    }
    jobs
}

/// Lines of SQL that holds no quotes but those of names; a name that is broken over lines is part of one.
fn lines(sql: &str) -> Vec<&str> {
    let (mut lines, mut begin, mut quoted) = (Vec::new(), 0, false);
    for (at, character) in sql.char_indices() {
        quoted ^= character == '"';
        if character == '\n' && !quoted {
            lines.push(&sql[begin..=at]);
            begin = at + 1;
        }
    }
    lines.extend(Some(&sql[begin..]).filter(|rest| !rest.is_empty()));
    lines
}

/// Cuts an entry into statements; those under another grantor stay together with the change of role.
fn statements(sql: &str) -> Vec<String> {
    let (mut statements, mut open, mut other) = (Vec::new(), String::new(), false);
    for line in lines(sql) {
        open.push_str(line);
        other = (other || line.starts_with("SET SESSION AUTHORIZATION "))
            && !line.starts_with("RESET SESSION AUTHORIZATION");
        if line.trim_end().ends_with(';') && !other {
            statements.push(std::mem::take(&mut open).trim().to_owned());
        }
    }
    statements.extend(Some(open.trim().to_owned()).filter(|open| !open.is_empty()));
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// The statement as we may execute it: another grantor by SET ROLE, the bootstrap superuser's part by the master.
fn as_master(sql: &str, names: &Names<'_>) -> String {
    let lines = lines(sql).into_iter().map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = match line.strip_prefix("SET SESSION AUTHORIZATION ") {
            Some(role) => format!("SET ROLE {role}"),
            None if line.starts_with("RESET SESSION AUTHORIZATION") => "RESET ROLE;".to_owned(),
            None => line.to_owned(),
        };
        let Some(bootstrap) = names.bootstrap.filter(|bootstrap| *bootstrap != names.master) else {
            return line;
        };
        let master = Ident::new(names.master).to_string();
        let mut line = line;
        for name in [bootstrap.to_owned(), Ident::new(bootstrap).to_string()] {
            for (before, after) in
                [(" TO ", ";"), (" FROM ", ";"), (" TO ", " WITH GRANT OPTION;"), ("SET ROLE ", ";")]
            {
                if let Some(head) = line.strip_suffix(&format!("{before}{name}{after}")) {
                    line = format!("{head}{before}{master}{after}");
                }
            }
            line = line.replacen(&format!("FOR ROLE {name} "), &format!("FOR ROLE {master} "), 1);
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Comments, owners and grants of large objects, a statement each, so that one that is refused costs no other.
pub fn large_objects(
    rights: &[LargeObjectRights],
    names: &Names<'_>,
    present: &HashSet<String>,
) -> Vec<Statement> {
    rights.iter().flat_map(|object| large_object(object, names, present)).collect()
}

fn large_object(object: &LargeObjectRights, names: &Names<'_>, present: &HashSet<String>) -> Vec<Statement> {
    let LargeObjectRights { oid, owner, grants, comment } = object;
    let mut statements = Vec::new();
    let mut add = |what: &str, sql: String| {
        statements.push(Statement::new(format!("{what} large object {oid}"), sql));
    };
    if let Some(comment) = comment {
        add("comment on", format!("comment on large object {oid} is {}", Literal(comment)));
    }
    if !names.is_master(owner) && present.contains(owner) {
        add("owner of", format!("alter large object {oid} owner to {}", Ident::new(owner)));
    }
    for (grantee, privilege, grantable) in grants {
        let (who, to) = match grantee.as_str() {
            "" => ("public", "public".to_owned()),
            name if names.is_master(name) => (names.master, Ident::new(names.master).to_string()),
            name => (name, Ident::new(name).to_string()),
        };
        let with = if *grantable { " with grant option" } else { "" };
        let sql = format!("grant {privilege} on large object {oid} to {to}{with}");
        add(&format!("right {privilege} of {who} on"), sql);
    }
    statements
}

/// What the source says of the database itself.
pub struct DatabaseRights<'a> {
    /// The target database's name.
    pub name: &'a str,
    /// The owner on the source.
    pub owner: &'a str,
    /// Privileges; `None`: the server's default.
    pub grants: Option<&'a [DatabaseGrant]>,
    /// Settings of all kinds; those of this database count.
    pub settings: &'a [Setting],
    /// COMMENT ON DATABASE.
    pub comment: Option<&'a str>,
    /// CONNECTION LIMIT; -1 for none.
    pub connection_limit: i32,
}

/// What PUBLIC may do with a database whose rights nobody ever changed.
/// Source: PostgreSQL manual, "Privileges", table of defaults.
pub fn default_grants() -> Vec<DatabaseGrant> {
    let grant =
        |privilege: &str| DatabaseGrant { grantee: None, privilege: privilege.to_owned(), grantable: false };
    ["CONNECT", "TEMPORARY"].map(grant).to_vec()
}

/// The database's own settings, rights and owner, in that order: the last lets the application in.
pub fn database(source: &DatabaseRights<'_>, names: &Names<'_>, present: &HashSet<String>) -> Vec<Statement> {
    let DatabaseRights { name, owner, grants, settings, comment, connection_limit } = *source;
    let name = Ident::new(name);
    let mut statements = Vec::new();
    for setting in settings.iter().filter(|setting| setting.here) {
        let whose = match &setting.role {
            None => format!("database {name}"),
            Some(role) if present.contains(role) => format!("role {} in database {name}", Ident::new(role)),
            Some(_) => continue,
        };
        // the words by which the comparison of both catalogs knows it too
        let label = format!("setting {} of {}the database", setting.name, setting.of_role());
        statements.push(Statement { label, ..roles::set(&whose, setting) });
    }
    statements.extend(comment.map(|comment| {
        Statement::new(
            "comment on the database",
            format!("comment on database {name} is {}", Literal(comment)),
        )
    }));
    // what is not limited on the source is not touched
    statements.extend((0 <= connection_limit).then(|| {
        let sql = format!("alter database {name} connection limit {connection_limit}");
        Statement::new("connection limit of the database", sql)
    }));
    let default = default_grants();
    let grants = grants.unwrap_or(&default);
    statements
        .push(Statement::new("rights on the database", format!("revoke all on database {name} from public")));
    for grant in grants.iter().filter(|grant| grant.grantee.as_deref() != Some("")) {
        let to = match grant.grantee.as_deref() {
            None => "public".to_owned(),
            Some(role) if names.is_master(role) => continue,
            Some(role) => Ident::new(role).to_string(),
        };
        let with = if grant.grantable { " with grant option" } else { "" };
        let sql = format!("grant {} on database {name} to {to}{with}", grant.privilege);
        statements.push(Statement::new(format!("{} on the database for {to}", grant.privilege), sql));
    }
    if !names.is_master(owner) && present.contains(owner) {
        let sql = format!("alter database {name} owner to {}", Ident::new(owner));
        statements.push(Statement::new("owner of the database", sql));
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'static> = Names { bootstrap: Some("postgres"), master: "master" };

    #[test]
    fn an_owner_is_read_back_from_its_statement() {
        assert_eq!(owner_of("ALTER TABLE s.t OWNER TO \"a \"\"b\";").as_deref(), Some("a \"b"));
        assert_eq!(owner_of("ALTER TABLE s.t OWNER TO alice;").as_deref(), Some("alice"));
        assert_eq!(owner_of("COMMENT ON TABLE s.t IS 'x';"), None);
    }

    #[test]
    fn a_name_ends_where_its_quotes_do() {
        assert_eq!(first_name("\"odd \"\"r;ole\" IN SCHEMA s").as_deref(), Some("odd \"r;ole"));
        assert_eq!(first_name("alice;\n").as_deref(), Some("alice"));
        assert_eq!(first_name("alice"), None);
    }

    #[test]
    fn grants_under_another_grantor_stay_together() {
        let sql = "REVOKE ALL ON TABLE s.t FROM alice;\nSET SESSION AUTHORIZATION alice;\nGRANT SELECT ON TABLE s.t TO bob;\nRESET SESSION AUTHORIZATION;\nGRANT ALL ON TABLE s.t TO carol;";
        let statements = statements(sql);
        assert_eq!(statements.len(), 3);
        assert_eq!(
            as_master(&statements[1], &NAMES),
            "SET ROLE alice;\nGRANT SELECT ON TABLE s.t TO bob;\nRESET ROLE;"
        );
    }

    #[test]
    fn a_name_over_several_lines_is_no_statement() {
        let sql = "GRANT SELECT ON TABLE s.\"x;\nSET SESSION AUTHORIZATION eve;\n\" TO bob;\nGRANT ALL ON TABLE s.t TO bob;";
        let statements = statements(sql);
        assert_eq!(statements.len(), 2);
        assert_eq!(as_master(&statements[0], &NAMES), statements[0]);
    }

    #[test]
    fn each_right_of_a_large_object_is_a_statement_of_its_own() {
        let grants = [("bob", "SELECT", true), ("", "SELECT", false), ("postgres", "UPDATE", false)];
        let object = LargeObjectRights {
            oid: 4711,
            owner: "alice".to_owned(),
            grants: grants.map(|(who, what, with)| (who.to_owned(), what.to_owned(), with)).to_vec(),
            comment: Some("it's".to_owned()),
        };
        let statements = large_objects(&[object], &NAMES, &HashSet::from(["alice".to_owned()]));
        let sql: Vec<&str> = statements.iter().map(|statement| statement.sql.as_str()).collect();
        assert_eq!(
            sql,
            [
                "comment on large object 4711 is 'it''s'",
                "alter large object 4711 owner to \"alice\"",
                "grant SELECT on large object 4711 to \"bob\" with grant option",
                "grant SELECT on large object 4711 to public",
                "grant UPDATE on large object 4711 to \"master\"",
            ]
        );
        assert_eq!(statements[2].label, "right SELECT of bob on large object 4711");
    }

    #[test]
    fn the_master_takes_the_bootstrap_superusers_part() {
        assert_eq!(
            as_master("GRANT ALL ON TABLE s.t TO postgres;", &NAMES),
            "GRANT ALL ON TABLE s.t TO \"master\";"
        );
        assert_eq!(
            as_master("GRANT ALL ON TABLE s.t TO postgres2;", &NAMES),
            "GRANT ALL ON TABLE s.t TO postgres2;"
        );
    }
}
