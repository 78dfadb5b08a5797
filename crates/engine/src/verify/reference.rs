//! Texts of definitions between majors: a reference database on the target's own server.
//!
//! ```text
//!   source ──schema dump──▶ reference (empty, on the target's server) ──▶ texts by the target's deparser
//!                           target ─────────────────────────────────────▶ texts by the same deparser
//! ```
//!
//! Servers of different majors write the same view differently. So the dump is restored a second time, beside the
//! target, and the two are compared there: same server, same deparser, no normaliser. What has to exist at all is not
//! asked here: the source's catalogs say it. A text that both have and that could not be made in the reference is not
//! compared.
//!
//! The reference has one name for each target, under a lock, and a comment that says whose it is: what an interrupted
//! verify left is swept by the next one, and a database of somebody else's, or with anything in it, is never dropped.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Comparison, NotCompared,
    definitions::{Inventory, Place, Shared},
    diff::Difference,
};
use crate::{
    catalog::{Catalog, Database, choice::Chosen},
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
        refused::{self, Finding},
        rights::Names,
        tools::Tools,
    },
    source::snapshot::Snapshot,
    target::{database, state},
};

/// Restores the source's schema, as of `snapshot`, into a database of its own on the target's server, compares texts,
/// and drops it again. `worded`: texts that source and target have; what could not be made anew is not compared.
pub(super) async fn differences(
    compared: &Comparison<'_>,
    snapshot: &Snapshot,
    catalog: &Catalog,
    worded: &BTreeSet<Place>,
) -> Result<(Vec<Difference>, Vec<NotCompared>)> {
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
        Ok(()) => compare(target, &reference, &entries, catalog, worded).await,
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
    worded: &BTreeSet<Place>,
) -> Result<(Vec<Difference>, Vec<NotCompared>)> {
    let (client, other) = (reference.client().await?, target.client().await?);
    let refused = make(&client, reference, entries, catalog).await?;
    let names = Names { bootstrap: None, master: target.info().user() };
    // what is left out is not in the reference, and only what is in both is compared
    let everything = Chosen::default();
    let shared = Shared::of(catalog.version, &client);
    let expected = Inventory::read(&client, &names, &everything, &shared).await?.texts();
    let found = Inventory::read(&other, &names, &everything, &shared).await?.texts();
    let mut differences = expected.common(&found).differences(&found.common(&expected), true);
    let (made, there) = (Database::read(&client).await?, Database::read(&other).await?);
    differences.extend(super::database::locale(&made, &there));
    let missing = worded.iter().filter(|place| !expected.has(place));
    Ok((differences, missing.map(|place| not_compared(place, &refused)).collect()))
}

/// Makes the definitions; what this server refuses comes back.
async fn make(
    client: &Client,
    reference: &Endpoint,
    entries: &[Entry],
    catalog: &Catalog,
) -> Result<Vec<Finding>> {
    state::make_tables(client).await?;
    let pool = Arc::new(Pool::new(reference.clone(), SETTINGS.to_owned()));
    let parts = plan::parts(entries);
    let order = [Part::Before, Part::Build, Part::ForeignKeys, Part::Matviews, Part::AtTheEnd];
    let mut findings = Vec::new();
    for part in order {
        let some = parts.get(&part).map_or(&[][..], Vec::as_slice);
        let jobs = plan::jobs(some, entries, catalog);
        let refused = execute::execute(
            &pool,
            1,
            jobs,
            (&Gates::opened(), &Gates::default()),
            &Arc::new(Progress::default()),
        )
        .await?;
        findings.extend(refused::try_again(&pool, refused, &catalog.search_path).await?);
    }
    Ok(findings)
}

/// The server's own words, where it refused just this object.
fn not_compared((kind, object, property): &Place, refused: &[Finding]) -> NotCompared {
    let plain = |text: &str| text.replace('"', "");
    let name = plain(object);
    let is_it = |finding: &&Finding| {
        plain(&finding.object).split(' ').any(|word| name.ends_with(word) && word.contains('.'))
    };
    let why = refused.iter().find(is_it).map(|finding| format!(": {}", finding.reason)).unwrap_or_default();
    NotCompared {
        object: format!("{kind} {object}, {property}"),
        reason: format!(
            "the two majors word it in their own ways, and it could not be made anew beside the target{why}"
        ),
    }
}

const SETTINGS: &str = "set synchronous_commit = off";
