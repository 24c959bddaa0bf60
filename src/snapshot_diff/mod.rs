//! Comparing two snapshots of the same data: which rows changed from the earlier to the later one, and which past decisions
//! are other ones because of it.
//!
//! Rows are compared by what counts of each grain (the active prediction, the latest grading) over the dates that both
//! snapshots have. Slates are decided by the same version over both, and a pick that differs is traced to the rows that its
//! decision looked at: those of the inputs in which the two differ.

mod causes;
mod change;
mod decisions;
mod pair;
mod rows;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use change::PickChangeKind;
pub use change::{RowChange, TableDiff};
pub use decisions::{PickChange, SlateDiff};
use pair::Bounds;

use crate::count::count;
use crate::dates::Day;
use crate::engine::AsOf;
use crate::error::{Error, RequestError, Result};
use crate::formats::SCHEMA_VERSION;
use crate::replay::slate_dates;
use crate::snapshot::manifest;
use crate::snapshot::{Snapshot, TABLES};
use crate::version::Version;

/// The request of a comparison of snapshots.
#[derive(Debug, Clone)]
pub struct DiffRequest {
    /// The first and last slate whose decisions are compared; none: all that both snapshots have.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// One that decides on all dates, or as deployed one after the other.
    pub versions: Vec<Version>,
    pub as_of: Option<AsOf>,
}

/// What lines on the earlier and the later one begin with.
pub const SIDES: [&str; 2] = ["A: ", "B: "];

/// How two snapshots differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotDiff {
    pub schema_version: u32,
    /// The earlier one.
    pub a: Side,
    pub b: Side,
    /// The first and last date of the comparison.
    pub from: Day,
    pub to: Day,
    /// What limits the comparison.
    pub notes: Vec<String>,
    /// What in the rows that were read breaks the contract, and so may not have counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Every table that either has, required ones first.
    pub tables: Vec<TableDiff>,
    /// Every row that differs, by table, date and key. Rows of dates before `from`, on which decisions rest too, are only
    /// counted, in the notes.
    pub rows: Vec<RowChange>,
    /// By which version slates were decided: its id, or as-deployed.
    pub version: String,
    /// Slates that were decided over both.
    pub slates: u64,
    pub picks: PickCounts,
    /// The slates whose decision differs.
    pub decisions: Vec<SlateDiff>,
}

/// One of the two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Side {
    pub place: String,
    /// Null for a plain folder.
    pub id: Option<String>,
    /// RFC 3339, UTC; null for a plain folder.
    pub pulled_at: Option<String>,
    /// Its first and newest slate.
    pub first: Day,
    pub last: Day,
}

/// What became of the picks over the earlier snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PickCounts {
    /// On the same side, whatever else changed.
    pub kept: u64,
    /// Of those, by another line, edge or source model.
    pub repriced: u64,
    pub added: u64,
    pub removed: u64,
    pub flipped: u64,
    /// Picks of both whose outcome is another.
    pub outcomes: u64,
}

impl SnapshotDiff {
    /// Whether any decision or outcome is another one.
    pub fn changes_decisions(&self) -> bool {
        !self.decisions.is_empty()
    }
}

