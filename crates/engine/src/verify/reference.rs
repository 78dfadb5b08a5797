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

use super::{definitions::Inventory, diff::Difference};
use crate::{
    catalog::{Catalog, choice::Chosen},
    error::Result,
    gate::Gates,
    pg::{client::Client, session::Endpoint},
    progress::Progress,
    schema::{
        archive::Entry,
        execute,
        plan::{self, Part},
        refused,
        rights::Names,
    },
    target::{database, state},
};

/// Restores `entries` into a database of its own on the target's server, compares texts, and drops it again.
/// `server` is connected to another database there; `path` is the source's search_path.
pub async fn differences(
    server: &Client,
    target: &Endpoint,
    entries: &[Entry],
    catalog: &Catalog,
    path: &str,
) -> Result<Vec<Difference>> {
    let name = format!("pgferry_reference_{:08x}", rand::random::<u32>());
    database::create(server, &name, &catalog.database).await?;
    let compared = compare(target, &target.database(&name), entries, catalog, path).await;
    database::drop(server, &name).await?;
    compared
}

async fn compare(
    target: &Endpoint,
    reference: &Endpoint,
    entries: &[Entry],
    catalog: &Catalog,
    path: &str,
) -> Result<Vec<Difference>> {
    let client = reference.client().await?;
    state::make_tables(&client).await?;
    let parts = plan::parts(entries);
    let order = [Part::Before, Part::Build, Part::ForeignKeys, Part::Matviews, Part::AtTheEnd];
    for part in order {
        let some = parts.get(&part).map_or(&[][..], Vec::as_slice);
        let jobs = plan::jobs(some, entries, catalog);
        // what this server refuses is missing on the target too, and named there
        let refused = execute::execute(
            reference,
            SETTINGS,
            1,
            jobs,
            (&Gates::opened(), &Gates::default()),
            &Arc::new(Progress::default()),
        )
        .await?;
        refused::try_again(reference, SETTINGS, refused, path).await?;
    }
    let names = Names { bootstrap: None, master: target.info().user() };
    // what is left out is not in the reference, and only what is in both is compared
    let everything = Chosen::default();
    let expected = Inventory::read(&client, &names, &everything).await?.texts();
    let found = Inventory::read(&target.client().await?, &names, &everything).await?.texts();
    Ok(expected.common(&found).differences(&found.common(&expected), true))
}

const SETTINGS: &str = "set synchronous_commit = off";
