//! The report card: how picks did by direction, edge, line, family, signals, month, weekday, venue and rest, against the
//! window before.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::Tally;
use crate::dates::Day;
use crate::error::{RequestError, Result};
use crate::formats::{SCHEMA_VERSION, rows};
use crate::grade::Record;
use crate::replay::{Dates, Replay, Request, slate_dates};
use crate::snapshot::Snapshot;
use crate::snapshot::calendar::Season;

/// A flag on a hit rate needs this many decided picks on either side.
const ENOUGH_TO_FLAG: u64 = 20;
/// A rate this far below that of the last 30 days is flagged; percentage points.
const FALL: f64 = 15.0;
/// Directions this far apart are flagged; percentage points.
const GAP: f64 = 20.0;
/// More than this share of picks on one side is flagged; percent.
const LOPSIDED: f64 = 80.0;

/// By what picks are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    Direction,
    Edge,
    Line,
    Family,
    Signals,
    Month,
    Weekday,
    Venue,
    Rest,
}

impl Dimension {
    pub const ALL: [Dimension; 9] = [
        Dimension::Direction,
        Dimension::Edge,
        Dimension::Line,
        Dimension::Family,
        Dimension::Signals,
        Dimension::Month,
        Dimension::Weekday,
        Dimension::Venue,
        Dimension::Rest,
    ];

    /// As it is asked for.
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    /// Its column of `graded_decisions`.
    fn column(self) -> &'static str {
        self.facts().1
    }

    /// Where a value stands among the others; unknown ones (families, months) follow by name.
    fn place(self, value: &str) -> (usize, String) {
        let order = self.facts().2;
        (order.iter().position(|known| *known == value).unwrap_or(order.len()), value.to_owned())
    }

    fn facts(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            Dimension::Direction => ("direction", "direction", &["OVER", "UNDER"]),
            Dimension::Edge => ("edge", "edge_bucket", &["0-3", "3-5", "5-7", "7+"]),
            Dimension::Line => ("line", "line_tier", &["bench", "role", "starter", "star"]),
            Dimension::Family => ("family", "family", &[]),
            Dimension::Signals => ("signals", "real_signals", &["none", "one", "two or more"]),
            Dimension::Month => ("month", "month", &[]),
            Dimension::Weekday => ("weekday", "weekday", &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
            Dimension::Venue => ("venue", "venue", &["home", "away", "unknown"]),
            Dimension::Rest => ("rest", "rest", &["back-to-back", "one day off", "two or more", "first game"]),
        }
    }
}

/// Which dates a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// As many days, the last one included.
    Days(u64),
    /// The season of the last day, up to it.
    Season,
    /// From a date.
    From(NaiveDate),
}

/// The request of a card.
#[derive(Debug, Clone)]
pub struct CardRequest {
    pub window: Window,
    /// The last day; the snapshot's newest slate unless given.
    pub to: Option<NaiveDate>,
    /// Crossed; empty: every dimension, one at a time.
    pub by: Vec<Dimension>,
    /// All candidates, or the picks only.
    pub all_candidates: bool,
}

/// A report card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub schema_version: u32,
    pub version: String,
    /// Whether all candidates are counted, or the picks only.
    pub all_candidates: bool,
    pub window: Stretch,
    pub before: Stretch,
    pub total: CardRow,
    /// One a dimension, or one of them crossed.
    pub sections: Vec<Section>,
    /// What deserves a look in the card as a whole.
    pub flags: Vec<String>,
}

/// Dates, both included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    pub from: Day,
    pub to: Day,
}

/// The groups of a dimension, or of several crossed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub by: Vec<Dimension>,
    pub rows: Vec<CardRow>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardRow {
    /// A value a dimension; none for the total.
    pub group: Vec<String>,
    pub now: Tally,
    /// In the window before.
    pub before: Tally,
    /// In the 30 days up to the window's last.
    pub last_30_days: Tally,
    pub flags: Vec<String>,
}

