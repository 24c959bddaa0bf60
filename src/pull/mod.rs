//! Pulling a snapshot: exports of the source tables, normalised to the contract, month by month.
//!
//! A pull may be killed at any moment. Month files are named for their contents and never changed, the manifest is written
//! last, and what it does not name is no part of the snapshot: so until the very rename of the new manifest the snapshot is
//! the one from before, and what a killed pull left is found and used, or swept away, by the next. Files that only the
//! manifest before names are kept until the pull after, for those who have opened it.
//!
//! It reads what is new, and keeps what is gone from the source (specification: snapshot, "Pulling", "On disk").

pub mod disk;
mod lock;
mod merge;
mod plan;
mod report;
mod source;
mod sweep;

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Days, NaiveDate, Utc};

pub use report::{Gone, Misfits, Outcome, PullReport, TableReport, Twin};
#[cfg(feature = "clouds")]
pub use source::remote;
pub use source::{Exports, Listing, Mapping, Names, Part, PartColumns, Source, open};

use crate::dates::{DateRange, Day};
use crate::error::{Error, PullError, RequestError, Result, SnapshotError};
use crate::formats::SCHEMA_VERSION;
use crate::snapshot::calendar::Season;
use crate::snapshot::contract::{self, Table};
use crate::snapshot::manifest::{self, Manifest, TableEntry};
use crate::snapshot::month::Month;
use crate::snapshot::{TABLES, read_manifest};
use disk::Disk;
use lock::Lock;
use merge::Room;
use plan::TablePlan;

/// The most bytes of memory for rows that wait for their month, of all tables that are pulled at once.
const BUDGET: usize = 64 << 20;

/// The part of the memory there is that they may take.
const OF_MEMORY: usize = 4;

/// What a pull is asked for.
pub struct Request {
    pub source: Box<dyn Source>,
    /// The folder of the snapshot; made where it is not there.
    pub target: PathBuf,
    /// None: all that the source has. What the snapshot has of others stays.
    pub tables: Option<Vec<&'static Table>>,
    /// What the snapshot has of other dates stays.
    pub dates: DateRange,
    /// Parts that reach into this many days before the newest date are looked at however unchanged they seem.
    pub refresh: Days,
    /// Stop at the first value that does not fit the contract.
    pub strict: bool,
    /// Whether rows, columns and tables that the source does not have any more go from the snapshot too; they are kept
    /// otherwise.
    pub accept_gone: bool,
    /// Whether the source is the one that the snapshot was pulled from, at another place.
    pub moved: bool,
    /// Tables at once.
    pub jobs: NonZeroUsize,
    /// The most bytes of memory that rows may take, of all tables that are pulled at once.
    pub memory: u64,
    pub now: DateTime<Utc>,
    pub disk: Box<dyn Disk>,
    /// Is told how many bytes of the source there are to read, then as they are read.
    pub progress: Box<dyn Fn(Progress) + Send + Sync>,
}

/// How far a pull is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    ToRead(u64),
    Read(u64),
}

/// Pulls what is new in the source into the snapshot.
///
/// # Errors
/// A table that is asked for or required is missing from the source, a file of it cannot be read or does not keep the
/// contract, another pull is at work, or the snapshot cannot be written: it is the one from before then.
pub async fn pull(request: Request) -> Result<PullReport> {
    blocking(move || request.pull()).await
}

/// What [`pull`] would read, without writing anything.
///
/// # Errors
/// As far as [`pull`] has them before it reads a table.
pub async fn dry_run(request: Request) -> Result<PullReport> {
    blocking(move || request.dry_run()).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::Task)?
}

/// What is to be done.
struct Plan {
    tables: Vec<TablePlan>,
    unknown: Vec<String>,
    unread: Vec<String>,
    /// Tables of the plan that are not in the source any more.
    gone: Vec<&'static str>,
    notes: Vec<String>,
    /// What stands behind the bytes to read.
    bytes_are: Option<&'static str>,
}

