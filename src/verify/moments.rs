//! When a slate may have been decided, besides with everything that the snapshot holds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde::Deserialize;

use super::case::{Case, Slates};
use super::rows::{is_after, list, written};
use crate::dates::Day;
use crate::error::Result;
use crate::export::PickKey;
use crate::formats::rows;
use crate::replay::Replay;
use crate::snapshot::Snapshot;

/// The most times at which a slate is seen.
const MOST_TIMES: usize = 4;

/// What is written within this time of one another is of one run.
const OF_A_RUN: TimeDelta = TimeDelta::minutes(15);

/// A time at which a slate may have been decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When the first row of the run was written: what it decided by was there.
    pub at: NaiveDateTime,
    /// When its last row was.
    pub until: NaiveDateTime,
    /// Whether rows about earlier dates were written later, so that the past looked otherwise.
    pub has_other_past: bool,
}

/// The times at which slates may have been decided, where that makes a difference.
#[derive(Debug, Default)]
pub struct Times {
    by_date: BTreeMap<NaiveDate, Vec<Moment>>,
    untried: BTreeMap<NaiveDate, usize>,
}

impl Times {
    /// When each slate with open cases may have been decided: when the runs that wrote its rows began; where that is
    /// not known, or was after the slate, before later predictions of a player that is open. Times at which everything
    /// was there that is there now are left out.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn of(replay: &Replay, snapshot: &Snapshot, slates: &Slates, cases: &[&Case]) -> Result<Times> {
        let mut runs = BTreeMap::<NaiveDate, Vec<NaiveDateTime>>::new();
        let dates: BTreeSet<NaiveDate> = cases.iter().map(|case| case.key.date).collect();
        for ((_, date), slate) in slates.iter().filter(|((_, date), _)| dates.contains(date)) {
            let again = slate.again.iter().map(|(_, row)| row);
            let moments = slate.recorded.values().chain(again).filter_map(written);
            runs.entry(*date).or_default().extend(moments.filter(|moment| !is_after(*moment, *date)));
        }
        runs.retain(|_, moments| !moments.is_empty());
        let unknown: BTreeSet<NaiveDate> = dates.into_iter().filter(|date| !runs.contains_key(date)).collect();
        if !unknown.is_empty() {
            let keys = cases.iter().map(|case| &case.key).filter(|key| unknown.contains(&key.date)).collect();
            runs.extend(before_successors(replay, &unknown, &keys).await?);
        }
        let mut times = Times::default();
        if runs.is_empty() {
            return Ok(times);
        }
        let lately = Lately::of(replay, snapshot).await?;
        for (date, moments) in runs {
            let mut runs = of_runs(moments);
            runs.retain(|(_, run)| lately.differs(date, run.at));
            // Those that wrote most first, of as many the latest.
            runs.sort_unstable_by_key(|(rows, run)| std::cmp::Reverse((*rows, run.at)));
            if runs.len() > MOST_TIMES {
                times.untried.insert(date, runs.len() - MOST_TIMES);
            }
            let tried = runs.into_iter().take(MOST_TIMES);
            let tried = tried.map(|(_, run)| Moment { has_other_past: lately.past_differs(date, run.at), ..run });
            times.by_date.insert(date, tried.collect());
        }
        times.by_date.retain(|_, moments| !moments.is_empty());
        Ok(times)
    }

    /// Of the times of a date the one of a round.
    pub fn get(&self, date: NaiveDate, round: usize) -> Option<Moment> {
        self.by_date.get(&date)?.get(round).copied()
    }

    /// How many times a slate is seen from at most.
    pub fn rounds(&self) -> usize {
        self.by_date.values().map(Vec::len).max().unwrap_or_default()
    }

    /// How many more times a slate may have been decided at than it is seen from.
    pub fn untried(&self, date: NaiveDate) -> usize {
        self.untried.get(&date).copied().unwrap_or_default()
    }
}

/// The runs in which something was written at `moments`, with how many times each wrote.
fn of_runs(mut moments: Vec<NaiveDateTime>) -> Vec<(usize, Moment)> {
    moments.sort_unstable();
    let mut runs = Vec::<(usize, Moment)>::new();
    for moment in moments {
        match runs.last_mut() {
            Some((rows, run)) if moment - run.until <= OF_A_RUN => {
                *rows += 1;
                run.until = moment;
            }
            _ => runs.push((1, Moment { at: moment, until: moment, has_other_past: true })),
        }
    }
    runs
}

#[derive(Deserialize)]
struct Created {
    game_date: Day,
    player_lookup: String,
    game_id: String,
    created_at: NaiveDateTime,
}

/// The moments before each later prediction of `keys`.
async fn before_successors(
    replay: &Replay,
    dates: &BTreeSet<NaiveDate>,
    keys: &BTreeSet<&PickKey>,
) -> Result<BTreeMap<NaiveDate, Vec<NaiveDateTime>>> {
    let sql = format!(
        "SELECT game_date, player_lookup, game_id, created_at FROM player_prop_predictions \
         WHERE created_at IS NOT NULL AND game_date IN ({}) \
         QUALIFY row_number() OVER (PARTITION BY system_id, player_lookup, game_id ORDER BY created_at) > 1",
        list(dates)
    );
    let mut moments = BTreeMap::<NaiveDate, Vec<NaiveDateTime>>::new();
    for row in rows::<Created>(&replay.engine.query(&sql).await?)? {
        let key = PickKey { date: row.game_date.0, player_lookup: row.player_lookup, game_id: row.game_id };
        if keys.contains(&key) {
            moments.entry(key.date).or_default().push(row.created_at - TimeDelta::microseconds(1));
        }
    }
    Ok(moments)
}

