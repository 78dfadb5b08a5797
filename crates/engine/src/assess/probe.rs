//! Measures instead of assuming, within bounds: some seconds of reading the largest table, some of writing into a
//! temporary table on the target, in a transaction that is rolled back.

use tokio::time::Instant;

use super::inventory::TableSize;
use crate::{
    error::{Error, Result, Side},
    limits,
    pg::{session::Endpoint, wire::Wire},
};

/// Bytes a second of COPY out of `table`, one connection; None where there are too few rows to tell.
pub async fn read(source: &Endpoint, table: &TableSize) -> Result<Option<f64>> {
    let mut wire = source.wire().await?;
    bound(&mut wire).await?;
    let rows_wanted = match table.rows {
        Some(rows) if 0 < rows && 0 < table.row_bytes() => {
            (rows as f64 * limits::PROBE_BYTES as f64 / table.row_bytes() as f64).ceil()
        }
        _ => return Ok(None),
    };
    wire.queue(&format!("copy (select * from only {} limit {rows_wanted}) to stdout", table.name))?;
    wire.flush().await?;
    let begun = Instant::now();
    let mut bytes = 0;
    loop {
        let frame = wire.frame().await?;
        match frame.tag {
            b'd' => bytes += frame.body.len(),
            // ended by the statement timeout or by its last row: what came, came in this time
            b'Z' => return Ok(rate(bytes, begun)),
            _ => {}
        }
    }
}

/// Bytes a second of COPY into a temporary table, one connection.
pub async fn write(target: &Endpoint) -> Result<Option<f64>> {
    let attempt = "measure how fast the target takes rows";
    let mut wire = target.wire().await?;
    bound(&mut wire).await?;
    wire.execute("begin; create temporary table pgferry_probe (row text) on commit drop", attempt).await?;
    wire.queue("copy pg_temp.pgferry_probe from stdin")?;
    wire.flush().await?;
    loop {
        let frame = wire.frame().await?;
        match frame.tag {
            b'G' => break,
            b'E' => {
                let refusal = crate::pg::wire::server_error(&frame.body);
                return Err(Error::refused(Side::Target, attempt, refusal));
            }
            _ => {}
        }
    }
    // lines of a kilobyte that no TLS or network can compress to nothing
    let line: String = (0..1_000u32)
        .map(|at| char::from(b'a' + (at.wrapping_mul(2_654_435_761) >> 27) as u8 % 26))
        .collect();
    let batch = format!("{line}\n").repeat(64);
    let begun = Instant::now();
    let mut bytes = 0;
    while bytes < limits::PROBE_BYTES as usize && begun.elapsed() < limits::PROBE_TIME {
        wire.queue_frame(b'd', batch.as_bytes());
        wire.flush().await?;
        bytes += batch.len();
    }
    wire.queue_frame(b'c', &[]);
    wire.flush().await?;
    wire.settled(attempt).await?;
    let rate = rate(bytes, begun);
    wire.execute("rollback", attempt).await?;
    Ok(rate)
}

async fn bound(wire: &mut Wire) -> Result<()> {
    let sql = format!(
        "set statement_timeout = {}; set lock_timeout = {}",
        (limits::PROBE_TIME * 2).as_millis(),
        limits::ASSESS_LOCK.as_millis()
    );
    wire.execute(&sql, "prepare a session that measures").await.map(drop)
}

fn rate(bytes: usize, begun: Instant) -> Option<f64> {
    let seconds = begun.elapsed().as_secs_f64();
    (0 < bytes && 0.0 < seconds).then(|| bytes as f64 / seconds)
}