impl Request {
    fn pull(&self) -> Result<PullReport> {
        self.ensure_target_is_sound()?;
        let listing = self.source.tables()?;
        // Once before a folder is made for it, and once when nobody else can change what is there.
        let (listing, _) = self.wanted(listing, read_manifest(&self.target)?.as_ref())?;
        self.make_target()?;
        let _lock = Lock::take(&self.target, self.now)?;
        let before = read_manifest(&self.target)?;
        let (listing, wanted) = self.wanted(listing, before.as_ref())?;
        let plan = self.plan(listing, &wanted, before.as_ref())?;
        (self.progress)(Progress::ToRead(plan.tables.iter().map(bytes_to_read).sum()));
        let pulled = self.tables_of(&plan.tables, before.as_ref())?;
        let mut tables = before.as_ref().map(|before| before.tables.clone()).unwrap_or_default();
        let dates_empty = self.are_dates_empty(&pulled)?;
        if dates_empty && before.is_none() {
            return self.report_of_nothing(pulled, &plan);
        }
        let mut reports = Vec::new();
        for (entry, report) in pulled {
            let is_gone = self.accept_gone && plan.gone.contains(&report.table.as_str());
            let has_gone = entry.pulled.as_ref().is_some_and(|pulled| !pulled.gone.is_empty());
            match is_gone && entry.files.is_empty() && !has_gone {
                true => drop(tables.remove(&report.table)),
                false => drop(tables.insert(report.table.clone(), entry)),
            }
            reports.push(report);
        }
        let manifest = self.manifest(tables);
        self.publish(&manifest)?;
        let left = sweep::sweep(self.disk.as_ref(), &self.target, [Some(&manifest), before.as_ref()]);
        let unchanged = before.as_ref().is_some_and(|before| before.id == manifest.id);
        let mut report = self.report(reports, &plan, &manifest.tables);
        (report.id, report.unchanged, report.dates_empty) = (Some(manifest.id.clone()), unchanged, dates_empty);
        report.notes.extend(left);
        if let Some(before) = before.filter(|before| before.pulled_at > self.now) {
            let earlier = manifest::text(&before.pulled_at);
            report.notes.push(format!("the clock is behind: by it, the pull before was still to come ({earlier})"));
        }
        Ok(report)
    }

    fn dry_run(&self) -> Result<PullReport> {
        self.ensure_target_is_sound()?;
        let listing = self.source.tables()?;
        let before = read_manifest(&self.target)?;
        let (listing, wanted) = self.wanted(listing, before.as_ref())?;
        let plan = self.plan(listing, &wanted, before.as_ref())?;
        let entry = |plan: &TablePlan| before.as_ref().and_then(|before| before.tables.get(plan.table.name));
        let planned = |plan: &TablePlan| {
            let parts: Vec<&Part> = plan.parts.iter().filter(|part| part.is_read).map(|part| &part.part).collect();
            let bytes = if parts.is_empty() { 0 } else { self.source.bytes_to_read(plan.table, &parts, self.dates)? };
            let let_go = self.accept_gone.then_some(self.dates);
            Ok(TableReport { bytes_read: bytes, ..TableReport::planned(plan, entry(plan), let_go) })
        };
        let reports = plan.tables.iter().map(planned).collect::<Result<Vec<_>>>()?;
        let mut tables = before.as_ref().map(|before| before.tables.clone()).unwrap_or_default();
        for plan in &plan.tables {
            tables.entry(plan.table.name.to_owned()).or_insert_with(nothing);
        }
        if self.accept_gone && self.dates == DateRange::default() {
            plan.gone.iter().for_each(|name| drop(tables.remove(*name)));
        }
        let mut report = PullReport { dry_run: true, ..self.report(reports, &plan, &tables) };
        report.notes.extend(plan.bytes_are.map(str::to_owned));
        Ok(report)
    }

