//! Texts of definitions between majors: a reference database on the target's own server.
//!
//! ```text
//!   source ──schema dump──▶ reference (empty, on the target's server) ──▶ texts by the target's deparser
//!                           target ─────────────────────────────────────▶ texts by the same deparser
//! ```
//!
//! Servers of different majors write the same view differently. So the dump is restored a second time, beside the
//! target, and the two are compared there: same server, same deparser, no normaliser. What has to exist at all is not
//! asked here: the source's catalogs say it.
//!
//! The reference has one name for each target, under a lock, and a comment that says whose it is: what an interrupted
//! verify left is swept by the next one, and a database of somebody else's, or with anything in it, is never dropped.

use std::sync::Arc;

use super::{Comparison, definitions::Inventory, diff::Difference};
use crate::{
    catalog::{Catalog, choice::Chosen},
    error::{Error, Kind, Result, Side},
    gate::Gates,
    limits,
    pg::{
        client::Client,
        ident::{Ident, Literal, short_hash},
        pool::Pool,
        session::{Endpoint, MAINTENANCE},
    },
    progress::Progress,
    schema::{
        archive::{self, Entry},
        dump, execute,
        plan::{self, Part},
        refused,
        rights::Names,
        tools::Tools,
    },
    source::snapshot::Snapshot,
    target::{database, state},
};

/// Restores the source's schema, as of `snapshot`, into a database of its own on the target's server, compares texts,
/// and drops it again.
pub(super) async fn differences(
    compared: &Comparison<'_>,
    snapshot: &Snapshot,
    catalog: &Catalog,
) -> Result<Vec<Difference>> {
    let target = compared.target;
    let server = target.database(MAINTENANCE).client().await?;
    let tools = Tools::find(compared.tools, catalog.version, server.version()).await?;
    let folder = tempfile::tempdir().map_err(|error| {
        Error::new(Kind::Io, Side::Local, "make a folder for a schema dump").because(error)
    })?;
    let file = folder.path().join("schema.dump");
    dump::write(&tools, compared.source, &snapshot.ids(), &file, &catalog.chosen).await?;
    let entries = archive::read(&tools, &file, &catalog.chosen).await?;
    let name = name(target.info().database());
    let reference = target.database(&name);
    lock(&server, &name).await?;
    sweep(&server, &reference).await?;
    database::create(&server, &name, &catalog.database).await?;
    let differences = match mark(&server, &name).await {
        Ok(()) => compare(target, &reference, &entries, catalog).await,
        Err(error) => Err(error),
    };
    database::drop(&server, &name).await?;
    differences
}

/// The same each time for one target; a hash, since names end at 63 bytes.
fn name(target: &str) -> String {
    format!("pgferry_reference_{}", short_hash(target, 8))
}

/// The comment by which a reference is known as ours.
const MARK: &str = "pgferry verify: a reference, which the next verify drops";

async fn mark(server: &Client, name: &str) -> Result<()> {
    let sql = format!("comment on database {} is {}", Ident::new(name), Literal(MARK));
    server.run(&format!("mark database {name} as ours"), &sql).await
}

/// Keeps other verifies of this target out, for as long as `server` is connected; one that was interrupted may still hold
/// the lock for a moment.
async fn lock(server: &Client, name: &str) -> Result<()> {
    let sql = format!(
        "set lock_timeout = {}; select pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended({}, 0)); \
         reset lock_timeout",
        limits::LOCK_PATIENCE.as_millis(),
        Literal(name)
    );
    let attempt = format!("make the reference database {name}");
    match server.run(&attempt, &sql).await {
        Err(error) if error.sqlstate() == "55P03" => {
            Err(Error::new(Kind::Busy, Side::Target, attempt)
                .because("another verify of this target uses it"))
        }
        locked => locked,
    }
}

/// Drops what an interrupted verify left: what bears our mark, or is ours and empty, since it was not marked yet.
async fn sweep(server: &Client, reference: &Endpoint) -> Result<()> {
    let name = reference.info().database();
    let attempt = format!("make the reference database {name}");
    let sql = "select pg_catalog.shobj_description(oid, 'pg_database'), datdba = current_user::regrole \
               from pg_catalog.pg_database where datname = $1";
    let Some(left) = server.optional(&attempt, sql, &[&name]).await? else { return Ok(()) };
    let (mark, is_ours): (Option<&str>, bool) = (left.get(0), left.get(1));
    let is_left = match mark {
        Some(mark) => mark == MARK,
        None => is_ours && database::objects(&reference.client().await?).await?.is_empty(),
    };
    if is_left {
        return database::drop(server, name).await;
    }
    let cause =
        "a database of this name is there without our mark, so it is not ours to drop; rename it, or drop it";
    Err(Error::new(Kind::TargetNotEmpty, Side::Target, attempt).because(cause))
}

async fn compare(
    target: &Endpoint,
    reference: &Endpoint,
    entries: &[Entry],
    catalog: &Catalog,
) -> Result<Vec<Difference>> {
    let client = reference.client().await?;
    state::make_tables(&client).await?;
    let pool = Arc::new(Pool::new(reference.clone(), SETTINGS.to_owned()));
    let parts = plan::parts(entries);
    let order = [Part::Before, Part::Build, Part::ForeignKeys, Part::Matviews, Part::AtTheEnd];
    for part in order {
        let some = parts.get(&part).map_or(&[][..], Vec::as_slice);
        let jobs = plan::jobs(some, entries, catalog);
        // what this server refuses is missing on the target too, and named there
        let refused = execute::execute(
            &pool,
            1,
            jobs,
            (&Gates::opened(), &Gates::default()),
            &Arc::new(Progress::default()),
        )
        .await?;
        refused::try_again(&pool, refused, &catalog.search_path).await?;
    }
    let names = Names { bootstrap: None, master: target.info().user() };
    // what is left out is not in the reference, and only what is in both is compared
    let everything = Chosen::default();
    let expected = Inventory::read(&client, &names, &everything).await?.texts();
    let found = Inventory::read(&target.client().await?, &names, &everything).await?.texts();
    Ok(expected.common(&found).differences(&found.common(&expected), true))
}

const SETTINGS: &str = "set synchronous_commit = off";
