//! The folder for what the machine lacks: `$PGFERRY_LAB_CACHE`, or `/var/tmp/pgferry-lab`.
//!
//! Two processes may want the same thing at once, and either may be killed: who fetches holds a file lock, fetches
//! into a name of its own and renames. What stands under its final name is therefore whole, for ever.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Error, Result, error::Attempt};

/// The folder `name` of the cache, which `fetch` fills if it is not there yet.
pub(crate) fn folder(name: &str, fetch: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let root = root()?;
    let wanted = root.join(name);
    if wanted.is_dir() {
        return Ok(wanted);
    }
    let lock = root.join("lock");
    let lock = File::create(&lock).attempt(|| format!("create {}", lock.display()))?;
    lock.lock().attempt(|| "lock the lab's cache".to_owned())?;
    if wanted.is_dir() {
        return Ok(wanted);
    }
    let fresh = root.join(format!(".{name}.new"));
    if fresh.exists() {
        fs::remove_dir_all(&fresh).attempt(|| format!("remove {}", fresh.display()))?;
    }
    create_readable(&fresh)?;
    fetch(&fresh)?;
    fs::rename(&fresh, &wanted).attempt(|| format!("rename {}", fresh.display()))?;
    Ok(wanted)
}

fn root() -> Result<PathBuf> {
    let root =
        env::var_os("PGFERRY_LAB_CACHE").map_or_else(|| PathBuf::from("/var/tmp/pgferry-lab"), PathBuf::from);
    if !root.is_dir() {
        create_readable(&root)?;
    }
    Ok(root)
}

/// Servers run as another user than we, if we are root.
fn create_readable(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).attempt(|| format!("create {}", folder.display()))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
        .attempt(|| format!("make {} readable", folder.display()))
}

/// Runs a program whose files everybody may read; all that it prints is in the error.
pub(crate) fn run<A: AsRef<OsStr>>(
    attempt: &str,
    program: &str,
    arguments: &[A],
    folder: &Path,
) -> Result<()> {
    let output = Command::new("sh")
        .args(["-c", "umask 022 && exec \"$0\" \"$@\"", program])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .attempt(|| format!("{attempt} with {program}"))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    Err(Error::Program {
        attempt: attempt.to_owned(),
        output: String::from_utf8_lossy(&printed).into_owned(),
    })
}