    /// Refuses a folder that is something else than a snapshot.
    fn ensure_target_is_sound(&self) -> Result<()> {
        let refused = |reason: &str| {
            Error::Pull(PullError::NoPlaceForSnapshot { path: self.target.clone(), reason: reason.to_owned() })
        };
        if self.target.exists() && !self.target.is_dir() {
            return Err(refused("it is a file"));
        }
        let same = |path: &Path| path.canonicalize().is_ok_and(|path| path == Path::new(self.source.name()));
        if same(&self.target) {
            return Err(refused("it is the source"));
        }
        let has_manifest = self.target.join(manifest::FILE_NAME).exists();
        let there = self.target.read_dir().into_iter().flatten().flatten();
        let names = there.map(|entry| entry.file_name()).filter(|_| !has_manifest);
        match names.filter(|name| name.to_str().is_some_and(source::is_of_a_table)).min() {
            Some(export) => Err(refused(&format!("it has exports in it ({})", export.display()))),
            None => Ok(()),
        }
    }

    /// Makes the snapshot's folder, and sees to it that it is there after a loss of power.
    fn make_target(&self) -> Result<()> {
        if self.target.is_dir() {
            return Ok(());
        }
        let failed = |error: std::io::Error| disk::failed(&self.target, error);
        let first_missing = self.target.ancestors().take_while(|folder| !folder.is_dir()).last();
        let parent = first_missing.and_then(Path::parent).filter(|parent| !parent.as_os_str().is_empty());
        self.disk.create_folder(&self.target).map_err(failed)?;
        self.disk.sync(parent.unwrap_or(Path::new("."))).map_err(failed)
    }

