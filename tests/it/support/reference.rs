//! The selection as the specifications state it, in plain Rust over plain rows: what the pipeline is held against.
//!
//! Written from the specifications, not from the queries. It compares as production
//! did, in doubles: a value of a decimal column is the double nearest to it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use reslate::version::{Combo, Value as Setting, Version};
use serde_json::{Value, json};

use crate::support::invented::{League, Played, Prediction};

const CHAMPION: &str = "catboost_v9";
const BOOKS: [&str; 3] = ["ACTUAL_PROP", "ODDS_API", "BETTINGPROS"];

/// A model family: its name, the system_id or its beginning, the feature set, and whether its loss is a quantile.
struct Family {
    name: &'static str,
    pattern: &'static str,
    is_whole: bool,
    feature_set: &'static str,
    is_quantile: bool,
}

const fn family(
    (name, pattern, is_whole): (&'static str, &'static str, bool),
    feature_set: &'static str,
    is_quantile: bool,
) -> Family {
    Family { name, pattern, is_whole, feature_set, is_quantile }
}

const V9: Family = family(("v9_mae", "catboost_v9", true), "v9", false);
const V12: Family = family(("v12_mae", "catboost_v12", true), "v12", false);
const ANY_V12: Family = family(("v12_mae", "catboost_v12", false), "v12", false);
const V9_Q43: Family = family(("v9_q43", "catboost_v9_q43_", false), "v9", true);
const V9_Q45: Family = family(("v9_q45", "catboost_v9_q45_", false), "v9", true);
const V12_Q43: Family = family(("v12_q43", "catboost_v12_noveg_q43_", false), "v12", true);
const V12_Q45: Family = family(("v12_q45", "catboost_v12_noveg_q45_", false), "v12", true);
const LOW_VEGAS: Family = family(("v9_low_vegas", "catboost_v9_low_vegas_", false), "v9", false);
/// The six ids of the versions up to v295.
const SIX: [&Family; 6] = [
    &family(("v9_mae", "catboost_v9_train1102_0205", true), "v9", false),
    &family(("v12_mae", "catboost_v12_noveg_train1102_0205", true), "v12", false),
    &family(("v9_q43", "catboost_v9_q43_train1102_0125", true), "v9", true),
    &family(("v9_q45", "catboost_v9_q45_train1102_0125", true), "v9", true),
    &family(("v12_q43", "catboost_v12_noveg_q43_train1102_0125", true), "v12", true),
    &family(("v12_q45", "catboost_v12_noveg_q45_train1102_0125", true), "v12", true),
];

/// On which side the models of a slate are about a player.
#[derive(Default)]
struct Consensus {
    majority: Option<&'static str>,
    models: Vec<&'static str>,
    feature_sets: usize,
    is_quantile_under: bool,
    bonus: f64,
    mean_edge: Option<f64>,
}

/// How often each comparison of numbers was made below, on and above its threshold, and how often beside it by so little
/// that rounded to nine digits it would be on it.
pub type Compared = BTreeMap<String, [usize; 4]>;

/// Decides a slate: every candidate, by player and game.
pub struct Reference<'a> {
    league: &'a League,
    version: &'a Version,
    /// The version as the specifications name it, whatever was set.
    shipped: &'a str,
    date: NaiveDate,
    compared: &'a mut Compared,
}

struct Candidate<'a> {
    bid: &'a Prediction,
    is_tied: bool,
    eligible: Option<usize>,
    champion_edge: Option<f64>,
    is_in_conflict: Option<bool>,
}

