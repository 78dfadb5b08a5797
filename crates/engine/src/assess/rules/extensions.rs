//! Extensions: what the target has of them, and what a dump leaves out.

use super::{
    super::{
        Evidence,
        facts::{Extension, Facts, Need},
        finding::{
            Severities,
            Severity::{Blocker, Change, Note, Warning},
        },
        rule::{Answer, Ask, Hit, Rule},
    },
    ask,
};
use crate::{error::Side, pg::ident::Ident, sql::sql};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "extension-missing",
        code: "PF2001",
        title: "extensions that the target does not have",
        severity: Severities::all(Blocker),
        effect: "all that rests on them is missing there: columns of their types, their functions, their indexes",
        advice: "drop what is not used, replace the rest, or choose a target that offers them",
        ask: Ask::Judge(missing),
        ..Rule::BASE
    },
    Rule {
        name: "extension-version",
        code: "PF2002",
        title: "extensions in another version than the target's",
        severity: Severities::all(Warning),
        effect: "a dump names no version: the target's default is installed, and functions are missing or differ",
        advice: "bring it to a version that both sides have; pgferry creates that one by name",
        ask: Ask::Judge(version),
        ..Rule::BASE
    },
    Rule {
        name: "extension-preload",
        code: "PF2003",
        title: "libraries that have to be loaded when the server starts",
        severity: Severities::all(Change),
        needs: &[Need::Settings],
        effect: "without them on the target, the extension is created and does nothing",
        advice: "add them to shared_preload_libraries of the target (on RDS: its parameter group) and restart it",
        ask: Ask::Judge(preload),
        ..Rule::BASE
    },
    Rule {
        name: "extension-config-rows",
        code: "PF2004",
        title: "tables of extensions that hold rows of your own",
        severity: Severities::new(Note, Note, Warning),
        effect: "only rows that the extension's condition names are carried, and DMS knows nothing of the condition",
        advice: "pgferry carries them with the condition; look whether it takes in all that you added",
        ask: ask!("assess/extension_config_rows"),
        ..Rule::BASE
    },
    Rule {
        name: "extension-member-rows",
        code: "PF2005",
        title: "tables that became part of an extension",
        severity: Severities::all(Blocker),
        effect: "a dump takes them for the extension's own and leaves out their rows and their definition, silently",
        advice: "take them out of the extension, if they are yours",
        ask: ask!("assess/extension_member_rows"),
        ..Rule::BASE
    },
    Rule {
        name: "extension-server-key",
        code: "PF2006",
        title: "encryption with a key outside the database",
        severity: Severities::all(Blocker),
        effect: "what arrives is ciphertext, and its key stays behind on this server",
        advice: "decrypt it before the move, and encrypt it anew by means of the target",
        ask: Ask::Judge(server_key),
        ..Rule::BASE
    },
];

/// What RDS has never offered, as far as is known; a target that is given is asked instead.
const NOT_ON_RDS: &[&str] = &[
    "adminpack",
    "age",
    "citus",
    "citus_columnar",
    "file_fdw",
    "pg_ivm",
    "pg_search",
    "pg_squeeze",
    "pg_stat_monitor",
    "pgsodium",
    "plpython3u",
    "supabase_vault",
    "timescaledb",
];

/// Extensions that encrypt by a key in the server's own files.
const WITH_SERVER_KEY: &[&str] = &["pg_tde", "pgsodium", "supabase_vault"];

fn missing(evidence: &Evidence) -> Answer {
    let hits = evidence.source.extensions.iter().filter_map(|extension| {
        let (why, severity) = match &evidence.target {
            Some(target) if !target.offered.contains_key(&extension.name) => {
                ("the target does not offer it", Blocker)
            }
            Some(target) if !allows(target, &extension.name) => {
                ("the target's rds.allowed_extensions does not name it", Blocker)
            }
            None if NOT_ON_RDS.contains(&extension.name.as_str()) => {
                ("RDS is not known to offer it", Warning)
            }
            _ => return None,
        };
        let columns = match extension.columns {
            0 => String::new(),
            1 => ", and one column is of its types".to_owned(),
            columns => format!(", and {columns} columns are of its types"),
        };
        Some(Hit::named(&extension.name, format!("{why}{columns}")).graded(Severities::all(severity)))
    });
    Answer::Hits(hits.collect())
}

