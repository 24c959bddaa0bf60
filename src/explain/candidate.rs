//! Everything about one candidate.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::datum::{Datum, Row, Rows};
use super::features::{self, Feature, Missing};
use super::filters::{self, Filter, Verdict};
use super::signals::{self, Signal};
use super::{Afterwards, afterwards};
use crate::error::Result;
use crate::snapshot::contract;
use crate::version::{Cap, Version};

/// What happened about a player in a game.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Game {
    pub game_id: String,
    /// The predictions that could become the candidate, largest edge first, weighed where edges are.
    pub bids: Vec<Bid>,
    /// The predictions that could not, and why.
    pub non_bids: Vec<NonBid>,
    /// Null: no model bid, or every one that would have was left out, so there was nothing to decide.
    pub candidate: Option<Candidate>,
}

/// A model's prediction that could become the candidate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Bid {
    pub system_id: String,
    pub family: Option<String>,
    pub is_champion: bool,
    pub predicted_points: Datum,
    pub line: Datum,
    /// Signed, in points.
    pub edge: Datum,
    /// OVER or UNDER.
    pub recommendation: String,
    /// On the model's own scale, 0-1 or 0-100.
    pub confidence_score: Datum,
    /// What its edge is multiplied with when the source is chosen; null where the version weighs no models.
    pub weight: Datum,
    /// It became the candidate.
    pub won: bool,
    /// It has the winner's |edge|, weighed where edges are; the version's rule for ties decided between them.
    pub tied: bool,
}

/// A model's prediction that could not become the candidate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NonBid {
    pub system_id: String,
    pub family: Option<String>,
    pub predicted_points: Datum,
    pub line: Datum,
    pub edge: Datum,
    /// None where the row has none.
    pub recommendation: Option<String>,
    pub reason: String,
    /// Whether it was left out since it breaks the contract.
    pub breaks_contract: bool,
}

/// The trace of a candidate, in the order in which it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Candidate {
    /// Of the player's latest game before the slate; null where there is none this season.
    pub team: Option<String>,
    /// Who meets the team; the home team where the team is not known, as in production.
    pub opponent: Option<String>,
    /// False where the team is not known, as in production.
    pub is_home: bool,
    /// The player has no game of this season before the slate: team, opponent, home and averages are not really known.
    pub no_earlier_game: bool,
    pub source_model_id: String,
    pub source_model_family: Option<String>,
    pub predicted_points: Datum,
    pub line: Datum,
    /// Signed, in points.
    pub edge: Datum,
    pub recommendation: String,
    pub confidence_score: Datum,
    pub feature_quality_score: Datum,
    pub features: Vec<Feature>,
    pub signals: Vec<Signal>,
    /// The qualifying ones, in the version's order.
    pub signal_tags: Vec<String>,
    pub filters: Vec<Filter>,
    /// The first filter that blocks: the decision's reason.
    pub first_filter: Option<String>,
    /// Every filter that blocks.
    pub failing_filters: Vec<String>,
    /// Exactly one filter blocks: without it the candidate would have passed.
    pub only_one_blocks: bool,
    pub combo: Option<Combo>,
    pub composite_score: Datum,
    /// Among the candidates that passed, from 1.
    pub rank: Option<i64>,
    /// The most picks of a slate.
    pub cap: Option<i64>,
    /// The caps that the version has, by what is capped, with the most picks of each.
    pub caps: BTreeMap<Cap, i64>,
    /// The cap that refuses it, though no filter blocks it.
    pub capped_by: Option<Cap>,
    pub selected: bool,
    /// Why it was or was not picked, in words.
    pub reason: String,
    pub afterwards: Afterwards,
}

/// The entry of the combo registry that the signals match.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Combo {
    pub combo_id: String,
    pub classification: Option<String>,
    /// In percent.
    pub hit_rate: Option<f64>,
    /// Only the registry's order chose it between entries of the same size.
    pub by_order: bool,
    /// What would have matched without it.
    pub alternative: Option<String>,
    pub alternative_classification: Option<String>,
}

/// The relations a trace is made of.
pub struct Relations<'a> {
    pub decisions: &'a Rows,
    pub bids: &'a Rows,
    pub non_bids: &'a Rows,
}

