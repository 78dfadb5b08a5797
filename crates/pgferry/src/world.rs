//! What a phase works on: the two databases, the run's folder, and the connections that mark them as ours.

use std::{
    cell::RefCell,
    fs::{File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use pgferry_engine::{
    Error, Kind, Result, Side,
    catalog::{Catalog, Database},
    limits,
    pg::{
        behind::Behind,
        client::Client,
        pool::Pool,
        session::{Endpoint, MAINTENANCE},
        version::Version,
    },
    progress,
    schema::{
        archive::{self, Entry},
        tools::Tools,
    },
    target::{database, state, tuning},
};
use serde::{Deserialize, Serialize};

use crate::{
    journal::{End, Event, Journal},
    report::choice,
    run::Step,
    settings::Settings,
};

/// Source, target, folder.
pub struct World {
    /// What the operator asked for.
    pub settings: Settings,
    /// Counters and events.
    pub progress: progress::Shared,
    /// Where rows are read.
    pub source: Endpoint,
    /// Where they go.
    pub target: Endpoint,
    /// The source's properties when this process began.
    pub source_database: Database,
    /// The source's version.
    pub source_version: Version,
    /// The target's version.
    pub target_version: Version,
    /// Whether we made the target database.
    pub target_is_ours: bool,
    /// How many processes have worked on this run.
    pub epoch: i32,
    source_client: RefCell<Rc<Client>>,
    target_client: RefCell<Rc<Client>>,
    plan: RefCell<Option<Rc<Plan>>>,
    builders: RefCell<Option<Arc<Pool>>>,
    _lock: File,
}

/// The run's folder, in which this process alone works.
pub struct Folder {
    lock: File,
    /// What happened so far.
    pub journal: Journal,
}

/// What is to be made on the target: the source's catalog and definitions as of one snapshot. Kept in the run's folder.
pub struct Plan {
    /// Tables and so on.
    pub catalog: Catalog,
    /// The catalog's fingerprint.
    pub fingerprint: String,
    /// Definitions.
    pub entries: Vec<Entry>,
}

/// `catalog.json` in the run's folder.
#[derive(Serialize, Deserialize)]
struct Kept {
    fingerprint: String,
    catalog: Catalog,
}

impl World {
    /// To begin or to go on: locks the folder, connects to both sides, which must be fit for a copy, makes a target that
    /// is absent, locks the run there, and claims the target.
    pub async fn open(settings: Settings, progress: progress::Shared) -> Result<(Self, Journal)> {
        let Folder { lock, mut journal } = Folder::open(&settings)?;
        refuse_ended(&journal)?;
        refuse_poolers(&settings).await?;
        let (source, there) = sides(&settings).await?;
        let target =
            found_or_made(&settings, &progress, &mut journal, (&source.0, &source.1), &there).await?;
        take_locks(&settings.run, &source.0, &source.1, &target).await?;
        let created = journal.makes_database();
        let row = claim(&settings.run, &source.1, &target, created, Some(&journal)).await?;
        let known = (row.epoch, row.database_created);
        Ok((Self::of(settings, progress, lock, source, target, known).await?, journal))
    }

    /// To abort or to finish: the target must know the run, and nothing is made. The run's row is absent where an
    /// earlier process has come so far as to take it away.
    pub async fn open_to_end(
        settings: Settings,
        Folder { lock, journal }: Folder,
        end: End,
    ) -> Result<(Self, Journal, Option<state::RunRow>)> {
        let (source, there) = sides(&settings).await?;
        let (target, is_there) = found_or_gone(&journal, &there, end).await?;
        take_locks(&settings.run, &source.0, &source.1, &target).await?;
        let row =
            if is_there { marked(&settings.run, &source.1, &target, &journal, end).await? } else { None };
        if let (None, Some(ending)) = (&row, journal.ending()) {
            refuse_other_server(ending.target_system, &target).await?;
        }
        let (epoch, created) = match (&row, journal.ending()) {
            (Some(row), _) => (row.epoch, row.database_created),
            (None, ending) => (journal.epoch() + 1, ending.is_none_or(|ending| ending.database_created)),
        };
        let progress = progress::Shared::default();
        let world = Self::of(settings, progress, lock, source, target, (epoch, created)).await?;
        Ok((world, journal, row))
    }

    async fn of(
        settings: Settings,
        progress: progress::Shared,
        lock: File,
        (source, source_database): (Client, Database),
        target: Client,
        (epoch, target_is_ours): (i32, bool),
    ) -> Result<Self> {
        for client in [&source, &target] {
            // an end that goes on after another may bear the same epoch
            database::end_other_sessions(client, &settings.run).await?;
        }
        Ok(Self {
            progress,
            source: Endpoint::new(settings.conninfo(Side::Source)?, &settings.run, epoch),
            target: Endpoint::new(settings.conninfo(Side::Target)?, &settings.run, epoch),
            source_database,
            source_version: source.version(),
            target_version: target.version(),
            target_is_ours,
            epoch,
            source_client: RefCell::new(Rc::new(source)),
            target_client: RefCell::new(Rc::new(target)),
            plan: RefCell::default(),
            builders: RefCell::default(),
            settings,
            _lock: lock,
        })
    }

    /// The programs that dump definitions.
    pub async fn tools(&self) -> Result<Tools> {
        Tools::find(&self.settings.tools, self.source_version, self.target_version).await
    }

    /// The source's connection for questions; made again if it was lost.
    pub async fn source_client(&self) -> Result<Rc<Client>> {
        let present = self.source_client.borrow().clone();
        if !present.is_closed() {
            return Ok(present);
        }
        let client = Rc::new(self.source.client().await?);
        lock_run(&client, &self.settings.run).await?;
        self.source_client.replace(client.clone());
        Ok(client)
    }

    /// The target's connection for questions; made again if it was lost.
    pub async fn target_client(&self) -> Result<Rc<Client>> {
        let present = self.target_client.borrow().clone();
        if !present.is_closed() {
            return Ok(present);
        }
        let client = Rc::new(self.target.client().await?);
        lock_run(&client, &self.settings.run).await?;
        self.target_client.replace(client.clone());
        Ok(client)
    }

    /// A connection to the target server that is not to the target database.
    pub async fn maintenance_client(&self) -> Result<Client> {
        self.target.database(MAINTENANCE).client().await
    }

    /// The name of the role that we are on the target.
    pub fn master(&self) -> &str {
        self.target.info().user()
    }

    /// The schema dump.
    pub fn dump_file(&self) -> PathBuf {
        self.settings.dir.join("schema.dump")
    }

    /// The fingerprint of the kept dump, if there is a dump.
    pub fn kept_fingerprint(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.catalog_file()).ok()?;
        let kept: Kept = serde_json::from_str(&text).ok()?;
        self.dump_file().exists().then_some(kept.fingerprint)
    }

    /// Keeps the catalog beside the dump, and reads the dump's entries.
    pub async fn keep_plan(&self, catalog: Catalog, fingerprint: String) -> Result<Rc<Plan>> {
        let entries = archive::read(&self.tools().await?, &self.dump_file(), &catalog.chosen).await?;
        self.keep(Plan { catalog, fingerprint, entries })
    }

    /// Keeps `plan` in the place of the present one.
    pub fn keep(&self, plan: Plan) -> Result<Rc<Plan>> {
        let kept = Kept { fingerprint: plan.fingerprint.clone(), catalog: plan.catalog.clone() };
        let text = serde_json::to_string(&kept).map_err(|error| self.io("write", &error))?;
        write_whole(&self.catalog_file(), text.as_bytes())?;
        let plan = Rc::new(plan);
        self.plan.replace(Some(plan.clone()));
        // what sessions compute with may be otherwise now
        self.builders.replace(None);
        Ok(plan)
    }

    /// Connections to the target that execute definitions.
    pub async fn builders(&self) -> Result<Arc<Pool>> {
        let settings = tuning::building(self.settings.jobs, &self.plan().await?.catalog.computing);
        let new = || Arc::new(Pool::new(self.target.clone(), settings));
        Ok(self.builders.borrow_mut().get_or_insert_with(new).clone())
    }

    /// The plan that an earlier step kept.
    pub async fn plan(&self) -> Result<Rc<Plan>> {
        if let Some(plan) = self.plan.borrow().clone() {
            return Ok(plan);
        }
        let text = std::fs::read_to_string(self.catalog_file()).map_err(|error| self.io("read", &error))?;
        let kept: Kept = serde_json::from_str(&text).map_err(|error| self.io("read", &error))?;
        let entries = archive::read(&self.tools().await?, &self.dump_file(), &kept.catalog.chosen).await?;
        let plan = Rc::new(Plan { catalog: kept.catalog, fingerprint: kept.fingerprint, entries });
        self.plan.replace(Some(plan.clone()));
        Ok(plan)
    }

    fn catalog_file(&self) -> PathBuf {
        self.settings.dir.join("catalog.json")
    }

    fn io(&self, verb: &str, cause: &dyn std::fmt::Display) -> Error {
        Error::new(Kind::Io, Side::Local, format!("{verb} {}", self.catalog_file().display())).because(cause)
    }
}

/// Writes a file so that it is either there whole or not at all.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(Kind::Io, Side::Local, format!("write {}", path.display())).because(error)
    };
    let next = path.with_extension("next");
    let mut file = File::create(&next).map_err(failed)?;
    std::io::Write::write_all(&mut file, bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&next, path).map_err(failed)?;
    path.parent().map_or(Ok(()), crate::journal::sync_folder)
}

