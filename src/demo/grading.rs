//! Gradings: what became of the predictions that took a side.

use chrono::{Days, NaiveDateTime, NaiveTime, TimeDelta};

use super::columns::Tenths;
use super::draw::{Draw, Purpose, Streams};
use super::predictions::{Prediction, Recommendation};
use super::slates::Slates;

/// When the morning's grading starts, in minutes after midnight, and how far that strays.
const START: f64 = 600.0;
const START_SPREAD: f64 = 45.0;
/// Shares of predictions that are never graded, and graded without a result.
const UNGRADED: f64 = 0.004;
const WITHOUT_RESULT: f64 = 0.002;
/// Share of gradings that do not say whether they are void.
const VOID_UNKNOWN: f64 = 0.03;
/// Share of gradings that replaced an earlier one, and what had been wrong with it.
const REGRADED: f64 = 0.012;
const MISTAKES: [(Mistake, f64); 3] = [(Mistake::Points, 0.45), (Mistake::Line, 0.35), (Mistake::Nothing, 0.2)];
/// By how much: points, and tenths of a point of the line.
const WRONG_BY_POINTS: [i64; 4] = [-2, -1, 1, 2];
const WRONG_BY_LINE: [i64; 4] = [-10, -5, 5, 10];
/// When a regrading comes: days and minutes after the first one.
const REGRADE_DAYS: usize = 3;
const REGRADE_MINUTES: i64 = 330;

/// What a first grading got wrong.
#[derive(Clone, Copy)]
enum Mistake {
    Points,
    Line,
    Nothing,
}

/// A grading.
#[derive(Debug, Clone)]
pub struct Grading {
    /// Index into the season's predictions.
    pub prediction: usize,
    pub line: Tenths,
    pub actual: Option<i64>,
    pub correct: Option<bool>,
    pub voided: Option<bool>,
    pub graded_at: NaiveDateTime,
}

/// The gradings of a season, in the order of its predictions, an earlier grading of the same one first.
pub fn gradings(streams: Streams, slates: &Slates, predictions: &[Prediction]) -> Vec<Grading> {
    let mut draw = streams.season(slates.calendar.year, Purpose::Grading, 0);
    let mut starts = streams.season(slates.calendar.year, Purpose::Grading, 1);
    let starts: Vec<i64> =
        slates.calendar.slates.iter().map(|_| (START + START_SPREAD * starts.uniform()) as i64).collect();
    let mut gradings = Vec::new();
    for (index, prediction) in predictions.iter().enumerate() {
        let date = slates.game(prediction.quote).date;
        let slate = slates.calendar.slates.partition_point(|day| *day < date);
        let minutes = starts[slate] + prediction.system as i64;
        let graded_at = (date + Days::new(1)).and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
        grade(&mut gradings, &mut draw, slates, index, prediction, graded_at);
    }
    gradings
}

fn grade(
    gradings: &mut Vec<Grading>,
    draw: &mut Draw,
    slates: &Slates,
    index: usize,
    prediction: &Prediction,
    graded_at: NaiveDateTime,
) {
    let (ungraded, without_result) = (draw.chance(UNGRADED), draw.chance(WITHOUT_RESULT));
    let (void_unknown, regraded) = (draw.chance(VOID_UNKNOWN), draw.chance(REGRADED));
    let Some(line) = prediction.line else { return };
    if !prediction.active || !prediction.recommendation.takes_side() || ungraded {
        return;
    }
    let Some(points) = slates.appearance(prediction.quote).outcome.points() else {
        gradings.push(Grading { prediction: index, line, actual: None, correct: None, voided: Some(true), graded_at });
        return;
    };
    let grading = |points: i64, line: Tenths, graded_at: NaiveDateTime| Grading {
        prediction: index,
        line,
        actual: Some(points),
        correct: correct(prediction.recommendation, points, line),
        voided: (!void_unknown).then_some(false),
        graded_at,
    };
    if without_result {
        gradings.push(Grading { actual: None, correct: None, ..grading(points, line, graded_at) });
    } else if regraded {
        let (wrong_points, wrong_line) = match draw.weighted(&MISTAKES) {
            Mistake::Points => ((points + draw.pick(&WRONG_BY_POINTS)).max(0), line),
            Mistake::Line => (points, Tenths(line.0 + draw.pick(&WRONG_BY_LINE))),
            Mistake::Nothing => (points, line),
        };
        let later = TimeDelta::days(draw.index(REGRADE_DAYS) as i64) + TimeDelta::minutes(REGRADE_MINUTES);
        gradings.push(grading(wrong_points, wrong_line, graded_at));
        gradings.push(grading(points, line, graded_at + later));
    } else {
        gradings.push(grading(points, line, graded_at));
    }
}

/// Whether the recommended side won; `None` for a push.
fn correct(recommendation: Recommendation, points: i64, line: Tenths) -> Option<bool> {
    let over = Tenths(points * 10).cmp(&line);
    match recommendation {
        Recommendation::Over => over.is_ne().then_some(over.is_gt()),
        Recommendation::Under => over.is_ne().then_some(over.is_lt()),
        Recommendation::Pass | Recommendation::Hold | Recommendation::NoLine => None,
    }
}
