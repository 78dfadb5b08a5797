//! What speaks against a copy between two servers, asked before anything is made.

use pgferry_engine::{
    Error, Kind, Result, Side,
    pg::{behind::Behind, client::Client, session::MAINTENANCE},
};

use crate::settings::Settings;

/// What the two connection strings lead to.
pub struct Sight {
    /// Whether the source is a standby.
    pub source_is_standby: bool,
    /// Whether the target is one.
    pub target_is_standby: bool,
    /// Whether the target server lacks the target database.
    pub target_is_absent: bool,
}

/// Looks at both sides, over connections that set nothing, and refuses poolers; a target database may still be missing.
pub async fn look(settings: &Settings) -> Result<Sight> {
    let (source, target) = (settings.conninfo(Side::Source)?, settings.conninfo(Side::Target)?);
    let at_target = async {
        match Behind::look(&target).await {
            Err(error) if error.kind == Kind::DatabaseMissing => {
                Ok((Behind::look(&target.with_database(MAINTENANCE)).await?, true))
            }
            other => Ok((other?, false)),
        }
    };
    let (source, at_target) = tokio::join!(Behind::look(&source), at_target);
    let source = source?;
    source.direct(Side::Source)?;
    let (target, target_is_absent) = at_target?;
    target.direct(Side::Target)?;
    Ok(Sight { source_is_standby: source.standby, target_is_standby: target.standby, target_is_absent })
}

/// Refuses servers between which nothing can be copied.
pub(super) async fn refuse_unfit(
    settings: &Settings,
    sight: &Sight,
    source: &Client,
    target: &Client,
) -> Result<()> {
    refuse_untested(source, settings.untested_version)?;
    refuse_untested(target, settings.untested_version)?;
    refuse_older(source, target)?;
    if sight.target_is_standby {
        let cause = "it is a standby, where nothing can be written: name its primary";
        return Err(Error::new(Kind::Unsupported, Side::Target, "use this target").because(cause));
    }
    refuse_namesake(source).await?;
    refuse_compression(settings.toast_compression, target).await?;
    let sql = "select pg_catalog.current_setting('old_snapshot_threshold', true)";
    let threshold: Option<String> = source.one("ask how long a snapshot lives", sql, &[]).await?.get(0);
    match threshold.as_deref() {
        None | Some("" | "-1") => Ok(()),
        Some(limited) => {
            Err(Error::new(Kind::Unsupported, Side::Source, "hold a snapshot for as long as a copy takes")
                .because(format!(
                    "old_snapshot_threshold is {limited} there; set it to -1 and restart the server"
                )))
        }
    }
}

fn refuse_untested(client: &Client, anyway: bool) -> Result<()> {
    if client.version().is_tested() || anyway {
        return Ok(());
    }
    let cause = format!("it is PostgreSQL {}; pgferry was tested with 13 to 18", client.version());
    Err(Error::new(Kind::Unsupported, client.side(), format!("use this {}", client.side())).because(cause))
}

fn refuse_older(source: &Client, target: &Client) -> Result<()> {
    if source.version().major() <= target.version().major() {
        return Ok(());
    }
    let cause = format!(
        "the source is {}, the target {}, and a dump does not load into an older major",
        source.version(),
        target.version()
    );
    Err(Error::new(Kind::Unsupported, Side::Target, "use this target").because(cause))
}

/// Our own schema is never carried: one of that name that is not ours would be lost without a word.
async fn refuse_namesake(source: &Client) -> Result<()> {
    let sql = "select pg_catalog.to_regnamespace('pgferry') is not null and pg_catalog.to_regclass('pgferry.run') is null";
    if !source.one("look for a schema with our name", sql, &[]).await?.get::<_, bool>(0) {
        return Ok(());
    }
    let cause = "it has a schema pgferry that is not ours, and which would not be carried: rename it";
    Err(Error::new(Kind::Unsupported, Side::Source, "use this source").because(cause))
}

/// A method that the target does not have would be refused with every row.
async fn refuse_compression(method: Option<&str>, target: &Client) -> Result<()> {
    let Some(method) = method else { return Ok(()) };
    let sql = "select enumvals from pg_catalog.pg_settings where name = 'default_toast_compression'";
    let row = target.optional("ask how the target compresses values", sql, &[]).await?;
    let known: Vec<String> = row.map(|row| row.get(0)).unwrap_or_default();
    if known.iter().any(|one| one == method) {
        return Ok(());
    }
    let known = if known.is_empty() { "pglz alone".to_owned() } else { known.join(", ") };
    Err(Error::new(Kind::Unsupported, Side::Target, format!("compress values with {method}"))
        .because(format!("the target knows {known}: leave --toast-compression out, or name one of those")))
}