/// Counts of a group's picks with one outcome.
#[derive(Debug, Deserialize)]
struct Counted {
    #[serde(default)]
    group: Vec<String>,
    outcome: String,
    now: u64,
    before: u64,
    last_30_days: u64,
}

/// Candidates of a replay that are alike in a dimension, and those of them that were picked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    pub group: String,
    pub candidates: Tally,
    pub picks: Tally,
}

#[derive(Debug, Deserialize)]
struct GroupCount {
    group: String,
    outcome: String,
    candidates: u64,
    picks: u64,
}

/// The groups of a replay's candidates by a dimension, in the order of the card.
///
/// # Errors
/// Data that breaks the contract.
pub async fn groups(replay: &Replay, by: Dimension) -> Result<Vec<Group>> {
    replay.compute(&["graded_decisions"]).await?;
    let sql = format!(
        "SELECT {column} AS \"group\", outcome, count(*) AS candidates, count(*) FILTER (WHERE selected) AS picks \
         FROM graded_decisions GROUP BY {column}, outcome",
        column = by.column()
    );
    let mut groups = BTreeMap::<(usize, String), [Record; 2]>::new();
    for GroupCount { group, outcome, candidates, picks } in rows(&replay.engine.query(&sql).await?)? {
        let [of_candidates, of_picks] = groups.entry(by.place(&group)).or_default();
        of_candidates.add(Record::of(&outcome, candidates));
        of_picks.add(Record::of(&outcome, picks));
    }
    let group = |((_, group), [candidates, picks]): ((usize, String), [Record; 2])| Group {
        group,
        candidates: candidates.into(),
        picks: picks.into(),
    };
    Ok(groups.into_iter().map(group).collect())
}

/// Makes the card that `request` asks for, of the version by which `policy` replays.
///
/// # Errors
/// No slates in the window, or data that breaks the contract.
pub async fn card(snapshot: &Snapshot, policy: Request, request: &CardRequest) -> Result<Card> {
    let stretches = Stretches::of(&slate_dates(snapshot).await?, request)?;
    let dates = Dates::Range { from: Some(stretches.first()), to: Some(stretches.now.to.0) };
    let replay = Replay::open(snapshot, Request { dates, ..policy }).await?;
    replay.compute(&["graded_decisions"]).await?;
    let mut groupings: Vec<Vec<Dimension>> = vec![request.by.clone()];
    if request.by.is_empty() {
        groupings = Dimension::ALL.iter().map(|dimension| vec![*dimension]).collect();
    }
    let mut sections = Vec::new();
    for by in groupings {
        let rows = grouped(&replay, &stretches, &by, request.all_candidates).await?;
        sections.push(Section { by, rows });
    }
    let total = grouped(&replay, &stretches, &[], request.all_candidates).await?.pop().unwrap_or_else(CardRow::empty);
    let sides = grouped(&replay, &stretches, &[Dimension::Direction], request.all_candidates).await?;
    Ok(Card {
        schema_version: SCHEMA_VERSION,
        version: replay.decided_by().to_owned(),
        all_candidates: request.all_candidates,
        window: stretches.now,
        before: stretches.before,
        flags: flags_of_sides(&sides),
        total,
        sections,
    })
}

/// The stretches of dates that a card looks at.
#[derive(Debug, Clone, Copy)]
struct Stretches {
    now: Stretch,
    before: Stretch,
    last_30_days: Stretch,
}

