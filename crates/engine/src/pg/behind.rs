//! Whether a server itself answers, or a pooler in front of it, and whether it is a standby.
//!
//! A server greets with the number of the process that serves the session. A pooler greets by itself, with a number of its
//! own making, and the process that answers a question is another one.

use super::{conninfo::Conninfo, wire::Wire};
use crate::error::{Error, Kind, Result, Side};

/// What a connection string leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// What stands in between, if anything does.
    pub pooler: Option<Pooler>,
    /// `pg_is_in_recovery()`.
    pub standby: bool,
}

/// A pooler, and how it gave itself away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooler {
    /// Another client was served by the same process while we were connected: transactions are pooled, not sessions.
    pub by_transaction: bool,
    /// How we know, in words.
    pub proof: String,
}

const ASK: &str = "select pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery()";

impl Behind {
    /// Looks, over connections of its own that set nothing.
    ///
    /// # Errors
    /// Those of a login.
    pub async fn look(info: &Conninfo) -> Result<Self> {
        let mut wire = Wire::login(info, &[]).await?;
        let (pid, standby) = ask(&mut wire).await?;
        if pid == wire.pid() {
            return Ok(Self { pooler: None, standby });
        }
        let proof = format!("process {} greeted us, and process {pid} of the server answers", wire.pid());
        // the pooler gives the process that was last free to the next who asks, unless it is ours until we go
        let mut other = Wire::login(info, &[]).await?;
        let by_transaction = ask(&mut other).await?.0 == pid;
        Ok(Self { pooler: Some(Pooler { by_transaction, proof }), standby })
    }

    /// Refuses what stands between us and the server.
    ///
    /// # Errors
    /// [`Kind::Pooler`].
    pub fn direct(&self, side: Side) -> Result<()> {
        let Some(pooler) = &self.pooler else { return Ok(()) };
        let what = if pooler.by_transaction { "transactions" } else { "sessions" };
        let cause = format!("it is a connection pooler (of {what}): {}", pooler.proof);
        Err(Error::new(Kind::Pooler, side, format!("use this {side}")).because(cause))
    }
}

async fn ask(wire: &mut Wire) -> Result<(i32, bool)> {
    let answer = wire.execute(ASK, "ask which process serves us").await?;
    let row = answer.first().and_then(|outcome| outcome.rows.first());
    let text = |at: usize| row.and_then(|row| row.get(at)?.as_deref()).unwrap_or_default();
    Ok((text(0).parse().unwrap_or_default(), text(1) == "t"))
}