/// What is known of a player before the slate; None: absent.
#[derive(Default)]
struct Features {
    team: Option<&'static str>,
    opponent: String,
    is_home: bool,
    has_no_earlier_game: bool,
    previous_minutes: Option<f64>,
    is_starter: Option<bool>,
    rest_days: Option<i64>,
    three_last: Option<f64>,
    three_season: Option<f64>,
    three_std: Option<f64>,
    three_attempts: Option<f64>,
    minutes_last: Option<f64>,
    minutes_season: Option<f64>,
    points_season: Option<f64>,
    points_std: Option<f64>,
    usage: Option<f64>,
    free_throws: Option<f64>,
    unassisted: Option<f64>,
    negative_streak: usize,
    under_streak: usize,
    line_move: Option<f64>,
    spread: Option<f64>,
    met: usize,
    graded: usize,
    hit_rate: Option<f64>,
    v12: Option<(&'static str, f64)>,
}

fn points(tenths: i64) -> f64 {
    tenths as f64 / 10.0
}

fn edge(row: &Prediction) -> Option<i64> {
    Some(row.points - row.line?)
}

fn is_of_books(source: Option<&str>) -> bool {
    source.is_some_and(|source| BOOKS.contains(&source))
}

/// Of decimals, in units of 10^-`scale`: nine digits, rounded half away from zero, then the nearest double.
fn decimal_mean(values: &[i64], scale: u32) -> Option<f64> {
    let n = i128::try_from(values.len()).unwrap();
    if n == 0 {
        return None;
    }
    let sum = values.iter().map(|value| i128::from(*value)).sum::<i128>() * 10_i128.pow(9 - scale);
    let rounded = (2 * sum.abs() + n) / (2 * n) * sum.signum();
    Some(rounded as f64 / 1e9)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// `ROUND(100.0 * wins / n, 1)`.
fn rate(wins: usize, n: usize) -> f64 {
    (100.0 * wins as f64 / n as f64 * 10.0).round() / 10.0
}

fn leading(flags: impl Iterator<Item = bool>) -> usize {
    flags.take_while(|flag| *flag).count()
}

fn last<T>(rows: &[T], n: usize) -> &[T] {
    &rows[rows.len().saturating_sub(n)..]
}

impl<'a> Reference<'a> {
    pub fn new(
        league: &'a League,
        (shipped, version): (&'a str, &'a Version),
        date: NaiveDate,
        compared: &'a mut Compared,
    ) -> Reference<'a> {
        Reference { league, version, shipped, date, compared }
    }

    /// Every candidate with what decided about it, as rows of `decisions` with the columns of [`COLUMNS`].
    pub fn decide(&mut self) -> Vec<Value> {
        let blacklist = self.records();
        let status = self.model_health();
        let mut rows = Vec::new();
        for candidate in self.candidates() {
            let features = self.features(&candidate, &blacklist);
            let tags = self.tags(&candidate, &features);
            let combo = self.combo(&tags);
            let class = combo.map(|combo| combo.class.as_str());
            let failing = self.failing(&candidate, &features, &tags, class);
            let consensus = self.consensus(candidate.bid);
            let weight = combo.filter(|combo| combo.class == "SYNERGISTIC").and_then(|combo| combo.score_weight);
            let score = self.score(&candidate, tags.len(), weight, consensus.bonus);
            rows.push(self.row(&candidate, &features, (&tags, combo, &failing, status), (&consensus, score)));
        }
        self.rank(&mut rows);
        rows
    }

    fn before(&self, days: i64) -> NaiveDate {
        self.date - TimeDelta::days(days)
    }

    fn double(&self, name: &str) -> Option<f64> {
        match self.version.parameter(name) {
            Setting::Off => None,
            Setting::Integer(value) => Some(value as f64),
            value => Some(value.to_string().parse().unwrap()),
        }
    }

    /// Whether `value` is at or above the threshold called `name`; not where one of them is missing.
    fn reaches(&mut self, name: &str, value: Option<f64>) -> bool {
        let Some((value, threshold)) = value.zip(self.double(name)) else { return false };
        let place = if value < threshold { 0 } else { 1 + usize::from(value > threshold) };
        let compared = self.compared.entry(name.to_owned()).or_default();
        compared[place] += 1;
        compared[3] += usize::from(place != 1 && (value * 1e9).round() == (threshold * 1e9).round());
        value >= threshold
    }

    fn is_below(&mut self, name: &str, value: Option<f64>) -> bool {
        value.is_some() && self.double(name).is_some() && !self.reaches(name, value)
    }

    /// The family of a system, and whether it can become a candidate.
    fn family(&self, system: &str) -> Option<(&'static Family, bool)> {
        let families: &[&Family] = match self.shipped {
            "v279" | "v284a" | "v284b" | "v294" | "v295" => &SIX,
            "v296" | "v297" => &[&V9, &V12, &V9_Q43, &V9_Q45, &V12_Q43, &V12_Q45],
            "v298" | "v307" => &[&V9, &V12, &V9_Q43, &V9_Q45, &V12_Q43, &V12_Q45, &LOW_VEGAS],
            _ => &[&V9, &V9_Q43, &V9_Q45, &LOW_VEGAS, &V12_Q43, &V12_Q45, &ANY_V12],
        };
        let found = families.iter().find(|family| match family.is_whole {
            true => system == family.pattern,
            false => system.starts_with(family.pattern),
        });
        let is_labelled =
            matches!(self.shipped, "v307q" | "v314" | "v316" | "v318") && system.starts_with("catboost_v9");
        found.map(|family| (*family, true)).or_else(|| is_labelled.then_some((&V9, false)))
    }

    fn takes_all(&self) -> bool {
        matches!(self.shipped, "v307" | "v307q" | "v314" | "v316" | "v318")
    }

    fn candidates(&mut self) -> Vec<Candidate<'a>> {
        let mut games = BTreeMap::<(&str, &str), Vec<&'a Prediction>>::new();
        let league = self.league;
        for row in league.predictions.iter().filter(|row| row.date == self.date && row.is_active) {
            let bids = row.side != "PASS" && is_of_books(row.source) && row.line.is_some();
            let is_of_family = self.family(row.system).is_some_and(|(_, can_bid)| can_bid);
            let is_asked = if self.takes_all() { is_of_family } else { row.system == CHAMPION };
            if bids && is_asked {
                games.entry((&row.player, &row.game)).or_default().push(row);
            }
        }
        games.into_values().map(|bids| self.candidate(bids)).collect()
    }

