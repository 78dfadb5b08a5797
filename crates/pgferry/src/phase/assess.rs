//! Looks at the source, and at the target if it is known; changes neither.

use std::path::Path;

use pgferry_engine::{
    Kind, Result, Side,
    assess::{
        assessment::{self, Assessment, Options},
        finding::Unknown,
        local::Local,
    },
    pg::{ident::Ident, session::Endpoint},
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
pub async fn assess(settings: &Settings, options: &Options<'_>) -> Result<Assessment> {
    let source = Endpoint::new(settings.conninfo(Side::Source)?, &settings.run, 0);
    let target = match &settings.target {
        Some(_) => Some(target(settings).await?),
        None => None,
    };
    let assessment = assessment::assess(&source, target.as_ref(), options).await;
    let mut assessment = settings.explained(assessment).await?;
    if let (Some(target), Some(name)) = (&target, &settings.database)
        && target.info().database() != name
    {
        let because = format!(
            "its database {} does not exist yet (a copy makes it); {} was looked at in its place",
            Ident::new(name),
            Ident::new(target.info().database())
        );
        assessment.unknown.push(Unknown::of("target", because, "running it again when it is there"));
    }
    Ok(assessment)
}

/// The target. Of several databases one that a copy has yet to make is stood in for by the one that the connection
/// string names, since its own name cannot be given.
async fn target(settings: &Settings) -> Result<Endpoint> {
    let endpoint =
        |settings: &Settings| Ok(Endpoint::new(settings.conninfo(Side::Target)?, &settings.run, 0));
    let own = endpoint(settings)?;
    if settings.database.is_none() {
        return Ok(own);
    }
    match own.client().await {
        Err(error) if error.kind == Kind::DatabaseMissing => {
            endpoint(&Settings { database: None, ..settings.clone() })
        }
        // what else may be wrong is told by who looks
        _ => Ok(own),
    }
}
