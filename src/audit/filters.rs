//! The filter audit: does a filter block losers, or winners?

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tally;
use crate::count::count;
use crate::dates::Day;
use crate::error::Result;
use crate::formats::{SCHEMA_VERSION, rows};
use crate::grade::Record;
use crate::replay::Replay;
use crate::stats::{Stratum, chance_within, holm};
use crate::version::Version;

/// Below this hit rate of what it blocked first, a filter is kept; in percent.
const KEEP_BELOW: f64 = 45.0;
/// Above this one it is demoted.
const DEMOTE_ABOVE: f64 = 55.0;
/// With fewer decided candidates there is no verdict.
const ENOUGH_FOR_A_VERDICT: u64 = 10;

/// What every filter of a version blocked over the slates of a replay, and how that would have gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterAudit {
    pub schema_version: u32,
    pub version: String,
    pub from: Day,
    pub to: Day,
    pub slates: u64,
    pub candidates: Tally,
    /// Those that passed every filter.
    pub passed: Tally,
    /// In the version's order.
    pub filters: Vec<FilterRow>,
    /// Pairs of filters that block the same candidates, most first.
    pub overlaps: Vec<Overlap>,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterRow {
    pub filter: String,
    /// It is the first that blocks them.
    pub first: Blocked,
    /// It blocks them, whichever does first.
    pub any: Blocked,
    /// Nothing else blocks them.
    pub only: Blocked,
    /// It blocks nothing, and is judged by what it would block.
    pub is_observed: bool,
    /// On those blocked first.
    pub verdict: Verdict,
    /// Units that blocking as many of each slate's candidates that reached the filter, drawn at random, would have saved on
    /// average.
    pub saved_at_random: f64,
    /// Two-sided, exact: the chance of a result at least this unusual if the filter drew at random, on each slate as many as
    /// it blocked there, among the candidates that reached it there. None where it blocked nothing that was decided.
    pub p: Option<f64>,
    /// The same, adjusted over the filters (Holm).
    pub p_adjusted: Option<f64>,
}

/// Candidates that a filter blocked, as if they had been bet on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Blocked {
    #[serde(flatten)]
    pub tally: Tally,
    /// Units at -110 that blocking them saved; negative: cost.
    pub saved: f64,
}

/// What the hit rate of the blocked says of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// It blocks losers: below 45 %.
    Keep,
    /// It blocks winners: above 55 %.
    Demote,
    /// Between, or fewer than ten decided.
    Unsure,
}

/// How many candidates two filters block both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overlap {
    pub filters: [String; 2],
    pub candidates: u64,
}

/// Candidates of a slate that the same filters block, with the same outcome.
#[derive(Debug, Deserialize)]
struct Group {
    version: String,
    game_date: Day,
    #[serde(default)]
    failing_filters: Vec<String>,
    /// Those that would block and only observe.
    #[serde(default)]
    observed_filters: Vec<String>,
    outcome: String,
    candidates: u64,
}

impl Group {
    fn record(&self) -> Record {
        Record::of(&self.outcome, self.candidates)
    }

    /// Whether no filter of `order` before `name` blocks them.
    fn reaches(&self, order: &[String], name: &str) -> bool {
        let mut in_order = order.iter().skip_while(|filter| *filter != name);
        match self.failing_filters.first() {
            None => in_order.next().is_some(),
            Some(first) => in_order.any(|filter| filter == first),
        }
    }
}

