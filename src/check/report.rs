//! What a check found, as data.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::dates::Day;
use crate::formats::SCHEMA_VERSION;
use crate::snapshot::breach::{Breach, BreachKind};
use crate::snapshot::manifest::{self, Manifest};
use crate::snapshot::{Snapshot, TABLES, contract};

/// What `reslate check` says of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckReport {
    pub schema_version: u32,
    /// The snapshot's folder, or that it is the demo.
    pub origin: String,
    /// The id in the manifest: a hash over the tables' contents; null for a plain folder.
    pub snapshot_id: Option<String>,
    /// When the snapshot was pulled, RFC 3339; null for a plain folder.
    pub pulled_at: Option<String>,
    /// The newest date with predictions or games.
    #[schemars(with = "Option<String>")]
    pub newest_slate: Option<Day>,
    pub errors: u64,
    pub notes: u64,
    /// Every table of the contract, required ones first.
    pub tables: Vec<TableReport>,
    /// Errors first, then in the order of the tables.
    pub findings: Vec<Finding>,
}

/// A table of the contract as the snapshot has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableReport {
    pub table: String,
    pub required: bool,
    /// A table can be missing or empty: different answers.
    pub present: bool,
    pub files: u64,
    pub rows: u64,
    /// The first game_date; null for an undated or empty table.
    #[schemars(with = "Option<String>")]
    pub first: Option<Day>,
    #[schemars(with = "Option<String>")]
    pub last: Option<Day>,
    /// Days from the table's last date to the newest slate.
    pub days_behind: Option<i64>,
    pub errors: u64,
    pub notes: u64,
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Null when it is about the snapshot as a whole.
    pub table: Option<String>,
    pub kind: Kind,
    pub severity: Severity,
    /// How many values, rows, dates or columns it is about.
    pub count: u64,
    pub message: String,
    /// The first of them, with its place.
    pub example: Option<String>,
}

/// Whether a finding breaks the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The contract is broken.
    Error,
    /// Worth knowing; an error only with `--strict`.
    Note,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A file is not the one that the manifest describes.
    Altered,
    /// A file that the manifest names is not there.
    MissingFile,
    /// A file's data cannot be decoded.
    Unreadable,
    /// Values that the column's contract type cannot hold.
    Misfit,
    /// NULLs in a required column.
    MissingValue,
    /// Game ids that are not YYYYMMDD_AWAY_HOME.
    MalformedGameId,
    /// Several rows where the grain allows one.
    DuplicateGrain,
    /// Values that a column with a list of words does not have.
    UnknownWord,
    /// Files that the manifest does not name, and in a plain folder those of no table.
    UnnamedFile,
    /// A required table without a row.
    EmptyTable,
    /// Several rows that have the same value in every column.
    DuplicateRow,
    /// An optional table that the snapshot does not have.
    MissingTable,
    /// An optional column that a file does not have.
    MissingColumn,
    /// A column taken under its former name.
    RenamedColumn,
    /// Game ids whose date is not the row's.
    OtherDate,
    /// Confidences on both scales, 0-1 and 0-100.
    ConfidenceScales,
    /// A system_id of no model family.
    UnclassifiedSystem,
    /// Predictions that recommend a side of no line.
    RecommendedWithoutLine,
    /// Dates with games but without predictions.
    Unpredicted,
    /// Dates with predictions and games but, days later, without gradings.
    Ungraded,
    /// A table that ends well before the newest slate.
    Stale,
    /// A season whose opening night is assumed.
    UnknownOpeningNight,
    /// Values that did not fit when they were pulled.
    LeftOut,
    /// Rows that the source did not have any more when it was pulled last.
    GoneAtSource,
    /// What could not be checked because of other findings.
    NotChecked,
}

impl Kind {
    pub fn severity(self) -> Severity {
        match self {
            Kind::Altered
            | Kind::MissingFile
            | Kind::Unreadable
            | Kind::Misfit
            | Kind::MissingValue
            | Kind::MalformedGameId
            | Kind::DuplicateGrain
            | Kind::UnknownWord => Severity::Error,
            Kind::UnnamedFile
            | Kind::EmptyTable
            | Kind::DuplicateRow
            | Kind::MissingTable
            | Kind::MissingColumn
            | Kind::RenamedColumn
            | Kind::OtherDate
            | Kind::ConfidenceScales
            | Kind::UnclassifiedSystem
            | Kind::RecommendedWithoutLine
            | Kind::Unpredicted
            | Kind::Ungraded
            | Kind::Stale
            | Kind::UnknownOpeningNight
            | Kind::LeftOut
            | Kind::GoneAtSource
            | Kind::NotChecked => Severity::Note,
        }
    }
}