impl Stretches {
    fn of(slates: &[NaiveDate], request: &CardRequest) -> Result<Stretches> {
        let to = request.to.or(slates.last().copied()).ok_or(RequestError::NoPredictions)?;
        let (from, before) = match request.window {
            Window::Days(days) => (earlier(to, days.saturating_sub(1)), None),
            Window::From(from) if from > to => return Err(RequestError::RangeReversed { from, to }.into()),
            Window::From(from) => (from, None),
            Window::Season => {
                let opening = Season::of(to).opening_night().min(to);
                let last_year = Season::of(earlier(opening, 120)).opening_night();
                (opening, Some(Stretch { from: Day(last_year), to: Day(earlier(opening, 1)) }))
            }
        };
        let days = u64::try_from((to - from).num_days() + 1).unwrap_or(1);
        let as_long = Stretch { from: Day(earlier(from, days)), to: Day(earlier(from, 1)) };
        Ok(Stretches {
            now: Stretch { from: Day(from), to: Day(to) },
            before: before.unwrap_or(as_long),
            last_30_days: Stretch { from: Day(earlier(to, 29)), to: Day(to) },
        })
    }

    fn first(&self) -> NaiveDate {
        self.before.from.0.min(self.last_30_days.from.0)
    }
}

fn earlier(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

impl Stretch {
    fn condition(&self) -> String {
        format!("game_date BETWEEN DATE '{}' AND DATE '{}'", self.from.0, self.to.0)
    }
}

async fn grouped(
    replay: &Replay,
    stretches: &Stretches,
    by: &[Dimension],
    all_candidates: bool,
) -> Result<Vec<CardRow>> {
    let columns = by.iter().map(|dimension| dimension.column()).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT make_array({columns}) AS \"group\", outcome, \
             count(*) FILTER (WHERE {now}) AS now, \
             count(*) FILTER (WHERE {before}) AS before, \
             count(*) FILTER (WHERE {last_30_days}) AS last_30_days \
         FROM graded_decisions WHERE selected OR {all_candidates} GROUP BY {groups}outcome",
        now = stretches.now.condition(),
        before = stretches.before.condition(),
        last_30_days = stretches.last_30_days.condition(),
        groups = by.iter().map(|dimension| format!("{}, ", dimension.column())).collect::<String>(),
    );
    let counted: Vec<Counted> = rows(&replay.engine.query(&sql).await?)?;
    let mut groups = BTreeMap::<Vec<(usize, String)>, Vec<Counted>>::new();
    for row in counted {
        let key = by.iter().zip(&row.group).map(|(dimension, value)| dimension.place(value)).collect();
        groups.entry(key).or_default().push(row);
    }
    let is_seen = |row: &CardRow| row.now.count > 0 || row.before.count > 0;
    Ok(groups.into_values().map(|counts| CardRow::of(&counts)).filter(is_seen).collect())
}

impl CardRow {
    fn of(counts: &[Counted]) -> CardRow {
        let sum = |count: fn(&Counted) -> u64| -> Tally {
            counts.iter().map(|row| Record::of(&row.outcome, count(row))).sum::<Record>().into()
        };
        let mut row = CardRow {
            group: counts.first().map(|row| row.group.clone()).unwrap_or_default(),
            now: sum(|row| row.now),
            before: sum(|row| row.before),
            last_30_days: sum(|row| row.last_30_days),
            flags: Vec::new(),
        };
        row.flags = row.flags_of_rates();
        row
    }

    fn empty() -> CardRow {
        CardRow::of(&[])
    }

    fn flags_of_rates(&self) -> Vec<String> {
        let mut flags = Vec::new();
        let Some(rate) = self.now.hit_rate else {
            return flags;
        };
        if self.now.record.decided() >= ENOUGH_TO_FLAG && rate < 50.0 {
            flags.push(format!("below 50 % of {}", self.now.record.decided()));
        }
        let enough = |tally: &Tally| tally.record.decided() >= ENOUGH_TO_FLAG;
        // A window that holds the 30 days and more cannot fall below them: they are its own end.
        let is_part = self.now.count <= self.last_30_days.count && enough(&self.now) && enough(&self.last_30_days);
        if let Some(month) = self.last_30_days.hit_rate.filter(|month| is_part && month - rate > FALL) {
            flags.push(format!("{:.1} points below the last 30 days' {month:.1} %", month - rate));
        }
        flags
    }
}