/// Makes the folder if need be, and takes its lock: one process a run.
fn lock(dir: &Path) -> Result<File> {
    let failed = |error: std::io::Error| {
        Error::new(Kind::Io, Side::Local, format!("use the run's folder {}", dir.display())).because(error)
    };
    // a schema dump holds the passwords of user mappings
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
    let file =
        File::options().write(true).create(true).truncate(false).open(dir.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::new(Kind::Busy, Side::Local, "take up this run")
            .because(format!("another process on this machine works in {}", dir.display()))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

impl Folder {
    /// Takes the folder's lock, and finds that it is this run's or nobody's.
    pub fn open(settings: &Settings) -> Result<Self> {
        let lock = lock(&settings.dir)?;
        settings.keep(Journal::has_begun(&settings.dir))?;
        Ok(Self { lock, journal: Journal::open(&settings.dir, &settings.run)? })
    }
}

fn refuse_ended(journal: &Journal) -> Result<()> {
    let cause = match (journal.ended(), journal.ending()) {
        (Some(_), _) => "it was aborted or finished; name another --dir for a new one".to_owned(),
        (None, Some(ending)) => ending.end.interrupted(),
        (None, None) => return Ok(()),
    };
    Err(Error::new(Kind::Usage, Side::Local, "go on with this run").because(cause))
}

/// A connection to the source, what it is, and where the target is.
async fn sides(settings: &Settings) -> Result<((Client, Database), Endpoint)> {
    let source = Endpoint::new(settings.conninfo(Side::Source)?, &settings.run, 0).client().await?;
    let source_is = Database::read(&source).await?;
    Ok(((source, source_is), Endpoint::new(settings.conninfo(Side::Target)?, &settings.run, 0)))
}

/// The target, made like the source if it is absent, after everything that speaks against a copy.
async fn found_or_made(
    settings: &Settings,
    progress: &progress::Shared,
    journal: &mut Journal,
    (source, source_is): (&Client, &Database),
    there: &Endpoint,
) -> Result<Client> {
    let (found, is_absent) = match there.client().await {
        Err(error) if error.kind == Kind::DatabaseMissing => {
            (there.database(MAINTENANCE).client().await?, true)
        }
        other => (other?, false),
    };
    if is_absent {
        refuse_lost(journal, None)?;
    }
    refuse_unfit(settings, source, &found).await?;
    if is_standby(source).await? {
        progress.note(STANDBY.to_owned());
    }
    tell_choice(settings, progress, source).await?;
    // before anything is made: without the programs nothing can be copied
    Tools::find(&settings.tools, source.version(), found.version()).await?;
    if !is_absent {
        return Ok(found);
    }
    // a database without our mark is ours by this line alone
    journal.append(Event::DatabaseBegun)?;
    if let Err(error) = database::create(&found, there.info().database(), source_is).await {
        if error.server.is_some() {
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
async fn found_or_gone(journal: &Journal, there: &Endpoint, end: End) -> Result<(Client, bool)> {
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

/// The row of the run in a target that is to be ended, taken by this process; none if it was taken away already.
async fn marked(
    run: &str,
    source: &Database,
    target: &Client,
    journal: &Journal,
    end: End,
) -> Result<Option<state::RunRow>> {
    let owner = state::owner(target).await?;
    match owner {
        state::Owner::Run(row) if journal.ending().is_some_and(|ending| row.epoch < ending.epoch) => {
            let cause = format!("a newer run {:?} works in the target: this one's was taken away", row.name);
            Err(Error::new(Kind::TargetLost, Side::Target, "go on ending this run").because(cause))
        }
        state::Owner::Run(_) => {
            // what is not whole is taken back, but not called whole
            let remembered = (end == End::Finish).then_some(journal);
            claim(run, source, target, false, remembered).await.map(Some)
        }
        _ if journal.ending().is_some() => Ok(None),
        state::Owner::Empty if end == End::Abort && journal.makes_database() => {
            claim(run, source, target, true, None).await.map(Some)
        }
        _ => {
            refuse_lost(journal, None)?;
            Err(Error::new(Kind::Usage, Side::Target, "take up this run")
                .because("the target holds nothing of pgferry's"))
        }
    }
}

/// Refuses to go on where the target has forgotten what the journal remembers.
fn refuse_lost(journal: &Journal, row: Option<&state::RunRow>) -> Result<()> {
    if !journal.has_succeeded() {
        return Ok(());
    }
    let cause = match row {
        None => "the target holds no mark of this run, whose journal says that steps were done: it was dropped, \
                 emptied or made anew since"
            .to_owned(),
        Some(row) if row.epoch < journal.epoch() => format!(
            "its mark is that of process {}, the journal's that of process {}: it was restored from an earlier state",
            row.epoch,
            journal.epoch()
        ),
        Some(row) if row.attempt == 0 && journal.is_done(Step::Rows) => {
            "it says that no copy was begun, the journal that all rows are in: it was restored from an earlier state"
                .to_owned()
        }
        Some(_) => return Ok(()),
    };
    Err(Error::new(Kind::TargetLost, Side::Target, "go on with this run").because(cause))
}

/// What is absent proves nothing on another server.
async fn refuse_other_server(expected: i64, target: &Client) -> Result<()> {
    if Database::read(target).await?.system_identifier == expected {
        return Ok(());
    }
    let cause = "it is on another server than the one on which this run's end was begun";
    Err(Error::new(Kind::TargetLost, Side::Target, "go on ending this run").because(cause))
}

/// Refuses sides that are poolers; a target database may still be missing.
pub async fn refuse_poolers(settings: &Settings) -> Result<()> {
    for side in [Side::Source, Side::Target] {
        let info = settings.conninfo(side)?;
        let behind = match Behind::look(&info).await {
            Err(error) if error.kind == Kind::DatabaseMissing && side == Side::Target => {
                Behind::look(&info.with_database(MAINTENANCE)).await?
            }
            other => other?,
        };
        behind.direct(side)?;
    }
    Ok(())
}

/// Refuses servers between which nothing can be copied.
async fn refuse_unfit(settings: &Settings, source: &Client, target: &Client) -> Result<()> {
    refuse_untested(source, settings.untested_version)?;
    refuse_untested(target, settings.untested_version)?;
    refuse_older(source, target)?;
    refuse_standby(target).await?;
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

/// Our own schema is never carried: one of that name that is not ours would be lost without a word.
async fn refuse_namesake(source: &Client) -> Result<()> {
    let sql = "select pg_catalog.to_regnamespace('pgferry') is not null and pg_catalog.to_regclass('pgferry.run') is null";
    if !source.one("look for a schema with our name", sql, &[]).await?.get::<_, bool>(0) {
        return Ok(());
    }
    let cause = "it has a schema pgferry that is not ours, and which would not be carried: rename it";
    Err(Error::new(Kind::Unsupported, Side::Source, "use this source").because(cause))
}

/// What is said of a source that is one.
const STANDBY: &str = "the source is a standby: it is copied as far as it has followed its primary, and it may cancel what we \
                       read (hot_standby_feedback = on there keeps it from that)";

async fn is_standby(client: &Client) -> Result<bool> {
    Ok(client.one("ask whether it is a standby", "select pg_catalog.pg_is_in_recovery()", &[]).await?.get(0))
}

async fn refuse_standby(target: &Client) -> Result<()> {
    if !is_standby(target).await? {
        return Ok(());
    }
    let cause = "it is a standby, where nothing can be written: name its primary";
    Err(Error::new(Kind::Unsupported, Side::Target, "use this target").because(cause))
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

const LOCK: &str = "select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('pgferry/' || $1, 0))";

/// Session locks on both servers: a second process on the same run, and a target that is the source, meet them.
async fn take_locks(run: &str, source: &Client, source_is: &Database, target: &Client) -> Result<()> {
    lock_run(source, run).await?;
    let target_is = Database::read(target).await?;
    let taken: bool = target.one("lock the run on the target", LOCK, &[&run]).await?.get(0);
    if taken {
        return Ok(());
    }
    if (target_is.system_identifier, &target_is.name) == (source_is.system_identifier, &source_is.name) {
        return Err(Error::new(Kind::SameDatabase, Side::Target, "use this target")
            .because("it is the source: the lock that we hold there met itself"));
    }
    lock_run(target, run).await
}

/// Takes the session lock; an earlier process that has just ended may still hold it for a moment.
async fn lock_run(client: &Client, run: &str) -> Result<()> {
    let deadline = tokio::time::Instant::now() + limits::LOCK_PATIENCE;
    loop {
        if client.one("lock the run", LOCK, &[&run]).await?.get(0) {
            return Ok(());
        }
        if deadline < tokio::time::Instant::now() {
            return Err(Error::new(Kind::Busy, client.side(), "take up this run")
                .because("another process holds the run's lock on this server"));
        }
        tokio::time::sleep(limits::POLL_PAUSE).await;
    }
}

/// Refuses a target that is not empty and not this run's, or has forgotten what a journal remembers; raises the epoch of
/// one that is.
async fn claim(
    run: &str,
    source: &Database,
    target: &Client,
    created: bool,
    remembered: Option<&Journal>,
) -> Result<state::RunRow> {
    let refuse_lost = |row| remembered.map_or(Ok(()), |journal| refuse_lost(journal, row));
    match state::owner(target).await? {
        state::Owner::Empty => refuse_lost(None)?,
        state::Owner::Run(row)
            if row.name == run
                && row.source_system == source.system_identifier
                && row.source_database == source.name =>
        {
            refuse_lost(Some(&row))?;
        }
        state::Owner::Run(row) => {
            let cause = format!(
                "it belongs to run {:?}, which copies database {:?} of another cluster or under another name",
                row.name, row.source_database
            );
            return Err(Error::new(Kind::TargetNotEmpty, Side::Target, "use this target").because(cause));
        }
        state::Owner::Stranger(objects) => {
            refuse_lost(None)?;
            let some = objects.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
            let cause = format!("it holds {} things that pgferry did not make: {some}", objects.len());
            return Err(Error::new(Kind::TargetNotEmpty, Side::Target, "use this target").because(cause));
        }
    }
    let row = state::RunRow {
        name: run.to_owned(),
        source_system: source.system_identifier,
        source_database: source.name.clone(),
        database_created: created,
        roles_created: vec![],
        rights_before: database::rights(target, &Database::read(target).await?.name).await?,
        epoch: 0,
        attempt: 0,
    };
    state::claim(target, &row, env!("CARGO_PKG_VERSION")).await
}
