//! Gaps and staleness, by the dates of the tables. There is no clock: what is late is measured against the pull, or the
//! newest date of a plain folder.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::report::{Finding, Kind};
use crate::count::counted;
use crate::snapshot::calendar::Season;
use crate::snapshot::contract::{self, Table};

/// Gradings are written within this many days of a game, and every daily table should reach as close to the newest slate.
const DAYS_TO_ARRIVE: u64 = 3;

/// The dates of every table that was read.
pub type DatesOf = BTreeMap<&'static str, BTreeSet<NaiveDate>>;

/// The dates with predictions or games, ascending.
pub fn slates(dates: &DatesOf) -> BTreeSet<NaiveDate> {
    let of = |table: &str| dates.get(table).into_iter().flatten();
    of(PREDICTIONS).chain(of(GAMES)).copied().collect()
}

const PREDICTIONS: &str = "player_prop_predictions";
const GAMES: &str = "player_game_summary";
const GRADINGS: &str = "prediction_accuracy";

/// Dates with games but no predictions, and dates that should have gradings by `now` but have none.
pub fn gaps(dates: &DatesOf, now: Option<NaiveDate>) -> Vec<Finding> {
    let (Some(predicted), Some(played), Some(graded)) = (dates.get(PREDICTIONS), dates.get(GAMES), dates.get(GRADINGS))
    else {
        return Vec::new();
    };
    let unpredicted: Vec<NaiveDate> = played.difference(predicted).copied().collect();
    let due = |date: &NaiveDate| {
        date.checked_add_days(Days::new(DAYS_TO_ARRIVE)).zip(now).is_some_and(|(due, now)| due <= now)
    };
    let ungraded: Vec<NaiveDate> =
        predicted.intersection(played).filter(|date| due(date) && !graded.contains(date)).copied().collect();
    let days = |dates: &[NaiveDate]| counted(dates.len(), "date");
    let mut findings = Vec::new();
    findings.extend(gap(
        PREDICTIONS,
        Kind::Unpredicted,
        &unpredicted,
        format!("{} with games but no predictions", days(&unpredicted)),
    ));
    let message =
        format!("{} with predictions and games but, {DAYS_TO_ARRIVE} days later, no gradings", days(&ungraded));
    findings.extend(gap(GRADINGS, Kind::Ungraded, &ungraded, message));
    findings
}

fn gap(table: &str, kind: Kind, dates: &[NaiveDate], message: String) -> Option<Finding> {
    let (first, last) = (dates.first()?, dates.last()?);
    let example = if first == last { first.to_string() } else { format!("{first} .. {last}") };
    contract::table(table).map(|table| Finding::of(table, kind, dates.len(), message).with_example(example))
}

/// Whether a table ends well before the newest slate: by more days than data take to arrive, and more than one slate.
pub fn staleness(table: &'static Table, last: NaiveDate, slates: &BTreeSet<NaiveDate>) -> Option<Finding> {
    let newest = *slates.last()?;
    let later = slates.range(last..).filter(|date| **date > last).count();
    let days = (newest - last).num_days();
    if later < 2 || days <= i64::try_from(DAYS_TO_ARRIVE).unwrap_or(i64::MAX) {
        return None;
    }
    let message = format!("ends on {last}, {days} days ({} slates) before the newest slate {newest}", later);
    Some(Finding::of(table, Kind::Stale, later, message))
}

/// The seasons whose opening night is not known.
pub fn unknown_openings(slates: &BTreeSet<NaiveDate>) -> Vec<Finding> {
    let seasons: BTreeSet<Season> =
        slates.iter().map(|date| Season::of(*date)).filter(|season| !season.is_known()).collect();
    let finding = |season: Season| {
        let message = format!(
            "the opening night of {} is not known; {} is assumed, from which its statistics count",
            season.name(),
            season.opening_night()
        );
        Finding::of_snapshot(Kind::UnknownOpeningNight, 1, message)
    };
    seasons.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(texts: &[&str]) -> BTreeSet<NaiveDate> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_table_is_stale_by_slates_and_not_by_a_break() {
        let table = contract::table(GRADINGS).unwrap();
        let last = "2026-02-12".parse().unwrap();
        assert_eq!(staleness(table, last, &dates(&["2026-02-12", "2026-02-19"])), None);
        assert_eq!(staleness(table, last, &dates(&["2026-02-12", "2026-02-13", "2026-02-14"])), None);
        let stale = staleness(table, last, &dates(&["2026-02-12", "2026-02-13", "2026-02-16"])).unwrap();
        assert_eq!(stale.message, "ends on 2026-02-12, 4 days (2 slates) before the newest slate 2026-02-16");
    }

    #[test]
    fn gradings_are_due_three_days_after_the_game() {
        let all = |graded: &[&str]| {
            let played = dates(&["2026-02-12", "2026-02-13"]);
            DatesOf::from([(PREDICTIONS, played.clone()), (GAMES, played), (GRADINGS, dates(graded))])
        };
        let now = Some("2026-02-15".parse().unwrap());
        let found = gaps(&all(&[]), now);
        assert_eq!(
            found.iter().map(|f| (f.kind, f.example.as_deref())).collect::<Vec<_>>(),
            [(Kind::Ungraded, Some("2026-02-12"))]
        );
        assert_eq!(gaps(&all(&["2026-02-12"]), now), []);
    }

    #[test]
    fn seasons_without_a_known_opening_night_are_named() {
        let found = unknown_openings(&dates(&["2019-11-01", "2019-12-01", "2025-11-01"]));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("2019-20") && found[0].message.contains("2019-10-22"),
            "{}",
            found[0].message
        );
    }
}
