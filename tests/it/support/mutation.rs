//! Tables with their later rows deleted, replaced by invented ones, or joined by such.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch, StringArray, UInt32Array};
use datafusion::arrow::compute::{cast, filter_record_batch, take};
use datafusion::arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// The model whose results the pipeline reads; half of the invented rows are its.
const CHAMPION: &str = "catboost_v9";
/// How many rows are invented at most.
const INVENTED: usize = 3_000;
/// Predictions further back than this matter to no slate.
const REACH: TimeDelta = TimeDelta::days(30);
/// What tells a prediction from others, its rows being its history.
const GRAIN: [&str; 3] = ["system_id", "player_lookup", "game_id"];

/// What happens to later rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Deleted,
    Replaced,
    Added,
}

impl Change {
    pub const ALL: [Change; 3] = [Change::Deleted, Change::Replaced, Change::Added];
}

/// Which rows are later.
#[derive(Debug, Clone, Copy)]
pub enum Later {
    /// Those dated then or after.
    DatedFrom(NaiveDate),
    /// Those of which a column says that they were written after a moment, whatever their date; `slate` is whose
    /// decision is looked at.
    Written { column: &'static str, after: NaiveDateTime, slate: NaiveDate },
}

/// A change of a table's later rows.
///
/// An invented row has each value from another row of the table, its date and game from one, and is later itself: it has
/// the date, or the time of writing, of a later row.
pub struct Mutation<'a> {
    pub rows: &'a RecordBatch,
    pub later: Later,
    pub change: Change,
    pub rng: ChaCha8Rng,
}

/// Where an invented row's values come from; a row of the table each.
struct Invented {
    /// What makes it later.
    stamp: u32,
    /// Its date and game.
    game: u32,
    /// A row whose grain it has: it is one more row of that prediction.
    grain: Option<u32>,
}

