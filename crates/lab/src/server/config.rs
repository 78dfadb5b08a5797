//! The two configuration files of a server.

use std::{fmt::Write, fs, path::Path};

use super::options::{Options, Tls};
use crate::{Result, error::Attempt, rds_like};

/// For a server whose data may be lost with the machine, but not with the process.
const SETTINGS: [(&str, &str); 24] = [
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_permissions", "0777"),
    ("password_encryption", "scram-sha-256"),
    ("max_connections", "100"),
    ("max_locks_per_transaction", "256"),
    ("max_prepared_transactions", "10"),
    ("shared_buffers", "128MB"),
    ("wal_level", "logical"),
    ("max_wal_senders", "20"),
    ("max_replication_slots", "20"),
    ("max_wal_size", "2GB"),
    ("checkpoint_timeout", "30min"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("jit", "off"),
    ("huge_pages", "off"),
    ("log_line_prefix", "%m [%p] %q%u@%d %e "),
    ("log_checkpoints", "off"),
    ("log_timezone", "UTC"),
    ("timezone", "UTC"),
    ("datestyle", "ISO, MDY"),
    ("default_text_search_config", "pg_catalog.english"),
    ("ssl_cert_file", "../server.crt"),
    ("ssl_key_file", "../server.key"),
];

/// Writes `postgresql.conf` and `pg_hba.conf` into `folder`, outside of the data.
pub(crate) fn write(folder: &Path, options: &Options, port: u16, superuser: &str) -> Result<()> {
    let mut config = String::new();
    let folder_text = folder.to_string_lossy();
    let hba_file = format!("{folder_text}/pg_hba.conf");
    let ssl = if options.tls == Tls::Off { "off" } else { "on" };
    let port = port.to_string();
    let own = [
        ("port", port.as_str()),
        ("unix_socket_directories", &folder_text),
        ("hba_file", &hba_file),
        ("ssl", ssl),
    ];
    let rds = if options.rds_like { rds_like::settings(options.tls == Tls::Demanded) } else { Vec::new() };
    let rds = rds.iter().map(|(name, value)| (*name, value.as_str()));
    let asked = options.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in SETTINGS.into_iter().chain(own).chain(rds).chain(asked) {
        let value = value.replace('\'', "''");
        let _ = writeln!(config, "{name} = '{value}'");
    }
    let file = folder.join("postgresql.conf");
    fs::write(&file, config).attempt(|| format!("write {}", file.display()))?;
    fs::write(&hba_file, access(options.tls, superuser)).attempt(|| format!("write {hba_file}"))
}

fn access(tls: Tls, superuser: &str) -> String {
    let kind = if tls == Tls::Demanded { "hostssl" } else { "host" };
    let mut lines = String::new();
    for database in ["all", "replication"] {
        let _ = writeln!(lines, "local {database} {superuser} trust");
        let _ = writeln!(lines, "local {database} all scram-sha-256");
        let _ = writeln!(lines, "{kind} {database} all 127.0.0.1/32 scram-sha-256");
    }
    lines
}
