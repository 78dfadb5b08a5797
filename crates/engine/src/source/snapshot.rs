//! One exported snapshot, held by two keepers.
//!
//! ```text
//!   keeper A ─exports─▶ id a ──imported by──▶ keeper B ─exports again─▶ id b
//!                          ╲                              ╱
//!                           workers import whichever lives
//! ```
//!
//! An exported id lives as long as the transaction that exported it; an importer that exports again has an id of its
//! own for the same set of transactions. So one keeper may die, and is replaced from the other. When both are gone the
//! snapshot is lost for good: [`Kind::SnapshotLost`]. Held, never remembered: dropping it releases the source.
//! Source: PostgreSQL manual, "Snapshot Synchronization Functions".

use std::sync::{Arc, Mutex};

use crate::{
    error::{Error, Kind, Result, Side},
    limits,
    pg::{client::Client, ident::Literal, session::Endpoint},
};

/// A snapshot of the source that others can import.
pub struct Snapshot {
    endpoint: Endpoint,
    keepers: tokio::sync::Mutex<Vec<Client>>,
    ids: Ids,
}

/// The ids under which the snapshot can be imported now; shared with the pairs.
#[derive(Clone, Debug, Default)]
pub struct Ids(Arc<Mutex<Vec<String>>>);

impl Ids {
    /// All that are believed to live, the longest-lived first.
    pub fn list(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn set(&self, ids: Vec<String>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = ids;
    }
}

impl Snapshot {
    /// Takes a snapshot and has two connections keep it.
    pub async fn take(endpoint: &Endpoint) -> Result<Self> {
        let (first, id) = export(endpoint, None).await?;
        let (second, other) = export(endpoint, Some(&id)).await?;
        let ids = Ids::default();
        ids.set(vec![id, other]);
        Ok(Self { endpoint: endpoint.clone(), keepers: tokio::sync::Mutex::new(vec![first, second]), ids })
    }

    /// The living ids.
    pub fn ids(&self) -> Ids {
        self.ids.clone()
    }

    /// A connection that reads at this snapshot. If it fails, it fails alone.
    pub async fn reader(&self) -> Result<Client> {
        let ids = self.ids.list();
        let mut last = lost("every keeper's connection has ended");
        for id in ids {
            let client = self.endpoint.client().await?;
            let begin = format!("{} set local lock_timeout = {}", import(&id), limits::LOCK_WAIT.as_millis());
            match client.run("read at the snapshot", &begin).await {
                Ok(()) => return Ok(client),
                Err(error) if is_gone(&error) => last = lost(&error),
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Watches over the keepers: asks each for a sign of life, replaces one that died from the one that lives.
    /// Returns only when none is left.
    pub async fn watch(&self) -> Error {
        loop {
            tokio::time::sleep(limits::KEEPER_HEARTBEAT).await;
            if let Err(error) = self.look_after().await {
                return error;
            }
        }
    }

    async fn look_after(&self) -> Result<()> {
        let mut keepers = self.keepers.lock().await;
        let mut ids = self.ids.list();
        let mut at = 0;
        while at < keepers.len() {
            let alive = keepers[at].run("ask a keeper of the snapshot for a sign of life", "select 1");
            let alive = tokio::time::timeout(limits::KEEPER_ANSWER, alive).await;
            if matches!(alive, Ok(Ok(()))) {
                at += 1;
            } else {
                drop(keepers.remove(at));
                ids.remove(at);
            }
        }
        self.ids.set(ids.clone());
        let Some(living) = ids.first() else { return Err(lost("both keepers' connections have ended")) };
        if keepers.len() < 2
            && let Ok((client, id)) = export(&self.endpoint, Some(living)).await
        {
            tracing::info!("a lost keeper of the snapshot was replaced");
            keepers.push(client);
            ids.push(id);
            self.ids.set(ids);
        }
        Ok(())
    }
}

/// Opens a transaction (at snapshot `of`, else at a new one) and exports its snapshot.
async fn export(endpoint: &Endpoint, of: Option<&str>) -> Result<(Client, String)> {
    let client = endpoint.client().await?;
    let begin = of.map_or_else(|| BEGIN.to_owned(), import);
    client.run("take a snapshot", &begin).await?;
    let row = client.one("export the snapshot", "select pg_catalog.pg_export_snapshot()", &[]).await?;
    let id = row.get(0);
    Ok((client, id))
}

const BEGIN: &str = "begin isolation level repeatable read, read only;";

/// The statements that open a transaction at snapshot `id`.
pub fn import(id: &str) -> String {
    format!("{BEGIN} set transaction snapshot {};", Literal(id))
}

/// Whether a refusal to import means that the id's holder has ended.
pub fn is_gone(error: &Error) -> bool {
    matches!(error.sqlstate(), "22023" | "42704" | "55000")
}

/// What it means when no id can be imported any more.
pub fn lost(cause: impl std::fmt::Display) -> Error {
    Error::new(Kind::SnapshotLost, Side::Source, "go on reading at the exported snapshot").because(cause)
}