/// What happened about a player, a game each.
pub fn games(player: &str, from: &Relations<'_>, version: &Version, missing: &Missing) -> Result<Vec<Game>> {
    let (decisions, bids, non_bids) =
        (of_player(from.decisions, player)?, of_player(from.bids, player)?, of_player(from.non_bids, player)?);
    let mut ids = BTreeSet::new();
    for row in decisions.iter().chain(&non_bids) {
        ids.extend(row.get("game_id")?.text().map(str::to_owned));
    }
    let mut games = Vec::new();
    for game_id in ids {
        let decision = of_game(&decisions, &game_id)?.into_iter().next();
        games.push(Game {
            bids: self::bids(&of_game(&bids, &game_id)?, decision)?,
            non_bids: self::non_bids(&of_game(&non_bids, &game_id)?)?,
            candidate: decision.map(|row| candidate(row, version, missing)).transpose()?,
            game_id,
        });
    }
    Ok(games)
}

fn of_player<'a>(rows: &'a Rows, player: &str) -> Result<Vec<Row<'a>>> {
    matching(rows.iter(), "player_lookup", player)
}

fn of_game<'a>(rows: &[Row<'a>], game_id: &str) -> Result<Vec<Row<'a>>> {
    matching(rows.iter().copied(), "game_id", game_id)
}

fn matching<'a>(rows: impl Iterator<Item = Row<'a>>, column: &str, wanted: &str) -> Result<Vec<Row<'a>>> {
    let mut found = Vec::new();
    for row in rows {
        if row.get(column)?.text() == Some(wanted) {
            found.push(row);
        }
    }
    Ok(found)
}

