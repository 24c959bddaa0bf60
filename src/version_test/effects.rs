//! What the signals and filters do that a version has and the one it extends has not, or otherwise.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::{Like, Tally};
use crate::dates::Day;
use crate::error::Result;
use crate::formats::rows;
use crate::grade::Record;
use crate::replay::Replay;
use crate::stats::{ENOUGH, holm};
use crate::version::{Side, Version};

/// How a definition differs from what the extended version has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// That one has none of this name.
    New,
    /// That one's says something else.
    Redefined,
    /// It says the same with other thresholds.
    Set,
}

/// What a signal does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalEffect {
    pub signal: String,
    pub about: String,
    pub status: Status,
    /// Candidates that have it.
    pub candidates: Tally,
    /// Picks that have it.
    pub picks: Tally,
    /// Beside the candidates that have it not.
    pub like_them: LikeThem,
}

/// What a filter does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterEffect {
    pub filter: String,
    pub about: String,
    pub status: Status,
    /// It blocks nothing, and is judged by what it would block.
    pub is_observed: bool,
    /// Candidates that it blocks, whatever else does.
    pub any: Tally,
    /// Those that nothing else blocks.
    pub only: Tally,
    /// Those that it blocks beside the candidates that it does not.
    pub like_them: LikeThem,
}

/// How candidates did beside those of the same side and edge bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LikeThem {
    /// The hit rate of the others, weighted as these are spread; percent. None where there is none to compare with.
    pub without: Option<f64>,
    /// The hit rate of these, over the same sides and buckets, less that of the others; percentage points.
    pub lift: Option<f64>,
    /// Decided ones that have their like.
    pub compared: u64,
    /// Two-sided, exact: the chance of a result at least this unusual had as many been drawn at random of each side and edge
    /// bucket.
    pub p: Option<f64>,
    /// The same, adjusted over all signals and filters that are tested (Holm).
    pub p_adjusted: Option<f64>,
    /// Whether too few were decided to say anything.
    pub too_few: bool,
}

/// What a version's own signals and filters do over the slates of a replay.
#[derive(Debug)]
pub(super) struct Effects {
    pub candidates: Tally,
    pub picks: Tally,
    /// The slates that have candidates.
    pub dates: BTreeSet<NaiveDate>,
    pub signals: Vec<SignalEffect>,
    pub filters: Vec<FilterEffect>,
}

/// Candidates of the same side and edge bucket with the same signals, filters and outcome.
#[derive(Debug, Deserialize)]
struct Group {
    direction: String,
    edge_bucket: String,
    selected: bool,
    #[serde(default)]
    signal_tags: Vec<String>,
    #[serde(default)]
    failing_filters: Vec<String>,
    #[serde(default)]
    observed_filters: Vec<String>,
    outcome: String,
    candidates: u64,
}

#[derive(Debug, Deserialize)]
struct Slate {
    game_date: Day,
}

impl Group {
    fn record(&self) -> Record {
        Record::of(&self.outcome, self.candidates)
    }

    fn has(&self, signal: &str) -> bool {
        self.signal_tags.iter().any(|tag| tag == signal)
    }

    /// Whether a filter blocks them, or would if it did not only observe.
    fn is_blocked_by(&self, filter: &str) -> bool {
        [&self.failing_filters, &self.observed_filters].into_iter().flatten().any(|failing| failing == filter)
    }

    /// Whether no other filter blocks them.
    fn passes_all_but(&self, filter: &str) -> bool {
        self.failing_filters.iter().all(|failing| failing == filter)
    }
}

const GROUPS: &str = "\
    SELECT direction, edge_bucket, selected, signal_tags, failing_filters, observed_filters, outcome, \
        count(*) AS candidates \
    FROM graded_decisions \
    GROUP BY direction, edge_bucket, selected, signal_tags, failing_filters, observed_filters, outcome";

