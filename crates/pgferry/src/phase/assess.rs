//! Looks at the source, and at the target if it is known; changes neither.

use pgferry_engine::{
    Result, Side,
    assess::assessment::{self, Assessment, Options},
    pg::session::Endpoint,
};

use crate::settings::Settings;

/// Assesses.
pub async fn assess(settings: &Settings, options: &Options) -> Result<Assessment> {
    let source = Endpoint::new(settings.conninfo(Side::Source)?, &settings.run, 0);
    let target = match &settings.target {
        Some(_) => Some(Endpoint::new(settings.conninfo(Side::Target)?, &settings.run, 0)),
        None => None,
    };
    assessment::assess(&source, target.as_ref(), options).await
}
