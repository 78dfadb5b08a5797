//! Questions that a server did not answer: why, and what would let it.

use std::collections::BTreeMap;

use super::rule::Answer;
use crate::{
    error::{Error, Kind, Result},
    limits,
    pg::client::Client,
    sql::sql,
};

/// The SQLSTATE of "permission denied", and of what row security would hide.
const REFUSED: &str = "42501";

/// Questions without an answer, by SQLSTATE and the server's words.
#[derive(Default)]
pub(super) struct Unanswered(BTreeMap<(String, String), Asked>);

/// What was asked in vain.
#[derive(Default)]
struct Asked {
    objects: Vec<String>,
    statements: Vec<String>,
}

/// What is to be said of one question. A lost connection ends the assessment; anything else is unknown.
pub(super) async fn unanswered(client: &Client, error: Error) -> Result<Answer> {
    let mut one = Unanswered::default();
    one.0.entry(words(error)?).or_default();
    Ok(one.answers(client).await?.pop().unwrap_or_else(Answer::none))
}

impl Unanswered {
    /// Takes up `statement`, which was to read rows of `object`.
    pub(super) fn add(&mut self, object: &str, statement: &str, error: Error) -> Result<()> {
        let asked = self.0.entry(words(error)?).or_default();
        asked.objects.push(object.to_owned());
        asked.statements.push(statement.to_owned());
        Ok(())
    }

    /// An answer for each cause. All that was refused has one: the same rights lift it.
    pub(super) async fn answers(self, client: &Client) -> Result<Vec<Answer>> {
        let mut refused: Option<(String, Asked)> = None;
        let mut answers = Vec::new();
        for ((sqlstate, words), asked) in self.0 {
            match (sqlstate.as_str(), &mut refused) {
                (REFUSED, Some((_, all))) => {
                    all.objects.extend(asked.objects);
                    all.statements.extend(asked.statements);
                }
                (REFUSED, None) => refused = Some((words, asked)),
                _ => {
                    let (because, lifted_by) = other(client, &sqlstate).await?;
                    answers.push(answer(&asked, because, &words, lifted_by));
                }
            }
        }
        if let Some((words, asked)) = refused {
            let lifted_by = rights(client, &words, &asked.statements).await?;
            answers.push(answer(&asked, "our role may not read it", &words, lifted_by));
        }
        Ok(answers)
    }
}

/// The SQLSTATE, and the server's words.
fn words(error: Error) -> Result<(String, String)> {
    if error.kind == Kind::ConnectionLost {
        return Err(error);
    }
    let words = error.server.as_ref().map_or_else(|| error.to_string(), |server| server.message.clone());
    Ok((error.sqlstate().to_owned(), words))
}

fn answer(asked: &Asked, because: &str, words: &str, lifted_by: String) -> Answer {
    let objects = asked.objects.join(", ");
    let parts = [objects.as_str(), because, words].into_iter().filter(|part| !part.is_empty());
    Answer::unknown(parts.collect::<Vec<_>>().join(": "), lifted_by)
}

/// Why nothing came but for want of rights, and what would help.
async fn other(client: &Client, sqlstate: &str) -> Result<(&'static str, String)> {
    Ok(match sqlstate {
        "57014" => ("it took longer than an assessment may bother the server with", longer(client).await?),
        "55P03" => ("somebody holds a lock on what had to be read", "running it again".to_owned()),
        _ => ("", "nothing known".to_owned()),
    })
}

/// What gives a statement more time than it had. A server that does not even answer this wants another hour.
async fn longer(client: &Client) -> Result<String> {
    let sql = "select setting::int8 from pg_catalog.pg_settings where name = 'statement_timeout'";
    let milliseconds: i64 = match client.one("ask how long a statement may take", sql, &[]).await {
        Err(error) if error.kind == Kind::ConnectionLost => return Err(error),
        row => row.map_or(i64::MAX, |row| row.get(0)),
    };
    let quick = u128::try_from(milliseconds).is_ok_and(|time| time <= limits::ASSESS_STATEMENT.as_millis());
    Ok(if quick { "--deep, which takes its time" } else { "a quiet hour, or a copy of the server" }
        .to_owned())
}

/// What gives our role all that it lacks for `statements`: the server's words name the first thing alone.
async fn rights(client: &Client, words: &str, statements: &[String]) -> Result<String> {
    let text = format!("{words}\n{}", statements.join("\n"));
    let rows = match client.query("ask what our role lacks", sql!("assess/lacking"), &[&text]).await {
        Err(error) if error.kind == Kind::ConnectionLost => return Err(error),
        rows => rows.unwrap_or_default(),
    };
    let lifts: Vec<&str> = rows.iter().map(|row| row.get("lift")).collect();
    Ok(if lifts.is_empty() { "a superuser for the assessment".to_owned() } else { lifts.join("; ") })
}