fn flags_of_sides(sides: &[CardRow]) -> Vec<String> {
    let mut flags = Vec::new();
    if let [over, under] = sides
        && let (Some(over), Some(under)) = (over.now.hit_rate, under.now.hit_rate)
        && (over - under).abs() > GAP
    {
        flags.push(format!("OVER ({over:.1} %) and UNDER ({under:.1} %) are more than {GAP:.0} points apart"));
    }
    let picks: u64 = sides.iter().map(|side| side.now.count).sum();
    for side in sides {
        let share = 100.0 * side.now.count as f64 / picks.max(1) as f64;
        if share > LOPSIDED {
            flags.push(format!("{share:.0} % of {picks} are {}", side.group.join(" ")));
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn stretches(window: Window) -> [String; 3] {
        let request = CardRequest { window, to: Some(date("2026-02-11")), by: Vec::new(), all_candidates: false };
        let Stretches { now, before, last_30_days } = Stretches::of(&[], &request).unwrap();
        [now, before, last_30_days].map(|stretch| format!("{} {}", stretch.from.0, stretch.to.0))
    }

    fn counted(outcome: &str, now: u64, before: u64, last_30_days: u64) -> Counted {
        Counted { group: vec!["OVER".to_owned()], outcome: outcome.to_owned(), now, before, last_30_days }
    }

    #[test]
    fn the_window_before_is_as_long_and_ends_where_this_one_starts() {
        let [now, before, month] = stretches(Window::Days(7));
        assert_eq!((now.as_str(), before.as_str()), ("2026-02-05 2026-02-11", "2026-01-29 2026-02-04"));
        assert_eq!(month, "2026-01-13 2026-02-11");
        assert_eq!(stretches(Window::From(date("2026-02-10")))[1], "2026-02-08 2026-02-09");
        assert_eq!(stretches(Window::Season)[0], "2025-10-21 2026-02-11");
        assert!(stretches(Window::Season)[1].ends_with("2025-10-20"));
        let request = CardRequest { window: Window::Days(7), to: None, by: Vec::new(), all_candidates: false };
        assert!(matches!(Stretches::of(&[], &request), Err(Error::Request(RequestError::NoPredictions))));
    }

    #[test]
    fn a_poor_or_falling_rate_is_flagged() {
        let row = CardRow::of(&[counted("WIN", 9, 3, 30), counted("LOSS", 11, 1, 20), counted("PUSH", 2, 0, 2)]);
        assert_eq!((row.now.hit_rate, row.now.count), (Some(45.0), 22));
        assert_eq!(row.flags, ["below 50 % of 20"]);
        let row = CardRow::of(&[counted("WIN", 10, 0, 30), counted("LOSS", 10, 0, 14)]);
        assert_eq!(row.flags, ["18.2 points below the last 30 days' 68.2 %"]);
        // Too few, and a season whose last month was better.
        for counts in [
            [counted("WIN", 4, 0, 20), counted("LOSS", 6, 0, 8)],
            [counted("WIN", 80, 0, 24), counted("LOSS", 70, 0, 8)],
        ] {
            assert!(CardRow::of(&counts).flags.is_empty());
        }
        assert!(CardRow::of(&[counted("VOID", 30, 0, 30)]).flags.is_empty());
    }

    #[test]
    fn sides_far_apart_or_lopsided_are_flagged() {
        let mut over = CardRow::of(&[counted("WIN", 40, 0, 40), counted("LOSS", 20, 0, 20)]);
        let mut under = CardRow::of(&[counted("WIN", 4, 0, 4), counted("LOSS", 6, 0, 6)]);
        over.group = vec!["OVER".to_owned()];
        under.group = vec!["UNDER".to_owned()];
        let flags = flags_of_sides(&[over, under]);
        assert_eq!(flags, ["OVER (66.7 %) and UNDER (40.0 %) are more than 20 points apart", "86 % of 70 are OVER"]);
    }
}
