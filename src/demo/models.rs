//! What the systems predict: every row, also those that a later one superseded.

use chrono::{NaiveTime, TimeDelta};
use datafusion::arrow::error::ArrowError;

use super::columns::Tenths;
use super::draw::{Draw, Purpose, Streams};
use super::games::Outcome;
use super::market::Quote;
use super::predictions::{Prediction, Recommendation};
use super::runs::{Run, Runs};
use super::slates::Slates;
use super::systems::{CHAMPION, Features, SYSTEMS, System, TWIN};

/// Systems aim at the middle of what may happen, which lies below the expected points, as scoring is skewed.
const MEDIAN: f64 = 0.968;
/// Standard deviation of a system's error: a constant part, and one in proportion to the expected points.
const ERROR: (f64, f64) = (1.0, 0.09);
/// How the error's variance divides: what all systems share, what those of the same inputs share, what is a system's
/// own.
const SHARED_ERROR: f64 = 0.42;
const FEATURES_ERROR: f64 = 0.23;
const OWN_ERROR: f64 = 0.35;
/// How much the champion overrates the players whom the market overrates too, as a share of their points.
const OVERRATED_BY: f64 = 0.13;
const LEAST_PREDICTION: Tenths = Tenths(3);
/// Confidences in hundredths of 1, with weights, and the hundredths that a percentage may have behind the point.
const CONFIDENCES: [(i64, f64); 13] = [
    (62, 1.0),
    (66, 2.0),
    (71, 3.0),
    (75, 6.0),
    (77, 7.0),
    (79, 10.0),
    (82, 12.0),
    (85, 14.0),
    (87, 14.0),
    (89, 8.0),
    (90, 5.0),
    (92, 7.0),
    (95, 5.0),
];
const PERCENT_FRACTIONS: [i64; 4] = [0, 0, 0, 50];
const NO_CONFIDENCE: f64 = 0.008;
/// Share of lines at which the twin has exactly the champion's edge, and how often it is then on the other side.
const TIE: f64 = 0.012;
const TIE_OPPOSITE: f64 = 0.4;
/// Standard deviation between a superseded prediction and the next, in points.
const REVISION: f64 = 0.5;
/// Chance that a system does not notice that a line moved.
const STALE: f64 = 0.12;
/// Chance that the predictions of a scratched player are withdrawn rather than left to be voided.
const WITHDRAWN: f64 = 0.3;
/// Share of players without a line for whom a system still writes a row, if it does at all.
const NO_LINE_COVERAGE: f64 = 0.5;

/// All predictions of a season, by date, system, player and time.
pub fn predictions(streams: Streams, slates: &Slates) -> Result<Vec<Prediction>, ArrowError> {
    let year = slates.calendar.year;
    let runs = Runs::new(streams, slates)?;
    let mut common = streams.season(year, Purpose::Models, SYSTEMS.len());
    let mut own: Vec<Draw> = (0..SYSTEMS.len()).map(|system| streams.season(year, Purpose::Models, system)).collect();
    let mut rows = Vec::new();
    for index in 0..slates.quotes.len() {
        let game = slates.appearance(index).game;
        let turn = Turn::draw(&mut common, slates, index);
        let mut predicted: Vec<Tenths> =
            SYSTEMS.iter().zip(&mut own).map(|(system, draw)| turn.predict(draw, system)).collect();
        turn.tie(&mut predicted);
        for (system, (draw, predicted)) in own.iter_mut().zip(predicted).enumerate() {
            turn.write(&mut rows, draw, system, predicted, runs.run(game, system));
        }
    }
    rows.sort_by(|a, b| {
        let day = |row: &Prediction| (slates.game(row.quote).date, row.system);
        let lookup = |row: &Prediction| &slates.player(row.quote).name.lookup;
        day(a).cmp(&day(b)).then_with(|| lookup(a).cmp(lookup(b))).then(a.created_at.cmp(&b.created_at))
    });
    Ok(rows)
}

/// What the systems have in common about one player and game.
struct Turn<'a> {
    index: usize,
    quote: &'a Quote,
    expected_points: f64,
    overrated: bool,
    shared_error: f64,
    /// The errors of systems on v9 and on v12 inputs.
    features_errors: [f64; 2],
    /// Whether the twin ties with the champion, and if so, whether on the other side.
    tie: Option<bool>,
    withdrawn: bool,
}

