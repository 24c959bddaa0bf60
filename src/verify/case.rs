//! A pick in which the record and the replay differ, and the slate that it is of.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::Value;

use super::report::{Cause, DifferenceKind, Finding, Reason};
use super::rows::{is_after, written};
use crate::dates::Day;
use crate::export::{Differing, PickKey, Row, agree, differing, text_of};

/// What is recorded of a slate by one version, and what the replay of that version picks.
#[derive(Debug, Default)]
pub struct Slate {
    /// Of several rows of a pick the one that the replay writes, if one is.
    pub recorded: BTreeMap<PickKey, Row>,
    /// The other rows of such picks.
    pub again: Vec<(PickKey, Row)>,
    /// Picks of which rows of an unknown version are recorded: nobody can tell whether they are missing.
    pub of_unknown: BTreeSet<PickKey>,
    /// Where no version has a row.
    pub silence: Option<Silence>,
    /// What passed every filter, also beyond the version's cap.
    pub ranked: BTreeMap<PickKey, Row>,
    /// How many picks the version takes at most.
    pub cap: Option<u64>,
}

/// That nothing is recorded of a slate.
#[derive(Debug, Clone)]
pub struct Silence {
    pub reason: Reason,
    /// Before the first or after the last recorded row: its writer had not begun, or had stopped, so that no other
    /// alternative is asked why it picked nothing.
    pub is_of_writer: bool,
}

/// What is recorded and replayed of every slate, by version and date.
pub type Slates = BTreeMap<(String, NaiveDate), Slate>;

/// A pick in which they differ.
#[derive(Debug)]
pub struct Case {
    /// The id of the version.
    pub version: String,
    pub algorithm_version: Option<String>,
    pub key: PickKey,
    pub kind: DifferenceKind,
    pub recorded: Option<Row>,
    pub columns: Vec<Differing>,
    /// When the row was written.
    pub written: Option<NaiveDateTime>,
    /// What says that another writer wrote the row, who may have had something else otherwise, too.
    pub other_writer: Option<Reason>,
    /// Equal scores that would explain it, unless another alternative gives the whole slate as it is recorded.
    pub tie: Option<Reason>,
    /// That nothing is recorded of the slate, where nothing else explains it.
    pub silence: Option<Reason>,
    /// Why no alternative can write the row, where that is known without asking.
    pub impossible: Option<String>,
    pub reasons: Vec<Reason>,
    /// Of the alternatives that were tried, what the nearest has otherwise and which columns it leaves different.
    pub nearest: Option<(Vec<Reason>, Vec<String>)>,
    pub trace: Vec<String>,
}

impl Slate {
    pub fn is_picked(&self, row: &Row) -> bool {
        self.cap.is_none_or(|cap| rank_of(row).is_some_and(|rank| rank <= cap))
    }

    /// The picks of the replay.
    pub fn picks(&self) -> impl Iterator<Item = (&PickKey, &Row)> {
        self.ranked.iter().filter(|(_, row)| self.is_picked(row))
    }

