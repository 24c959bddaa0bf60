//! Frozen decisions: one slate's decision with everything it rests on, in a file that replays without a snapshot.
//!
//! A frozen decision is one record: who froze what, seen from when ([`Head`]), the decision document, every candidate with
//! what became of it ([`CANDIDATES`]), and of each table that a decision reads ([`inputs`]) the rows that this one could
//! see, as `queries/freeze/` selects them. A table or column that the snapshot does not have is not in the file either:
//! missing and empty stay two things. What came of the bets is not in it, since no decision sees it.
//!
//! # The file
//!
//! A Parquet file has the record as its one row: a table is a column that is a list of structs, typed as the contract is.
//! One file so has tables of different columns, which every Parquet reader opens (DuckDB: `SELECT unnest(prediction_accuracy,
//! recursive := true) FROM 'x.parquet'`), and files of many slates together are a table of decisions. A JSON file is the
//! same record as an object, a row of a table a line, for reading and comparing. Parquet is the default: its types are
//! exact by themselves, and it is 9 to 30 times smaller.
//!
//! `checksum` is the SHA-256 of the JSON form with zeros in its place, whichever form is written: the same decision has
//! the same checksum in both.

mod differences;
mod json;
mod parquet;
mod reach;
mod rows;

use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use datafusion::arrow::array::{AsArray, RecordBatch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use differences::{Change, Difference};
pub use json::FrozenDecision;
pub use rows::{CANDIDATES, inputs};

use crate::document;
use crate::engine::{AsOf, Slate};
use crate::error::{Error, FileError, FreezeError, Reason, RequestError, Result};
use crate::file;
use crate::replay::{Dates, Replay, Request};
use crate::snapshot::guard::guarded;
use crate::snapshot::{Origin, Snapshot, Table, manifest};
use crate::version::{self, SOURCE_WEIGHT, Version};
use reach::Reach;

/// What marks the file of a frozen decision.
pub const FORMAT: &str = "reslate frozen decision";
/// The newest layout, which this program reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// What is in place of the checksum while it is computed.
const NO_CHECKSUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a frozen decision says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Head {
    /// Always "reslate frozen decision".
    pub format: String,
    pub format_version: u32,
    /// SHA-256 of the JSON form with 64 zeros in place of the checksum.
    pub checksum: String,
    /// The version of the program that froze it.
    pub reslate: String,
    /// The slate's date.
    pub date: String,
    /// What had been written by then counted (UTC, without a time zone); null: everything the snapshot held.
    pub as_of: Option<String>,
    /// The version_id of the subset picks that are attached.
    pub subset_version: Option<String>,
    /// The hash over the snapshot's contents; null for a plain folder, which has none.
    pub snapshot_id: Option<String>,
    /// Where the snapshot was pulled from.
    pub snapshot_source: Option<String>,
    /// RFC 3339, UTC.
    pub snapshot_pulled_at: Option<String>,
    /// The id of the version that decided.
    pub version: String,
    /// The version resolved: a version file that states all of it.
    pub version_file: String,
    /// The parameters and lists of the version that options of the command line changed, joined by commas.
    pub changed: String,
    /// The optional columns that the snapshot did not have, as TABLE.COLUMN, joined by commas.
    pub absent_columns: String,
}

/// A frozen decision.
#[derive(Debug, Clone)]
pub struct Frozen {
    head: Head,
    /// The decision document as JSON.
    decision: String,
    candidates: RecordBatch,
    /// In the order of [`inputs`].
    tables: Vec<(&'static Table, RecordBatch)>,
}

/// How a frozen decision is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// One row, a column a table
    Parquet,
    /// One object, a line a row
    Json,
}

/// Freezes the decision about the one slate that `request` asks for.
///
/// # Errors
/// Several slates or versions are asked for, or as for [`Replay::open`] and [`Replay::decisions`].
pub async fn freeze(snapshot: &Snapshot, request: Request) -> Result<Frozen> {
    let requested = request.versions.clone();
    ensure_no_training_ends(&requested)?;
    let replay = Replay::open(snapshot, request).await?;
    let ([slate], [decides]) = (replay.slates.as_slice(), replay.versions.as_slice()) else {
        return Err(Error::Engine("a frozen decision is of one slate by one version".into()));
    };
    // As requested: the combo registry of a snapshot that has one is frozen as a table.
    let version = requested.iter().find(|version| version.id == decides.id).unwrap_or(decides);
    let (decision, candidates) = decided(&replay, snapshot).await?;
    let tables = rows::gather(&replay, snapshot).await?;
    let manifest = snapshot.manifest();
    let head = Head {
        format: FORMAT.to_owned(),
        format_version: FORMAT_VERSION,
        checksum: NO_CHECKSUM.to_owned(),
        reslate: env!("CARGO_PKG_VERSION").to_owned(),
        date: slate.game_date.to_string(),
        as_of: slate.as_of.map(|moment| moment.format(MOMENT).to_string()),
        subset_version: slate.subset_version.clone(),
        snapshot_id: manifest.map(|manifest| manifest.id.clone()),
        snapshot_source: manifest.map(|manifest| manifest.source.clone()),
        snapshot_pulled_at: snapshot.pulled_at().as_ref().map(manifest::text),
        version: version.id.clone(),
        version_file: version::whole_as_toml(version)?,
        changed: version::changed_by_options(version).join(","),
        absent_columns: rows::absent_columns(snapshot)?.join(","),
    };
    let mut frozen = Frozen { head, decision, candidates, tables };
    frozen.head.checksum = frozen.checksum()?;
    Ok(frozen)
}

/// How moments without a time zone are written.
const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.f";

/// The one document of a replay, as JSON, and its candidates.
async fn decided(replay: &Replay, snapshot: &Snapshot) -> Result<(String, RecordBatch)> {
    let documents = document::documents(replay, snapshot).await?;
    let [document] = documents.as_slice() else {
        return Err(Error::Engine(format!("{} decision documents of one slate", documents.len()).into()));
    };
    Ok((document.json()?.trim_end().to_owned(), rows::candidates(replay).await?))
}

impl Frozen {
    /// Reads the bytes of a frozen decision in either form; `path` is their name in messages.
    ///
    /// # Errors
    /// They are none, of a newer layout, or damaged.
    pub fn read(path: &Path, bytes: &[u8]) -> Result<Frozen> {
        let frozen = guarded(
            |reason| damaged(path, reason),
            || match bytes {
                [b'P', b'A', b'R', b'1', ..] => parquet::read(path, bytes),
                _ => json::read(path, bytes),
            },
        )?;
        frozen.version().map_err(|error| damaged(path, error))?;
        frozen.parsed(path)?;
        Ok(frozen)
    }

    /// Reads a frozen decision from its file.
    ///
    /// # Errors
    /// The file cannot be read, or as for [`Frozen::read`].
    pub fn open(path: &Path) -> Result<Frozen> {
        let bytes =
            file::read(path).map_err(|error| FileError::Input { path: path.to_owned(), reason: error.into() })?;
        Frozen::read(path, &bytes)
    }

    /// Its file's bytes.
    ///
    /// # Errors
    /// None for a decision that was frozen or read.
    pub fn bytes(&self, form: Form) -> Result<Vec<u8>> {
        match form {
            Form::Parquet => parquet::bytes(self),
            Form::Json => Ok(json::text(self, &self.head.checksum)?.into_bytes()),
        }
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The decision document, as JSON.
    pub fn decision(&self) -> &str {
        &self.decision
    }

    /// Every candidate and what became of it; columns as [`CANDIDATES`] has them.
    pub fn candidates(&self) -> &RecordBatch {
        &self.candidates
    }

    /// How many of the candidates are picks.
    pub fn picks(&self) -> usize {
        self.candidates.column_by_name("selected").map_or(0, |selected| selected.as_boolean().true_count())
    }

    /// The frozen tables, in the order of [`inputs`].
    pub fn tables(&self) -> &[(&'static Table, RecordBatch)] {
        &self.tables
    }

    fn checksum(&self) -> Result<String> {
        Ok(manifest::sha256(json::text(self, NO_CHECKSUM)?.as_bytes()))
    }

    /// The version that decided.
    ///
    /// # Errors
    /// It states what this program does not know.
    pub fn version(&self) -> Result<Version> {
        let mut version = version::from_whole_toml(&self.head.version_file, "its version")?;
        version::note_options(&mut version, &names(&self.head.changed));
        Ok(version)
    }

    /// The slate's date and what the texts of the head say, which are a user's to change.
    fn parsed(&self, path: &Path) -> Result<Parsed> {
        let bad = |what: &str| damaged(path, format!("its {what} cannot be read"));
        let moment = |text: &String| NaiveDateTime::parse_from_str(text, MOMENT).map_err(|_| bad("as_of"));
        let pulled_at = |text: &String| text.parse().map_err(|_| bad("snapshot_pulled_at"));
        Ok(Parsed {
            date: self.head.date.parse().map_err(|_| bad("date"))?,
            as_of: self.head.as_of.as_ref().map(moment).transpose()?,
            pulled_at: self.head.snapshot_pulled_at.as_ref().map(pulled_at).transpose()?,
        })
    }

    /// Decides again by what was frozen and nothing else: by the frozen version, or by `others`, of which the one counts
    /// that decides on the date.
    ///
    /// # Errors
    /// A version looks at rows that the frozen one did not look at, so that they were not frozen.
    pub async fn replay(&self, path: &Path, others: Option<Vec<Version>>) -> Result<Thawed> {
        let Parsed { date, as_of, pulled_at } = self.parsed(path)?;
        let snapshot = Snapshot::of_rows(Origin::Frozen(path.to_owned()), pulled_at, &self.tables)?;
        let frozen = self.version()?;
        let versions = others.unwrap_or_else(|| vec![frozen.clone()]);
        ensure_no_training_ends(&versions)?;
        // A percent sign stands for itself: it is no pattern any more.
        let subset_version = self.head.subset_version.as_ref().map(|version| version.replace('%', "%%"));
        let as_of = as_of.map(AsOf::At);
        let request =
            Request { dates: Dates::On(date), versions, as_of, subset_version, partitions: None, memory: None };
        let replay = Replay::of_slates(&snapshot, &[date], request).await?;
        if let [slate] = replay.slates.as_slice() {
            self.ensure_reaches(path, slate, &frozen, &replay.versions)?;
        }
        Ok(Thawed { snapshot, replay })
    }

    fn ensure_reaches(&self, path: &Path, slate: &Slate, frozen: &Version, versions: &[Version]) -> Result<()> {
        let reach = Reach::of(frozen, slate);
        for version in versions {
            if let Some(what) = reach.lacks(&Reach::of(version, slate)) {
                return Err(FreezeError::Lacks { path: path.to_owned(), version: version.id.clone(), what }.into());
            }
        }
        Ok(())
    }

    /// In what a replay decides otherwise than what is frozen.
    ///
    /// # Errors
    /// As for [`Replay::decisions`].
    pub async fn differences(&self, thawed: &Thawed) -> Result<Vec<Difference>> {
        let (decision, candidates) = decided(&thawed.replay, &thawed.snapshot).await?;
        // Both from their texts, so that they are equal when the texts are.
        let document = |text: &str| -> Result<Value> {
            serde_json::from_str(text)
                .map_err(|error| Error::Engine(Reason::because(format!("a decision document: {error}"), error)))
        };
        differences::of((&document(&self.decision)?, &self.candidates), (&document(&decision)?, &candidates))
    }
}

/// Refuses versions that weigh models by their training too: a frozen decision has no registry of models.
fn ensure_no_training_ends(versions: &[Version]) -> Result<()> {
    match versions.iter().find(|version| version.text(SOURCE_WEIGHT) == "shrunk" && version.takes_all_families()) {
        None => Ok(()),
        Some(version) => Err(Error::Request(RequestError::BadArgument {
            what: "version",
            value: version.id.clone(),
            reason:
                "weighs its models by when they were trained, which a frozen decision has not; set source_weight=off"
                    .to_owned(),
        })),
    }
}

/// The bytes of a frozen decision, from which it was decided again before they are handed out.
///
/// # Errors
/// The decision cannot be had from them, which is a defect of the program or a value that the form cannot hold.
pub async fn proved(frozen: &Frozen, form: Form, path: &Path) -> Result<Vec<u8>> {
    let bytes = frozen.bytes(form)?;
    let read = Frozen::read(path, &bytes)?;
    let differences = read.differences(&read.replay(path, None).await?).await?;
    match differences.first() {
        None => Ok(bytes),
        Some(first) => {
            Err(FreezeError::NotFreezable { date: frozen.head.date.clone(), difference: first.to_string() }.into())
        }
    }
}

/// A frozen decision that is decided again: the rows it has, and a replay of them.
pub struct Thawed {
    pub snapshot: Snapshot,
    pub replay: Replay,
}

struct Parsed {
    date: NaiveDate,
    as_of: Option<NaiveDateTime>,
    pulled_at: Option<DateTime<Utc>>,
}

/// Names joined by commas.
fn names(text: &str) -> Vec<&str> {
    text.split(',').filter(|name| !name.is_empty()).collect()
}

fn not_frozen(path: &Path, reason: &str) -> Error {
    Error::Freeze(FreezeError::NotFrozen { path: path.to_owned(), reason: reason.into() })
}

fn damaged(path: &Path, reason: impl Into<Reason>) -> Error {
    Error::Freeze(FreezeError::Damaged { path: path.to_owned(), reason: reason.into() })
}

/// Refuses a layout that this program does not read.
fn ensure_known_form(path: &Path, format: &str, found: u32) -> Result<()> {
    if format != FORMAT {
        return Err(not_frozen(path, "its format is another"));
    }
    if found > FORMAT_VERSION || found == 0 {
        return Err(FileError::NewerFormat { file: path.display().to_string(), found, known: FORMAT_VERSION }.into());
    }
    Ok(())
}
