//! Tuning: what other thresholds would have done over many slates, and how much of the best of them is luck.
//!
//! A grid of values is tried over all slates at once. Thresholds of filters are counted (`count`), everything else is
//! decided by the pipeline; both give the picks that a replay of the cell gives. The best cell is the luckiest of many: so
//! the report says how many were tried, what lies around it, what it did on slates it was not chosen on, and how far luck
//! alone would have carried the best of as many.

mod axis;
mod book;
mod checkpoint;
mod checksum;
mod count;
mod counts;
mod fold;
mod grid;
mod grid_file;
mod heatmap;
mod measure;
mod memory;
mod pipeline;
mod plan;
mod read;
mod report;
mod search;
#[cfg(test)]
mod tests;

use std::sync::atomic::AtomicBool;

use chrono::{Days, NaiveDate};

pub use axis::{Axis, Knob};
pub use checkpoint::{Asked, Checkpoint, write as write_checkpoint};
pub use checksum::{CHECKSUM_KEY, Checksum};
pub use fold::WalkForward;
pub use grid::Grid;
pub use grid_file::grid_file;
pub use heatmap::Heatmap;
pub use measure::{Measure, Objective};
pub use plan::Evaluator;
pub use report::{
    Cell, Chosen, FoldReport, HoldOut, Incumbent, LeftOut, Luck, Marginal, Neighbours, Outcome, Parameter, Point,
    REPORT_KEY, Sample, Tuned, Walk,
};
pub use search::{CellResult, Found};

use counts::Totals;
use pipeline::Pipeline;
use plan::{Plan, Policy};
use report::{Facts, report};
use search::Search;

use crate::audit::Tally;
use crate::dates::Day;
use crate::engine::AsOf;
use crate::error::{Error, RequestError, Result, TuneError, VersionError};
use crate::replay::Dates;
use crate::snapshot::Snapshot;
use crate::stats::{Bootstrap, StationaryDraws, usual_block};
use crate::version::Version;

/// The most cells that are tried.
pub const MOST_CELLS: u64 = 50_000_000;
/// Luck is looked at without being asked for on up to so many cells.
const LUCK_BY_ITSELF: u64 = 10_000;

/// What a search is asked for.
#[derive(Debug, Clone)]
pub struct TuneRequest {
    /// The incumbent.
    pub version: Version,
    pub axes: Vec<Axis>,
    /// Only some cells; none: all.
    pub sample: Option<Sample>,
    pub dates: Dates,
    pub as_of: Option<AsOf>,
    pub measure: Measure,
    pub walk: Option<WalkForward>,
    /// The last slates, kept out of everything.
    pub hold_out: Option<HoldOutDays>,
    /// Whether to say what luck may do; none: on up to 10,000 cells.
    pub luck: Option<bool>,
    /// Draws of slates, and the mean length of the blocks in which they are drawn (none: as many slates take).
    pub bootstrap: Bootstrap,
    pub block: Option<f64>,
    pub evaluator: Evaluator,
    /// Bytes that the search may take besides the replay itself.
    pub memory: u64,
    /// How many cells are listed.
    pub top: usize,
}

/// The last days of the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldOutDays {
    pub days: u64,
    /// Whether the best cell is looked at on them.
    pub unlock: bool,
}

/// A finished search, or the part of it that was finished.
#[derive(Debug)]
pub struct Searched {
    pub tuned: Tuned,
    pub grid: Grid,
    pub found: Found,
    /// What a search must ask to go on from here.
    pub asked: Asked,
    /// The incumbent's value by dimension; none where it is not one of those tried.
    own: Vec<Option<usize>>,
}

impl Searched {
    /// In how many dimensions a cell has another value than the incumbent.
    pub fn changes(&self, cell: u64) -> u32 {
        self.grid.changes(cell, &self.own)
    }
}

