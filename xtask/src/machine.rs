//! What a bare machine lacks for the tests.
//!
//! The lab fetches what it can by itself, as whoever it is. Debian packages are installed if we are root, after saying
//! which; for everybody else they are named.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

/// Programs that the tests cannot do without (any of a group), and the Debian package that has them.
const NEEDED: &[(&[&str], &str)] = &[
    (&["pg_dump"], "postgresql"),
    (&["initdb"], "postgresql"),
    (&["npm"], "npm"),
    (&["pip3", "pip"], "python3-pip"),
    (&["chromium", "chromium-browser", "google-chrome"], "chromium"),
];

/// Installs what is missing, or says what to install.
pub(crate) fn prepare(shell: &Shell) -> Result<()> {
    let missing = missing(&folders());
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let is_root = cmd!(shell, "id -u").quiet().read()? == "0";
    ensure!(is_root, "the tests need Debian packages that are not here: apt-get install {packages}");
    eprintln!("installing what the tests need and this machine lacks: {packages}");
    let _noninteractive = shell.push_env("DEBIAN_FRONTEND", "noninteractive");
    cmd!(shell, "apt-get -qq update").run()?;
    cmd!(shell, "apt-get -qq install --yes --no-install-recommends {missing...}").run()?;
    Ok(())
}

fn missing(folders: &[PathBuf]) -> Vec<&'static str> {
    let is_here = |program: &&str| folders.iter().any(|folder| folder.join(program).is_file());
    let lacking = NEEDED.iter().filter(|(programs, _)| !programs.iter().any(is_here));
    let mut packages: Vec<_> = lacking.map(|(_, package)| *package).collect();
    packages.dedup();
    packages
}

/// Where programs may lie: our own variable, PATH, Debian's folders.
fn folders() -> Vec<PathBuf> {
    let own = env::var_os("PGFERRY_PG_BIN")
        .into_iter()
        .flat_map(|list| env::split_paths(&list).collect::<Vec<_>>());
    let path = env::var_os("PATH").into_iter().flat_map(|list| env::split_paths(&list).collect::<Vec<_>>());
    own.chain(path).chain(debian(Path::new("/usr/lib/postgresql"))).collect()
}

fn debian(majors: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(majors).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().join("bin")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_machine_lacks_each_package_once() {
        assert_eq!(missing(&[]), ["postgresql", "npm", "python3-pip", "chromium"]);
    }
}