/// When the rows that decisions read were written last, up to and with each date.
struct Lately {
    predictions: UpTo,
    gradings: UpTo,
    health: UpTo,
    /// Whether a version reads the health row of a slate's own date.
    reads_own_health: bool,
}

impl Lately {
    async fn of(replay: &Replay, snapshot: &Snapshot) -> Result<Lately> {
        let last = |column: &str, table: &str| {
            format!("SELECT game_date, max({column}) AS written, FALSE AS is_open FROM {table} GROUP BY game_date")
        };
        // Where the latest row was withdrawn, an earlier active one counts today, and did at no time that is known.
        let predictions = "\
            SELECT game_date, max(written) AS written, \
                bool_or(active > 0 AND active < predictions AND coalesce(written_inactive >= written_active, TRUE)) AS is_open \
            FROM ( \
                SELECT game_date, max(created_at) AS written, count(*) AS predictions, \
                    sum(CASE WHEN is_active THEN 1 ELSE 0 END) AS active, \
                    max(CASE WHEN is_active THEN created_at END) AS written_active, \
                    max(CASE WHEN is_active THEN NULL ELSE created_at END) AS written_inactive \
                FROM player_prop_predictions GROUP BY game_date, system_id, player_lookup, game_id \
            ) GROUP BY game_date";
        let health = match snapshot.table("signal_health_daily") {
            Some(_) => UpTo::read(replay, &last("computed_at", "signal_health_daily")).await?,
            None => UpTo::default(),
        };
        Ok(Lately {
            predictions: UpTo::read(replay, predictions).await?,
            gradings: UpTo::read(replay, &last("graded_at", "prediction_accuracy")).await?,
            health,
            reads_own_health: replay.versions.iter().any(|version| version.text("health") == "same-date"),
        })
    }

    /// Whether a decision about `date` at a moment may have read other rows than one that sees all there are.
    fn differs(&self, date: NaiveDate, moment: NaiveDateTime) -> bool {
        let next = date.succ_opt().unwrap_or(date);
        // An alternative that reads the row of the slate's own date from before that was written reads none: what reads
        // none is a alternative of its own.
        let health = self.health.last(if self.reads_own_health { next } else { date });
        self.past_differs(date, moment) || self.predictions.last(next) > Some(moment) || health > Some(moment)
    }

    /// Whether it may have read other rows about earlier dates.
    fn past_differs(&self, date: NaiveDate, moment: NaiveDateTime) -> bool {
        let last = self.predictions.last(date).max(self.gradings.last(date));
        moment.date() < date || last > Some(moment)
    }
}

/// By date, ascending, the latest time at which rows of it or of an earlier one were written.
#[derive(Default)]
struct UpTo(Vec<(NaiveDate, Option<NaiveDateTime>)>);

#[derive(Deserialize)]
struct Written {
    game_date: Option<Day>,
    written: Option<NaiveDateTime>,
    is_open: bool,
}

impl UpTo {
    async fn read(replay: &Replay, sql: &str) -> Result<UpTo> {
        let mut all: Vec<Written> = rows(&replay.engine.query(sql).await?)?;
        all.sort_by_key(|row| row.game_date.as_ref().map(|day| day.0));
        let mut latest = None;
        let dated = all.into_iter().filter_map(|row| Some((row.game_date?.0, row.written, row.is_open)));
        let up_to = dated.map(|(date, written, is_open)| {
            latest = latest.max(if is_open { Some(NaiveDateTime::MAX) } else { written });
            (date, latest)
        });
        Ok(UpTo(up_to.collect()))
    }

    /// When rows of dates before `date` were written last.
    fn last(&self, date: NaiveDate) -> Option<NaiveDateTime> {
        let before = self.0.partition_point(|(other, _)| *other < date);
        self.0[..before].last().and_then(|(_, written)| *written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> NaiveDateTime {
        format!("2026-02-11T{time}:00").parse().unwrap()
    }

    #[test]
    fn what_is_written_within_minutes_is_of_one_run() {
        let runs = of_runs(["22:31", "16:00", "22:30", "22:44", "16:20"].map(at).to_vec());
        let found: Vec<_> = runs.iter().map(|(rows, run)| (*rows, run.at, run.until)).collect();
        let expected = [(1, "16:00", "16:00"), (1, "16:20", "16:20"), (3, "22:30", "22:44")];
        assert_eq!(found, expected.map(|(rows, from, to)| (rows, at(from), at(to))));
    }

    #[test]
    fn the_last_time_of_writing_counts_for_every_later_date() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 2, day).unwrap();
        let up_to = UpTo(vec![(day(9), Some(at("10:00"))), (day(11), Some(at("12:00")))]);
        let last = |date| up_to.last(date);
        assert_eq!(
            [last(day(9)), last(day(10)), last(day(11)), last(day(12))],
            [None, Some(at("10:00")), Some(at("10:00")), Some(at("12:00"))]
        );
    }
}
