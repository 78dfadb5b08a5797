//! `verify --still`: reads both sides, changes neither, needs no journal.

use pgferry_engine::{
    Result, Side,
    pg::session::Endpoint,
    progress,
    verify::{self, Verdict},
};

use crate::settings::Settings;

/// Compares source and target as they stand.
pub async fn still(settings: &Settings, progress: &progress::Shared) -> Result<Verdict> {
    let source = Endpoint::new(settings.conninfo(Side::Source)?, &settings.run, 0);
    let target = Endpoint::new(settings.conninfo(Side::Target)?, &settings.run, 0);
    verify::still(&source, &target, settings.jobs, progress).await
}
