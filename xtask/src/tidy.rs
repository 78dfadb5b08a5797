//! The rules of the house that the compiler does not know.
//!
//! Each check is a pure function from the repository's files to the list of what is wrong, and a test shows that it
//! can go red. What a check allows stands in one table at the head of its module.

mod code;
mod crates;
mod errors;
mod forgotten;
mod layers;
mod lengths;
mod licences;
mod sql;
mod words;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// One broken rule: where, what, and what to do.
type Complaint = String;

/// Runs every check; fails if there is any complaint.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let files = workspace.files()?;
    let metadata = workspace.metadata()?;
    let (mut complaints, lengths) = lengths::check(&files);
    complaints.extend(layers::check(&files));
    complaints.extend(crates::check_arrows(&files));
    complaints.extend(crates::check_lock(&files));
    complaints.extend(licences::check(&metadata));
    complaints.extend(forgotten::check(&files));
    complaints.extend(sql::check(&files));
    complaints.extend(errors::check(&files));
    complaints.extend(words::check(&files));
    eprintln!("{lengths}");
    for complaint in &complaints {
        eprintln!("tidy: {complaint}");
    }
    if !complaints.is_empty() {
        bail!("tidy: {} complaints", complaints.len());
    }
    Ok(())
}

#[cfg(test)]
fn file(path: &str, text: &str) -> crate::workspace::File {
    crate::workspace::File { path: path.into(), text: text.into() }
}
