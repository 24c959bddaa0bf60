//! What a replay comes to: the picks, the funnel, the record and what deserves a warning.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::count::{count, counted};
use crate::error::Result;
use crate::formats::rows;
use crate::grade::Record;
use crate::pick_columns::{self, Reader};
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::snapshot::calendar::Season;
use crate::version::beyond;

/// A pick, with what came of it.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SummaryPick {
    pub rank: u64,
    pub player: Option<String>,
    pub player_lookup: String,
    pub team: Option<String>,
    pub opponent: Option<String>,
    pub recommendation: String,
    /// Points.
    pub line: f64,
    /// Points, signed.
    pub edge: f64,
    pub source_model_id: String,
    pub signal_tags: Vec<String>,
    pub outcome: String,
    pub actual_points: Option<i64>,
}

/// A slate in one line.
#[derive(Debug, Clone, Deserialize)]
pub struct SlateLine {
    pub game_date: String,
    pub candidates: u64,
    pub picks: u64,
    #[serde(flatten)]
    pub record: Record,
}

/// How many candidates a filter removed first, of all slates together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunnelStep {
    pub filter: String,
    pub removed: u64,
}

/// A replay by one version, or by each date's own.
#[derive(Debug)]
pub struct Summary {
    /// In order of date and rank.
    pub picks: Vec<SummaryPick>,
    /// Every slate asked for, in order of date, also those without candidates.
    pub slates: Vec<SlateLine>,
    pub candidates: u64,
    /// In the version's order, filters that removed nothing included.
    pub funnel: Vec<FunnelStep>,
    /// Passed every filter, but refused by a cap.
    pub beyond_cap: u64,
    /// What those are called.
    pub beyond: &'static str,
    pub record: Record,
    pub warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Removed {
    first_filter: Option<String>,
    candidates: u64,
}

#[derive(Deserialize)]
struct Oddities {
    ties: u64,
    tied_picks: u64,
    by_order: u64,
    by_order_blocked: u64,
    unit_scale: u64,
    percent_scale: u64,
}

/// The slates that the health gate closed.
const CLOSED: &str = "SELECT count(*) AS slates, CAST(min(decided.game_date) AS VARCHAR) AS first_closed \
    FROM slate_versions AS decided LEFT ANTI JOIN open_slates AS open \
    ON open.version = decided.version AND open.game_date = decided.game_date";

#[derive(Deserialize)]
struct Closed {
    slates: u64,
    first_closed: Option<String>,
}

impl Closed {
    fn warning(&self) -> String {
        let first = self.first_closed.as_deref().unwrap_or_default();
        format!(
            "{} closed by the health gate, from {first} on: the champion's hit rate was below health_gate, so there are no candidates",
            counted(self.slates, "slate")
        )
    }
}

/// Sums up a replay by one version, or by each date's own.
///
/// # Errors
/// Data that breaks the contract.
pub async fn summarize(replay: &Replay, snapshot: &Snapshot) -> Result<Summary> {
    replay.compute(&["decided_picks", "slate_records", "slate_funnels", "open_slates"]).await?;
    let engine = &replay.engine;
    let columns = pick_columns::list(Reader::Summary);
    let picks = format!("SELECT {columns} FROM decided_picks ORDER BY game_date, rank");
    let counts = ["candidates", "picks", "wins", "losses", "pushes", "voids", "ungraded"];
    let counts = counts.map(|count| format!("coalesce(sum(records.{count}), 0) AS {count}")).join(", ");
    let slates = format!(
        "SELECT CAST(slates.game_date AS VARCHAR) AS game_date, {counts} FROM slates \
         LEFT JOIN slate_records AS records ON records.game_date = slates.game_date GROUP BY slates.game_date ORDER BY 1"
    );
    let removed = "SELECT first_filter, sum(candidates) AS candidates FROM slate_funnels GROUP BY first_filter";
    let oddities = ["ties", "tied_picks", "by_order", "by_order_blocked", "unit_scale", "percent_scale"];
    let oddities = oddities.map(|count| format!("coalesce(sum({count}), 0) AS {count}")).join(", ");
    let oddities = format!("SELECT {oddities} FROM slate_records");
    let picks: Vec<SummaryPick> = rows(&engine.query(&picks).await?)?;
    let slates: Vec<SlateLine> = rows(&engine.query(&slates).await?)?;
    let removed: Vec<Removed> = rows(&engine.query(removed).await?)?;
    let oddities: Vec<Oddities> = rows(&engine.query(&oddities).await?)?;
    let blocked = |filter: Option<&str>| {
        let of_filter = removed.iter().filter(|row| row.first_filter.as_deref() == filter);
        of_filter.map(|row| row.candidates).sum::<u64>()
    };
    let step = |filter: &String| FunnelStep { filter: filter.clone(), removed: blocked(Some(filter)) };
    let funnel = replay.filters().iter().map(step).collect();
    let mut record = Record::default();
    slates.iter().for_each(|slate| record.add(slate.record));
    let mut warnings = oddities.iter().flat_map(Oddities::warnings).collect::<Vec<_>>();
    let closed: Vec<Closed> = rows(&engine.query(CLOSED).await?)?;
    warnings.extend(closed.iter().filter(|closed| closed.slates > 0).map(Closed::warning));
    warnings.extend(missing_inputs(snapshot, replay)?);
    let picked = count(picks.len());
    Ok(Summary {
        candidates: slates.iter().map(|slate| slate.candidates).sum(),
        funnel,
        beyond_cap: blocked(None).saturating_sub(picked),
        beyond: beyond(replay.versions.iter()),
        picks,
        slates,
        record,
        warnings,
    })
}

impl Oddities {
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.ties > 0 {
            let Oddities { ties, tied_picks, .. } = self;
            warnings.push(format!(
                "{ties} candidates ({tied_picks} picks) had several models with the same largest edge; the version's tie rule chose"
            ));
        }
        if self.by_order > 0 {
            let Oddities { by_order, by_order_blocked, .. } = self;
            warnings.push(format!(
                "{by_order} combo matches hang on the registry's order alone; {by_order_blocked} of them were blocked as anti_pattern"
            ));
        }
        if self.unit_scale > 0 && self.percent_scale > 0 {
            let Oddities { unit_scale, percent_scale, .. } = self;
            warnings.push(format!(
                "confidences are on both scales ({unit_scale} of 0-1, {percent_scale} of 0-100) and compared raw, as in production"
            ));
        }
        warnings
    }
}