/// Tries every cell, going on from `resume` where there is one. `stop` ends the search early, with what is finished;
/// `progress` hears how many cells are, and of how many.
///
/// # Errors
/// A parameter without effect on the version, a grid that needs more memory than it may take, no slates, a walk or hold-out
/// that leaves nothing, no cell with enough picks, or data that breaks the contract.
pub async fn tune(
    snapshot: &Snapshot,
    asked: &TuneRequest,
    resume: Option<Checkpoint>,
    stop: &AtomicBool,
    mut progress: impl FnMut(u64, u64),
) -> Result<Searched> {
    let grid = Grid::new(asked.axes.clone(), asked.sample)?;
    let mut with_all_switched_on = asked.version.clone();
    grid.axes.iter().for_each(|axis| axis.switch_on(&mut with_all_switched_on));
    for axis in &grid.axes {
        if let Some(reason) = axis.idle_on(&with_all_switched_on) {
            return Err(Error::Version(VersionError::BadParameter {
                name: axis.knob.to_string(),
                value: axis.texts().join(","),
                reason: format!("{reason}; leave it out"),
            }));
        }
    }
    let plan = Plan::new(&grid, &asked.version, asked.evaluator)?;
    let (slates, held_out) = slates(snapshot, asked).await?;
    let folds = |slates: &[NaiveDate]| asked.walk.map(|walk| walk.folds(slates)).transpose();
    let luck = asked.luck.unwrap_or(grid.tried() <= LUCK_BY_ITSELF);
    let fold_count = folds(&slates)?.unwrap_or_default().len();
    memory::ensure_fits(&grid, &plan, slates.len(), fold_count, luck.then_some(asked.bootstrap), asked.memory)?;
    let mut pipeline = Pipeline::open(snapshot, asked, &grid, &plan, &slates).await?;
    let slates = pipeline.slates().to_vec();
    let folds = folds(&slates)?.unwrap_or_default();
    let block = asked.block.unwrap_or_else(|| usual_block(slates.len()));
    let draws = luck.then(|| StationaryDraws::new(slates.len(), block, asked.bootstrap));
    let own: Vec<Option<usize>> = grid.axes.iter().map(|axis| axis.place_of(&asked.version)).collect();
    let incumbent = pipeline.incumbent().to_vec();
    let search = Search {
        grid: &grid,
        plan: &plan,
        measure: asked.measure,
        own: &own,
        incumbent: &incumbent,
        folds: &folds,
        draws: draws.as_ref(),
        stop,
    };
    let mut found = Found::nothing(&search);
    let same = checkpoint::asked(snapshot, asked, &grid, &slates, block);
    if let Some(resume) = resume {
        resume.restore(&same, &grid, &mut found)?;
    }
    let open: Vec<Policy> =
        plan.policies.iter().filter(|policy| search.has_open_cells(policy, &found)).cloned().collect();
    progress(found.done, grid.tried());
    for policies in open.chunks(pipeline::AT_ONCE) {
        if stop.load(std::sync::atomic::Ordering::Relaxed) {
            break;
        }
        let books = pipeline.books(&grid, &plan, policies).await?;
        search.run(policies, &books, &mut found, |done| progress(done, grid.tried()));
    }
    let facts = Facts {
        version: &asked.version,
        slates: &slates,
        left_out: pipeline.left_out().to_vec(),
        evaluator: asked.evaluator,
        sample: asked.sample,
        walk: asked.walk,
        bootstrap: asked.bootstrap,
        top: asked.top,
    };
    let mut tuned = report(&search, &found, facts);
    if tuned.complete && tuned.top.is_empty() {
        return Err(TuneError::NothingRanked { cells: tuned.cells_tried, min_picks: asked.measure.min_picks }.into());
    }
    if let (Some(hold_out), Some((first, last))) = (asked.hold_out, held_out.first().zip(held_out.last())) {
        let mut report = HoldOut {
            from: Day(*first),
            to: Day(*last),
            slates: held_out.len() as u64,
            unlocked: false,
            best: None,
            incumbent: None,
        };
        if let Some(best) = tuned.top.first().filter(|_| hold_out.unlock && tuned.complete) {
            let versions = [grid.version(&asked.version, best.cell)?, asked.version.clone()];
            let (slates, picks) = pipeline::picks_on(snapshot, asked, &held_out, &versions).await?;
            report.slates = slates.len() as u64;
            let mut tallies = picks.into_iter().map(|picks| {
                let totals: Totals = picks.into_iter().collect();
                Tally::at(totals.record(), asked.measure.odds)
            });
            report = HoldOut { unlocked: true, best: tallies.next(), incumbent: tallies.next(), ..report };
        }
        tuned.hold_out = Some(report);
    }
    tuned.warnings = snapshot.ledgers().said();
    Ok(Searched { tuned, found, asked: same, own, grid })
}

/// The slates to try cells on, and those held out.
async fn slates(snapshot: &Snapshot, asked: &TuneRequest) -> Result<(Vec<NaiveDate>, Vec<NaiveDate>)> {
    let mut slates = crate::replay::slates_asked_for(snapshot, asked.dates).await?;
    let Some(HoldOutDays { days, .. }) = asked.hold_out else {
        return Ok((slates, Vec::new()));
    };
    let (Some(first), Some(last)) = (slates.first().copied(), slates.last().copied()) else {
        return Err(RequestError::NoPredictions.into());
    };
    let cut = last.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN);
    let held_out = slates.split_off(slates.partition_point(|slate| *slate <= cut));
    if slates.is_empty() {
        return Err(Error::Request(RequestError::BadArgument {
            what: "--hold-out",
            value: format!("{days}d"),
            reason: format!("leaves no slate to tune on: the slates are from {first} to {last}"),
        }));
    }
    Ok((slates, held_out))
}
