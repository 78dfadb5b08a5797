//! One command for one database, or for several of one server: a run each, one report, one exit code.

use pgferry_engine::{Error, Kind, Side};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    report::{Report, exit::Exit, failure::Failure},
    settings::{Given, Settings},
};

/// What `--json` prints: a report, or with `--databases` one of each.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Printed<R> {
    /// Of the database that the connection string names.
    One(R),
    /// Of several databases.
    All(All<R>),
}

/// The reports of several databases.
#[derive(Serialize, JsonSchema)]
pub struct All<R> {
    /// The worst exit code, with which the command ends.
    exit: u8,
    /// One after the other, as they were given.
    databases: Vec<Ended<R>>,
}

/// How it ended for one database.
#[derive(Serialize, JsonSchema)]
struct Ended<R> {
    /// Its name.
    database: String,
    /// The exit code of a command about it alone.
    exit: u8,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<R>,
    /// Or why nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Does `act` for each database that was given, one after the other; what fails in one leaves the others alone. The exit
/// code is the worst.
pub async fn each<R: Report>(
    given: Given,
    json: bool,
    act: impl AsyncFn(Settings) -> Result<R, Failure>,
) -> Result<Exit, Failure> {
    let all = Settings::resolve_all(given).map_err(Failure::looking)?;
    if let [one] = all.as_slice()
        && one.database.is_none()
    {
        let report = act(one.clone()).await?;
        let (exit, text) = (report.exit(), report.text());
        print(&if json { as_json(&Printed::One(report))? } else { text });
        return Ok(exit);
    }
    let mut worst = Exit::Done;
    let mut databases = Vec::new();
    for settings in all {
        let database = settings.database.clone().unwrap_or_default();
        announce(&database, json);
        let (exit, report, error) = match act(settings).await {
            Ok(report) => (report.exit(), Some(report), None),
            Err(failure) => (failure.tell(), None, Some(failure.text())),
        };
        if let Some(report) = report.as_ref().filter(|_| !json) {
            print(&format!("{database}\n{}\n", report.text()));
        }
        worst = worst.worse(exit);
        databases.push(Ended { database, exit: exit as u8, report, error });
    }
    let text = table(&databases);
    print(&if json { as_json(&Printed::All(All { exit: worst as u8, databases }))? } else { text });
    Ok(worst)
}

/// To standard error, where the events are.
fn announce(database: &str, json: bool) {
    if json {
        anstream::eprintln!("{}", serde_json::json!({"event": "database", "name": database}));
    } else {
        anstream::eprintln!("database {database}:");
    }
}

/// One line a database.
fn table<R: Report>(databases: &[Ended<R>]) -> String {
    let mut text = format!("{} databases:\n", databases.len());
    for one in databases {
        let error = one.error.as_deref().and_then(|text| text.lines().next());
        let headline = one.report.as_ref().map(Report::headline);
        let how = error.map(str::to_owned).or(headline).unwrap_or_default();
        text.push_str(&format!("  {} (exit {}): {how}\n", one.database, one.exit));
    }
    text.trim_end().to_owned()
}

fn as_json<R: Serialize>(report: &Printed<R>) -> Result<String, Error> {
    serde_json::to_string(report)
        .map_err(|error| Error::new(Kind::Bug, Side::Local, "write the report").because(error))
}

#[expect(clippy::print_stdout, reason = "the report is the command's data")]
fn print(text: &str) {
    println!("{text}");
}
