//! The market: which appearances have a points line, and what it says.

use super::calendar::Calendar;
use super::columns::Tenths;
use super::draw::{Draw, Purpose, Streams};
use super::games::Appearance;
use super::league::Player;

/// From how many expected minutes and points a player surely, and possibly, has a line.
const LISTED: (f64, f64) = (20.0, 7.0);
const PERHAPS_LISTED: (f64, f64) = (15.0, 5.5);
const PERHAPS: f64 = 0.3;
/// Share of other regulars for whom systems write a row without a line.
const WITHOUT_LINE: f64 = 0.35;
const LINE_SOURCES: [(&str, f64); 4] =
    [("ODDS_API", 0.6), ("ACTUAL_PROP", 0.24), ("BETTINGPROS", 0.12), ("ESTIMATED_AVG", 0.04)];
const NO_LINE_SOURCE: &str = "NO_PROP_LINE";
/// The line stands where half of the games end above it: below the expected points, as scoring is skewed.
const MEDIAN: f64 = 0.955;
/// Standard deviation of the market's error: a constant part and one in proportion to the points, and how much of the
/// error lasts to the player's next line.
const ERROR: (f64, f64) = (0.6, 0.046);
const ERROR_LASTS: f64 = 0.3;
/// How much the market overrates the players it overrates, as a share of their points.
const OVERRATED_BY: f64 = 0.06;
/// Share of lines that are whole numbers, so that a push is possible.
const WHOLE: f64 = 0.12;
const LEAST_LINE: f64 = 2.5;
/// Share of lines that move during the day, and by how much in half points.
const MOVED: f64 = 0.035;
const MOVES: [(i64, f64); 6] = [(-15, 1.0), (-10, 3.0), (-5, 2.0), (5, 2.0), (10, 3.0), (15, 1.0)];
/// When lines move, in minutes after midnight.
const MOVE_TIME: (f64, f64) = (880.0, 1290.0);
/// Standard deviation of a line across books: mostly narrow, sometimes wide, sometimes unknown.
const SPREAD_KNOWN: f64 = 0.86;
const SPREAD_WIDE: f64 = 0.06;
const NARROW: (f64, f64) = (0.25, 1.05);
const WIDE: (f64, f64) = (1.4, 3.2);
/// Quality of the models' inputs.
const QUALITIES: [(Option<(f64, f64)>, f64); 4] =
    [(Some((86.0, 100.0)), 0.885), (Some((60.0, 85.5)), 0.075), (None, 0.035), (Some((0.0, 0.0)), 0.005)];

/// A player's line of a game.
#[derive(Debug, Clone)]
pub struct Quote {
    /// Index into the appearances.
    pub appearance: usize,
    /// `None` where the models have no line to compare with.
    pub line: Option<Tenths>,
    /// The line before it moved, and when it moved in minutes after midnight.
    pub moved: Option<(Tenths, i64)>,
    pub source: &'static str,
    /// Standard deviation of the line across books.
    pub spread: Option<f64>,
    /// Quality of the inputs in percent.
    pub quality: Option<f64>,
}

/// The lines of a season, in the order of the appearances.
pub fn quotes(streams: Streams, calendar: &Calendar, players: &[Player], appearances: &[Appearance]) -> Vec<Quote> {
    let mut draw = streams.season(calendar.year, Purpose::Market, 0);
    let mut errors = vec![0.0; players.len()];
    let mut quotes = Vec::new();
    for (index, appearance) in appearances.iter().enumerate() {
        let expects = |(minutes, points): (f64, f64)| {
            appearance.expected_minutes >= minutes && appearance.expected_points >= points
        };
        let perhaps = draw.chance(PERHAPS);
        let without_line = draw.chance(WITHOUT_LINE);
        if expects(LISTED) || (expects(PERHAPS_LISTED) && perhaps) {
            let player = &players[appearance.player];
            quotes.push(quote(&mut draw, index, appearance, player, &mut errors[appearance.player]));
        } else if expects(PERHAPS_LISTED) && without_line {
            let quality = quality(&mut draw);
            quotes.push(Quote {
                appearance: index,
                line: None,
                moved: None,
                source: NO_LINE_SOURCE,
                spread: None,
                quality,
            });
        }
    }
    quotes
}

/// A line; `error` is the market's error about the player, carried from game to game, as a share of its spread.
fn quote(draw: &mut Draw, index: usize, appearance: &Appearance, player: &Player, error: &mut f64) -> Quote {
    let points = appearance.expected_points;
    *error = ERROR_LASTS * *error + (1.0 - ERROR_LASTS * ERROR_LASTS).sqrt() * draw.normal();
    let bias = if player.overrated { OVERRATED_BY * points } else { 0.0 };
    let fair = MEDIAN * points + bias + *error * (ERROR.0 + ERROR.1 * points);
    let half = if draw.chance(WHOLE) { fair.round() } else { fair.floor() + 0.5 };
    let line = Tenths::of(half.max(LEAST_LINE));
    let moves = draw.chance(MOVED);
    let (by, at) = (draw.weighted(&MOVES), draw.between(MOVE_TIME) as i64);
    let before = Tenths((line.0 + by).max(Tenths::of(LEAST_LINE).0));
    let wide = draw.chance(SPREAD_WIDE);
    let spread = hundredths(draw.between(if wide { WIDE } else { NARROW }));
    Quote {
        appearance: index,
        line: Some(line),
        moved: (moves && before != line).then_some((before, at)),
        source: draw.weighted(&LINE_SOURCES),
        spread: draw.chance(SPREAD_KNOWN).then_some(spread),
        quality: quality(draw),
    }
}

fn quality(draw: &mut Draw) -> Option<f64> {
    let range = draw.weighted(&QUALITIES);
    let share = draw.uniform();
    range.map(|(low, high)| (low + (high - low) * share).round())
}

fn hundredths(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
