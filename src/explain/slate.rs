//! The funnel of a slate and its near misses.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;

use super::candidate::{self, Combo};
use super::datum::{Datum, Row};
use super::filters::{self, Filter, Verdict};
use super::{Afterwards, afterwards};
use crate::count::count;
use crate::definition::Blocks;
use crate::error::Result;
use crate::version::{Cap, Version};

/// A filter of the funnel.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Step {
    pub filter: String,
    pub about: String,
    /// Null: switched off in this version, or a filter without a threshold.
    pub threshold: Datum,
    /// Which values it blocks; null for a filter without a numeric threshold.
    pub blocks: Option<Blocks>,
    pub unit: Option<String>,
    /// Which values it blocks, in words, such as `below 5 points`; `off` where it is.
    pub rule: String,
    pub is_on: bool,
    /// It blocks nothing: what it blocks in all, and alone, is what it would.
    pub is_observed: bool,
    /// Why it never blocks anyone in this version as shipped.
    pub inert: Option<String>,
    /// Candidates of which it is the first filter that blocks.
    pub blocked_first: u64,
    /// Candidates still there after it.
    pub remaining: u64,
    /// Candidates that it blocks at all.
    pub blocks_in_all: u64,
    /// Candidates that it alone blocks: near misses.
    pub blocks_alone: u64,
}

/// A cap of the version, after the filters.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CapStep {
    pub cap: Cap,
    /// The most picks of a slate, or of a team, game or side of it.
    pub most: i64,
    /// Candidates that no filter blocks and it refuses.
    pub refused: u64,
}

/// The version's caps, with how many candidates each refused.
pub fn caps(candidates: &[Judged], version: &Version) -> Vec<CapStep> {
    let refused = |cap: Cap| candidates.iter().filter(|candidate| candidate.capped_by == Some(cap)).count();
    let caps = candidate::caps(version).into_iter();
    caps.map(|(cap, most)| CapStep { cap, most, refused: count(refused(cap)) }).collect()
}

/// A candidate that exactly one filter blocks.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NearMiss {
    pub player_lookup: String,
    pub player: Option<String>,
    pub game_id: String,
    pub recommendation: String,
    pub line: Datum,
    /// Signed, in points.
    pub edge: Datum,
    pub source_model_id: String,
    /// The only filter that blocks it, with value, threshold and margin.
    pub blocked_by: Filter,
    /// The combo it matches.
    pub combo: Option<Combo>,
    pub afterwards: Afterwards,
}

/// What the funnel needs to know of a candidate.
pub struct Judged {
    pub player_lookup: String,
    pub player: Option<String>,
    pub game_id: String,
    pub recommendation: String,
    pub line: Datum,
    pub edge: Datum,
    pub abs_edge: Option<Decimal>,
    pub source_model_id: String,
    pub filters: Vec<Filter>,
    pub first: Option<String>,
    pub failing: Vec<String>,
    pub combo: Option<Combo>,
    pub capped_by: Option<Cap>,
    pub selected: bool,
    pub afterwards: Afterwards,
}

impl Judged {
    fn of(row: Row<'_>, version: &Version) -> Result<Judged> {
        Ok(Judged {
            player_lookup: row.text("player_lookup")?,
            player: row.get("player")?.text().map(str::to_owned),
            game_id: row.text("game_id")?,
            recommendation: row.text("recommendation")?,
            line: row.get("line")?,
            edge: row.get("edge")?,
            abs_edge: row.get("abs_edge")?.number(),
            source_model_id: row.text("source_model_id")?,
            filters: filters::of(row, version)?,
            first: row.get("first_filter")?.text().map(str::to_owned),
            failing: row.texts("failing_filters")?,
            combo: candidate::combo(row, version)?,
            capped_by: candidate::capped_by(row)?,
            selected: row.get("selected")?.is_true(),
            afterwards: afterwards(row)?,
        })
    }

    /// Whether a filter blocks it, or would and only observes.
    fn would_be_blocked_by(&self, filter: &str) -> bool {
        let judged = self.filters.iter().find(|judged| judged.filter == filter);
        judged.is_some_and(|judged| matches!(judged.verdict, Verdict::Blocks | Verdict::WouldBlock))
    }

    pub fn is_blocked_by(&self, filter: &str) -> bool {
        self.failing.iter().any(|name| name == filter)
    }
}

/// The candidates of a slate's rows of `decisions`.
pub fn candidates(decisions: &[Row<'_>], version: &Version) -> Result<Vec<Judged>> {
    decisions.iter().map(|row| Judged::of(*row, version)).collect()
}

/// The version's filters in its order, with what each did to the candidates.
pub fn funnel(candidates: &[Judged], version: &Version) -> Vec<Step> {
    let mut remaining = candidates.len();
    let mut steps = Vec::new();
    for name in &version.filters {
        let Some(known) = version.catalogue.filters.get(name) else {
            continue;
        };
        let number = |of: &dyn Fn(&Judged) -> bool| candidates.iter().filter(|candidate| of(candidate)).count();
        let first = number(&|candidate| candidate.first.as_ref() == Some(name));
        remaining -= first;
        let threshold = filters::threshold(known, version);
        steps.push(Step {
            filter: name.clone(),
            about: known.about.clone(),
            rule: filters::rule_in(known, version),
            is_on: filters::is_on(known, version),
            is_observed: known.is_observed,
            threshold,
            blocks: known.blocks,
            unit: filters::unit(known, version),
            inert: filters::inert(name, version),
            blocked_first: count(first),
            remaining: count(remaining),
            blocks_in_all: count(number(&|candidate| candidate.would_be_blocked_by(name))),
            blocks_alone: count(number(&|candidate| {
                candidate.would_be_blocked_by(name) && candidate.failing.iter().all(|other| other == name)
            })),
        });
    }
    steps
}

/// The candidates that exactly one filter blocks, in the order that [`super::SlateExplanation`] states.
pub fn near_misses(candidates: &[Judged]) -> Vec<NearMiss> {
    let mut near: Vec<(&Judged, &Filter)> = candidates
        .iter()
        .filter(|candidate| candidate.failing.len() == 1)
        .filter_map(|candidate| {
            let blocking = candidate.filters.iter().find(|filter| filter.verdict == Verdict::Blocks)?;
            Some((candidate, blocking))
        })
        .collect();
    near.sort_by(closest_first);
    let miss = |(candidate, blocking): (&Judged, &Filter)| NearMiss {
        player_lookup: candidate.player_lookup.clone(),
        player: candidate.player.clone(),
        game_id: candidate.game_id.clone(),
        recommendation: candidate.recommendation.clone(),
        line: candidate.line.clone(),
        edge: candidate.edge.clone(),
        source_model_id: candidate.source_model_id.clone(),
        blocked_by: blocking.clone(),
        combo: candidate.combo.clone(),
        afterwards: candidate.afterwards.clone(),
    };
    near.into_iter().map(miss).collect()
}

fn closest_first(a: &(&Judged, &Filter), b: &(&Judged, &Filter)) -> Ordering {
    let margin = |filter: &Filter| filter.relative_margin.unwrap_or(f64::INFINITY);
    margin(a.1)
        .total_cmp(&margin(b.1))
        .then_with(|| b.0.abs_edge.cmp(&a.0.abs_edge))
        .then_with(|| a.0.player_lookup.cmp(&b.0.player_lookup))
        .then_with(|| a.0.game_id.cmp(&b.0.game_id))
}