impl Effects {
    /// Of a replay by `version` alone, which extends `parent`.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn of(replay: &Replay, version: &Version, parent: Option<&Version>) -> Result<Effects> {
        replay.compute(&["graded_decisions"]).await?;
        let groups: Vec<Group> = rows(&replay.engine.query(GROUPS).await?)?;
        let dates = "SELECT DISTINCT game_date FROM graded_decisions";
        let dates: Vec<Slate> = rows(&replay.engine.query(dates).await?)?;
        let mut effects = Effects {
            candidates: tally(&groups, |_| true),
            picks: tally(&groups, |group| group.selected),
            dates: dates.into_iter().map(|slate| slate.game_date.0).collect(),
            signals: Vec::new(),
            filters: Vec::new(),
        };
        let Some(parent) = parent else { return Ok(effects) };
        let redefined = version.defines_otherwise(parent);
        let on = |of: &Version, parameter: &str, side| of.parameter(&of.name_on(parameter, side));
        let sides = || [None].into_iter().chain(Side::ALL.map(Some));
        let is_set = |parameter: &str| sides().any(|side| on(version, parameter, side) != on(parent, parameter, side));
        let status = |name: &String, of_parent: &[String], is_set: bool| match is_set {
            _ if !of_parent.contains(name) => Some(Status::New),
            _ if redefined.contains(name) => Some(Status::Redefined),
            is_set => is_set.then_some(Status::Set),
        };
        for name in &version.signals {
            let Some(signal) = version.catalogue.signals.get(name) else { continue };
            let is_set = signal.parameters.iter().any(|parameter| is_set(parameter));
            let Some(status) = status(name, &parent.signals, is_set) else { continue };
            effects.signals.push(SignalEffect {
                signal: name.clone(),
                about: signal.about.clone(),
                status,
                candidates: tally(&groups, |group| group.has(name)),
                picks: tally(&groups, |group| group.selected && group.has(name)),
                like_them: like_them(&groups, |group| group.has(name)),
            });
        }
        for name in &version.filters {
            let Some(filter) = version.catalogue.filters.get(name) else { continue };
            let Some(status) = status(name, &parent.filters, filter.parameters().any(is_set)) else { continue };
            effects.filters.push(FilterEffect {
                filter: name.clone(),
                about: filter.about.clone(),
                status,
                is_observed: filter.is_observed,
                any: tally(&groups, |group| group.is_blocked_by(name)),
                only: tally(&groups, |group| group.is_blocked_by(name) && group.passes_all_but(name)),
                like_them: like_them(&groups, |group| group.is_blocked_by(name)),
            });
        }
        effects.adjust();
        Ok(effects)
    }

    /// Adjusts the p-values, all of them together.
    fn adjust(&mut self) {
        let signals = self.signals.iter_mut().map(|effect| &mut effect.like_them);
        let filters = self.filters.iter_mut().map(|effect| &mut effect.like_them);
        let mut judged: Vec<_> = signals.chain(filters).filter(|like| like.p.is_some()).collect();
        let p: Vec<f64> = judged.iter().filter_map(|like| like.p).collect();
        judged.iter_mut().zip(holm(&p)).for_each(|(like, adjusted)| like.p_adjusted = Some(adjusted));
    }
}

fn tally(groups: &[Group], wanted: impl Fn(&Group) -> bool) -> Tally {
    groups.iter().filter(|group| wanted(group)).map(Group::record).sum::<Record>().into()
}

fn like_them(groups: &[Group], has_it: impl Fn(&Group) -> bool) -> LikeThem {
    let mut like = Like::default();
    groups.iter().for_each(|group| like.add(&group.direction, &group.edge_bucket, has_it(group), group.record()));
    let Some(comparison) = like.comparison() else { return LikeThem { too_few: true, ..LikeThem::default() } };
    LikeThem {
        without: Some(comparison.without),
        lift: Some(comparison.with - comparison.without),
        compared: comparison.compared,
        p: like.chance(),
        p_adjusted: None,
        too_few: comparison.compared < ENOUGH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(tags: &[&str], failing: &[&str], observed: &[&str], outcome: &str, candidates: u64) -> Group {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Group {
            direction: "OVER".to_owned(),
            edge_bucket: "5-7".to_owned(),
            selected: failing.is_empty(),
            signal_tags: names(tags),
            failing_filters: names(failing),
            observed_filters: names(observed),
            outcome: outcome.to_owned(),
            candidates,
        }
    }

    #[test]
    fn a_filter_blocks_alone_what_nothing_else_does() {
        let groups = [
            group(&[], &["a"], &[], "LOSS", 3),
            group(&[], &["a", "b"], &[], "WIN", 2),
            group(&[], &["b"], &["c"], "WIN", 4),
            group(&[], &[], &["c"], "PUSH", 5),
        ];
        let blocked = |name: &str| {
            let any = tally(&groups, |group| group.is_blocked_by(name));
            let only = tally(&groups, |group| group.is_blocked_by(name) && group.passes_all_but(name));
            (any.count, only.count)
        };
        assert_eq!(["a", "b", "c"].map(blocked), [(5, 3), (6, 4), (9, 5)]);
    }

    #[test]
    fn what_too_few_did_says_nothing() {
        let groups = [group(&["s"], &[], &[], "WIN", 29), group(&[], &[], &[], "LOSS", 40)];
        let few = like_them(&groups, |group| group.has("s"));
        assert_eq!((few.compared, few.lift, few.too_few), (29, Some(100.0), true));
        assert_eq!(like_them(&groups, |_| true), LikeThem { too_few: true, ..LikeThem::default() });
        let more = [group(&["s"], &[], &[], "WIN", 30), group(&[], &[], &[], "LOSS", 40)];
        assert!(!like_them(&more, |group| group.has("s")).too_few);
    }
}
