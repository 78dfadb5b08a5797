//! What an assessment is compared with: what `pgferry assess --json` printed before, of one database or of several.

use std::{fmt::Display, path::Path};

use pgferry_engine::{Error, Kind, Result, Side, assess::assessment::Assessment};
use serde_json::Value;

/// Earlier assessments.
pub enum Earlier {
    /// Of one database.
    One(Box<Assessment>),
    /// Of several; those that could be looked at.
    Several(Vec<Assessment>),
}

impl Earlier {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |cause: &dyn Display| {
            let attempt = format!("compare with {}", path.display());
            Error::new(Kind::Usage, Side::Local, attempt)
                .because(format!("{cause}; it has to be what `pgferry assess --json` printed"))
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        Self::parse(&text).map_err(|error| failed(&error))
    }

    fn parse(text: &str) -> serde_json::Result<Self> {
        let mut value: Value = serde_json::from_str(text)?;
        let Some(all) = value.get_mut("databases").and_then(Value::as_array_mut) else {
            return Ok(Self::One(serde_json::from_value(value)?));
        };
        let reports = all.iter_mut().filter_map(|one| one.get_mut("report")).map(Value::take);
        Ok(Self::Several(reports.map(serde_json::from_value).collect::<serde_json::Result<_>>()?))
    }

    /// That of `database`. Where each file is about a single one they are compared whatever their names.
    pub fn of(&self, database: &str, is_single: bool) -> Option<&Assessment> {
        let all = match self {
            Self::One(assessment) if is_single => return Some(assessment),
            Self::One(assessment) => std::slice::from_ref(&**assessment),
            Self::Several(assessments) => assessments,
        };
        all.iter().find(|assessment| assessment.source.database == database)
    }
}
