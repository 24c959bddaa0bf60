//! The pipeline's part of a search: the incumbent's picks, and the books of policies, several versions at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

use super::book::Book;
use super::counts::Counts;
use super::grid::Grid;
use super::plan::{Plan, Policy};
use super::report::LeftOut;
use super::{Knob, TuneRequest, read};
use crate::dates::{DateRange, Day};
use crate::definition::Beside;
use crate::error::{RequestError, Result};
use crate::formats::rows;
use crate::replay::{Replay, Request};
use crate::snapshot::Snapshot;
use crate::version::Version;

/// How many versions are decided at once: enough to share what they share, few enough to bound their candidates.
pub const AT_ONCE: usize = 32;

/// Decides versions on the slates of a search, again and again over one engine: what no version states is computed once.
pub struct Pipeline<'a> {
    replay: Replay,
    asked: &'a TuneRequest,
    /// Those of the replay on which every cell has its inputs.
    slates: Vec<NaiveDate>,
    left_out: Vec<LeftOut>,
    incumbent: Vec<Counts>,
    /// The incumbent's book, where the incumbent is the only policy.
    own_book: Option<Book>,
}

#[derive(Deserialize)]
struct Missing {
    game_date: Day,
    missing: String,
}

impl<'a> Pipeline<'a> {
    /// Decides the incumbent, and leaves out the slates on which any cell lacks an input.
    pub async fn open(
        snapshot: &Snapshot,
        asked: &'a TuneRequest,
        grid: &Grid,
        plan: &Plan,
        slates: &[NaiveDate],
    ) -> Result<Pipeline<'a>> {
        let mut versions = vec![asked.version.clone()];
        versions.extend(needing_other_inputs(asked, grid, plan)?);
        let replay = replay_of(snapshot, asked, slates, &versions).await?;
        let is_own_policy = plan.policies.len() == 1 && !plan.counts_nothing() && plan.filters.len() == grid.axes.len();
        let wanted: &[&str] =
            if is_own_policy { &["missing_inputs", "picks", read::JUDGED] } else { &["missing_inputs", "picks"] };
        replay.compute(wanted).await?;
        let (slates, left_out) = with_inputs(&replay, slates).await?;
        let incumbent = read::picks(&replay.engine, versions.len(), &slates).await?.swap_remove(0);
        let own_book = if is_own_policy {
            Some(read::books(&replay.engine, versions.len(), &slates, grid, plan).await?.swap_remove(0))
        } else {
            None
        };
        Ok(Pipeline { replay, asked, slates, left_out, incumbent, own_book })
    }

    /// The slates on which every cell has its inputs.
    pub fn slates(&self) -> &[NaiveDate] {
        &self.slates
    }

    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The incumbent's picks by slate.
    pub fn incumbent(&self) -> &[Counts] {
        &self.incumbent
    }

    /// The books of policies.
    pub async fn books(&mut self, grid: &Grid, plan: &Plan, policies: &[Policy]) -> Result<Vec<Book>> {
        if let Some(book) = self.own_book.take() {
            return Ok(vec![book]);
        }
        let version = |policy: &Policy| grid.version(&self.asked.version, policy.cell);
        let versions = policies.iter().map(version).collect::<Result<Vec<_>>>()?;
        self.replay.ask(numbered(&versions))?;
        if plan.counts_nothing() {
            self.replay.compute(&["picks"]).await?;
            let picks = read::picks(&self.replay.engine, versions.len(), &self.slates).await?;
            return Ok(picks.iter().map(|picks| read::book_of_picks(picks)).collect());
        }
        self.replay.compute(&[read::JUDGED]).await?;
        read::books(&self.replay.engine, versions.len(), &self.slates, grid, plan).await
    }
}

/// The slates on which all versions have their inputs, and the picks of each version on them.
pub async fn picks_on(
    snapshot: &Snapshot,
    asked: &TuneRequest,
    slates: &[NaiveDate],
    versions: &[Version],
) -> Result<(Vec<NaiveDate>, Vec<Vec<Counts>>)> {
    let replay = replay_of(snapshot, asked, slates, versions).await?;
    replay.compute(&["missing_inputs", "picks"]).await?;
    let (slates, _) = with_inputs(&replay, slates).await?;
    let picks = read::picks(&replay.engine, versions.len(), &slates).await?;
    Ok((slates, picks))
}

/// The slates on which every version has its inputs, and those left out.
///
/// # Errors
/// None is left.
async fn with_inputs(replay: &Replay, slates: &[NaiveDate]) -> Result<(Vec<NaiveDate>, Vec<LeftOut>)> {
    let missing = "SELECT DISTINCT game_date, missing FROM missing_inputs ORDER BY game_date, missing";
    let missing: Vec<Missing> = rows(&replay.engine.query(missing).await?)?;
    let left_out: Vec<LeftOut> =
        missing.into_iter().map(|row| LeftOut { date: row.game_date, missing: row.missing }).collect();
    let without: BTreeSet<NaiveDate> = left_out.iter().map(|slate| slate.date.0).collect();
    let slates: Vec<NaiveDate> = slates.iter().copied().filter(|slate| !without.contains(slate)).collect();
    if slates.is_empty() {
        let example = left_out.first().map(|slate| format!("{} on {}", slate.missing, slate.date.0));
        return Err(
            RequestError::NothingToCompare { slates: without.len(), example: example.unwrap_or_default() }.into()
        );
    }
    Ok((slates, left_out))
}

async fn replay_of(
    snapshot: &Snapshot,
    asked: &TuneRequest,
    slates: &[NaiveDate],
    versions: &[Version],
) -> Result<Replay> {
    let request = Request {
        dates: asked.dates,
        versions: numbered(versions),
        as_of: asked.as_of,
        subset_version: None,
        partitions: None,
        memory: None,
    };
    Replay::of_slates(snapshot, slates, request).await
}

/// Each version under its number.
fn numbered(versions: &[Version]) -> Vec<Version> {
    let numbered = |(at, version): (usize, &Version)| Version {
        id: at.to_string(),
        decides: DateRange::default(),
        ..version.clone()
    };
    versions.iter().enumerate().map(numbered).collect()
}

/// Versions of the grid that need other inputs than the incumbent, each different need once.
fn needing_other_inputs(asked: &TuneRequest, grid: &Grid, plan: &Plan) -> Result<Vec<Version>> {
    const NEEDS: [&str; 4] = ["candidates", "champion", "health", "score"];
    let reads = |axis: &super::Axis| match &axis.knob {
        Knob::Parameter(name) => NEEDS.contains(&name.as_str()),
        Knob::Filter(name) => {
            let filter = asked.version.catalogue.filters.get(name);
            filter.is_some_and(|filter| filter.made_of().any(|made_of| made_of == Beside::SignalHealth))
        }
        Knob::Signal(_) | Knob::Fidelity => false,
    };
    if !grid.axes.iter().any(reads) {
        return Ok(Vec::new());
    }
    let mut needs = BTreeMap::new();
    for policy in &plan.policies {
        let version = grid.version(&asked.version, policy.cell)?;
        let looks_at_health = version.looks_at(Beside::SignalHealth);
        needs.entry((NEEDS.map(|name| version.text(name)), looks_at_health)).or_insert(version);
    }
    Ok(needs.into_values().collect())
}
