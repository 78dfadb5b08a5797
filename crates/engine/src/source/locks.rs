//! Who keeps us from reading.

use crate::{error::Result, pg::client::Client, sql::sql};

/// Tables that nobody can read at the moment, each with who holds it, in words.
pub async fn locked(client: &Client) -> Result<Vec<String>> {
    let rows = client.query("ask who holds locks", sql!("locked"), &[]).await?;
    let one =
        |row: &tokio_postgres::Row| format!("{} holds {}", row.get::<_, &str>(1), row.get::<_, &str>(0));
    Ok(rows.iter().map(one).collect())
}
