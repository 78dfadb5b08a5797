//! One command for one database, or for several of one server: a run each, one report, one exit code.

use pgferry_engine::{Error, Kind, Side};
use serde::Serialize;

use crate::{
    report::{Report, exit::Exit, failure::Failure},
    settings::{Given, Settings},
};

/// How the run of one database ended.
#[derive(Serialize)]
struct Ended<R> {
    database: String,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<R>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The report of them all.
#[derive(Serialize)]
struct All<R> {
    exit: u8,
    databases: Vec<Ended<R>>,
}

/// Does `act` for each database that was given, one after the other; what fails in one leaves the others alone. The exit
/// code is the worst.
pub async fn each<R: Report>(
    given: Given,
    json: bool,
    act: impl AsyncFn(Settings) -> Result<R, Failure>,
) -> Result<Exit, Failure> {
    let all = Settings::resolve_all(given)?;
    if let [one] = all.as_slice()
        && one.database.is_none()
    {
        let report = act(one.clone()).await?;
        print(&if json { as_json(&report)? } else { report.text() });
        return Ok(report.exit());
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
    print(&if json { as_json(&All { exit: worst as u8, databases })? } else { table(&databases) });
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
fn table<R>(databases: &[Ended<R>]) -> String {
    let mut text = format!("{} databases:\n", databases.len());
    for one in databases {
        let error = one.error.as_deref().and_then(|text| text.lines().next());
        let how = match error {
            Some(error) => error.to_owned(),
            None if one.exit == 0 => "done".to_owned(),
            None => "done, with findings: see above".to_owned(),
        };
        text.push_str(&format!("  {} (exit {}): {how}\n", one.database, one.exit));
    }
    text.trim_end().to_owned()
}

fn as_json(report: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(report)
        .map_err(|error| Error::new(Kind::Bug, Side::Local, "write the report").because(error))
}

#[expect(clippy::print_stdout, reason = "the report is the command's data")]
fn print(text: &str) {
    println!("{text}");
}
