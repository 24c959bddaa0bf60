//! Everything that can go wrong, typed. A message is one line: what is wrong, where, and what to do. What led to it is its
//! source ([`std::error::Error::source`]), but for what stores and services in the cloud say, which may have a secret in it.

mod reason;

use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use tokio::task::JoinError;

use crate::text::visible;

pub use reason::Reason;

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of reslate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: no such folder; give the folder of a snapshot", path.display())]
    NoFolder { path: PathBuf },

    #[error("{}: neither a manifest.json nor TABLE.parquet files; a snapshot has at least {required}", path.display())]
    NotASnapshot { path: PathBuf, required: String },

    #[error("{}: required table {table} is missing; {advice}", path.display())]
    MissingTable { path: PathBuf, table: &'static str, advice: String },

    #[error("{file}: required column {table}.{column} is missing{hint}; export the table with it")]
    MissingColumn { file: String, table: &'static str, column: &'static str, hint: String },

    #[error("{file}: column {table}.{column} is there twice; export the table with it once")]
    ColumnTwice { file: String, table: &'static str, column: &'static str },

    #[error("{file}: column {table}.{column} is {found}, expected {expected}; export it with the source's type")]
    WrongType { file: String, table: &'static str, column: &'static str, found: String, expected: String },

    #[error(
        "{file}: {table}.{column}, row {row}: {value} does not fit {expected}; run `reslate check` for every such value"
    )]
    Misfit { file: String, table: &'static str, column: &'static str, row: usize, value: String, expected: String },

    #[error("{table}.{column}: a value does not fit {expected} ({reason}); leave its date out, or check its inputs")]
    DoesNotFit {
        table: &'static str,
        column: &'static str,
        expected: String,
        #[source]
        reason: Reason,
    },

    #[error("{file}: not a readable Parquet file ({reason}); fetch it again, or put it aside and pull again")]
    BadParquet {
        file: String,
        #[source]
        reason: Reason,
    },

    #[error("{file}: not a manifest ({reason}); put back a copy of it, or pull into another folder")]
    BadManifest {
        file: String,
        #[source]
        reason: Reason,
    },

    #[error("{file}: {missing} is missing; pull again, or take the snapshot again from where it was made")]
    NoFile { file: String, missing: String },

    #[error(
        "{file}: has {found} rows where the manifest says {said}; pull again, or take the snapshot again from where it was made"
    )]
    OtherRows { file: String, found: i64, said: u64 },

    #[error("{file}: has other bytes than the manifest says; {remedy}")]
    Altered { file: String, remedy: &'static str },

    #[error("{file}: format version {found} is newer than this program reads ({known}); update reslate")]
    NewerFormat { file: String, found: u32, known: u32 },

    #[error("{table}: {reason} ({example}), each of which would count; export the table without them and pull again")]
    RepeatedRows { table: &'static str, reason: String, example: String },

    #[error("the snapshots have no slate in common: {a}, {b}; give two of the same season")]
    NothingInCommon { a: String, b: String },

    #[error("{}: no frozen decision ({reason}); `reslate freeze DATE --out FILE` writes one", path.display())]
    NotFrozen {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: the frozen decision is damaged ({reason}); take another copy, or freeze it again", path.display())]
    DamagedFrozen {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: {version} looks at {what}, which the frozen decision does not have; freeze it by this version", path.display())]
    NotInFrozen { path: PathBuf, version: String, what: String },

    #[error("{date} cannot be frozen so that it replays from the file alone ({difference}); try the other form")]
    NotFreezable { date: String, difference: String },

    #[error(
        "{table}.game_id, date {date}: '{value}' is not YYYYMMDD_AWAY_HOME; run `reslate check` for every such value"
    )]
    BadGameId { table: &'static str, date: NaiveDate, value: String },

    #[error("no games on {date}; {nearest}")]
    NoSlate { date: NaiveDate, nearest: String },

    #[error("no slate from {from} to {to}; {nearest}")]
    NoSlateInRange { from: NaiveDate, to: NaiveDate, nearest: String },

    #[error("no slate from {from} on; {nearest}")]
    NoSlateSince { from: NaiveDate, nearest: String },

    #[error("the range is the wrong way round: --from {from} is after --to {to}; swap them")]
    RangeReversed { from: NaiveDate, to: NaiveDate },

    #[error(
        "nothing to compare: on each of {slates} slates a version lacks an input ({example}); leave it out or pull more"
    )]
    NothingToCompare { slates: usize, example: String },

    #[error("the snapshot has no predictions at all, so there is no slate to replay; pull predictions first")]
    NoPredictions,

    #[error("no player matches '{player}' on {date}{hint}")]
    NoPlayer { player: String, date: NaiveDate, hint: String },

    #[error("'{player}' matches several players on {date}: {matches}; give more of the name")]
    AmbiguousPlayer { player: String, date: NaiveDate, matches: String },

    #[error("unknown version '{name}'{hint} (`reslate versions` lists them)")]
    UnknownVersion { name: String, hint: String },

    #[error("'{name}' matches several versions: {candidates}; give one of them")]
    AmbiguousVersion { name: String, candidates: String },

    #[error("unknown parameter '{name}'{hint} (`reslate versions show v307` lists them)")]
    UnknownParameter { name: String, hint: String },

    #[error("{name}={value}: {reason}")]
    BadParameter { name: String, value: String, reason: String },

    #[error("{file}: {reason}")]
    BadVersion {
        file: String,
        #[source]
        reason: Reason,
    },

    #[error(
        "the grid has {cells} cells, more than {most}; take larger steps or fewer parameters, or sample it with --random N"
    )]
    GridTooLarge { cells: String, most: u64 },

    #[error(
        "{cells} cells need {needed} of memory, more than --memory {limit}; allow more, or try fewer with --random N"
    )]
    TooMuchMemory { cells: u64, needed: String, limit: String },

    #[error("{}: is no search to go on with ({reason}); give the file that the ended search named", path.display())]
    NotACheckpoint {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: no result of a search ({reason}); `reslate tune ... --out FILE.parquet` writes one", path.display())]
    NotAResult {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: written, but no browser opened it ({reason}); open it yourself", path.display())]
    NoBrowser {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error(
        "--resume: {what} was {before} in the search that was ended, and is {now} now; ask for the same, or start anew"
    )]
    OtherSearch { what: String, before: String, now: String },

    #[error("ended early: {done} of {cells} cells were tried; {advice}")]
    EndedEarly { done: u64, cells: u64, advice: String },

    #[error("none of {cells} cells decided {min_picks} picks; lower --min-picks, or look at more slates")]
    NothingRanked { cells: u64, min_picks: u64 },

    #[error("{what} more than --memory {limit}; {advice}")]
    MoreThanMemory { what: String, limit: String, advice: &'static str },

    #[error("it needs more memory than --memory allows; allow more, or ask for fewer slates (--from, --to)")]
    MemoryExhausted,

    #[error("{what} '{value}': {reason}")]
    BadArgument { what: &'static str, value: String, reason: String },

    #[error("{file}: {reason}")]
    BadQuery {
        file: String,
        #[source]
        reason: Reason,
    },

    #[error("query: {reason}")]
    UserQuery {
        #[source]
        reason: Reason,
    },

    #[error("no folder to write the snapshot to; give one with --snapshot DIR")]
    NoTarget,

    #[error("{place}: refused ({answer}); {advice}")]
    Refused { place: String, answer: String, advice: String },

    #[error("{place}: not there ({answer}); {advice}")]
    NotThere { place: String, answer: String, advice: String },

    #[error("{place}: no credentials were found; {advice}")]
    NoCredentials { place: String, advice: String },

    #[error("{place}: {reason}; {advice}")]
    Unreachable { place: String, reason: String, advice: String },

    #[error("{variable} {reason}")]
    BadSetting { variable: String, reason: String },

    #[error("{place}: {reason}; {advice}")]
    BigQuery { place: String, reason: String, advice: String },

    #[error("{source_name}: no export of {table}; expected {expected}{hint}")]
    NoExport { source_name: String, table: &'static str, expected: String, hint: String },

    #[error("{source_name}: {table} is there twice ({found}); keep one of them")]
    TwoExports { source_name: String, table: &'static str, found: String },

    #[error("{file}: not a readable {format} export ({reason}); export it again")]
    BadExport {
        file: String,
        format: &'static str,
        #[source]
        reason: Reason,
    },

    #[error("{file}: changed while it was read; pull again when the export is done")]
    SourceChanged { file: String },

    #[error("{file}: {table}.{column}, row {row}: {misfit}; without --strict {otherwise}")]
    PullMisfit {
        file: String,
        table: &'static str,
        column: &'static str,
        row: usize,
        misfit: String,
        otherwise: &'static str,
    },

    #[error(
        "{file}: damaged, and the source has {lost} to write it anew; put it aside and pull again to go on with those"
    )]
    Irreplaceable { file: String, lost: String },

    #[error("{file}: the last record has no line end, so it may be cut off; end it with one, or pull without --strict")]
    CutOff { file: String },

    #[error("{}: another pull is at work here ({owner}); wait for it to end", path.display())]
    Locked { path: PathBuf, owner: String },

    #[error("{}: its {table} {reason}; pull into another folder{advice}", path.display())]
    OtherSource { path: PathBuf, table: &'static str, reason: String, advice: &'static str },

    #[error("{}: cannot be written ({reason}); the snapshot is still whole", path.display())]
    Target {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: {reason}; give a folder for the snapshot alone with --snapshot DIR", path.display())]
    NoPlaceForSnapshot { path: PathBuf, reason: String },

    #[error("{}: cannot be written ({reason}); give another --out", path.display())]
    Output {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: cannot be read ({reason})", path.display())]
    Input {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    /// The reader of standard output went away; a normal end for a filter in a pipe.
    #[error("the reader of the output closed it")]
    BrokenPipe,

    /// A value that cannot be written as JSON, or rows of a query that are not what was asked for.
    #[error("{}", one_line(&.0.to_string()))]
    Json(#[from] serde_json::Error),

    /// A version that cannot be written as TOML.
    #[error("{}", one_line(&.0.to_string()))]
    Toml(#[from] toml::ser::Error),

    /// A file that cannot be written as Parquet.
    #[error("{}", one_line(&.0.to_string()))]
    Parquet(#[from] ParquetError),

    /// A task that gave up or was ended before it had an answer.
    #[error("{}", one_line(&.0.to_string()))]
    Task(#[from] JoinError),

    /// What the system does not give.
    #[error("{what}: {reason}")]
    System {
        what: &'static str,
        #[source]
        reason: Reason,
    },

    /// What the query engine says, in its own words.
    #[error("{}", words(.0))]
    DataFusion(#[source] Box<DataFusionError>),

    /// Something of which nothing but these words is known.
    #[error("{0}")]
    Engine(String),
}

impl Error {
    /// What led to it in a line each, the nearest first.
    pub fn causes(&self) -> Vec<String> {
        let chain = std::iter::successors(self.source(), |&cause| cause.source());
        // A reason is a part of the message.
        let causes = chain.filter(|cause| !cause.is::<Reason>());
        let mut lines: Vec<String> = causes.map(|cause| one_line(&cause.to_string())).collect();
        lines.dedup();
        lines
    }
}

impl From<DataFusionError> for Error {
    /// Brings back a reslate error that travelled through the engine; others keep the engine's own words.
    fn from(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => match inner.downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => Error::DataFusion(Box::new(DataFusionError::External(other))),
            },
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Error::from(*inner),
            DataFusionError::ArrowError(inner, trace) => match *inner {
                ArrowError::ExternalError(inner) => Error::from(DataFusionError::External(inner)),
                other => Error::DataFusion(Box::new(DataFusionError::ArrowError(Box::new(other), trace))),
            },
            DataFusionError::ResourcesExhausted(_) => Error::MemoryExhausted,
            DataFusionError::Shared(inner) => match Arc::try_unwrap(inner) {
                Ok(inner) => Error::from(inner),
                Err(shared) => Error::DataFusion(Box::new(DataFusionError::Shared(shared))),
            },
            other => Error::DataFusion(Box::new(other)),
        }
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Error::from(DataFusionError::from(error))
    }
}

/// The engine's words, without what it says of an error that only passed through it.
fn words(error: &DataFusionError) -> String {
    match error {
        DataFusionError::External(inner) => one_line(&inner.to_string()),
        other => one_line(&other.strip_backtrace()),
    }
}

/// `text` with line breaks folded and what is no glyph made visible, for a message of one line.
pub fn one_line(text: &str) -> String {
    visible(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `; did you mean 'x'?` for the name nearest to `wanted`, or nothing when none is near.
pub fn did_you_mean<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(wanted, names) {
        Some(name) => format!("; did you mean '{name}'?"),
        None => String::new(),
    }
}

/// The name most like `wanted`, when one is alike enough to be worth suggesting.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE_ENOUGH: f64 = 0.7;
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