    fn candidate(&mut self, mut bids: Vec<&'a Prediction>) -> Candidate<'a> {
        let size = |row: &Prediction| edge(row).unwrap_or_default().abs();
        let largest = bids.iter().map(|row| size(row)).max().unwrap();
        let eligible: Vec<&Prediction> =
            bids.iter().copied().filter(|row| self.reaches("attribution_edge", Some(points(size(row))))).collect();
        bids.retain(|row| size(row) == largest);
        bids.sort_by_key(|row| row.system);
        let bid = match self.shipped {
            "v307" => bids.iter().copied().find(|row| row.system == CHAMPION).unwrap_or(bids[0]),
            _ => bids[bids.len() - 1],
        };
        let has = |side: &str| eligible.iter().any(|row| row.side == side);
        let champion = eligible.iter().find(|row| row.system == CHAMPION);
        let all = self.takes_all();
        Candidate {
            bid,
            is_tied: bids.len() > 1,
            eligible: all.then_some(eligible.len()),
            champion_edge: champion.filter(|_| all).and_then(|row| edge(row)).map(points),
            is_in_conflict: all.then(|| has("OVER") && has("UNDER")),
        }
    }

    fn stats_since(&self) -> NaiveDate {
        "2025-10-22".parse().unwrap()
    }

    /// The games played before the slate, in order.
    fn games_of(&self, player: &str) -> Vec<&'a Played> {
        let since = self.stats_since();
        let plays = |row: &&Played| {
            row.player == player
                && since <= row.date
                && row.date < self.date
                && row.minutes.is_some_and(|minutes| minutes > 0)
        };
        let mut games: Vec<&Played> = self.league.played.iter().filter(plays).collect();
        games.sort_by_key(|row| row.date);
        games
    }