impl<'a> Turn<'a> {
    fn draw(draw: &mut Draw, slates: &Slates<'a>, index: usize) -> Self {
        let appearance = slates.appearance(index);
        let (tie, opposite, withdrawn) = (draw.chance(TIE), draw.chance(TIE_OPPOSITE), draw.chance(WITHDRAWN));
        Turn {
            index,
            quote: &slates.quotes[index],
            expected_points: appearance.expected_points,
            overrated: slates.player(index).overrated,
            shared_error: draw.normal(),
            features_errors: [draw.normal(), draw.normal()],
            tie: tie.then_some(opposite),
            withdrawn: withdrawn && matches!(appearance.outcome, Outcome::Scratched(_)),
        }
    }

    fn predict(&self, draw: &mut Draw, system: &System) -> Tenths {
        let features = match system.features {
            Features::V9 => self.features_errors[0],
            Features::V12 => self.features_errors[1],
            Features::Other => draw.normal(),
        };
        let error = SHARED_ERROR.sqrt() * self.shared_error
            + FEATURES_ERROR.sqrt() * features
            + OWN_ERROR.sqrt() * draw.normal();
        let spread = (ERROR.0 + ERROR.1 * self.expected_points) * system.noise;
        let overrates = self.overrated && system.id == CHAMPION;
        let overrated = if overrates { OVERRATED_BY * self.expected_points } else { 0.0 };
        Tenths::of(MEDIAN * self.expected_points + system.bias + overrated + spread * error).max(LEAST_PREDICTION)
    }

    /// Gives the twin the champion's edge where the two tie.
    fn tie(&self, predicted: &mut [Tenths]) {
        let place = |id: &str| SYSTEMS.iter().position(|system| system.id == id);
        let places = (place(CHAMPION), place(TWIN));
        if let (Some(opposite), Some(line), (Some(champion), Some(twin))) = (self.tie, self.quote.line, places) {
            let edge = predicted[champion].0 - line.0;
            predicted[twin] = Tenths(line.0 + if opposite { -edge } else { edge }).max(LEAST_PREDICTION);
        }
    }

    /// Writes a system's rows: none, one, or one and its successor.
    fn write(&self, rows: &mut Vec<Prediction>, draw: &mut Draw, system: usize, predicted: Tenths, run: Option<Run>) {
        let spec = &SYSTEMS[system];
        let covered = draw.chance(if self.quote.line.is_some() { spec.coverage } else { NO_LINE_COVERAGE });
        let (stale, revision) = (draw.chance(STALE), Tenths::of(REVISION * draw.normal()));
        let confidence = draw.weighted(&CONFIDENCES);
        let (stated, fraction) = (!draw.chance(NO_CONFIDENCE), draw.pick(&PERCENT_FRACTIONS));
        // Only the systems that were there from the start write rows without a line.
        let asked = self.quote.line.is_some() || spec.since.is_none();
        let Some(run) = run.filter(|_| covered && asked) else {
            return;
        };
        let first = Prediction {
            system,
            quote: self.index,
            predicted,
            line: self.quote.line,
            recommendation: Recommendation::of(predicted, self.quote.line, confidence),
            confidence: stated.then_some(if run.percent { confidence * 100 + fraction } else { confidence }),
            active: !self.withdrawn,
            version: 1,
            created_at: run.at,
            superseded: false,
        };
        let midnight = run.at.date().and_time(NaiveTime::MIN);
        let moved = self.quote.moved.map(|(before, minutes)| (before, midnight + TimeDelta::minutes(minutes)));
        let Some((before, moved_at)) = moved.filter(|(_, at)| *at > run.at) else {
            rows.push(first);
            return;
        };
        if stale {
            let recommendation = Recommendation::of(predicted, Some(before), confidence);
            rows.push(Prediction { line: Some(before), recommendation, ..first });
            return;
        }
        let earlier = Tenths(predicted.0 + revision.0).max(LEAST_PREDICTION);
        rows.push(Prediction {
            predicted: earlier,
            line: Some(before),
            recommendation: Recommendation::of(earlier, Some(before), confidence),
            active: false,
            superseded: true,
            ..first.clone()
        });
        rows.push(Prediction { version: 2, created_at: moved_at, ..first });
    }
}
