//! What the target refused: tried again when the rest stands, then with what is known to help, then reported.

use serde::{Deserialize, Serialize};

use super::{
    execute::{Job, Refused},
    lane::{is_recorded, recorded},
};
use crate::{
    error::{Result, ServerError},
    limits,
    pg::{pool::Pool, wire::Wire},
};

/// An object that is on the target otherwise than on the source, or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The object in words.
    pub object: String,
    /// The server's reason.
    pub reason: String,
    /// Its SQLSTATE.
    pub sqlstate: String,
    /// What was done instead; `None`: the object is missing on the target.
    pub instead: Option<String>,
}

/// Tries refused jobs again, one after the other, until a round brings nothing more. `path` is the search_path of the
/// source's own sessions, for bodies that name nothing in full.
pub async fn try_again(pool: &Pool, refused: Vec<Refused>, path: &str) -> Result<Vec<Finding>> {
    if refused.is_empty() {
        return Ok(vec![]);
    }
    // nobody asks afterwards whether a crash took one of these back; so the connection does not go back either
    let mut wire = pool.take().await?;
    wire.execute("set synchronous_commit = on", "prepare to execute definitions").await?;
    let mut left = refused;
    let mut findings = Vec::new();
    for _ in 0..limits::REFUSED_ROUNDS {
        let before = left.len();
        let mut still = Vec::new();
        for mut one in left {
            match attempt(&mut wire, &one.job).await? {
                Ok(()) => {}
                Err(error) => {
                    one.error = error;
                    still.push(one);
                }
            }
        }
        left = Vec::new();
        for one in still {
            match otherwise(&mut wire, &one, path).await? {
                Some(instead) => findings.push(finding(&one, Some(instead))),
                None => left.push(one),
            }
        }
        if left.is_empty() || left.len() == before {
            break;
        }
    }
    findings.extend(left.iter().map(|one| finding(one, None)));
    Ok(findings)
}

fn finding(refused: &Refused, instead: Option<String>) -> Finding {
    Finding {
        object: refused.job.label.clone(),
        reason: refused.error.message.clone(),
        sqlstate: refused.error.sqlstate.clone(),
        instead,
    }
}

async fn attempt(wire: &mut Wire, job: &Job) -> Result<std::result::Result<(), ServerError>> {
    wire.queue(&recorded(job))?;
    wire.flush().await?;
    let outcome = wire.outcome().await?.map(drop);
    Ok(outcome.or_else(|error| if is_recorded(&error) { Ok(()) } else { Err(error) }))
}

/// The first remedy that the target accepts, in words.
async fn otherwise(wire: &mut Wire, refused: &Refused, path: &str) -> Result<Option<String>> {
    for (sql, instead) in remedies(refused, path) {
        let job = Job { sql, ..refused.job.clone() };
        if attempt(wire, &job).await?.is_ok() {
            return Ok(Some(instead));
        }
    }
    Ok(None)
}

/// What may help, by the refusal. Each is a statement of the same object, and words for the report.
fn remedies(refused: &Refused, path: &str) -> Vec<(String, String)> {
    let (job, error) = (&refused.job, &refused.error);
    let mut remedies = Vec::new();
    // a name that the empty search_path does not find: undefined function, table, object, operator
    if matches!(error.sqlstate.as_str(), "42883" | "42P01" | "42704" | "42725" | "42804") {
        let set = format!(
            "select pg_catalog.set_config('search_path', {}, true);\n{}",
            crate::pg::ident::Literal(path),
            job.sql
        );
        remedies.push((
            set,
            format!("made with search_path {path}: its text names something without its schema"),
        ));
    }
    let is_routine = job.label.starts_with("FUNCTION") || job.label.starts_with("PROCEDURE");
    if let Some(sql) = without_privileged_clauses(&job.sql).filter(|_| is_routine) {
        let instead = "made without LEAKPROOF and without settings that only a superuser may attach";
        remedies.push((sql, instead.to_owned()));
    }
    if let Some(sql) =
        job.sql.strip_prefix("CREATE UNLOGGED TABLE").filter(|sql| sql.contains("\nPARTITION BY "))
    {
        remedies.push((
            format!("CREATE TABLE{sql}"),
            "the root of the partitions is made without UNLOGGED, which 18 refuses there".into(),
        ));
    }
    if matches!(job.label.split(' ').next(), Some("COMMENT")) && error.sqlstate == "42501" {
        remedies
            .push(("select 1".into(), "the comment is left out: the object belongs to the server".into()));
    }
    remedies
}

/// A function's head without the clauses that only a superuser may write; its body is not touched.
fn without_privileged_clauses(sql: &str) -> Option<String> {
    let body = ["\n    AS ", "\n    BEGIN ATOMIC", "\n    RETURN "]
        .iter()
        .filter_map(|mark| sql.find(mark))
        .min()?;
    let (head, body) = sql.split_at(body);
    let kept: Vec<String> = head
        .split('\n')
        .filter(|line| !line.starts_with("    SET "))
        .map(|line| line.replacen(" LEAKPROOF", "", 1))
        .collect();
    let kept = kept.join("\n");
    (kept != head).then(|| format!("{kept}{body}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_head_of_a_function_loses_its_privileged_clauses() {
        let sql = "CREATE FUNCTION s.f() RETURNS int\n    LANGUAGE sql LEAKPROOF\n    SET log_statement TO 'all'\n    AS $$ select 1 /* LEAKPROOF */\n    SET $$;";
        let kept = without_privileged_clauses(sql).unwrap();
        assert_eq!(
            kept,
            "CREATE FUNCTION s.f() RETURNS int\n    LANGUAGE sql\n    AS $$ select 1 /* LEAKPROOF */\n    SET $$;"
        );
    }

    #[test]
    fn a_function_without_such_clauses_has_no_remedy() {
        assert_eq!(
            without_privileged_clauses(
                "CREATE FUNCTION s.f() RETURNS int\n    LANGUAGE sql\n    AS $$ select 1 $$;"
            ),
            None
        );
    }
}