/// Compares two snapshots, `a` the earlier one.
///
/// # Errors
/// They have no date in common, no slate is in the range, or data that breaks the contract.
pub async fn diff(a: &Snapshot, b: &Snapshot, request: &DiffRequest) -> Result<SnapshotDiff> {
    let slates = [slate_dates(a).await?, slate_dates(b).await?];
    let [side_a, side_b] = [side(a, &slates[0])?, side(b, &slates[1])?];
    let (first, last) = (side_a.first.max(side_b.first).0, side_a.last.min(side_b.last).0);
    if first > last {
        return Err(RequestError::NothingInCommon { a: said(&side_a), b: said(&side_b) }.into());
    }
    let to = request.to.map_or(last, |to| to.min(last));
    let wanted = request.from.map_or(first, |from| from.max(first))..=to;
    let dates: BTreeSet<NaiveDate> = slates.iter().flatten().copied().filter(|date| wanted.contains(date)).collect();
    if dates.is_empty() {
        let nearest = format!("the snapshots have slates in common from {first} to {last}");
        return Err(match (request.from, request.to) {
            (Some(from), None) => Error::Request(RequestError::NoSlateSince { from, nearest }),
            (from, to) => Error::Request(RequestError::NoSlateInRange {
                from: from.unwrap_or(first),
                to: to.unwrap_or(last),
                nearest,
            }),
        });
    }
    // What one has of dates beyond the other's is no change of a row.
    let is_longer = [side_a.first.0 < first, side_b.first.0 < first];
    let ends_with_both = request.to.is_none() && side_a.last == side_b.last;
    let bounds =
        Bounds { from: Some(first).filter(|_| is_longer != [false; 2]), to: Some(to).filter(|_| !ends_with_both) };
    let since = request.from.filter(|from| *from > first);
    let compared = rows::compare([a, b], bounds, since).await?;
    let mut notes = notes(&side_a, &side_b, first, last);
    notes.extend(compared.notes);
    let (shown, before): (Vec<RowChange>, Vec<RowChange>) =
        compared.rows.iter().cloned().partition(|row| row.is_since(since));
    match (since, before.len()) {
        (Some(since), 1) => notes.push(format!("1 row before {since} differs too; later decisions may rest on it")),
        (Some(since), 2..) => {
            notes.push(format!("{} rows before {since} differ too; later decisions may rest on them", before.len()));
        }
        _ => {}
    }
    let trimmed = [trimmed(a, is_longer[0], first).await?, trimmed(b, is_longer[1], first).await?];
    let [a_read, b_read] = [trimmed[0].as_ref().unwrap_or(a), trimmed[1].as_ref().unwrap_or(b)];
    let dates: Vec<NaiveDate> = dates.into_iter().collect();
    let decided = decisions::compare([a_read, b_read], &dates, request, &compared.rows).await?;
    Ok(SnapshotDiff {
        schema_version: SCHEMA_VERSION,
        a: side_a,
        b: side_b,
        from: Day(since.unwrap_or(first)),
        to: Day(to),
        notes,
        warnings: SIDES.iter().zip([a, b]).flat_map(|(side, snapshot)| said_of(side, snapshot)).collect(),
        tables: compared.tables,
        rows: shown,
        version: decided.version,
        slates: count(dates.len()),
        picks: decided.picks,
        decisions: decided.slates,
    })
}

/// What breaks the contract in the rows of a side.
fn said_of(side: &str, snapshot: &Snapshot) -> Vec<String> {
    snapshot.ledgers().said().into_iter().map(|said| format!("{side}{said}")).collect()
}

fn side(snapshot: &Snapshot, slates: &[NaiveDate]) -> Result<Side> {
    let (Some(first), Some(last)) = (slates.first(), slates.last()) else {
        return Err(RequestError::NoPredictions.into());
    };
    Ok(Side {
        place: snapshot.origin().to_string(),
        id: snapshot.manifest().map(|manifest| manifest.id.clone()),
        pulled_at: snapshot.pulled_at().as_ref().map(manifest::text),
        first: Day(*first),
        last: Day(*last),
    })
}

fn said(side: &Side) -> String {
    format!("{} has {} to {}", side.place, side.first.0, side.last.0)
}

fn notes(a: &Side, b: &Side, first: NaiveDate, last: NaiveDate) -> Vec<String> {
    let mut notes = Vec::new();
    if (a.first, a.last) != (b.first, b.last) {
        notes.push(format!(
            "A has slates from {} to {}, B from {} to {}: compared from {first} to {last}",
            a.first.0, a.last.0, b.first.0, b.last.0
        ));
    }
    if a.first != b.first {
        notes.push(format!(
            "slates are decided by what both have from {first} on, so less is known of each than there was"
        ));
    }
    if let (Some(earlier), Some(later)) = (&a.pulled_at, &b.pulled_at)
        && earlier > later
    {
        notes.push(format!("A was pulled later ({earlier}) than B ({later})"));
    }
    notes
}

/// The snapshot without what it has of dates before `first`, where it has something of them.
async fn trimmed(snapshot: &Snapshot, is_longer: bool, first: NaiveDate) -> Result<Option<Snapshot>> {
    if !is_longer {
        return Ok(None);
    }
    let mut tables = Vec::new();
    for table in TABLES {
        if let Some(files) = snapshot.table(table.name) {
            tables.push((table, rows::since(files, first).await?));
        }
    }
    Snapshot::of_rows(snapshot.origin().clone(), snapshot.pulled_at(), &tables).map(Some)
}