    /// Finds out what there is to do.
    fn plan(&self, listing: Listing, wanted: &[&'static Table], before: Option<&Manifest>) -> Result<Plan> {
        if let Some(unread) = listing.unread.first().filter(|_| self.accept_gone) {
            let reason = format!("is not asked to let go while a file cannot be read: {unread}");
            return Err(
                RequestError::BadArgument { what: "source", value: self.source.name().to_owned(), reason }.into()
            );
        }
        if let Some(reason) = before.and_then(|before| before.defect(Some(&self.target))) {
            let file = self.target.join(manifest::FILE_NAME).display().to_string();
            return Err(SnapshotError::BadManifest { file, reason: reason.into() }.into());
        }
        for table in wanted {
            if let Some(entry) = before.and_then(|before| before.tables.get(table.name)) {
                self.ensure_same_source(table, entry)?;
            }
        }
        let newest =
            before.into_iter().flat_map(|before| before.tables.values()).filter_map(|entry| entry.max_date).max();
        let since: Option<NaiveDate> = newest.and_then(|newest| newest.0.checked_sub_days(self.refresh));
        let mut plans = Vec::new();
        for table in wanted {
            let entry = before.and_then(|before| before.tables.get(table.name));
            let known = entry.and_then(|entry| entry.pulled.as_ref()).map_or(&[][..], |pulled| &pulled.parts);
            let parts = listing.parts(table).unwrap_or_default();
            let mut plan = plan::plan(self.source.as_ref(), table, parts, known, self.dates, since)?;
            if before.is_some_and(|before| before.format_version < manifest::ALL_NUMBERED_SINCE) {
                plan.look_for_numbered(self.source.as_ref(), entry)?;
            }
            plans.push(plan);
        }
        let gone = wanted.iter().filter(|table| listing.parts(table).is_none()).map(|table| table.name).collect();
        Ok(Plan {
            tables: plans,
            unknown: listing.unknown,
            unread: listing.unread,
            gone,
            notes: listing.notes,
            bytes_are: listing.bytes_are,
        })
    }

    /// The listing, and the tables to pull, in contract order: those that the source has, and those that it had when the snapshot was pulled.
    ///
    /// # Errors
    /// One that is asked for or required is neither, or it is required and would be let go of. That a source has nothing at
    /// all is no loss of its tables: it is another place.
    fn wanted(&self, listing: Listing, before: Option<&Manifest>) -> Result<(Listing, Vec<&'static Table>)> {
        let asked = |table: &Table| self.tables.as_ref().is_none_or(|asked| asked.iter().any(|t| t.name == table.name));
        let is_needed = |table: &Table| table.required || self.tables.is_some();
        let is_somewhere_else = listing.tables.is_empty() && (self.tables.is_none() || self.accept_gone);
        let was_there = |table: &Table| {
            let pulled = before.and_then(|before| before.tables.get(table.name)?.pulled.as_ref());
            !is_somewhere_else && pulled.is_some_and(|pulled| self.is_of_source(&pulled.source))
        };
        let is_there = |table: &Table| listing.parts(table).is_some();
        let must_be_there = |table: &Table| !was_there(table) || (table.required && self.accept_gone);
        let wanted = || TABLES.iter().filter(|table| asked(table));
        let tables = wanted().filter(|table| is_there(table) || was_there(table)).collect();
        match wanted().find(|table| is_needed(table) && !is_there(table) && must_be_there(table)) {
            Some(table) => Err(listing.missing(self.source.name(), table)),
            None => Ok((listing, tables)),
        }
    }

    fn is_of_source(&self, name: &str) -> bool {
        self.moved || name == self.source.name()
    }

    /// The rows of a table come from one source: what two have of the same month could not be told apart.
    fn ensure_same_source(&self, table: &'static Table, entry: &TableEntry) -> Result<()> {
        let wanted = self.source.name();
        let reason = match &entry.pulled {
            Some(pulled) if self.is_of_source(&pulled.source) => return Ok(()),
            Some(pulled) => format!("is from {}, not from {wanted}", pulled.source),
            None => "was made and not pulled".to_owned(),
        };
        let advice = if entry.pulled.is_some() { ", or say --moved if that is where its source lies now" } else { "" };
        Err(PullError::OtherSource { path: self.target.clone(), table: table.name, reason, advice }.into())
    }

    /// Pulls every table, several at once, the largest first; in the order of `plans`.
    fn tables_of(&self, plans: &[TablePlan], before: Option<&Manifest>) -> Result<Vec<(TableEntry, TableReport)>> {
        let workers = self.jobs.get().min(plans.len()).max(1);
        let memory = usize::try_from(self.memory).unwrap_or(usize::MAX);
        let progress = |bytes| (self.progress)(Progress::Read(bytes));
        let context = merge::Context {
            source: self.source.as_ref(),
            target: &self.target,
            disk: self.disk.as_ref(),
            dates: self.dates,
            strict: self.strict,
            accept_gone: self.accept_gone,
            now: self.now,
            budget: BUDGET.min(memory / OF_MEMORY) / workers,
            room: Room { memory: self.memory, share: memory / workers },
            progress: &progress,
        };
        let mut order: Vec<usize> = (0..plans.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(bytes_to_read(&plans[*at])));
        let queue = Mutex::new(VecDeque::from(order));
        let done = Mutex::new(BTreeMap::new());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || {
            while let Some(at) = next() {
                let plan = &plans[at];
                let entry = before.and_then(|before| before.tables.get(plan.table.name));
                let outcome = merge::pull(&context, plan, entry);
                if outcome.is_err() {
                    queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                }
                done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, outcome);
            }
        };
        std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
        done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }

    /// Whether dates were asked for and neither the source nor the snapshot has a row of them.
    fn are_dates_empty(&self, pulled: &[(TableEntry, TableReport)]) -> Result<bool> {
        if self.dates == DateRange::default() {
            return Ok(false);
        }
        let mut is_asked = false;
        for (entry, report) in pulled {
            let Some(table) = contract::table(&report.table).filter(|table| table.is_dated()) else { continue };
            is_asked = true;
            if report.rows_read > 0 || self.has_rows(table, entry)? {
                return Ok(false);
            }
        }
        Ok(is_asked)
    }

