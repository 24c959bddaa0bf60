//! The most likely cause of each difference: the worlds that reproduce the record, one thing otherwise before two.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde::Deserialize;
use serde_json::Value;

use super::case::{Case, Slate};
use super::named::Known;
use super::report::{Cause, Kind, Reason};
use super::rows::is_after;
use super::worlds::{Material, Times, World, picked};
use crate::error::Result;
use crate::export::rows;
use crate::record::{PickKey, Row, differing, text_of};
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::version::Version;

/// Best-bets models that production ran, besides those that rows name.
const CHAMPIONS: [&str; 2] = ["catboost_v9", "catboost_v12"];

/// The most times at which a slate is seen.
const MOST_TIMES: usize = 4;

/// What is recorded and replayed of every slate, by version and date.
pub type Slates = BTreeMap<(String, NaiveDate), Slate>;

/// What a search for causes goes by.
pub struct Search<'a> {
    pub snapshot: &'a Snapshot,
    pub known: &'a Known,
    /// The versions that rows name, as they decide.
    pub versions: &'a [Version],
    pub slates: &'a Slates,
    pub subset_version: Option<&'a str>,
    pub left_out: &'a [&'a str],
}

impl Search<'_> {
    /// Finds the causes of `cases` as far as there are any; `replay` is asked anew.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn explain(&self, replay: &mut Replay, cases: &mut [Case]) -> Result<()> {
        let times = self.times(replay, cases).await?;
        // Those seen from an earlier time last: each slate of them is replayed by itself.
        for (pairs, is_earlier) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut worlds = self.worlds(cases, &times, pairs);
            worlds.retain(|world| world.is_seen_earlier() == is_earlier);
            self.try_worlds(replay, cases, &worlds, &times).await?;
        }
        self.find_stale(replay, cases).await?;
        for case in cases.iter_mut().filter(|case| case.is_late) {
            written_late(case);
        }
        Ok(())
    }

    /// The worlds in which what is still open may have been recorded.
    fn worlds(&self, cases: &[Case], times: &Times, pairs: bool) -> Vec<World> {
        let mut worlds = Vec::new();
        for base in self.versions {
            let open: Vec<&Case> = cases.iter().filter(|case| case.is_open() && case.version == base.id).collect();
            if open.is_empty() {
                continue;
            }
            let recorded =
                |column: &'static str| open.iter().filter_map(move |case| text_of(case.recorded.as_ref()?, column));
            let mut champions: BTreeSet<String> = CHAMPIONS.iter().map(|id| (*id).to_owned()).collect();
            champions.extend(recorded("system_id"));
            champions.remove(&base.champion());
            let same_name = self.known.named(&base.algorithm_version).into_iter().filter(|other| other.id != base.id);
            let material = Material {
                base,
                same_name: same_name.cloned().collect(),
                champions,
                has_health: self.snapshot.table("signal_health_daily").is_some(),
                combos: recorded("matched_combo_id").collect(),
                rounds: open.iter().filter_map(|case| Some(times.get(&case.key.date)?.len())).max().unwrap_or(0),
            };
            worlds.extend(if pairs { material.pairs() } else { material.singles() });
        }
        worlds
    }

    async fn try_worlds(&self, replay: &mut Replay, cases: &mut [Case], worlds: &[World], times: &Times) -> Result<()> {
        let dates: BTreeSet<NaiveDate> = cases.iter().filter(|case| case.is_open()).map(|case| case.key.date).collect();
        if dates.is_empty() || worlds.is_empty() {
            return Ok(());
        }
        let picked = picked(replay, self.snapshot, worlds, &dates, times, self.subset_version).await?;
        // Of the worlds that explain a case, the one that explains most of its slate, then most of all, is the likeliest.
        let mut explained = BTreeMap::<usize, Vec<usize>>::new();
        let mut of_slates = BTreeMap::<(usize, &str, NaiveDate), usize>::new();
        let mut of_all = vec![0; worlds.len()];
        for (place, case) in cases.iter().enumerate().filter(|(_, case)| case.is_open()) {
            for (at, (world, picked)) in worlds.iter().zip(&picked).enumerate() {
                if self.is_of(world, case, times) && self.explains(world, picked, case) {
                    explained.entry(place).or_default().push(at);
                    *of_slates.entry((at, &world.base, case.key.date)).or_default() += 1;
                    of_all[at] += 1;
                }
            }
        }
        for (place, case) in cases.iter_mut().enumerate().filter(|(_, case)| case.is_open()) {
            let weight = |at: &&usize| {
                let of_slate = of_slates.get(&(**at, case.version.as_str(), case.key.date)).copied();
                (of_slate, of_all[**at], std::cmp::Reverse(**at))
            };
            if let Some(at) = explained.get(&place).and_then(|worlds| worlds.iter().max_by_key(weight)) {
                case.reasons.clone_from(&worlds[*at].reasons);
                continue;
            }
            for (world, picked) in worlds.iter().zip(&picked) {
                if self.is_of(world, case, times) {
                    case.compare(world, picked, self.left_out);
                }
            }
        }
        Ok(())
    }

    /// Whether a world is one of a case: of its version, and where it is seen from some time, from that at which the row
    /// was written.
    fn is_of(&self, world: &World, case: &Case, times: &Times) -> bool {
        let is_of_its_time = case.written.is_none_or(|moment| {
            is_after(moment, case.key.date) || world.time(case.key.date, times).is_none_or(|time| time == moment)
        });
        world.base == case.version && world.is_of(case.key.date, times) && is_of_its_time
    }

    /// Whether a world reproduces a case: it has the recorded row as it is, or does not pick what is not recorded.
    ///
    /// That a world does not pick something says little by itself. So where it holds for the whole slate, the rest of the
    /// slate must be as recorded too; and so where the replay picks nothing at all, since a row of such a slate may also
    /// be a stale one.
    fn explains(&self, world: &World, picked: &BTreeMap<PickKey, Row>, case: &Case) -> bool {
        let Some(slate) = self.slates.get(&(case.version.clone(), case.key.date)) else { return false };
        let reproduces = |key: &PickKey, row: &Row| {
            picked.get(key).is_some_and(|replayed| differing(row, replayed, self.left_out).is_empty())
        };
        let of_date = || picked.keys().filter(|key| key.date == case.key.date);
        let nothing_else = || of_date().all(|key| slate.recorded.contains_key(key));
        match (&case.recorded, case.kind) {
            (None, _) => {
                let rest = || slate.matched(self.left_out).all(|(key, row)| reproduces(key, row)) && nothing_else();
                !picked.contains_key(&case.key) && (!world.is_of_slates() || rest())
            }
            (Some(row), Kind::Extra) if slate.picks().next().is_none() => {
                reproduces(&case.key, row)
                    && slate.recorded.iter().all(|(key, row)| reproduces(key, row))
                    && nothing_else()
            }
            (Some(row), _) => reproduces(&case.key, row),
        }
    }

    /// Rows on slates of which the replay picks nothing: an earlier run wrote them, if they are some version's picks or
    /// bet on what some model predicted.
    async fn find_stale(&self, replay: &mut Replay, cases: &mut [Case]) -> Result<()> {
        let is_candidate = |case: &Case| {
            let slate = self.slates.get(&(case.version.clone(), case.key.date));
            case.is_open() && case.kind == Kind::Extra && slate.is_some_and(|slate| slate.picks().next().is_none())
        };
        let candidates: Vec<&mut Case> = cases.iter_mut().filter(|case| is_candidate(case)).collect();
        let dates: BTreeSet<NaiveDate> = candidates.iter().map(|case| case.key.date).collect();
        if dates.is_empty() {
            return Ok(());
        }
        let mut worlds = Vec::new();
        for base in self.versions.iter().filter(|base| candidates.iter().any(|case| case.version == base.id)) {
            let other = |version: &&Version| version.id != base.id;
            for version in self.known.versions().iter().filter(other) {
                let mut version = version.clone();
                version.combos.clone_from(&registry(base, &version));
                let detail = format!("{} picks nothing; it is as {} picks it", base.id, version.id);
                worlds.push(World::of(&version, &base.id, Reason::new(Cause::StaleRow, detail)));
            }
        }
        let picked = picked(replay, self.snapshot, &worlds, &dates, &Times::new(), self.subset_version).await?;
        let predicted = predicted(replay, &dates).await?;
        let no_name: Vec<&str> = self.left_out.iter().copied().chain(["algorithm_version", "rank"]).collect();
        for case in candidates {
            let Some(row) = &case.recorded else { continue };
            let of_other = worlds.iter().zip(&picked).find(|(world, picked)| {
                let replayed = picked.get(&case.key);
                world.base == case.version
                    && replayed.is_some_and(|replayed| differing(row, replayed, &no_name).is_empty())
            });
            let of_prediction = || {
                let detail = format!("{} picks nothing, and the row bets on what was predicted", case.version);
                predicted.contains(&Bet::of(row)).then(|| Reason::new(Cause::StaleRow, detail))
            };
            // A row that another model's run left behind has two causes.
            let of_world = case.nearest.as_ref().filter(|(_, left)| left.is_empty()).map(|(reasons, _)| {
                let stale = Reason::new(Cause::StaleRow, format!("{} picks nothing", case.version));
                let others = reasons.iter().filter(|reason| reason.cause != Cause::AsOf).cloned();
                std::iter::once(stale).chain(others).collect::<Vec<_>>()
            });
            let of_other = of_other.map(|(world, _)| world.reasons.clone());
            case.reasons = of_world.or(of_other).or_else(|| Some(vec![of_prediction()?])).unwrap_or_default();
        }
        Ok(())
    }

    /// When each slate with open cases may have been decided: when its rows were written; where that is not known, or was
    /// after the slate, before each later prediction of a player that is open.
    async fn times(&self, replay: &Replay, cases: &[Case]) -> Result<Times> {
        let open: Vec<&Case> = cases.iter().filter(|case| case.is_open()).collect();
        let mut times = Times::new();
        let mut unknown = BTreeSet::new();
        for date in open.iter().map(|case| case.key.date).collect::<BTreeSet<_>>() {
            let of_date = self.slates.iter().filter(|((_, other), _)| *other == date);
            let rows = of_date.flat_map(|(_, slate)| slate.recorded.values());
            let moments = rows.filter_map(super::rows::written).filter(|moment| !is_after(*moment, date));
            let mut counts = BTreeMap::<NaiveDateTime, usize>::new();
            moments.for_each(|moment| *counts.entry(moment).or_default() += 1);
            let mut moments: Vec<(usize, NaiveDateTime)> = counts.into_iter().map(|(moment, n)| (n, moment)).collect();
            moments.sort_unstable_by(|a, b| b.cmp(a));
            if moments.is_empty() {
                unknown.insert(date);
            } else {
                times.insert(date, moments.into_iter().take(MOST_TIMES).map(|(_, moment)| moment).collect());
            }
        }
        if !unknown.is_empty() {
            let keys = open.iter().map(|case| &case.key).filter(|key| unknown.contains(&key.date)).collect();
            times.extend(before_successors(replay, &unknown, &keys).await?);
        }
        Ok(times)
    }
}

