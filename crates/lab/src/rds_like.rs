//! A server like RDS for PostgreSQL, as its master user meets it.
//!
//! The superuser is `rdsadmin`. The master is an ordinary role with CREATEDB and CREATEROLE and a member of
//! `rds_superuser`; `sql/rds_like.sql` says what that holds. Extensions of RDS's list can be created by the master,
//! all others are not offered: the server runs from a private tree whose control files say so. See [`NOT_IMITATED`] for
//! what is different all the same.

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use crate::{Error, Result, Server, error::Attempt};

/// The master user. Its password is the server's.
pub const MASTER: &str = "ferry_master";

/// The superuser, whom nobody on RDS can be.
pub(crate) const SUPERUSER: &str = "rdsadmin";

const PREPARE: &str = include_str!("../sql/rds_like.sql");

/// What the master may do on RDS, and what no server without Amazon's patches lets a role do that is no superuser; and
/// the other way round. A test that needs one of these cannot run here, and none may take them for a promise.
pub const NOT_IMITATED: [(&str, &str); 10] = [
    ("CREATE EVENT TRIGGER", "allowed to rds_superuser on RDS; here to superusers alone"),
    ("CREATE PUBLICATION .. FOR ALL TABLES or TABLES IN SCHEMA", "the same"),
    (
        "walsender and replication slots",
        "RDS: membership in rds_replication. Here: the attribute REPLICATION",
    ),
    (
        "CREATE ROLE .. BYPASSRLS",
        "RDS: refused to a master without it. Here, up to 15: the same words, another check",
    ),
    (
        "CREATE SUBSCRIPTION",
        "RDS: rds_superuser. Here: up to 15 superusers alone, from 16 pg_create_subscription",
    ),
    ("CREATE TABLESPACE", "RDS accepts it and puts it on the one volume. Here: superusers alone"),
    (
        "session_replication_role up to 14",
        "RDS lets rds_superuser set it; GRANT SET ON PARAMETER came with 15",
    ),
    ("GRANT pg_execute_server_program and its like", "RDS refuses; here, up to 15, CREATEROLE is enough"),
    (
        "extensions of Amazon's or other makers (aws_s3, postgis, pg_cron ..)",
        "only what PostgreSQL ships is here",
    ),
    (
        "rds_iam, rds.restrict_password_commands, the proxy in front",
        "the role and the setting exist, without effect",
    ),
];

/// The extensions of RDS's list (March 2022, and what was added since) that PostgreSQL itself ships.
const OFFERED: &str = "amcheck autoinc bloom bool_plperl btree_gin btree_gist citext cube dblink dict_int dict_xsyn \
    earthdistance fuzzystrmatch hstore hstore_plperl insert_username intagg intarray isn jsonb_plperl lo ltree \
    moddatetime old_snapshot pageinspect pg_buffercache pg_freespacemap pg_prewarm pg_stat_statements pg_trgm \
    pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple plperl plpgsql pltcl postgres_fdw refint seg sslinfo \
    tablefunc tcn test_parser tsm_system_rows tsm_system_time unaccent uuid-ossp";

/// The settings that only RDS has.
pub(crate) fn settings(tls_demanded: bool) -> Vec<(&'static str, String)> {
    let force = if tls_demanded { "1" } else { "0" };
    vec![
        ("rds.extensions", OFFERED.split_whitespace().collect::<Vec<_>>().join(", ")),
        ("rds.allowed_extensions", "*".to_owned()),
        ("rds.force_ssl", force.to_owned()),
        ("rds.logical_replication", "on".to_owned()),
        ("rds.restrict_password_commands", "off".to_owned()),
    ]
}

/// Creates the roles of RDS and the database `rdsadmin`.
pub(crate) fn prepare(server: &Server) -> Result<()> {
    server.psql("postgres", "CREATE DATABASE rdsadmin")?;
    let sql = PREPARE.replace(":master_password", &format!("'{}'", server.password()));
    assert!(sql.contains(MASTER), "the master of rds_like.sql is {MASTER}");
    server.psql("postgres", &sql)?;
    // Up to 14 the schema public belongs to the superuser; databases of the master are made of template0 or 1.
    if server.major().0 < 15 {
        server.psql("template1", &format!("ALTER SCHEMA public OWNER TO {MASTER}"))?;
        server.psql("postgres", &format!("ALTER SCHEMA public OWNER TO {MASTER}"))?;
    }
    Ok(())
}

/// Copies a server's programs to `copy`, with links for all but what finds its own files by its place (`postgres` and
/// `initdb`) and the control files: those offered are trusted, the others left out. Returns the new program folder.
pub(crate) fn offer_extensions(bin: &Path, copy: &Path) -> Result<PathBuf> {
    let Layout { prefix, share } = layout(bin)?;
    // All three lie below the prefix; PostgreSQL looks for the others relative to its own place.
    let moved = |path: &Path| copy.join(path.strip_prefix(&prefix).unwrap_or(path));
    let attempt = || format!("copy the server's files to {}", copy.display());
    let new_bin = moved(bin);
    fs::create_dir_all(&new_bin).attempt(attempt)?;
    for program in ["postgres", "initdb"] {
        fs::copy(bin.join(program), new_bin.join(program)).attempt(attempt)?;
    }
    let libraries = bin.with_file_name("lib");
    symlink(&libraries, moved(&libraries)).attempt(attempt)?;
    link_each(&share, &moved(&share), |name| name != "extension").attempt(attempt)?;
    let (from, to) = (share.join("extension"), moved(&share).join("extension"));
    link_each(&from, &to, |name| !name.ends_with(".control")).attempt(attempt)?;
    for name in OFFERED.split_whitespace() {
        let file = format!("{name}.control");
        let Ok(control) = fs::read_to_string(from.join(&file)) else { continue };
        let kept = control.lines().filter(|line| !line.starts_with("trusted"));
        let trusted: Vec<&str> = kept.chain(["trusted = true", ""]).collect();
        fs::write(to.join(&file), trusted.join("\n")).attempt(attempt)?;
    }
    Ok(new_bin)
}

struct Layout {
    /// What the folders of a server have in common.
    prefix: PathBuf,
    /// The folder with `extension` in it.
    share: PathBuf,
}

/// Either `P/bin`, `P/lib`, `P/share/postgresql`, or Debian's `P/lib/postgresql/15/bin`, `P/share/postgresql/15`.
fn layout(bin: &Path) -> Result<Layout> {
    let prefixes = [bin.ancestors().nth(1), bin.ancestors().nth(4)].into_iter().flatten();
    let version = bin.parent().and_then(Path::file_name).unwrap_or_default();
    for prefix in prefixes {
        let plain = prefix.join("share/postgresql");
        let share = [plain.join(version), plain].into_iter().find(|share| share.join("extension").is_dir());
        if let Some(share) = share {
            return Ok(Layout { prefix: prefix.to_owned(), share });
        }
    }
    Err(Error::Missing {
        what: format!("the folder of extensions that belongs to {}", bin.display()),
        remedy: "name another server's programs in PGFERRY_PG_BIN".to_owned(),
    })
}

fn link_each(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if wanted(&entry.file_name().to_string_lossy()) {
            symlink(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
