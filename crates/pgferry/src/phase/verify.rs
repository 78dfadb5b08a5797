//! `verify --still`: reads both sides, changes neither, needs no journal.

use pgferry_engine::{
    Error, Kind, Result, Side,
    catalog::{self, Catalog},
    pg::session::Endpoint,
    progress,
    schema::{archive, dump, tools::Tools},
    source::snapshot::Snapshot,
    verify::{self, Verdict, diff::Difference},
};

use crate::{
    settings::Settings,
    world::{MAINTENANCE, refuse_poolers},
};

/// Compares source and target as they stand.
pub async fn still(settings: &Settings, progress: &progress::Shared) -> Result<Verdict> {
    refuse_poolers(settings).await?;
    let source = Endpoint::new(settings.conninfo(Side::Source)?, &settings.run, 0);
    let target = Endpoint::new(settings.conninfo(Side::Target)?, &settings.run, 0);
    let mut verdict = verify::still(&source, &target, &settings.choice, settings.jobs, progress).await?;
    verdict.differences.extend(texts(settings, &source, &target).await?);
    Ok(verdict)
}

/// Between majors, texts of definitions are compared by a reference database on the target's server; within one they
/// were compared directly.
async fn texts(settings: &Settings, source: &Endpoint, target: &Endpoint) -> Result<Vec<Difference>> {
    let server = target.database(MAINTENANCE).client().await?;
    let snapshot = Snapshot::take(source).await?;
    let reader = snapshot.reader().await?;
    if reader.version().major() == server.version().major() {
        return Ok(vec![]);
    }
    let tools = Tools::find(&settings.tools, reader.version(), server.version()).await?;
    let folder = tempfile::tempdir().map_err(|error| {
        Error::new(Kind::Io, Side::Local, "make a folder for a schema dump").because(error)
    })?;
    let file = folder.path().join("schema.dump");
    let ids = snapshot.ids().list();
    let (catalog, path) =
        (Catalog::read(&reader, &settings.choice).await?, catalog::search_path(&reader).await?);
    dump::write(&tools, source, ids.first().map_or("", String::as_str), &file, &catalog.chosen).await?;
    let entries = archive::read(&tools, &file, &catalog.chosen).await?;
    verify::reference::differences(&server, target, &entries, &catalog, &path).await
}