/// Audits the filters of a replay by one version, or by each date's own.
///
/// # Errors
/// Data that breaks the contract.
pub async fn filters(replay: &Replay) -> Result<FilterAudit> {
    replay.compute(&["graded_decisions"]).await?;
    let groups = "SELECT version, game_date, failing_filters, observed_filters, outcome, count(*) AS candidates \
                  FROM graded_decisions GROUP BY version, game_date, failing_filters, observed_filters, outcome";
    let groups: Vec<Group> = rows(&replay.engine.query(groups).await?)?;
    let orders: Orders =
        replay.versions.iter().map(|version| (version.id.as_str(), version.filters.as_slice())).collect();
    let mut filters: Vec<FilterRow> = replay.filters().iter().map(|name| row(&groups, &orders, name)).collect();
    for row in &mut filters {
        let observes = |version: &Version| version.catalogue.filters.get(&row.filter).is_some_and(|of| of.is_observed);
        row.is_observed = replay.versions.iter().any(observes);
    }
    adjust(&mut filters);
    let all = |wanted: &dyn Fn(&Group) -> bool| {
        groups.iter().filter(|group| wanted(group)).map(Group::record).sum::<Record>()
    };
    let (first, last) = (&replay.slates[0], &replay.slates[replay.slates.len() - 1]);
    Ok(FilterAudit {
        schema_version: SCHEMA_VERSION,
        version: replay.decided_by().to_owned(),
        from: Day(first.game_date),
        to: Day(last.game_date),
        slates: count(replay.slates.len()),
        candidates: all(&|_| true).into(),
        passed: all(&|group| group.failing_filters.is_empty()).into(),
        filters,
        overlaps: overlaps(&groups),
    })
}

/// The filters of each version in its order.
type Orders<'a> = BTreeMap<&'a str, &'a [String]>;

fn row(groups: &[Group], orders: &Orders<'_>, name: &str) -> FilterRow {
    let sum = |wanted: &dyn Fn(&Group) -> bool| {
        groups.iter().filter(|group| wanted(group)).map(Group::record).sum::<Record>()
    };
    let order = |group: &Group| orders.get(group.version.as_str()).copied().unwrap_or_default();
    // One that observes is judged as if it blocked, at its place.
    let blocks = |group: &Group| {
        [&group.failing_filters, &group.observed_filters].iter().any(|of| of.iter().any(|filter| filter == name))
    };
    let is_first = |group: &Group| blocks(group) && group.reaches(order(group), name);
    let first = sum(&is_first);
    let any = sum(&blocks);
    let only = sum(&|group| blocks(group) && group.failing_filters.iter().all(|filter| filter == name));
    let mut slates = BTreeMap::<NaiveDate, Slate>::new();
    for group in groups {
        let slate = slates.entry(group.game_date.0).or_default();
        if group.reaches(order(group), name) {
            slate.reached.add(group.record());
        }
        if is_first(group) {
            slate.blocked.add(group.record());
        }
    }
    let strata: Vec<Stratum> = slates.values().map(Slate::stratum).collect();
    FilterRow {
        filter: name.to_owned(),
        first: first.into(),
        any: any.into(),
        only: only.into(),
        is_observed: false,
        verdict: Verdict::of(first),
        saved_at_random: saved(slates.values().map(Slate::units_at_random).sum()),
        p: chance_within(&strata),
        p_adjusted: None,
    }
}

/// What reached a filter on a slate, and what of it the filter blocked.
#[derive(Debug, Clone, Copy, Default)]
struct Slate {
    reached: Record,
    blocked: Record,
}

impl Slate {
    fn stratum(&self) -> Stratum {
        Stratum {
            all_wins: self.reached.wins,
            all_decided: self.reached.decided(),
            wins: self.blocked.wins,
            decided: self.blocked.decided(),
        }
    }

    /// Units of as many decided candidates as it blocked, on average.
    fn units_at_random(&self) -> f64 {
        match self.reached.decided() {
            0 => 0.0,
            decided => self.reached.units() * self.blocked.decided() as f64 / decided as f64,
        }
    }
}

impl From<Record> for Blocked {
    fn from(record: Record) -> Blocked {
        Blocked { tally: record.into(), saved: saved(record.units()) }
    }
}

/// What not betting saves: the units with their sign turned, and no negative zero.
fn saved(units: f64) -> f64 {
    0.0 - units
}

impl Verdict {
    fn of(record: Record) -> Verdict {
        match record.hit_rate().filter(|_| record.decided() >= ENOUGH_FOR_A_VERDICT) {
            Some(rate) if rate < KEEP_BELOW => Verdict::Keep,
            Some(rate) if rate > DEMOTE_ABOVE => Verdict::Demote,
            _ => Verdict::Unsure,
        }
    }
}

