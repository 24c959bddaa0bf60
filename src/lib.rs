//! reslate replays past decisions of a sports-prediction system offline: what was picked, what was not, and why.
//!
//! A [`Snapshot`] has what a decision reads, a [`Version`] says how it is made, and a [`Replay`] makes it: for one slate or all
//! of a season at once, as the data are or as they were at a time ([`AsOf`]). Answers are Arrow batches of the [`arrow`] that is
//! re-exported here, or rows of a type of one's own.
//!
//! ```
//! use reslate::arrow::util::pretty::pretty_format_batches;
//! use reslate::{Dates, Replay, ReplayRequest, Result, Snapshot, shipped};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! // The demo is part of the program; `Snapshot::open("/data/nba")` opens a snapshot of one's own.
//! let snapshot = Snapshot::demo()?;
//! let mut v314 = shipped("v314")?;
//! v314.set("min_edge", "4.5")?;
//! let slate = Dates::On("2026-02-11".parse().expect("a date"));
//! let replay = Replay::open(&snapshot, ReplayRequest::new(slate, v314)).await?;
//!
//! // Every candidate with its features, its signals, the filter that blocks it, its rank and its outcome.
//! let decisions = replay.decisions().await?;
//! assert_eq!(decisions.iter().map(|batch| batch.num_rows()).sum::<usize>(), 111);
//!
//! // Any SELECT over the snapshot's tables and the relations of `queries/`.
//! let picks = replay.user_query("SELECT player_lookup, edge, outcome FROM decisions WHERE selected ORDER BY rank").await?;
//! println!("{}", pretty_format_batches(&picks)?);
//! # Ok(())
//! # }
//! ```
//!
//! A replay can be asked again by other versions over the same slates, which costs only what they make different: see
//! [`Engine`], on which it rests. Whatever fails says so in one line, typed by what was asked for ([`Error`]).
//!
//! What the other commands do is in the modules that have their names. They are public for the program, its tests and its
//! benchmarks, and are no part of this page: they change without notice.

#![warn(missing_docs)]

#[doc(hidden)]
pub mod audit;
#[doc(hidden)]
pub mod card;
#[doc(hidden)]
pub mod cases;
mod check;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod compare;
mod count;
#[doc(hidden)]
pub mod dates;
#[doc(hidden)]
pub mod definition;
mod demo;
#[doc(hidden)]
pub mod document;
#[doc(hidden)]
pub mod engine;
#[allow(missing_docs, reason = "the message of a variant says what it is and what is in it")]
pub mod error;
#[doc(hidden)]
pub mod explain;
#[doc(hidden)]
pub mod export;
mod file;
#[doc(hidden)]
pub mod formats;
#[doc(hidden)]
pub mod freeze;
#[doc(hidden)]
pub mod grade;
#[doc(hidden)]
pub mod monitor;
mod pick_columns;
#[doc(hidden)]
pub mod pull;
#[doc(hidden)]
pub mod queries;
#[doc(hidden)]
pub mod replay;
#[doc(hidden)]
pub mod report;
mod serve;
mod shell;
#[doc(hidden)]
pub mod snapshot;
#[doc(hidden)]
pub mod snapshot_diff;
mod snapshots;
mod sql;
#[doc(hidden)]
pub mod stats;
mod summary;
mod text;
#[doc(hidden)]
pub mod tune;
mod unique_keys;
#[doc(hidden)]
pub mod verify;
#[doc(hidden)]
pub mod version;
#[doc(hidden)]
pub mod version_test;

pub use datafusion::arrow;

pub use engine::slates::slates_on;
pub use engine::{AsOf, Engine, Slate};
pub use error::{Error, Result};
pub use replay::{Dates, Replay, Request as ReplayRequest, slate_dates};
pub use snapshot::Snapshot;
pub use version::{Version, as_deployed, from_file as version_from_file, shipped};
