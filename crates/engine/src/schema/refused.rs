//! What the target refused: tried again when the rest stands, then with what is known to help, then reported.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{
    execute::{Job, Refused},
    lane::{Settled, recorded, settled, withheld},
    statement::not_ours,
};
use crate::{
    error::{Error, Kind, Result, ServerError, Side},
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
    let (done, refused): (Vec<_>, Vec<_>) = refused.into_iter().partition(|one| one.withheld);
    let mut findings: Vec<Finding> = done.iter().map(|one| nothing_done(&one.job, &one.error)).collect();
    if refused.is_empty() {
        return Ok(findings);
    }
    // nobody asks afterwards whether a crash took one of these back; so the connection does not go back either
    let mut wire = pool.take().await?;
    wire.execute("set synchronous_commit = on", "prepare to execute definitions").await?;
    let mut left = refused;
    for _ in 0..limits::REFUSED_ROUNDS {
        let before = left.len();
        let mut still = Vec::new();
        for mut one in left {
            match attempt(&mut wire, &one.job, None).await? {
                Ok(warning) => findings.extend(warning.map(|warning| nothing_done(&one.job, &warning))),
                Err(error) => {
                    one.error = error;
                    still.push(one);
                }
            }
        }
        left = Vec::new();
        for one in still {
            match otherwise(&mut wire, &one, path).await? {
                Some(finding) => findings.push(finding),
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

/// What has to be said of a GRANT or REVOKE that succeeded, and of which the target warned that it did nothing.
fn nothing_done(job: &Job, warning: &ServerError) -> Finding {
    Finding {
        object: job.label.clone(),
        reason: warning.message.clone(),
        sqlstate: warning.sqlstate.clone(),
        instead: Some(not_ours(&job.sql)),
    }
}

/// Executes and records the job; what the report will say of it is recorded with it, so that it outlives us.
async fn attempt(wire: &mut Wire, job: &Job, told: Option<&Finding>) -> Result<Settled> {
    let told = told.map(serde_json::to_string).transpose().map_err(|error| {
        Error::new(Kind::Bug, Side::Local, format!("record what was done about {}", job.label)).because(error)
    })?;
    wire.queue(&recorded(job, told.as_deref()))?;
    wire.flush().await?;
    settled(job, wire.outcome().await?.map(withheld))
}

/// What comes of the first remedy that the target accepts.
async fn otherwise(wire: &mut Wire, refused: &Refused, path: &str) -> Result<Option<Finding>> {
    for (sql, instead) in remedies(refused, path) {
        let job = Job { sql, ..refused.job.clone() };
        let finding = finding(refused, Some(instead));
        if attempt(wire, &job, Some(&finding)).await?.is_ok() {
            return Ok(Some(finding));
        }
    }
    Ok(None)
}

/// The jobs that are not done yet, and what an earlier try recorded about those that are. `done` is what
/// [`crate::target::state::entries`] gives.
pub fn left(jobs: Vec<Job>, done: &HashMap<u32, Option<String>>) -> Result<(Vec<Job>, Vec<Finding>)> {
    let (done_before, left): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| done.contains_key(&job.id));
    let told = done_before.iter().filter_map(|job| done.get(&job.id)?.as_deref());
    let findings = told.map(serde_json::from_str).collect::<serde_json::Result<_>>().map_err(|error| {
        Error::new(Kind::Protocol, Side::Target, "read what pgferry.entry says of definitions").because(error)
    })?;
    Ok((left, findings))
}

/// What may help, by the refusal. Each is a statement of the same object, and words for the report.
fn remedies(refused: &Refused, path: &str) -> Vec<(String, String)> {
    let (job, error) = (&refused.job, &refused.error);
    let mut remedies = Vec::new();
    if error.is_about_a_name() {
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
    if is_routine {
        remedies.extend(without_privileged_clauses(&job.sql));
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

/// A function without clauses that only a superuser may write, the fewest first, and what it is then; its body is not
/// touched. A search_path is given up last: without it a SECURITY DEFINER function runs what its caller likes.
fn without_privileged_clauses(sql: &str) -> Vec<(String, String)> {
    let body =
        ["\n    AS ", "\n    BEGIN ATOMIC", "\n    RETURN "].iter().filter_map(|mark| sql.find(mark)).min();
    let Some(body) = body else { return vec![] };
    let (head, body) = sql.split_at(body);
    let setting = |line: &str| Some(line.strip_prefix("    SET ")?.split(' ').next()?.to_owned());
    let settings: Vec<String> = head.split('\n').filter_map(setting).collect();
    let others: Vec<String> = settings.iter().filter(|name| *name != "search_path").cloned().collect();
    let mut given_up: Vec<Vec<String>> = vec![vec![]];
    given_up.extend(others.iter().map(|name| vec![name.clone()]));
    given_up.extend([others, settings]);
    given_up.dedup();
    let without = |names: Vec<String>| {
        let kept = head.split('\n').filter(|line| setting(line).is_none_or(|name| !names.contains(&name)));
        let kept: Vec<String> = kept.map(|line| line.replacen(" LEAKPROOF", "", 1)).collect();
        let kept = kept.join("\n");
        let mut lost = names;
        lost.extend(head.contains(" LEAKPROOF").then(|| "LEAKPROOF".to_owned()));
        let instead = format!("made without {}, which the target does not let us attach", lost.join(", "));
        (kept != head).then(|| (format!("{kept}{body}"), instead))
    };
    given_up.into_iter().filter_map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_of_a_definition_is_told_again() {
        let job = |id| Job {
            id,
            label: String::new(),
            sql: String::new(),
            depends: vec![],
            gates: vec![],
            weight: 0,
        };
        let finding = Finding {
            object: "FUNCTION f".into(),
            reason: "no".into(),
            sqlstate: "42501".into(),
            instead: Some("made otherwise".into()),
        };
        let done = HashMap::from([(1, None), (2, Some(serde_json::to_string(&finding).unwrap()))]);
        let (left, findings) = left(vec![job(1), job(2), job(3)], &done).unwrap();
        assert_eq!((left, findings), (vec![job(3)], vec![finding]));
    }

    #[test]
    fn a_function_loses_no_more_than_it_has_to_and_its_body_nothing() {
        let sql = "CREATE FUNCTION s.f() RETURNS int\n    LANGUAGE sql LEAKPROOF\n    SET search_path TO 's'\n    SET log_statement TO 'all'\n    AS $$ select 1 /* LEAKPROOF */\n    SET $$;";
        let with = |settings: &str| {
            format!(
                "CREATE FUNCTION s.f() RETURNS int\n    LANGUAGE sql{settings}\n    AS $$ select 1 /* LEAKPROOF */\n    SET $$;"
            )
        };
        let made: Vec<String> = without_privileged_clauses(sql).into_iter().map(|(sql, _)| sql).collect();
        let path = "\n    SET search_path TO 's'";
        let both = format!("{path}\n    SET log_statement TO 'all'");
        assert_eq!(made, [with(&both), with(path), with("")]);
    }

    #[test]
    fn a_function_without_such_clauses_has_no_remedy() {
        let sql = "CREATE FUNCTION s.f() RETURNS int\n    LANGUAGE sql\n    AS $$ select 1 $$;";
        assert_eq!(without_privileged_clauses(sql), []);
    }
}
