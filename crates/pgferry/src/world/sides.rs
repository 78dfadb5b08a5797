//! Connections to the two databases, as a run finds them or makes them.

use pgferry_engine::{
    Kind, Result, Side,
    catalog::{Catalog, Database},
    pg::{
        client::Client,
        session::{Endpoint, MAINTENANCE},
    },
    progress,
    schema::tools::Tools,
    target::database,
};

use super::{
    claim::refuse_lost,
    fit::{Sight, refuse_unfit},
};
use crate::{
    journal::{End, Event, Journal},
    report::choice,
    settings::Settings,
};

/// A connection to one side, and what that is.
pub(super) type Known = (Client, Database);

/// A connection to the source, and where the target is.
pub(super) async fn sides(settings: &Settings) -> Result<(Known, Endpoint)> {
    let source = Endpoint::new(settings.conninfo(Side::Source)?, &settings.run, 0).client().await?;
    let source_is = Database::read(&source).await?;
    Ok(((source, source_is), Endpoint::new(settings.conninfo(Side::Target)?, &settings.run, 0)))
}

/// What is said of a source that is one.
const STANDBY: &str = "the source is a standby: it is copied as far as it has followed its primary, and it may cancel what we \
                       read (hot_standby_feedback = on there keeps it from that)";

/// The target, made like the source if it is absent, after everything that speaks against a copy.
pub(super) async fn found_or_made(
    settings: &Settings,
    progress: &progress::Shared,
    journal: &mut Journal,
    sight: &Sight,
    (source, source_is): &Known,
    there: &Endpoint,
) -> Result<Client> {
    if sight.target_is_absent {
        refuse_lost(journal, None)?;
    }
    let found = match sight.target_is_absent {
        true => there.database(MAINTENANCE).client().await?,
        false => there.client().await?,
    };
    refuse_unfit(settings, sight, source, &found).await?;
    if sight.source_is_standby {
        progress.note(STANDBY.to_owned());
    }
    tell_choice(settings, progress, source).await?;
    // before anything is made: without the programs nothing can be copied
    Tools::find(&settings.tools, source.version(), found.version()).await?;
    if !sight.target_is_absent {
        return Ok(found);
    }
    // a database without our mark is ours by this line alone
    journal.append(Event::DatabaseBegun)?;
    if let Err(error) = database::create(&found, there.info().database(), source_is).await {
        if error.is_refusal() {
            journal.append(Event::DatabaseRefused)?;
        }
        return Err(error);
    }
    there.client().await
}

/// Says what the choice leaves out, or that it fits nothing.
async fn tell_choice(settings: &Settings, progress: &progress::Shared, source: &Client) -> Result<()> {
    if settings.choice.is_everything() {
        return Ok(());
    }
    let chosen = Catalog::read(source, &settings.choice).await?.chosen;
    choice::before(&settings.choice, &chosen.notices).into_iter().for_each(|line| progress.note(line));
    Ok(())
}

/// The target database, or another one of its server where this run has dropped it or never came to make it; whether
/// it is the database itself.
pub(super) async fn found_or_gone(journal: &Journal, there: &Endpoint, end: End) -> Result<(Client, bool)> {
    let is_expected = journal.ending().is_some() || (end == End::Abort && journal.makes_database());
    let error = match there.client().await {
        Ok(target) => return Ok((target, true)),
        Err(error) if is_expected => error,
        Err(error) => return Err(error),
    };
    if error.kind == Kind::DatabaseMissing {
        return Ok((there.database(MAINTENANCE).client().await?, false));
    }
    if error.server.is_some() {
        let server = there.database(MAINTENANCE).client().await?;
        if database::is_half_dropped(&server, there.info().database()).await? {
            return Ok((server, false));
        }
    }
    Err(error)
}
