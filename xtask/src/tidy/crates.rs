//! Which crate may know which, and which must not be in the tree at all.

use super::Complaint;
use crate::workspace::File;

/// Our crates and those of ours that each may depend on. Tests of any crate may use the lab besides.
const ARROWS: &[(&str, &[&str])] = &[
    ("pgferry", &["pgferry-engine", "pgferry-cloud", "pgferry-lab"]),
    ("pgferry-engine", &[]),
    ("pgferry-cloud", &[]),
    ("pgferry-lab", &[]),
    ("xtask", &[]),
];
const FOR_TESTS: &str = "pgferry-lab";

/// Crates that must not be in Cargo.lock: a name, the version's beginning (empty: any), and why.
const BANNED: &[(&str, &str, &str)] = &[
    ("openssl", "", "rustls with ring is the one TLS stack"),
    ("openssl-sys", "", "rustls with ring is the one TLS stack"),
    ("aws-lc-sys", "", "ring is the one crypto provider"),
    ("aws-lc-rs", "", "ring is the one crypto provider"),
    ("regex", "", "nothing here needs it"),
    ("hyper", "0.14.", "hyper 1 is the one HTTP stack"),
    ("rustls", "0.21.", "its rustls-webpki has open advisories"),
    ("http", "0.2.", "http 1 is the one"),
];

/// Complaints about dependencies among our own crates.
pub(super) fn check_arrows(files: &[File]) -> Vec<Complaint> {
    let manifests = files.iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    manifests.flat_map(arrows).collect()
}

fn arrows(manifest: &File) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut section = "";
    let mut package = "";
    for line in manifest.text.lines() {
        if let Some(title) = line.strip_prefix('[') {
            section = title.trim_end_matches(']');
        } else if section == "package" && line.starts_with("name = ") {
            package = line["name = ".len()..].trim_matches('"');
        } else if section.ends_with("dependencies") {
            let on = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let ours = ARROWS.iter().any(|(name, _)| *name == on);
            let for_tests = section.ends_with("dev-dependencies") && on == FOR_TESTS;
            if ours && !for_tests && !allowed(package).contains(&on) {
                complaints.push(format!("{}: `{package}` may not depend on `{on}`", manifest.path));
            }
        }
    }
    complaints
}

fn allowed(package: &str) -> &'static [&'static str] {
    ARROWS.iter().find(|(name, _)| *name == package).map_or(&[], |(_, on)| on)
}

/// Complaints about what Cargo.lock holds.
pub(super) fn check_lock(files: &[File]) -> Vec<Complaint> {
    let Some(lock) = files.iter().find(|file| file.path == "Cargo.lock") else {
        return vec!["Cargo.lock is missing".into()];
    };
    let complaint = |(name, version): (&str, &str)| {
        let banned = BANNED.iter().find(|(banned, of, _)| *banned == name && version.starts_with(of));
        banned.map(|(_, _, why)| format!("Cargo.lock: `{name}` {version} is in the tree: {why}"))
    };
    packages(&lock.text).filter_map(complaint).collect()
}

fn packages(lock: &str) -> impl Iterator<Item = (&str, &str)> {
    let value = |line: &'static str| move |text| -> Option<&str> { strip(text, line) };
    lock.split("[[package]]").skip(1).filter_map(move |package| {
        let name = package.lines().find_map(value("name = "))?;
        Some((name, package.lines().find_map(value("version = "))?))
    })
}

fn strip<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key).map(|value| value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn engine_and_lab_know_nobody() {
        let manifest = "[package]\nname = \"pgferry-engine\"\n[dependencies]\npgferry-lab.workspace = true\n";
        assert_eq!(check_arrows(&[file("crates/engine/Cargo.toml", manifest)]).len(), 1);
        let tests = manifest.replace("[dep", "[dev-dep");
        assert!(check_arrows(&[file("crates/engine/Cargo.toml", &tests)]).is_empty());
    }

    #[test]
    fn the_binary_may_know_all() {
        let manifest =
            "[package]\nname = \"pgferry\"\n[dependencies]\npgferry-engine = { path = \"../engine\" }\n";
        assert!(check_arrows(&[file("crates/pgferry/Cargo.toml", manifest)]).is_empty());
        let turned = manifest.replace("\"pgferry\"", "\"pgferry-lab\"");
        assert_eq!(check_arrows(&[file("crates/lab/Cargo.toml", &turned)]).len(), 1);
    }

    #[test]
    fn banned_crates_are_found_by_whole_name_and_version() {
        let lock = |name: &str, version: &str| {
            let text = format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
            check_lock(&[file("Cargo.lock", &text)]).len()
        };
        assert_eq!((lock("openssl", "0.10.1"), lock("openssl-probe", "0.1.6")), (1, 0));
        assert_eq!((lock("hyper", "0.14.30"), lock("hyper", "1.7.0")), (1, 0));
    }

    #[test]
    fn a_missing_lock_is_a_complaint() {
        assert_eq!(check_lock(&[]).len(), 1);
    }
}
