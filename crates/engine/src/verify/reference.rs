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

use std::sync::Arc;

use super::{Comparison, definitions::Inventory, diff::Difference};
use crate::{
    catalog::{Catalog, choice::Chosen},
    error::{Error, Kind, Result, Side},
    gate::Gates,
    pg::{
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
    let ids = snapshot.ids().list();
    let id = ids.first().map_or("", String::as_str);
    dump::write(&tools, compared.source, id, &file, &catalog.chosen).await?;
    let entries = archive::read(&tools, &file, &catalog.chosen).await?;
    let name = format!("pgferry_reference_{:08x}", rand::random::<u32>());
    database::create(&server, &name, &catalog.database).await?;
    let differences = compare(target, &target.database(&name), &entries, catalog).await;
    database::drop(&server, &name).await?;
    differences
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
