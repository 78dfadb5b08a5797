//! Looks at the source, and at the target if it is known; changes neither.

use std::path::Path;

use pgferry_engine::{
    Result, Side,
    assess::{
        assessment::{self, Assessment, Options},
        local::Local,
    },
    pg::session::Endpoint,
    schema::tools::Tools,
};

use crate::settings::Settings;

/// What this machine has for a run.
pub async fn local(settings: &Settings) -> Local {
    let tools = Tools::all(&settings.tools).await;
    Local {
        tools_found: Some(tools.iter().map(|tools| tools.version.major()).collect()),
        work_free_bytes: free_bytes(&settings.dir),
        ..Local::default()
    }
}

/// Bytes that a file in `folder`, which need not exist yet, could grow to.
fn free_bytes(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    Some(disk.f_bavail * disk.f_frsize)
}

/// Assesses.
pub async fn assess(settings: &Settings, options: &Options) -> Result<Assessment> {
    let source = Endpoint::new(settings.conninfo(Side::Source)?, &settings.run, 0);
    let target = match &settings.target {
        Some(_) => Some(Endpoint::new(settings.conninfo(Side::Target)?, &settings.run, 0)),
        None => None,
    };
    let assessment = assessment::assess(&source, target.as_ref(), options).await;
    settings.explained(assessment).await
}