    /// The recorded rows that the replay would write as they are.
    pub fn matched<'a>(&'a self, left_out: &'a [&'a str]) -> impl Iterator<Item = (&'a PickKey, &'a Row)> {
        let same = move |key: &PickKey, row: &Row| {
            let replayed = self.ranked.get(key).filter(|row| self.is_picked(row));
            replayed.is_some_and(|replayed| agree(row, replayed, left_out))
        };
        self.recorded.iter().filter(move |(key, row)| same(key, row))
    }

    /// That a row was written after the slate; of a pick without one, that all of the slate's rows were.
    fn written_late(&self, row: Option<&Row>, date: NaiveDate) -> Option<Reason> {
        let late = |row: &Row| written(row).filter(|moment| is_after(*moment, date));
        let detail = match row {
            Some(row) => format!("written at {}, after the slate", late(row)?),
            None if !self.recorded.is_empty() && self.recorded.values().all(|row| late(row).is_some()) => {
                "written after the slate".to_owned()
            }
            None => return None,
        };
        Some(Reason::new(Cause::OtherWriter, detail))
    }

    /// Everything in which the record and the replay of `version` differ on `date`.
    pub fn cases(&self, version: &str, date: NaiveDate, late_tells: bool, left_out: &[&str]) -> Vec<Case> {
        let mut cases = Vec::new();
        let case = |key: &PickKey, kind, recorded: Option<&Row>, columns| Case {
            version: version.to_owned(),
            algorithm_version: recorded.and_then(|row| text_of(row, "algorithm_version")),
            key: key.clone(),
            kind,
            recorded: recorded.cloned(),
            columns,
            written: recorded.and_then(written),
            other_writer: late_tells.then(|| self.written_late(recorded, date)).flatten(),
            tie: None,
            silence: None,
            impossible: None,
            reasons: Vec::new(),
            nearest: None,
            trace: Vec::new(),
        };
        for (key, row) in &self.recorded {
            match self.ranked.get(key).filter(|row| self.is_picked(row)) {
                None => cases.push(case(key, DifferenceKind::Extra, Some(row), Vec::new())),
                Some(replayed) => {
                    let columns = differing(row, replayed, left_out);
                    if !columns.is_empty() {
                        cases.push(case(key, DifferenceKind::Differs, Some(row), columns));
                    }
                }
            }
        }
        for (key, row) in self.picks().filter(|(key, _)| !self.is_recorded(key)) {
            let mut missing = case(key, DifferenceKind::Missing, None, Vec::new());
            missing.algorithm_version = text_of(row, "algorithm_version");
            match &self.silence {
                Some(silence) if silence.is_of_writer => missing.reasons.push(silence.reason.clone()),
                silence => missing.silence = silence.as_ref().map(|silence| silence.reason.clone()),
            }
            cases.push(missing);
        }
        for case in cases.iter_mut().filter(|case| case.is_open()) {
            case.tie = self.tie(case, left_out);
        }
        cases.extend(
            self.again.iter().map(|(key, row)| {
                self.repeated(case(key, DifferenceKind::Extra, Some(row), Vec::new()), row, left_out)
            }),
        );
        cases
    }

    /// Whether a row of the pick is there, be it of a version that nobody knows.
    pub fn is_recorded(&self, key: &PickKey) -> bool {
        self.recorded.contains_key(key) || self.of_unknown.contains(key)
    }

    /// A further row of a pick: the same as the first, or with what it has otherwise.
    fn repeated(&self, mut case: Case, row: &Row, left_out: &[&str]) -> Case {
        let Some(first) = self.recorded.get(&case.key) else { return case };
        let moment = written(first).map_or(String::new(), |moment| format!(", written at {moment}"));
        let columns = unlike(row, first);
        if columns.is_empty() {
            case.reasons.push(Reason::new(Cause::RecordedTwice, format!("as another row of the pick has it{moment}")));
            return case;
        }
        let detail = format!("another row of the pick{moment}, has other values of {}", columns.join(", "));
        let second = Reason::new(Cause::OtherWriter, detail);
        let replayed = self.ranked.get(&case.key).filter(|replayed| self.is_picked(replayed));
        case.columns = differing(row, replayed.unwrap_or(first), left_out);
        if case.columns.is_empty() {
            case.reasons.push(second);
        } else {
            case.other_writer = Some(second);
        }
        case
    }

    /// Equal scores, of which production's order is not known: the rank, and at the cap whether it is a pick at all.
    fn tie(&self, case: &Case, left_out: &[&str]) -> Option<Reason> {
        let own = self.ranked.get(&case.key)?;
        let with_rank_aside: Vec<&str> = left_out.iter().copied().chain(["rank"]).collect();
        if case.recorded.as_ref().is_some_and(|row| !differing(row, own, &with_rank_aside).is_empty()) {
            return None;
        }
        let equal = |row: &&Row| row.get("composite_score") == own.get("composite_score");
        let ranks: Vec<u64> = self.ranked.values().filter(equal).filter_map(rank_of).collect();
        let (first, last) = (ranks.iter().min()?, ranks.iter().max()?);
        let is_within = |rank: u64| (*first..=*last).contains(&rank);
        let is_tied = first < last
            && match case.kind {
                DifferenceKind::Differs | DifferenceKind::Extra => {
                    case.recorded.as_ref().and_then(rank_of).is_some_and(is_within)
                }
                // Another of the equal ones is recorded in its place.
                DifferenceKind::Missing => self
                    .recorded
                    .keys()
                    .any(|key| self.ranked.get(key).is_some_and(|row| equal(&row) && !self.is_picked(row))),
                DifferenceKind::Outcome => false,
            };
        let score = own.get("composite_score").map(Value::to_string).unwrap_or_default();
        is_tied.then(|| Reason::new(Cause::Tie, format!("equal scores of {score}, ranks {first} to {last}")))
    }
}