fn bids(rows: &[Row<'_>], decision: Option<Row<'_>>) -> Result<Vec<Bid>> {
    let winner = decision.map(|decision| decision.text("source_model_id")).transpose()?;
    let mut bids = Vec::new();
    for row in rows {
        let system_id = row.text("system_id")?;
        bids.push((
            row.get("weighted_edge")?.number(),
            Bid {
                family: row.get("family")?.text().map(str::to_owned),
                is_champion: row.get("is_champion")?.is_true(),
                predicted_points: row.get("predicted_points")?,
                line: row.get("line")?,
                edge: row.get("edge")?,
                recommendation: row.text("recommendation")?,
                confidence_score: row.get("confidence_score")?,
                weight: row.get("weight")?,
                won: winner.as_ref() == Some(&system_id),
                tied: false,
                system_id,
            },
        ));
    }
    let largest = bids.iter().find(|(_, bid)| bid.won).map(|(edge, _)| *edge);
    let is_tied = bids.iter().filter(|(edge, _)| Some(*edge) == largest).count() > 1;
    bids.sort_by(|(a_edge, a), (b_edge, b)| {
        b_edge.cmp(a_edge).then(b.won.cmp(&a.won)).then_with(|| a.system_id.cmp(&b.system_id))
    });
    let marked = |(edge, bid): (_, Bid)| Bid { tied: is_tied && Some(edge) == largest, ..bid };
    Ok(bids.into_iter().map(marked).collect())
}

fn non_bids(rows: &[Row<'_>]) -> Result<Vec<NonBid>> {
    let words = contract::RECOMMENDATIONS;
    let mut found = Vec::new();
    for row in rows {
        let recommendation = row.get("recommendation")?.text().map(str::to_owned);
        let is_unknown = recommendation.as_ref().is_none_or(|said| !words.contains(&said.as_str()));
        let is_active = row.get("is_active")?.is_true();
        let no_word =
            if is_unknown && is_active && recommendation.is_some() { ", which is no word for it" } else { "" };
        found.push(NonBid {
            system_id: row.text("system_id")?,
            family: row.get("family")?.text().map(str::to_owned),
            predicted_points: row.get("predicted_points")?,
            line: row.get("line")?,
            edge: row.get("edge")?,
            recommendation,
            reason: format!("{}{no_word}", row.text("reason")?),
            breaks_contract: is_unknown || !is_active,
        });
    }
    found.sort_by(|a, b| a.system_id.cmp(&b.system_id));
    Ok(found)
}

fn candidate(row: Row<'_>, version: &Version, missing: &Missing) -> Result<Candidate> {
    let text = |column: &str| Ok::<_, crate::error::Error>(row.get(column)?.text().map(str::to_owned));
    let failing_filters = row.texts("failing_filters")?;
    let mut candidate = Candidate {
        team: text("team")?,
        opponent: text("opponent")?,
        is_home: row.get("is_home")?.is_true(),
        no_earlier_game: row.get("no_earlier_game")?.is_true(),
        source_model_id: row.text("source_model_id")?,
        source_model_family: text("source_model_family")?,
        predicted_points: row.get("predicted_points")?,
        line: row.get("line")?,
        edge: row.get("edge")?,
        recommendation: row.text("recommendation")?,
        confidence_score: row.get("confidence_score")?,
        feature_quality_score: row.get("feature_quality_score")?,
        features: features::of(row, version, missing)?,
        signals: signals::of(row, version, missing)?,
        signal_tags: row.texts("signal_tags")?,
        filters: filters::of(row, version)?,
        first_filter: text("first_filter")?,
        only_one_blocks: failing_filters.len() == 1,
        failing_filters,
        combo: combo(row, version)?,
        composite_score: row.get("composite_score")?,
        rank: row.get("rank")?.integer(),
        cap: version.cap(Cap::Slate),
        caps: caps(version),
        capped_by: capped_by(row)?,
        selected: row.get("selected")?.is_true(),
        reason: String::new(),
        afterwards: afterwards(row)?,
    };
    candidate.reason = reason(&candidate);
    Ok(candidate)
}

/// The caps that a version has.
pub fn caps(version: &Version) -> BTreeMap<Cap, i64> {
    Cap::ALL.into_iter().filter_map(|cap| Some((cap, version.cap(cap)?))).collect()
}

/// The cap that refuses the candidate of a row of `decisions`.
pub fn capped_by(row: Row<'_>) -> Result<Option<Cap>> {
    let name = row.get("capped_by")?;
    Ok(name.text().and_then(|name| Cap::ALL.into_iter().find(|cap| cap.name() == name)))
}

/// The combo that a row of `decisions` matches, and what would have matched instead.
pub fn combo(row: Row<'_>, version: &Version) -> Result<Option<Combo>> {
    let Some(combo_id) = row.get("matched_combo_id")?.text().map(str::to_owned) else {
        return Ok(None);
    };
    let alternative = row.get("alternative_combo_id")?.text().map(str::to_owned);
    let of_registry =
        |id: &String| version.combos.iter().find(|combo| combo.id == *id).map(|combo| combo.class.clone());
    Ok(Some(Combo {
        combo_id,
        classification: row.get("combo_classification")?.text().map(str::to_owned),
        hit_rate: row.get("combo_hit_rate")?.double(),
        by_order: row.get("combo_by_order")?.is_true(),
        alternative_classification: alternative.as_ref().and_then(of_registry),
        alternative,
    }))
}

/// Why a candidate was or was not picked.
fn reason(candidate: &Candidate) -> String {
    let rank = candidate.rank.unwrap_or_default();
    let capped = candidate.capped_by.and_then(|cap| Some((cap, candidate.caps.get(&cap)?)));
    match (&candidate.first_filter, capped) {
        (None, _) if candidate.selected => format!("picked, rank {rank}: no filter blocks it"),
        (None, Some((Cap::Slate, most))) if candidate.caps.len() == 1 => {
            format!("not picked: no filter blocks it, but rank {rank} is beyond the cap of {most}")
        }
        (None, Some((cap, most))) => {
            format!("not picked: no filter blocks it, but rank {rank} is left out by the cap of its {cap}, {most}")
        }
        (None, None) => "not picked, though no filter blocks it".to_owned(),
        (Some(first), _) => {
            let blocking: Vec<&Filter> =
                candidate.filters.iter().filter(|filter| filter.verdict == Verdict::Blocks).collect();
            let others: Vec<&str> =
                blocking.iter().map(|filter| filter.filter.as_str()).filter(|name| name != first).collect();
            let judged = blocking.iter().find(|filter| filter.filter == *first);
            let judged = judged.map(|filter| format!(" ({})", filter.judgement())).unwrap_or_default();
            match others.as_slice() {
                [] => format!("not picked: {first}{judged} blocks it, and nothing else does"),
                others => format!("not picked: {first}{judged} blocks it first; {} would have, too", others.join(", ")),
            }
        }
    }
}