fn adjust(filters: &mut [FilterRow]) {
    let p: Vec<f64> = filters.iter().filter_map(|row| row.p).collect();
    for (row, adjusted) in filters.iter_mut().filter(|row| row.p.is_some()).zip(holm(&p)) {
        row.p_adjusted = Some(adjusted);
    }
}

fn overlaps(groups: &[Group]) -> Vec<Overlap> {
    let mut counts = BTreeMap::<[&String; 2], u64>::new();
    for group in groups {
        for (at, one) in group.failing_filters.iter().enumerate() {
            for other in &group.failing_filters[at + 1..] {
                *counts.entry([one, other]).or_default() += group.candidates;
            }
        }
    }
    let overlap =
        |(filters, candidates): ([&String; 2], u64)| Overlap { filters: filters.map(Clone::clone), candidates };
    let mut overlaps: Vec<Overlap> = counts.into_iter().map(overlap).collect();
    overlaps.sort_by_key(|overlap| std::cmp::Reverse(overlap.candidates));
    overlaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(failing: &[&str], outcome: &str, candidates: u64) -> Group {
        let failing_filters = failing.iter().map(|name| (*name).to_owned()).collect();
        let game_date = Day("2026-02-11".parse().unwrap());
        Group {
            version: "v".to_owned(),
            game_date,
            failing_filters,
            observed_filters: Vec::new(),
            outcome: outcome.to_owned(),
            candidates,
        }
    }

    #[test]
    fn a_filter_is_judged_by_what_it_blocks_first() {
        let groups = [
            group(&["a"], "WIN", 2),
            group(&["a", "b"], "LOSS", 10),
            group(&["b"], "WIN", 9),
            group(&["b"], "LOSS", 3),
            group(&["b"], "PUSH", 1),
            group(&[], "WIN", 6),
            group(&[], "LOSS", 6),
        ];
        let order = ["a".to_owned(), "b".to_owned()];
        let orders = Orders::from([("v", order.as_slice())]);
        let (a, b) = (row(&groups, &orders, "a"), row(&groups, &orders, "b"));
        assert_eq!((a.first.tally.count, a.any.tally.count, a.only.tally.count), (12, 12, 2));
        assert_eq!((b.first.tally.count, b.any.tally.count, b.only.tally.count), (13, 23, 13));
        assert_eq!((a.verdict, b.verdict), (Verdict::Keep, Verdict::Demote));
        assert!((a.first.saved - (10.0 - 2.0 / 1.1)).abs() < 1e-9);
        // 17 wins and 19 losses reached a; it blocked a third of them.
        assert!((a.saved_at_random - (19.0 - 17.0 / 1.1) / 3.0).abs() < 1e-9);
        // a cannot have blocked what b is asked about.
        assert!((b.saved_at_random - (9.0 - 15.0 / 1.1) / 2.0).abs() < 1e-9);
        assert_eq!(overlaps(&groups), [Overlap { filters: order.clone(), candidates: 10 }]);
    }

    #[test]
    fn chance_is_taken_slate_by_slate() {
        let on = |date: &str, group: Group| Group { game_date: Day(date.parse().unwrap()), ..group };
        // On each slate the filter blocks all or nothing of what reaches it, so it chose nothing.
        let groups = [
            on("2026-02-10", group(&["a"], "LOSS", 8)),
            on("2026-02-11", group(&[], "WIN", 8)),
            on("2026-02-12", group(&["a"], "WIN", 1)),
        ];
        let order = ["a".to_owned()];
        let row = row(&groups, &Orders::from([("v", order.as_slice())]), "a");
        assert_eq!(row.p, Some(1.0));
        assert!((row.saved_at_random - row.first.saved).abs() < 1e-12);
        let verdict = |wins, losses| Verdict::of(Record { wins, losses, ..Record::default() });
        assert_eq!([verdict(0, 9), verdict(9, 11), verdict(11, 9)], [Verdict::Unsure; 3]);
    }
}