impl Mutation<'_> {
    /// The changed table; none when it has no later rows.
    pub fn apply(mut self) -> Option<RecordBatch> {
        let is_later = self.is_later();
        let (later, known): (Vec<u32>, Vec<u32>) =
            (0..u32::try_from(is_later.len()).unwrap()).partition(|row| is_later[usize::try_from(*row).unwrap()]);
        if later.is_empty() {
            return None;
        }
        let history = self.history(&known);
        // That an inactive prediction has a later row is all that tells that it was the active one until then, so this
        // row may become another but not disappear.
        let successors: Vec<u32> = later.iter().copied().filter(|row| history.is_successor(*row)).collect();
        let mut kept = known;
        match self.change {
            Change::Deleted => kept.extend(&successors),
            Change::Added => kept.extend(&later),
            Change::Replaced => {}
        }
        let mut invented = Vec::new();
        if self.change == Change::Replaced {
            invented.extend(successors.iter().map(|row| Invented { stamp: *row, game: *row, grain: Some(*row) }));
        }
        if self.change != Change::Deleted {
            let first = self.first_of(&later);
            invented.extend((0..later.len().min(INVENTED)).map(|at| self.invent(at, &later, &first, &history.current)));
        }
        Some(self.build(&kept, &invented))
    }

    fn is_later(&self) -> Vec<bool> {
        match self.later {
            Later::DatedFrom(date) => dates_of(self.rows).into_iter().map(|other| other >= date).collect(),
            Later::Written { column, after, .. } => {
                let after = after.and_utc().timestamp_micros();
                moments(self.rows, column).into_iter().map(|moment| moment.is_some_and(|m| m > after)).collect()
            }
        }
    }

    /// Those of `later` that are dated first: the ones that a leak is likeliest to read.
    fn first_of(&self, later: &[u32]) -> Vec<u32> {
        let dates = dates_of(self.rows);
        let date = |row: &u32| dates[usize::try_from(*row).unwrap()];
        let first = later.iter().map(date).min();
        later.iter().copied().filter(|row| Some(date(row)) == first).collect()
    }

    fn invent(&mut self, at: usize, later: &[u32], first: &[u32], current: &[u32]) -> Invented {
        let all = u32::try_from(self.rows.num_rows()).unwrap();
        let stamp = if at.is_multiple_of(2) { self.one_of(first) } else { self.one_of(later) };
        match self.later {
            Later::DatedFrom(_) => Invented { stamp, game: stamp, grain: None },
            Later::Written { .. } if at % 4 < 2 && !current.is_empty() => {
                let grain = self.one_of(current);
                Invented { stamp, game: grain, grain: Some(grain) }
            }
            Later::Written { .. } => Invented { stamp, game: self.rng.random_range(0..all), grain: None },
        }
    }

    fn one_of(&mut self, rows: &[u32]) -> u32 {
        rows[self.rng.random_range(0..rows.len())]
    }

    /// The kept rows and the invented ones.
    fn build(&mut self, kept: &[u32], invented: &[Invented]) -> RecordBatch {
        let all = u32::try_from(self.rows.num_rows()).unwrap();
        let written = match self.later {
            Later::Written { column, .. } => Some(column),
            Later::DatedFrom(_) => None,
        };
        let champions: Vec<u32> = match self.rows.column_by_name("system_id") {
            Some(_) => (0..)
                .zip(&texts(self.rows, "system_id"))
                .filter(|(_, id)| *id == Some(CHAMPION))
                .map(|(row, _)| row)
                .collect(),
            None => Vec::new(),
        };
        let mut columns = Vec::with_capacity(self.rows.num_columns());
        for (field, column) in self.rows.schema().fields().iter().zip(self.rows.columns()) {
            let name = field.name().as_str();
            let mut from = kept.to_vec();
            for row in invented {
                from.push(match row.grain {
                    Some(grain) if GRAIN.contains(&name) => grain,
                    _ if Some(name) == written => row.stamp,
                    _ if name == "game_date" || name == "game_id" => row.game,
                    _ if name == "system_id" && !champions.is_empty() && self.rng.random_bool(0.5) => {
                        champions[self.rng.random_range(0..champions.len())]
                    }
                    _ => self.rng.random_range(0..all),
                });
            }
            columns.push(take(column, &UInt32Array::from(from), None).unwrap());
        }
        RecordBatch::try_new(self.rows.schema(), columns).unwrap()
    }

    /// The histories of predictions near the slate, as far as the rows `known` tell them; of other tables, nothing.
    fn history(&self, known: &[u32]) -> History {
        let Later::Written { column: "created_at", slate, .. } = self.later else {
            return History::default();
        };
        let keys: Vec<[String; 3]> = {
            let columns = GRAIN.map(|name| texts(self.rows, name));
            (0..self.rows.num_rows()).map(|row| [0, 1, 2].map(|at| columns[at].value(row).to_owned())).collect()
        };
        let (dates, written) = (dates_of(self.rows), moments(self.rows, "created_at"));
        let active: &BooleanArray = self.rows.column_by_name("is_active").unwrap().as_boolean();
        let mut last = HashMap::<&[String; 3], u32>::new();
        for row in known {
            let at = usize::try_from(*row).unwrap();
            if (slate - REACH..=slate).contains(&dates[at]) {
                let other = last.entry(&keys[at]).or_insert(*row);
                if written[at] > written[usize::try_from(*other).unwrap()] {
                    *other = *row;
                }
            }
        }
        let is_active = |row: u32| active.value(usize::try_from(row).unwrap());
        let ended: HashSet<[String; 3]> =
            last.iter().filter(|(_, row)| !is_active(**row)).map(|(key, _)| (*key).clone()).collect();
        let mut current: Vec<u32> = last.values().copied().filter(|row| is_active(*row)).collect();
        current.sort_unstable();
        let successors = keys.iter().map(|key| ended.contains(key)).collect();
        History { current, successors }
    }
}

/// The first row of each box score: what has one twice is refused, and decides nothing.
pub fn each_once(box_scores: &RecordBatch) -> RecordBatch {
    let (players, games) = (texts(box_scores, "player_lookup"), texts(box_scores, "game_id"));
    let mut seen = HashSet::new();
    let is_first = (0..box_scores.num_rows()).map(|row| seen.insert((players.value(row), games.value(row))));
    let is_first = BooleanArray::from(is_first.collect::<Vec<_>>());
    filter_record_batch(box_scores, &is_first).unwrap()
}

/// What the known rows of predictions tell.
#[derive(Default)]
struct History {
    /// The last known row of each prediction that is active today.
    current: Vec<u32>,
    /// By row, whether it belongs to a prediction whose last known row is not active.
    successors: Vec<bool>,
}

impl History {
    fn is_successor(&self, row: u32) -> bool {
        self.successors.get(usize::try_from(row).unwrap()).copied().unwrap_or_default()
    }
}

/// The date of every row.
pub fn dates_of(rows: &RecordBatch) -> Vec<NaiveDate> {
    let days = rows.column_by_name("game_date").unwrap().as_primitive::<Date32Type>();
    days.values().iter().map(|days| Date32Type::to_naive_date_opt(*days).unwrap()).collect()
}

/// A column of times in microseconds of UTC.
fn moments(rows: &RecordBatch, column: &str) -> Vec<Option<i64>> {
    let column = rows.column_by_name(column).unwrap();
    let column = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None)).unwrap();
    column.as_primitive::<TimestampMicrosecondType>().iter().collect()
}

fn texts(rows: &RecordBatch, column: &str) -> StringArray {
    let column = cast(rows.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
    column.as_string().clone()
}