    fn features(&self, of: &Candidate<'_>, records: &BTreeMap<&str, (usize, usize)>) -> Features {
        let bid = of.bid;
        let games = self.games_of(&bid.player);
        let mut teams = bid.game.split('_').skip(1);
        let (away, home) = (teams.next().unwrap(), teams.next().unwrap());
        let stats = games.last();
        let is_home = stats.is_some_and(|row| row.team == home);
        let opponent = if is_home { away } else { home };
        let (graded, wins) = records.get(bid.player.as_str()).copied().unwrap_or_default();
        let mut features = Features {
            team: stats.map(|row| row.team),
            is_home,
            has_no_earlier_game: stats.is_none(),
            previous_minutes: stats.and_then(|row| row.minutes).map(points),
            is_starter: stats.and_then(|row| row.is_starter),
            rest_days: stats.map(|row| (self.date - row.date).num_days()),
            under_streak: self.under_streak(&bid.player),
            line_move: self.line_move(bid),
            spread: self.spread(&bid.player),
            met: games.iter().filter(|row| row.opponent == opponent).count(),
            opponent: opponent.to_owned(),
            graded,
            hit_rate: (graded > 0).then(|| rate(wins, graded)),
            v12: self.v12(bid),
            ..Features::default()
        };
        let lag = usize::from(self.version.text("windows") == "faithful");
        let before = &games[..games.len().saturating_sub(lag)];
        let minutes: Vec<i64> = before.iter().filter_map(|row| row.minutes).collect();
        features.minutes_season = decimal_mean(&minutes, 1);
        features.minutes_last = decimal_mean(last(&minutes, 3), 1);
        let usage: Vec<i64> = before.iter().filter_map(|row| row.usage).collect();
        features.usage = decimal_mean(&usage, 2);
        let share = |row: &&Played| {
            let (makes, attempts) = (row.threes.0?, row.threes.1.filter(|attempts| *attempts != 0)?);
            Some(makes as f64 / attempts as f64)
        };
        let shares = |rows: &[&Played]| rows.iter().filter_map(share).collect::<Vec<f64>>();
        features.three_last = mean(&shares(last(before, 3)));
        features.three_season = mean(&shares(before));
        features.three_std = deviation(&shares(before));
        let of = |rows: &[&Played], column: fn(&Played) -> Option<i64>| {
            rows.iter().filter_map(|row| column(row)).map(|value| value as f64).collect::<Vec<f64>>()
        };
        features.three_attempts = mean(&of(before, |row| row.threes.1));
        features.free_throws = mean(&of(before, |row| row.free_throws));
        features.unassisted = mean(&of(before, |row| row.unassisted));
        features.points_season = mean(&of(before, |row| row.points));
        features.points_std = deviation(&of(last(before, 5), |row| row.points));
        let is_negative = |row: &&Played| row.plus_minus.is_some_and(|difference| difference < 0);
        features.negative_streak = leading(before.iter().rev().take(3).map(is_negative));
        features
    }

    fn under_streak(&self, player: &str) -> usize {
        let mut latest = BTreeMap::new();
        let since = self.stats_since();
        for row in self.league.gradings.iter().filter(|row| row.system == CHAMPION && row.player == player) {
            let counts = row.correct.is_some() && row.is_voided != Some(true) && is_of_books(row.source);
            if counts && since <= row.date && row.date < self.date {
                let other = latest.entry((row.date, &row.game)).or_insert(row);
                if row.graded > other.graded {
                    *other = row;
                }
            }
        }
        let overs: Vec<bool> =
            latest.values().map(|row| row.actual.is_some_and(|actual| actual * 10 > row.line)).collect();
        let lag = usize::from(self.version.text("windows") == "faithful");
        leading(overs.iter().rev().skip(lag).take(5).map(|over| !over))
    }

    fn line_move(&self, bid: &Prediction) -> Option<f64> {
        let since = self.before(14);
        let earlier = self.league.predictions.iter().filter(|row| {
            let is_his = row.system == CHAMPION && row.player == bid.player && row.is_active;
            is_his && is_of_books(row.source) && since <= row.date && row.date < self.date
        });
        let previous = points(earlier.max_by_key(|row| row.date)?.line?);
        // Rounded to one digit: the sum of doubles is off by far less than half of one.
        Some(((points(bid.line?) - previous) * 10.0).round() / 10.0)
    }

    fn spread(&self, player: &str) -> Option<f64> {
        let row = self.league.spreads.iter().find(|(date, other, _)| *date == self.date && other == player);
        row.and_then(|(_, _, spread)| *spread)
    }

    /// The side and |edge| of the slate's V12 prediction.
    fn v12(&self, bid: &Prediction) -> Option<(&'static str, f64)> {
        let is_v12 = |row: &&Prediction| {
            let is_his = row.player == bid.player && row.game == bid.game && row.is_active && row.side != "PASS";
            let name = row.system.strip_prefix("catboost_v12_noveg");
            is_his && row.line.is_some() && name.is_some_and(|rest| !rest.contains("_q4"))
        };
        let row = self.league.predictions.iter().filter(is_v12).max_by_key(|row| row.system)?;
        Some((row.side, points(edge(row)?.abs())))
    }

