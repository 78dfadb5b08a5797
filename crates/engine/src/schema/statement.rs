//! Statements that stand for themselves, and what comes of those that the target refuses.

use super::refused::Finding;
use crate::{
    error::{Result, ServerError},
    pg::client::Client,
};

/// A statement that stands for itself: if the target refuses it, the run goes on and the report says so.
pub struct Statement {
    /// What it is about, in words; never the statement's text, which may hold a verifier.
    pub label: String,
    /// The statement.
    pub sql: String,
    /// What it means if it is refused; empty: the server's reason says it all.
    pub otherwise: String,
}

impl Statement {
    /// With nothing to say beyond the server's own reason.
    pub fn new(label: impl Into<String>, sql: impl Into<String>) -> Self {
        Self { label: label.into(), sql: sql.into(), otherwise: String::new() }
    }

    /// Whether it is one of those that succeed with a warning where they do nothing; twice is as good as once.
    fn may_be_withheld(&self) -> bool {
        self.sql.starts_with("grant ") || self.sql.starts_with("revoke ")
    }
}

/// Executes statements in their order, without waiting for each one's answer; refusals become findings, and so does what
/// the target only warns that it did not do.
pub async fn settle(client: &Client, statements: &[Statement]) -> Result<Vec<Finding>> {
    let texts: Vec<_> = statements.iter().map(|one| (one.label.as_str(), one.sql.as_str())).collect();
    let mut findings = Vec::new();
    client.take_withheld();
    let answers = client.run_each(&texts).await;
    let warned = client.take_withheld().is_some();
    for (statement, answer) in statements.iter().zip(answers) {
        match answer {
            // a warning does not say whose it is: alone, they do
            Ok(()) if warned && statement.may_be_withheld() => {
                client.run(&statement.label, &statement.sql).await?;
                findings.extend(client.take_withheld().map(|warning| withheld(statement, &warning)));
            }
            Ok(()) => {}
            Err(error) => match &error.server {
                Some(server) if error.is_refusal() => findings.push(refused(statement, server)),
                _ => return Err(error),
            },
        }
    }
    Ok(findings)
}

fn refused(statement: &Statement, server: &ServerError) -> Finding {
    Finding {
        object: statement.label.clone(),
        reason: server.message.clone(),
        sqlstate: server.sqlstate.clone(),
        instead: (!statement.otherwise.is_empty()).then(|| statement.otherwise.clone()),
    }
}

fn withheld(statement: &Statement, warning: &ServerError) -> Finding {
    Finding { instead: Some(not_ours(&statement.sql)), ..refused(statement, warning) }
}

/// What is done instead of a GRANT or REVOKE that does nothing.
pub(super) fn not_ours(sql: &str) -> String {
    let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("the target's role may not change that, and it stays as it is there: {sql}")
}