/// The tables that a snapshot need not have and decisions look at, with what is without them. Subsets are looked at only
/// where they are requested.
const NEEDED: [(&str, &str); 5] = [
    ("ml_feature_store_v2", "book_disagreement cannot qualify"),
    ("subset_performance", "the best_bets record is 0-0"),
    ("signal_health_daily", "no signal has a health row"),
    ("model_registry", "no model's weight is discounted by the days since its training"),
    ("model_performance_daily", "no model is weighed by its recorded performance"),
];

/// What a decision would have looked at and the snapshot does not have.
///
/// # Errors
/// A file that the slates look at cannot be opened.
fn missing_inputs(snapshot: &Snapshot, replay: &Replay) -> Result<Vec<String>> {
    let missing = snapshot.missing_tables();
    let health_is_read = replay.versions.iter().any(|version| version.text("health") != "live");
    let training_is_read = replay.versions.iter().any(|version| version.text("source_weight") == "shrunk");
    let matters = |table: &str| {
        let is_read = match table {
            "signal_health_daily" => health_is_read,
            "model_registry" => training_is_read,
            // A version that reads it is refused.
            "model_performance_daily" => false,
            _ => true,
        };
        is_read && missing.contains(&table)
    };
    let mut warnings: Vec<String> = NEEDED
        .iter()
        .filter(|(table, _)| matters(table))
        .map(|(table, effect)| format!("the snapshot has no {table}: {effect}"))
        .collect();
    let seen = replay.engine.looked_at();
    for table in ["player_prop_predictions", "prediction_accuracy", "player_game_summary"] {
        let files = snapshot.table(table);
        let absent = files.map(|files| files.missing_columns_of(seen)).transpose()?.unwrap_or_default();
        // superseded_by is not read by any decision.
        let absent: Vec<&str> = absent.into_iter().filter(|column| *column != "superseded_by").collect();
        if !absent.is_empty() {
            warnings.push(format!("{table} has no {}: features made of it are absent", absent.join(", ")));
        }
    }
    let guessed = |date: &NaiveDate| !Season::of(*date).is_known();
    if let Some(slate) = replay.slates.iter().find(|slate| guessed(&slate.game_date)) {
        let season = slate.season;
        warnings.push(format!(
            "the opening night of {} is not known; {} is assumed",
            season.name(),
            season.opening_night()
        ));
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::Lineage;

    #[tokio::test]
    async fn every_table_that_a_snapshot_need_not_have_is_listed() {
        let [decisions, slates] = ["decisions", "slate_decisions"].map(Lineage::of);
        let (decisions, slates) = (decisions.await.unwrap(), slates.await.unwrap());
        let mut read: BTreeSet<&str> = decisions.optional_tables();
        read.extend(slates.optional_tables());
        assert!(read.remove("current_subset_picks"));
        assert_eq!(read, NEEDED.iter().map(|(name, _)| *name).collect());
    }

    #[test]
    fn a_pick_has_the_columns_that_are_read_for_it() {
        assert_eq!(
            pick_columns::fields::<SummaryPick>(),
            pick_columns::names(Reader::Summary).map(str::to_owned).collect()
        );
    }
}