fn allows(target: &Facts, extension: &str) -> bool {
    match target.setting("rds.allowed_extensions").trim() {
        "" | "*" => true,
        names => names.split(',').any(|name| name.trim() == extension),
    }
}

fn version(evidence: &Evidence) -> Answer {
    let target = evidence.target.as_ref();
    let hits = evidence.source.extensions.iter().filter_map(|extension| {
        let offered = target.and_then(|target| target.offered.get(&extension.name));
        differs(extension, offered.map_or(&[], Vec::as_slice)).or_else(|| lags(extension))
    });
    Answer::Hits(hits.collect())
}

/// Not among the versions that the target offers; one that offers none is another rule's.
fn differs(extension: &Extension, offered: &[String]) -> Option<Hit> {
    let newest = offered.iter().max_by_key(|version| parts(version))?;
    if offered.contains(&extension.version) {
        None
    } else if parts(newest) < parts(&extension.version) {
        let detail = format!("{} here, at most {newest} on the target", extension.version);
        Some(Hit::named(&extension.name, detail))
    } else {
        let detail = format!("the target does not offer {}, but {newest}", extension.version);
        Some(Hit::named(&extension.name, detail).graded(Severities::all(Note)))
    }
}

/// Older than what its own server has.
fn lags(extension: &Extension) -> Option<Hit> {
    let newer =
        extension.default_version.as_ref().filter(|newer| parts(newer) > parts(&extension.version))?;
    let hit =
        Hit::named(&extension.name, format!("{} here, and {newer} is ready to be used", extension.version));
    let update = format!("ALTER EXTENSION {} UPDATE", Ident::new(&extension.name));
    Some(hit.mended_by(update).graded(Severities::all(Note)))
}

/// `1.10` is newer than `1.9`.
fn parts(version: &str) -> Vec<u64> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

fn preload(evidence: &Evidence) -> Answer {
    let here = libraries(&evidence.source);
    let there = match &evidence.target {
        None => Vec::new(),
        Some(target) if target.has(Need::Settings) => libraries(target),
        Some(_) if here.is_empty() => return Answer::none(),
        Some(target) => {
            return Answer::Unknown {
                because: Need::Settings.missing(Side::Target),
                lifted_by: Need::Settings.lifted_by(&target.role),
            };
        }
    };
    let hits = here.iter().filter(|library| !there.contains(library));
    Answer::Hits(hits.map(|library| Hit::named(library, "in shared_preload_libraries here")).collect())
}

/// `shared_preload_libraries` without folders, endings, and what is RDS's own.
fn libraries(facts: &Facts) -> Vec<&str> {
    let entries = facts.setting("shared_preload_libraries").split(',');
    entries
        .map(|entry| entry.trim().trim_matches('"'))
        .map(|path| path.rsplit('/').next().unwrap_or(path))
        .map(|file| file.strip_suffix(".so").unwrap_or(file))
        .filter(|library| !library.is_empty() && !library.starts_with("rds"))
        .collect()
}

fn server_key(evidence: &Evidence) -> Answer {
    let extensions = evidence.source.extensions.iter();
    let keyed = extensions.filter(|extension| WITH_SERVER_KEY.contains(&extension.name.as_str()));
    Answer::Hits(keyed.map(|extension| Hit::named(&extension.name, &extension.version)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extension(version: &str, default_version: &str) -> Extension {
        Extension {
            name: "uuid-ossp".to_owned(),
            version: version.to_owned(),
            default_version: Some(default_version.to_owned()),
            schema: "public".to_owned(),
            columns: 0,
        }
    }

    #[test]
    fn versions_are_compared_by_number() {
        let offered = ["1.9", "1.10"].map(str::to_owned);
        assert_eq!(differs(&extension("1.9", "1.9"), &offered), None);
        assert!(differs(&extension("1.8", "1.9"), &offered).unwrap().severity.is_some());
        assert_eq!(differs(&extension("1.11", "1.11"), &offered).unwrap().severity, None);
        assert_eq!(lags(&extension("1.10", "1.9")), None);
        let update = lags(&extension("1.9", "1.10")).unwrap().sql;
        assert_eq!(update.as_deref(), Some("ALTER EXTENSION \"uuid-ossp\" UPDATE"));
    }
}
