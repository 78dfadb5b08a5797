//! What a phase works on: the two databases, the run's folder, and the connections that mark them as ours.

mod claim;
pub mod fit;
mod sides;

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
    pg::{
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

use self::{
    claim::{claim, lock_run, marked, take_locks},
    sides::{Known, found_or_gone, found_or_made, sides},
};
use crate::{
    journal::{End, Journal},
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
    /// The target's; where that is gone, those of another database of its server.
    pub target_database: Database,
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
        let sight = fit::look(&settings).await?;
        let (source, there) = sides(&settings).await?;
        let target = found_or_made(&settings, &progress, &mut journal, &sight, &source, &there).await?;
        let target_is = take_locks(&settings.run, &source, &target).await?;
        let created = journal.makes_database();
        let row = claim(&settings.run, &source.1, (&target, &target_is), created, Some(&journal)).await?;
        let known = (row.epoch, row.database_created);
        Ok((Self::of(settings, progress, lock, source, (target, target_is), known).await?, journal))
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
        let target_is = take_locks(&settings.run, &source, &target).await?;
        let row = if is_there {
            marked(&settings.run, &source.1, (&target, &target_is), &journal, end).await?
        } else {
            None
        };
        // what is absent proves nothing on another server
        if let (None, Some(ending)) = (&row, journal.ending())
            && ending.target_system != target_is.system_identifier
        {
            let cause = "it is on another server than the one on which this run's end was begun";
            return Err(Error::new(Kind::TargetLost, Side::Target, "go on ending this run").because(cause));
        }
        let (epoch, created) = match (&row, journal.ending()) {
            (Some(row), _) => (row.epoch, row.database_created),
            (None, ending) => (journal.epoch() + 1, ending.is_none_or(|ending| ending.database_created)),
        };
        let progress = progress::Shared::default();
        let target = (target, target_is);
        let world = Self::of(settings, progress, lock, source, target, (epoch, created)).await?;
        Ok((world, journal, row))
    }

    async fn of(
        settings: Settings,
        progress: progress::Shared,
        lock: File,
        (source, source_database): Known,
        (target, target_database): Known,
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
            target_database,
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