    /// By player the champion's gradings of the season, and those of them that were right.
    fn records(&mut self) -> BTreeMap<&'a str, (usize, usize)> {
        let since: NaiveDate = "2025-10-21".parse().unwrap();
        let mut records = BTreeMap::<&str, (usize, usize)>::new();
        let league = self.league;
        for row in &league.gradings {
            let counts = row.system == CHAMPION && row.is_voided == Some(false);
            if counts && since <= row.date && row.date < self.date {
                if !self.reaches("blacklist_min_edge", Some(points((row.points - row.line).abs()))) {
                    continue;
                }
                let record = records.entry(&row.player).or_default();
                record.0 += 1;
                record.1 += usize::from(row.correct == Some(true));
            }
        }
        records
    }

    fn model_health(&mut self) -> &'static str {
        let since = self.before(7);
        let (mut n, mut wins) = (0, 0);
        let league = self.league;
        for row in league.gradings.iter().filter(|row| row.system == CHAMPION && row.is_voided != Some(true)) {
            if since <= row.date
                && row.date < self.date
                && let Some(correct) = row.correct
                && self.reaches("health_min_edge", Some(points((row.points - row.line).abs())))
            {
                n += 1;
                wins += usize::from(correct);
            }
        }
        match n {
            0 => "unknown",
            _ if self.is_below("health_blocked", Some(rate(wins, n))) => "blocked",
            _ if self.is_below("health_watch", Some(rate(wins, n))) => "watch",
            _ => "healthy",
        }
    }

    /// The qualifying signals, in the version's order.
    fn tags(&mut self, of: &Candidate<'_>, features: &Features) -> Vec<String> {
        let names = self.version.signals.clone();
        names.into_iter().filter(|name| self.qualifies(name, of.bid, features)).collect()
    }

    fn qualifies(&mut self, signal: &str, bid: &Prediction, of: &Features) -> bool {
        let size = Some(points(edge(bid).unwrap_or_default().abs()));
        let (is_over, is_under) = (bid.side == "OVER", bid.side == "UNDER");
        let confidence = bid.confidence.map(|hundredths| hundredths as f64 / 100.0);
        let surge = of.minutes_last.zip(of.minutes_season).map(|(recent, season)| recent - season);
        let deficit = of.minutes_season.zip(of.previous_minutes).map(|(season, previous)| season - previous);
        let rest = of.rest_days.map(|days| days as f64);
        let at = |name: &str| format!("{signal}.{name}");
        match signal {
            "model_health" => true,
            "high_edge" => self.reaches(&at("min_edge"), size),
            "dual_agree" | "model_consensus_v9_v12" => of.v12.is_some_and(|(side, other)| {
                side == bid.side && self.reaches(&at("min_edge"), size) && self.reaches(&at("min_edge"), Some(other))
            }),
            "3pt_bounce" => {
                let slump = of.three_last.zip(of.three_season).zip(of.three_std);
                let slump = slump.is_some_and(|((recent, season), std)| std > 0.0 && recent < season - std);
                let attempts = self.reaches(&at("min_attempts"), of.three_attempts);
                is_over && slump && attempts
            }
            "minutes_surge" => is_over && self.reaches(&at("min_surge"), surge),
            "cold_snap" => is_over && of.is_home && self.reaches(&at("min_streak"), Some(of.under_streak as f64)),
            "blowout_recovery" => {
                is_over
                    && (rest.is_none() || self.reaches(&at("min_rest"), rest))
                    && self.reaches(&at("min_deficit"), deficit)
            }
            "combo_he_ms" => is_over && self.reaches(&at("min_edge"), size) && self.reaches(&at("min_surge"), surge),
            "combo_3way" => {
                let either = matches!(self.shipped, "v279" | "v284a" | "v284b" | "v294");
                (is_over || either)
                    && self.reaches(&at("min_edge"), size)
                    && self.reaches(&at("min_surge"), surge)
                    && self.reaches(&at("min_confidence"), confidence)
                    && !self.is_in_band(confidence)
            }
            "edge_spread_optimal" => {
                self.reaches(&at("min_edge"), size)
                    && self.reaches(&at("min_confidence"), confidence)
                    && !self.is_in_band(confidence)
            }
            "b2b_fatigue_under" => {
                is_under && of.rest_days == Some(1) && self.reaches(&at("min_minutes"), of.minutes_season)
            }
            "rest_advantage_2d" => {
                let weeks = (self.date - "2025-10-21".parse::<NaiveDate>().unwrap()).num_days().div_euclid(7) as f64;
                let is_late = self.double(&at("max_weeks")).is_some_and(|most| weeks > most);
                is_over && !is_late && self.reaches(&at("min_rest"), rest) && self.reaches(&at("min_edge"), size)
            }
            "bench_under" => is_under && of.is_starter == Some(false),
            "high_usage_under" => is_under && self.reaches(&at("min_usage"), Some(of.usage.unwrap_or(0.0))),
            "volatile_under" => is_under && self.reaches(&at("min_std"), Some(of.points_std.unwrap_or(0.0))),
            "high_ft_under" => is_under && self.reaches(&at("min_attempts"), Some(of.free_throws.unwrap_or(0.0))),
            "self_creator_under" => is_under && self.reaches(&at("min_makes"), Some(of.unassisted.unwrap_or(0.0))),
            "prop_line_drop_over" => is_over && self.reaches(&at("min_drop"), of.line_move.map(|by| -by)),
            "book_disagreement" => self.reaches(&at("min_std"), of.spread),
            other => panic!("the reference does not know the signal {other}"),
        }
    }

    fn is_in_band(&self, confidence: Option<f64>) -> bool {
        let Setting::Range(low, high) = self.version.parameter("confidence_band") else { return false };
        let [low, high] = [low, high].map(|end| end.to_string().parse::<f64>().unwrap());
        confidence.is_some_and(|confidence| low <= confidence && confidence <= high)
    }

    fn consensus(&mut self, bid: &Prediction) -> Consensus {
        let league = self.league;
        let takes_part =
            |row: &&Prediction| row.date == self.date && row.is_active && row.side != "PASS" && row.line.is_some();
        let members: Vec<(&Prediction, &Family)> = league
            .predictions
            .iter()
            .filter(takes_part)
            .filter_map(|row| Some((row, self.family(row.system)?)))
            // What a family only labels does not vote.
            .filter_map(|(row, (family, is_candidate))| is_candidate.then_some((row, family)))
            .collect();
        let families: BTreeSet<&str> = members.iter().map(|(_, family)| family.name).collect();
        let quantile: BTreeSet<&str> =
            members.iter().filter(|(_, family)| family.is_quantile).map(|(row, _)| row.system).collect();
        let of_player: Vec<_> =
            members.iter().filter(|(row, _)| row.player == bid.player && row.game == bid.game).collect();
        let is_early = matches!(self.shipped, "v279" | "v284a" | "v284b" | "v294" | "v295");
        if (families.len() < 2 && !is_early) || of_player.len() < 2 {
            return Consensus::default();
        }
        let size = |row: &Prediction| points(edge(row).unwrap_or_default().abs());
        let votes: Vec<_> =
            of_player.into_iter().filter(|(row, _)| self.reaches("consensus_edge", Some(size(row)))).collect();
        if votes.is_empty() {
            return Consensus::default();
        }
        let of = |side: &str| votes.iter().copied().filter(|(row, _)| row.side == side).collect::<Vec<_>>();
        let (overs, unders) = (of("OVER"), of("UNDER"));
        let (majority, mut agreeing) = if overs.len() >= unders.len() { ("OVER", overs) } else { ("UNDER", unders) };
        agreeing.sort_by_key(|(row, _)| row.system);
        let feature_sets = agreeing.iter().map(|(_, family)| family.feature_set).collect::<BTreeSet<_>>().len();
        let quantile_agreeing = agreeing.iter().filter(|(_, family)| family.is_quantile).count();
        let all_quantile = if is_early { 4 } else { quantile.len().max(2) };
        let is_quantile_under = majority == "UNDER" && quantile_agreeing == all_quantile;
        let mut bonus = 0.0;
        if agreeing.len() >= 3 {
            bonus = 0.05 * (agreeing.len() - 2) as f64;
            if feature_sets == 2 && (is_early || self.shipped == "v296") {
                bonus *= 1.3;
            }
        }
        if is_quantile_under {
            bonus += 0.10;
        }
        Consensus {
            majority: Some(majority),
            models: agreeing.iter().map(|(row, _)| row.system).collect(),
            feature_sets,
            is_quantile_under,
            bonus: if majority == bid.side { bonus } else { 0.0 },
            mean_edge: mean(&agreeing.iter().map(|(row, _)| size(row)).collect::<Vec<f64>>()),
        }
    }

    /// By which it is ranked; signals weigh 1, no row of their health being known when the slate is decided.
    fn score(&self, of: &Candidate<'_>, tags: usize, weight: Option<f64>, bonus: f64) -> f64 {
        let size = points(edge(of.bid).unwrap_or_default().abs());
        if !matches!(self.shipped, "v279" | "v284a" | "v284b" | "v294" | "v295" | "v296") {
            return size;
        }
        let effective = (tags as f64).min(3.0);
        let score = (size / 7.0).min(1.0) * (1.0 + 0.3 * (effective - 1.0)) + weight.unwrap_or(0.0) + bonus;
        // To nearest, ties to even, on the exact value of the double.
        format!("{score:.4}").parse().unwrap()
    }

    /// The entry of the registry that matches the tags.
    fn combo(&self, tags: &[String]) -> Option<&'a Combo> {
        let combos = &self.version.combos;
        let sorted = tags.iter().cloned().collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>().join("+");
        let mut found = combos.iter().find(|combo| combo.id == sorted);
        if found.is_none() {
            for combo in combos.iter().filter(|combo| combo.signals.iter().all(|signal| tags.contains(signal))) {
                if found.is_none_or(|other| combo.signals.len() > other.signals.len()) {
                    found = Some(combo);
                }
            }
        }
        found
    }

    /// The filters that block, in the version's order.
    fn failing(
        &mut self,
        of: &Candidate<'_>,
        features: &Features,
        tags: &[String],
        class: Option<&str>,
    ) -> Vec<String> {
        let names = self.version.filters.clone();
        names.into_iter().filter(|name| self.blocks(name, of.bid, features, (tags.len(), class))).collect()
    }

    fn blocks(&mut self, filter: &str, bid: &Prediction, of: &Features, (tags, class): (usize, Option<&str>)) -> bool {
        let size = points(edge(bid).unwrap_or_default().abs());
        let line = points(bid.line.unwrap_or_default());
        let of_under = |value: f64| (bid.side == "UNDER").then_some(value);
        match filter {
            "player_blacklist" => {
                let is_empty = matches!(self.shipped, "v284a" | "v284b" | "v294" | "v295" | "v296" | "v297" | "v298");
                let is_judged = !is_empty && self.reaches("blacklist_min_picks", Some(of.graded as f64));
                is_judged && self.is_below("blacklist_hit_rate", of.hit_rate)
            }
            "edge_floor" => self.is_below("min_edge", Some(size)),
            "under_edge_cap" => {
                let counts = match self.double("under_max_edge_line") {
                    Some(_) => self.is_below("under_max_edge_line", Some(line)),
                    None => true,
                };
                counts && self.reaches("under_max_edge", of_under(size))
            }
            "rel_edge_cap" => self.reaches("rel_edge_cap", (line > 0.0).then(|| size / line)),
            "familiar_matchup" => self.reaches("familiar_games", Some(of.met as f64)),
            "feature_quality" => match self.version.text("feature_quality_missing").as_str() {
                "block" => self.is_below("feature_quality", Some(bid.quality.unwrap_or(0.0))),
                _ => self.is_below("feature_quality", bid.quality.filter(|quality| *quality > 0.0)),
            },
            "bench_under_line" => self.is_below("bench_line", of_under(line).filter(|line| *line > 0.0)),
            "line_jumped_under" => self.reaches("line_jump", of.line_move.and_then(of_under)),
            "line_dropped_under" => self.reaches("line_drop", of.line_move.and_then(of_under).map(|by| -by)),
            "neg_pm_streak_under" => self.reaches("neg_pm_streak", of_under(of.negative_streak as f64)),
            "min_signals" => self.is_below("min_signals", Some(tags as f64)),
            "confidence_floor" => {
                self.is_below("confidence_floor", bid.confidence.map(|hundredths| hundredths as f64 / 100.0))
            }
            "anti_pattern" => class == Some("ANTI_PATTERN"),
            other => panic!("the reference does not know the filter {other}"),
        }
    }

    fn row(
        &self,
        of: &Candidate<'_>,
        features: &Features,
        (tags, combo, failing, status): (&[String], Option<&Combo>, &[String], &str),
        (consensus, score): (&Consensus, f64),
    ) -> Value {
        let columns = [
            ("player_lookup", json!(of.bid.player)),
            ("game_id", json!(of.bid.game)),
            ("source_model_id", json!(of.bid.system)),
            ("source_tie", json!(of.is_tied)),
            ("n_models_eligible", json!(of.eligible)),
            ("champion_edge", json!(of.champion_edge)),
            ("direction_conflict", json!(of.is_in_conflict)),
            ("recommendation", json!(of.bid.side)),
            ("line", json!(of.bid.line.map(points))),
            ("edge", json!(edge(of.bid).map(points))),
            ("team", json!(features.team)),
            ("opponent", json!(features.opponent)),
            ("is_home", json!(features.is_home)),
            ("no_earlier_game", json!(features.has_no_earlier_game)),
            ("prev_minutes", json!(features.previous_minutes)),
            ("starter_flag", json!(features.is_starter)),
            ("rest_days", json!(features.rest_days)),
            ("three_pct_last_3", json!(features.three_last)),
            ("three_pct_season", json!(features.three_season)),
            ("three_pct_std", json!(features.three_std)),
            ("three_pa_per_game", json!(features.three_attempts)),
            ("minutes_avg_last_3", json!(features.minutes_last)),
            ("minutes_avg_season", json!(features.minutes_season)),
            ("points_avg_season", json!(features.points_season)),
            ("points_std_last_5", json!(features.points_std)),
            ("usage_avg_season", json!(features.usage)),
            ("fta_season", json!(features.free_throws)),
            ("unassisted_fg_season", json!(features.unassisted)),
            ("neg_pm_streak", json!(features.negative_streak)),
            ("under_streak", json!(features.under_streak)),
            ("prop_line_delta", json!(features.line_move)),
            ("multi_book_line_std", json!(features.spread)),
            ("games_vs_opponent", json!(features.met)),
            ("model_health_status", json!(status)),
            ("signal_tags", json!(tags)),
            ("matched_combo_id", json!(combo.map(|combo| &combo.id))),
            ("consensus_majority", json!(consensus.majority)),
            ("model_agreement_count", json!(consensus.models.len())),
            ("agreeing_model_ids", json!(consensus.models)),
            ("feature_set_diversity", json!(consensus.feature_sets)),
            ("quantile_consensus_under", json!(consensus.is_quantile_under)),
            ("consensus_bonus", json!(consensus.bonus)),
            ("avg_edge_agreeing", json!(consensus.mean_edge)),
            ("composite_score", json!(score)),
            ("failing_filters", json!(failing)),
            ("first_filter", json!(failing.first())),
            ("rank", json!(null)),
            ("selected", json!(false)),
        ];
        Value::Object(columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Ranks what passed by its score, then player.
    fn rank(&self, rows: &mut [Value]) {
        let score = |row: &Value| row["composite_score"].as_f64().unwrap();
        let mut passed: Vec<&mut Value> = rows.iter_mut().filter(|row| row["first_filter"].is_null()).collect();
        passed.sort_by(|a, b| {
            score(b).total_cmp(&score(a)).then_with(|| a["player_lookup"].as_str().cmp(&b["player_lookup"].as_str()))
        });
        let cap = match self.version.parameter("cap") {
            Setting::Integer(cap) => usize::try_from(cap).unwrap(),
            _ => usize::MAX,
        };
        for (at, row) in passed.into_iter().enumerate() {
            row["rank"] = json!(at + 1);
            row["selected"] = json!(at < cap);
        }
    }
}