impl Case {
    pub fn is_open(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Remembers a world if it comes nearer to the record than those before.
    fn compare(&mut self, world: &World, picked: &BTreeMap<PickKey, Row>, left_out: &[&str]) {
        let (Some(row), Some(replayed)) = (&self.recorded, picked.get(&self.key)) else { return };
        let left: Vec<String> =
            differing(row, replayed, left_out).into_iter().map(|differing| differing.column).collect();
        if self.nearest.as_ref().is_none_or(|(_, before)| left.len() < before.len()) {
            self.nearest = Some((world.reasons.clone(), left));
        }
    }
}

/// A row that was written after its slate: by another writer, who may have had something else otherwise, too.
fn written_late(case: &mut Case) {
    let moment = case.written.map_or("after the slate".to_owned(), |moment| format!("at {moment}, after the slate"));
    let late = Reason::new(Cause::OtherWriter, format!("written {moment}"));
    if case.reasons.iter().any(|reason| reason.cause == Cause::OtherWriter) {
        return;
    }
    if case.is_open()
        && let Some((reasons, left)) = &case.nearest
    {
        // What comes nearer and leaves nothing different that was not before is part of it.
        let before: Vec<&String> = case.columns.iter().map(|differing| &differing.column).collect();
        let is_part =
            case.kind == Kind::Extra || left.len() < before.len() && left.iter().all(|name| before.contains(&name));
        if is_part {
            case.reasons.clone_from(reasons);
        }
    }
    case.reasons.insert(0, late);
}

/// The registry by which another version decides: the snapshot's own where `base` has that, else its own.
fn registry(base: &Version, version: &Version) -> Vec<crate::version::Combo> {
    let shipped = crate::version::shipped(&base.id).ok();
    let is_own = shipped.is_none_or(|shipped| shipped.combos == base.combos);
    if is_own { version.combos.clone() } else { base.combos.clone() }
}

/// On what a row bets.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bet {
    player_lookup: String,
    game_id: String,
    side: String,
    /// Predicted points and the line, in tenths.
    tenths: [i64; 2],
}