    /// Whether the snapshot has rows of the wanted dates of a dated table.
    fn has_rows(&self, table: &'static Table, entry: &TableEntry) -> Result<bool> {
        for file in &entry.files {
            let Some(month) = Month::of_file(&file.path) else { continue };
            if self.dates.overlap(month.dates()).is_none() {
                continue;
            }
            let dates = merge::dates_of(&self.target, table, file)?;
            if dates.into_iter().any(|date| self.dates.contains(date)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn manifest(&self, tables: BTreeMap<String, TableEntry>) -> Manifest {
        let months = tables.values().flat_map(|table| &table.files).filter_map(|file| Month::of_file(&file.path));
        let seasons = months.filter_map(Month::first_day).map(Season::of);
        let seasons = seasons.map(|season| (season.name(), Day(season.opening_night()))).collect();
        let mut sources: Vec<&str> =
            tables.values().filter_map(|table| table.pulled.as_ref()).map(|pulled| pulled.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        Manifest {
            format_version: manifest::FORMAT_VERSION,
            id: Manifest::id_of(&tables),
            source: sources.join(", "),
            pulled_at: self.now,
            seasons,
            tables,
        }
    }

    /// Makes the new snapshot the one that is read, by a single rename.
    fn publish(&self, manifest: &Manifest) -> Result<()> {
        let text = manifest.text()?;
        let sync = || self.disk.sync(&self.target).map_err(|error| disk::failed(&self.target, error));
        // The tables' folders first: the manifest must not be there without them.
        sync()?;
        disk::publish(self.disk.as_ref(), &self.target.join(manifest::FILE_NAME), text.as_bytes())?;
        sync()
    }

    /// The report of a pull of dates without a row that would be the first. Files that it wrote, of tables without dates, go.
    fn report_of_nothing(&self, pulled: Vec<(TableEntry, TableReport)>, plan: &Plan) -> Result<PullReport> {
        for file in pulled.iter().flat_map(|(entry, _)| &entry.files) {
            let path = self.target.join(&file.path);
            self.disk.remove(&path).map_err(|error| disk::failed(&path, error))?;
        }
        let reports = pulled.into_iter().map(|(_, report)| report).collect();
        Ok(PullReport { dates_empty: true, ..self.report(reports, plan, &BTreeMap::new()) })
    }

    fn report(&self, tables: Vec<TableReport>, plan: &Plan, held: &BTreeMap<String, TableEntry>) -> PullReport {
        let mut notes = plan.notes.clone();
        let (kept, let_go): (Vec<&str>, Vec<&str>) = plan.gone.iter().partition(|name| held.contains_key(**name));
        notes.extend(let_go.iter().map(|name| format!("{name} is not in the source any more; it is let go of")));
        if !plan.unknown.is_empty() {
            let first = plan.unknown.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            let more = plan.unknown.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            notes.push(format!("of no table, not pulled: {first}{more}"));
        }
        let missing: Vec<&Table> = TABLES.iter().filter(|table| !held.contains_key(table.name)).collect();
        let required: Vec<&str> = missing.iter().filter(|table| table.required).map(|table| table.name).collect();
        if !required.is_empty() {
            notes.push(format!("no snapshot to replay yet: missing {}", required.join(", ")));
        }
        let is_empty =
            |table: &&Table| held.get(table.name).is_some_and(|entry| entry.pulled.is_some() && entry.rows == 0);
        let empty = TABLES.iter().filter(|table| table.required).filter(is_empty);
        PullReport {
            schema_version: SCHEMA_VERSION,
            source: self.source.name().to_owned(),
            snapshot: self.target.display().to_string(),
            dry_run: false,
            accept_gone: self.accept_gone,
            id: None,
            unchanged: false,
            tables,
            missing: missing.iter().map(|table| table.name.to_owned()).collect(),
            tables_kept: kept.into_iter().map(str::to_owned).collect(),
            tables_empty: empty.map(|table| table.name.to_owned()).collect(),
            unread: plan.unread.clone(),
            dates_empty: false,
            notes,
        }
    }
}

fn bytes_to_read(plan: &TablePlan) -> u64 {
    plan.parts.iter().filter(|part| part.is_read).map(|part| part.part.size).sum()
}

/// What a dry run knows of a table that is not there yet.
fn nothing() -> TableEntry {
    TableEntry { columns: Vec::new(), rows: 0, min_date: None, max_date: None, files: Vec::new(), pulled: None }
}
