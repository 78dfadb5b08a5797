//! Statements that stand for themselves, and what comes of those that the target refuses.

use super::refused::Finding;
use crate::{error::Result, pg::client::Client};

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
}

/// Executes statements in their order, without waiting for each one's answer; refusals become findings.
pub async fn settle(client: &Client, statements: &[Statement]) -> Result<Vec<Finding>> {
    let texts: Vec<_> = statements.iter().map(|one| (one.label.as_str(), one.sql.as_str())).collect();
    let mut findings = Vec::new();
    for (statement, answer) in statements.iter().zip(client.run_each(&texts).await) {
        let Err(error) = answer else { continue };
        match error.server {
            Some(server) if !error.is_transient() => findings.push(Finding {
                object: statement.label.clone(),
                reason: server.message.clone(),
                sqlstate: server.sqlstate.clone(),
                instead: (!statement.otherwise.is_empty()).then(|| statement.otherwise.clone()),
            }),
            _ => return Err(error),
        }
    }
    Ok(findings)
}