#[derive(Deserialize)]
struct Predicted {
    player_lookup: String,
    game_id: String,
    recommendation: String,
    predicted_points: f64,
    line: Option<f64>,
}

impl Bet {
    fn of(row: &Row) -> Bet {
        let text = |name: &str| text_of(row, name).unwrap_or_default();
        let points = |name: &str| tenths(row.get(name).and_then(Value::as_f64).unwrap_or_default());
        Bet {
            player_lookup: text("player_lookup"),
            game_id: text("game_id"),
            side: text("recommendation"),
            tenths: ["predicted_points", "line_value"].map(points),
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "points of a game, of at most six digits")]
fn tenths(points: f64) -> i64 {
    (points * 10.0).round() as i64
}

/// Everything that any model predicted on `dates`, superseded or not.
async fn predicted(replay: &Replay, dates: &BTreeSet<NaiveDate>) -> Result<BTreeSet<Bet>> {
    let sql = format!(
        "SELECT DISTINCT player_lookup, game_id, recommendation, predicted_points, current_points_line AS line \
         FROM player_prop_predictions WHERE game_date IN ({})",
        list(dates)
    );
    let found: Vec<Predicted> = rows(&replay.engine.query(&sql).await?)?;
    let bet = |row: Predicted| Bet {
        player_lookup: row.player_lookup,
        game_id: row.game_id,
        side: row.recommendation,
        tenths: [tenths(row.predicted_points), tenths(row.line.unwrap_or_default())],
    };
    Ok(found.into_iter().map(bet).collect())
}

#[derive(Deserialize)]
struct Created {
    game_date: crate::snapshot::manifest::Day,
    player_lookup: String,
    game_id: String,
    created_at: NaiveDateTime,
}

/// The moments before each later prediction of `keys`, the last ones of each date.
async fn before_successors(replay: &Replay, dates: &BTreeSet<NaiveDate>, keys: &BTreeSet<&PickKey>) -> Result<Times> {
    let sql = format!(
        "SELECT game_date, player_lookup, game_id, created_at FROM player_prop_predictions \
         WHERE created_at IS NOT NULL AND game_date IN ({}) \
         QUALIFY row_number() OVER (PARTITION BY system_id, player_lookup, game_id ORDER BY created_at) > 1 \
         ORDER BY created_at DESC",
        list(dates)
    );
    let mut times = Times::new();
    for row in rows::<Created>(&replay.engine.query(&sql).await?)? {
        let key = PickKey { date: row.game_date.0, player_lookup: row.player_lookup, game_id: row.game_id };
        let of_date = times.entry(key.date).or_default();
        let before = row.created_at - TimeDelta::microseconds(1);
        if keys.contains(&key) && of_date.len() < MOST_TIMES && !of_date.contains(&before) {
            of_date.push(before);
        }
    }
    Ok(times)
}

fn list(dates: &BTreeSet<NaiveDate>) -> String {
    dates.iter().map(|date| format!("DATE '{date}'")).collect::<Vec<_>>().join(", ")
}
