//! For each kind of failure: its code, what to do next, and the exit code. Pages stand in `docs/errors/`.

use pgferry_engine::{Error, Kind, Side};

use super::exit::Exit;

/// What a kind of failure means to the operator.
pub struct Code {
    /// `PFnnnn`.
    pub code: &'static str,
    /// What to do.
    pub hint: &'static str,
    /// How the program ends.
    pub exit: Exit,
}

/// Pages of `docs/errors`, as `pgferry explain` prints them.
pub const PAGES: &[(&str, &str)] = &[
    ("PF0101", include_str!("../../../../docs/errors/PF0101.md")),
    ("PF0201", include_str!("../../../../docs/errors/PF0201.md")),
    ("PF0202", include_str!("../../../../docs/errors/PF0202.md")),
    ("PF0203", include_str!("../../../../docs/errors/PF0203.md")),
    ("PF0204", include_str!("../../../../docs/errors/PF0204.md")),
    ("PF0205", include_str!("../../../../docs/errors/PF0205.md")),
    ("PF0206", include_str!("../../../../docs/errors/PF0206.md")),
    ("PF0207", include_str!("../../../../docs/errors/PF0207.md")),
    ("PF0208", include_str!("../../../../docs/errors/PF0208.md")),
    ("PF0209", include_str!("../../../../docs/errors/PF0209.md")),
    ("PF0210", include_str!("../../../../docs/errors/PF0210.md")),
    ("PF0211", include_str!("../../../../docs/errors/PF0211.md")),
    ("PF0212", include_str!("../../../../docs/errors/PF0212.md")),
    ("PF0213", include_str!("../../../../docs/errors/PF0213.md")),
    ("PF0301", include_str!("../../../../docs/errors/PF0301.md")),
    ("PF0302", include_str!("../../../../docs/errors/PF0302.md")),
    ("PF0303", include_str!("../../../../docs/errors/PF0303.md")),
    ("PF0304", include_str!("../../../../docs/errors/PF0304.md")),
    ("PF0305", include_str!("../../../../docs/errors/PF0305.md")),
    ("PF0306", include_str!("../../../../docs/errors/PF0306.md")),
    ("PF0401", include_str!("../../../../docs/errors/PF0401.md")),
    ("PF0402", include_str!("../../../../docs/errors/PF0402.md")),
    ("PF0403", include_str!("../../../../docs/errors/PF0403.md")),
    ("PF0404", include_str!("../../../../docs/errors/PF0404.md")),
    ("PF0405", include_str!("../../../../docs/errors/PF0405.md")),
    ("PF0501", include_str!("../../../../docs/errors/PF0501.md")),
    ("PF0901", include_str!("../../../../docs/errors/PF0901.md")),
];

/// The page of a code, in any case of letters.
pub fn page(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|(_, page)| *page)
}

/// The code of a failure.
pub fn of(error: &Error) -> Code {
    let (code, hint, exit) = match error.kind {
        Kind::Usage => ("PF0101", "correct the command or the configuration, and run it again", Exit::Usage),
        Kind::UnknownHost => {
            ("PF0201", "check the host's name, and the resolver of this machine", Exit::Refused)
        }
        Kind::Unreachable => (
            "PF0202",
            "check that the server runs, listens on this address, and that no firewall is between",
            Exit::Refused,
        ),
        Kind::Timeout => {
            ("PF0203", "check firewalls and security groups: something drops the packets", Exit::Refused)
        }
        Kind::Tls => ("PF0204", "see sslmode and sslrootcert in the page of this code", Exit::Refused),
        Kind::Authentication => {
            ("PF0205", "check the user, the password (also the passfile), and pg_hba.conf", Exit::Refused)
        }
        Kind::DatabaseMissing => (
            "PF0206",
            "check the database's name; a target database is made by itself, a source never",
            Exit::Refused,
        ),
        Kind::Rights => {
            ("PF0207", "grant the right to the role, or connect as another one", rights_exit(error))
        }
        // it is starting, or a standby that serves nobody
        Kind::ConnectionLost if error.sqlstate() == "57P03" => (
            "PF0208",
            "wait until the server takes connections (a standby: hot_standby = on), and run the same command again",
            Exit::Paused,
        ),
        Kind::ConnectionLost => {
            ("PF0208", "run the same command again: it goes on where it can", Exit::Paused)
        }
        Kind::Protocol => {
            ("PF0209", "check that host and port are PostgreSQL's own, not a proxy's", Exit::Refused)
        }
        Kind::Unsupported => ("PF0210", "see the page of this code", Exit::Refused),
        Kind::Tunnel => {
            ("PF0211", "make `ssh DESTINATION` work by itself, without a question", Exit::Refused)
        }
        Kind::NotPostgres => (
            "PF0212",
            "name the host and port on which PostgreSQL itself listens (mostly 5432)",
            Exit::Refused,
        ),
        Kind::Pooler => (
            "PF0213",
            "name the host and port of the PostgreSQL server itself, behind the pooler (mostly 5432)",
            Exit::Refused,
        ),
        Kind::Server => {
            ("PF0301", "mend what the server complains about, and run the same command again", Exit::Paused)
        }
        Kind::Mismatch => (
            "PF0302",
            "do not go on by hand: run pgferry abort and begin again, and report this",
            Exit::Paused,
        ),
        Kind::SnapshotLost => (
            "PF0303",
            "run the same command again: rows are copied anew under one new snapshot",
            Exit::Paused,
        ),
        Kind::SourceChanged => (
            "PF0304",
            "stop deployments and rewrites on the source, and run the same command again",
            Exit::Paused,
        ),
        Kind::ToolFailed => {
            ("PF0305", "see what the program said, mend it, and run the same command again", Exit::Paused)
        }
        Kind::Interrupted => (
            "PF0306",
            "run the same command again to go on, or pgferry abort to take everything back",
            Exit::Paused,
        ),
        Kind::TargetNotEmpty => ("PF0401", "name an empty or a new database as the target", Exit::Refused),
        Kind::SameDatabase => ("PF0402", "name another database as the target", Exit::Refused),
        Kind::Busy => ("PF0403", "wait for the other process, or end it", Exit::Refused),
        Kind::ToolMissing => (
            "PF0404",
            "install the client programs of that major (Debian: postgresql-client-NN), or name their folder in PGFERRY_PG_BIN, and run the same command again",
            Exit::Refused,
        ),
        Kind::Io => (
            "PF0501",
            "check space and permissions of the run's folder, and run the same command again",
            Exit::Paused,
        ),
        Kind::TargetLost => (
            "PF0405",
            "check that the target is the right one; if what was copied is gone, begin anew with another --dir",
            Exit::Refused,
        ),
        Kind::Bug => ("PF0901", "please report this, with the run's journal", Exit::Bug),
    };
    Code { code, hint, exit }
}

/// A right that is missing on the source is known before anything is made.
fn rights_exit(error: &Error) -> Exit {
    if error.side == Side::Target { Exit::Paused } else { Exit::Refused }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_page_with_its_name_on_top() {
        for (code, page) in PAGES {
            assert!(page.starts_with(&format!("# {code}")), "{code}");
        }
        assert!(page("pf0101").is_some() && page("PF9999").is_none());
    }
}
