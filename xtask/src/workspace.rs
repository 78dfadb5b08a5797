//! Where we are: the root of the repository, its packages, its files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::{Shell, cmd};

/// Folders that hold nothing of the repository: at its root, and anywhere.
const SKIPPED_AT_ROOT: &[&str] = &[".git", "target", "run"];
const SKIPPED: &[&str] = &["node_modules", "__pycache__"];

/// The repository, with a shell that stands at its root.
pub(crate) struct Workspace {
    /// Commands run at the root.
    pub(crate) shell: Shell,
    /// The root.
    pub(crate) root: PathBuf,
}

impl Workspace {
    /// The repository whose `cargo x` this is: a program in a shared target folder may be of another checkout's making.
    pub(crate) fn enter() -> Result<Self> {
        let built = || env!("CARGO_MANIFEST_DIR").into();
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(built, PathBuf::from);
        let root = package.parent().context("xtask has no parent folder")?;
        let shell = Shell::new()?;
        shell.change_dir(root);
        Ok(Self { shell, root: root.to_owned() })
    }

    /// Builds pgferry as it is shipped (without the slow link-time optimisation) and returns the program's path.
    pub(crate) fn build_release(&self) -> Result<PathBuf> {
        cmd!(self.shell, "cargo build --release --package pgferry").run()?;
        Ok(self.target_directory()?.join("release/pgferry"))
    }

    /// Builds pgferry for development and returns the program's path.
    pub(crate) fn build_dev(&self) -> Result<PathBuf> {
        cmd!(self.shell, "cargo build --package pgferry").run()?;
        Ok(self.target_directory()?.join("debug/pgferry"))
    }

    fn target_directory(&self) -> Result<PathBuf> {
        let text = cmd!(self.shell, "cargo metadata --format-version 1 --no-deps").quiet().read()?;
        let metadata: Value = serde_json::from_str(&text)?;
        let folder =
            metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(folder.into())
    }

    /// What `cargo metadata` knows of every package that a Linux build takes.
    pub(crate) fn metadata(&self) -> Result<Value> {
        let metadata =
            "cargo metadata --format-version 1 --locked --filter-platform x86_64-unknown-linux-gnu";
        let mut words = metadata.split(' ');
        let program = words.next().unwrap_or_default();
        Ok(serde_json::from_str(&cmd!(self.shell, "{program} {words...}").quiet().read()?)?)
    }

    /// Every text file of the repository, by its path from the root.
    pub(crate) fn files(&self) -> Result<Vec<File>> {
        let mut files = Vec::new();
        collect(&self.root, &self.root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

/// A text file of the repository.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    /// Whole.
    pub(crate) text: String,
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let skipped =
            folder == root && SKIPPED_AT_ROOT.contains(&name.as_str()) || SKIPPED.contains(&name.as_str());
        if path.is_symlink() || skipped {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root)?.to_string_lossy().into_owned();
            files.push(File { path, text });
        }
    }
    Ok(())
}