impl Case {
    /// Whether nothing explains it so far.
    pub fn is_open(&self) -> bool {
        self.reasons.is_empty()
    }

    /// An extra row whose cause is known.
    pub fn explained(version: &str, key: &PickKey, row: &Row, reason: Reason) -> Case {
        Case {
            version: version.to_owned(),
            algorithm_version: text_of(row, "algorithm_version"),
            key: key.clone(),
            kind: DifferenceKind::Extra,
            recorded: Some(row.clone()),
            columns: Vec::new(),
            written: written(row),
            other_writer: None,
            tie: None,
            silence: None,
            impossible: None,
            reasons: vec![reason],
            nearest: None,
            trace: Vec::new(),
        }
    }
}

impl From<Case> for Finding {
    fn from(case: Case) -> Finding {
        Finding {
            date: Day(case.key.date),
            algorithm_version: case.algorithm_version,
            version: Some(case.version),
            player_lookup: case.key.player_lookup,
            game_id: case.key.game_id,
            kind: case.kind,
            trace: if case.reasons.is_empty() { case.trace } else { Vec::new() },
            reasons: case.reasons,
            columns: case.columns,
        }
    }
}

/// The columns in which two rows differ, whatever they are, but for the time of writing.
fn unlike(row: &Row, other: &Row) -> Vec<String> {
    let columns: BTreeSet<&String> = row.keys().chain(other.keys()).collect();
    let differ = |column: &&&String| **column != "created_at" && row.get(**column) != other.get(**column);
    columns.iter().filter(differ).map(|column| (*column).clone()).collect()
}

fn rank_of(row: &Row) -> Option<u64> {
    row.get("rank").and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(player: &str, rank: u64, score: f64) -> Row {
        let row = json!({
            "game_date": "2026-02-11", "player_lookup": player, "game_id": "g", "rank": rank, "composite_score": score,
        });
        row.as_object().unwrap().clone()
    }

    fn by_key(rows: &[Row]) -> BTreeMap<PickKey, Row> {
        rows.iter().map(|row| (PickKey::of(row).unwrap(), row.clone())).collect()
    }

    /// The kinds of a slate's cases, and whether equal scores would explain them.
    fn kinds(slate: &Slate) -> Vec<(DifferenceKind, bool)> {
        let cases = slate.cases("v", "2026-02-11".parse().unwrap(), true, &[]);
        cases.iter().map(|case| (case.kind, case.tie.is_some())).collect()
    }

    #[test]
    fn ranks_of_equal_scores_are_a_tie_and_others_are_not() {
        let ranked = by_key(&[row("a", 1, 6.0), row("b", 2, 6.0), row("c", 3, 5.0)]);
        let recorded = by_key(&[row("a", 2, 6.0), row("b", 1, 6.0), row("c", 3, 5.0)]);
        let slate = Slate { recorded, ranked: ranked.clone(), ..Slate::default() };
        assert_eq!(kinds(&slate), [(DifferenceKind::Differs, true); 2]);
        let recorded = by_key(&[row("a", 3, 6.0), row("b", 2, 6.0), row("c", 1, 5.0)]);
        let slate = Slate { recorded, ranked, ..Slate::default() };
        assert_eq!(kinds(&slate), [(DifferenceKind::Differs, false); 2]);
    }

    #[test]
    fn equal_scores_at_the_cap_are_a_tie() {
        let ranked = by_key(&[row("a", 1, 7.0), row("b", 2, 6.0), row("c", 3, 6.0), row("d", 4, 5.0)]);
        let slate = |recorded: &[Row]| Slate {
            recorded: by_key(recorded),
            ranked: ranked.clone(),
            cap: Some(2),
            ..Slate::default()
        };
        let tied = slate(&[row("a", 1, 7.0), row("c", 2, 6.0)]);
        assert_eq!(kinds(&tied), [(DifferenceKind::Extra, true), (DifferenceKind::Missing, true)]);
        let other = slate(&[row("a", 1, 7.0), row("d", 2, 5.0)]);
        assert_eq!(kinds(&other), [(DifferenceKind::Extra, false), (DifferenceKind::Missing, false)]);
    }
}
