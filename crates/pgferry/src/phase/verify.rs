//! `verify --still`: reads both sides, changes neither, needs no journal.

use pgferry_engine::{
    Result, Side,
    pg::session::Endpoint,
    progress,
    verify::{Comparison, Verdict},
};

use crate::{settings::Settings, world::fit};

/// Compares source and target as they stand.
pub async fn still(settings: &Settings, progress: &progress::Shared) -> Result<Verdict> {
    fit::look(settings).await?;
    let endpoint = |side| Ok(Endpoint::new(settings.conninfo(side)?, &settings.run, 0));
    let comparison = Comparison {
        source: &endpoint(Side::Source)?,
        target: &endpoint(Side::Target)?,
        choice: &settings.choice,
        tools: &settings.tools,
        lanes: settings.jobs,
        progress,
    };
    settings.explained(comparison.still().await).await
}
