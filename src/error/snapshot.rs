//! A snapshot that cannot be read: not there, not by the contract, or damaged.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::Reason;

/// A snapshot that cannot be read: not there, not by the contract, or damaged.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
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

    #[error("{table}: {reason} ({example}), each of which would count; export the table without them and pull again")]
    RepeatedRows { table: &'static str, reason: String, example: String },

    #[error(
        "{table}.game_id, date {date}: '{value}' is not YYYYMMDD_AWAY_HOME; run `reslate check` for every such value"
    )]
    BadGameId { table: &'static str, date: NaiveDate, value: String },
}