impl Finding {
    /// A finding about `table`, of its kind's severity.
    pub fn of(table: &contract::Table, kind: Kind, count: usize, message: impl Into<String>) -> Finding {
        Finding { table: Some(table.name.to_owned()), ..Finding::of_snapshot(kind, count, message) }
    }

    /// A breach as a finding.
    pub fn of_breach(table: &contract::Table, breach: Breach) -> Finding {
        let kind = match breach.kind {
            BreachKind::MissingValue => Kind::MissingValue,
            BreachKind::UnknownWord => Kind::UnknownWord,
            // Without a grain it is worth knowing, no more.
            BreachKind::Repeated if table.grain.is_empty() => Kind::DuplicateRow,
            BreachKind::Repeated => Kind::DuplicateGrain,
            BreachKind::LeftOut => Kind::LeftOut,
        };
        Finding::of(table, kind, breach.count, breach.message).with_example(breach.example)
    }

    /// A finding about the snapshot as a whole.
    pub fn of_snapshot(kind: Kind, count: usize, message: impl Into<String>) -> Finding {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Finding { table: None, kind, severity: kind.severity(), count, message: message.into(), example: None }
    }

    pub fn with_example(mut self, example: impl Into<Option<String>>) -> Finding {
        self.example = example.into();
        self
    }
}

impl CheckReport {
    /// The report of `findings` about an opened snapshot, in its order and with its counts.
    pub fn new(
        snapshot: &Snapshot,
        newest_slate: Option<Day>,
        tables: Vec<TableReport>,
        findings: Vec<Finding>,
    ) -> CheckReport {
        let report = CheckReport {
            schema_version: SCHEMA_VERSION,
            origin: snapshot.origin().to_string(),
            snapshot_id: snapshot.manifest().map(|manifest| manifest.id.clone()),
            pulled_at: snapshot.pulled_at().as_ref().map(manifest::text),
            newest_slate,
            errors: 0,
            notes: 0,
            tables,
            findings,
        };
        report.ordered()
    }

    /// The report of `findings` about the files of a snapshot in `folder` that cannot be opened: its tables are as its
    /// manifest has them.
    pub fn unopened(folder: &Path, manifest: &Manifest, findings: Vec<Finding>) -> CheckReport {
        let table = |table: &contract::Table| {
            let entry = manifest.tables.get(table.name);
            TableReport {
                table: table.name.to_owned(),
                required: table.required,
                present: entry.is_some(),
                files: entry.map_or(0, |entry| u64::try_from(entry.files.len()).unwrap_or(u64::MAX)),
                rows: entry.map_or(0, |entry| entry.rows),
                first: entry.and_then(|entry| entry.min_date),
                last: entry.and_then(|entry| entry.max_date),
                days_behind: None,
                errors: 0,
                notes: 0,
            }
        };
        let report = CheckReport {
            schema_version: SCHEMA_VERSION,
            origin: folder.display().to_string(),
            snapshot_id: Some(manifest.id.clone()),
            pulled_at: Some(manifest::text(&manifest.pulled_at)),
            newest_slate: None,
            errors: 0,
            notes: 0,
            tables: TABLES.iter().map(table).collect(),
            findings,
        };
        report.ordered()
    }

    /// With its findings in order, and counted.
    fn ordered(mut self) -> CheckReport {
        let CheckReport { tables, findings, .. } = &mut self;
        let place = |finding: &Finding| {
            let at = tables.iter().position(|table| Some(&table.table) == finding.table.as_ref());
            (finding.severity, at.unwrap_or(tables.len()), finding.kind)
        };
        findings.sort_by_key(place);
        let count = |severity: Severity, table: Option<&str>| {
            let counted = |finding: &&Finding| {
                finding.severity == severity && (table.is_none() || finding.table.as_deref() == table)
            };
            u64::try_from(findings.iter().filter(counted).count()).unwrap_or(u64::MAX)
        };
        for table in tables {
            table.errors = count(Severity::Error, Some(&table.table));
            table.notes = count(Severity::Note, Some(&table.table));
        }
        (self.errors, self.notes) = (count(Severity::Error, None), count(Severity::Note, None));
        self
    }
}
