//! The schedule: who meets whom how often, and when.

use chrono::{Datelike, Days, NaiveDate};
use datafusion::arrow::error::ArrowError;

use super::calendar::{self, Calendar};
use super::draw::{Draw, Purpose, Streams};
use super::league::TEAMS;

/// Meetings of two teams by their distance on the circle of teams, from 1 on: every team plays
/// 2 * (4 + 4 + 3 * 5 + 2 * 7) + 8 = 82 games. The eight are against the rival opposite.
const MEETINGS: [usize; 15] = [4, 4, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 8];
/// Relative number of games by weekday, from Monday.
const GAMES_BY_WEEKDAY: [f64; 7] = [8.0, 6.0, 10.0, 4.5, 10.0, 8.0, 7.0];
/// Games of opening night.
const OPENING_GAMES: f64 = 2.0;
/// What a date costs a game: per season of distance from its even share of the season, per full slate, for each team
/// that plays the day before or after, and at random.
const COST_OF_DISTANCE: f64 = 4.0;
const COST_OF_LOAD: f64 = 2.0;
const COST_OF_BACK_TO_BACK: f64 = 0.3;
const COST_AT_RANDOM: f64 = 0.35;
/// How far the meetings of two teams stray from an even spread, as a share of the time between two of them.
const STRAY: f64 = 0.25;

/// A game; teams are indices into [`TEAMS`].
#[derive(Debug, Clone)]
pub struct Game {
    /// `YYYYMMDD_AWAY_HOME`.
    pub id: String,
    pub date: NaiveDate,
    pub away: usize,
    pub home: usize,
}

/// A game that has no date yet.
struct Fixture {
    away: usize,
    home: usize,
    /// When it would be played if the two teams' meetings were spread evenly, as a share of the season.
    ideal: f64,
}

/// All games of a season by date and id.
pub fn games(streams: Streams, calendar: &Calendar) -> Result<Vec<Game>, ArrowError> {
    let mut draw = streams.season(calendar.year, Purpose::Schedule, 0);
    let (mut fixtures, finale) = fixtures(&mut draw);
    draw.shuffle(&mut fixtures);
    let mut board = Board::new(calendar, fixtures.len());
    let mut games = Vec::with_capacity(fixtures.len() + finale.len());
    let last = calendar.slates.len().saturating_sub(1);
    for fixture in finale {
        games.push(board.place(&fixture, last));
    }
    for fixture in fixtures {
        let slate = board.best_slate(&fixture, &mut draw).ok_or_else(|| {
            ArrowError::ComputeError(format!("no date left for {}-{}", TEAMS[fixture.away], TEAMS[fixture.home]))
        })?;
        games.push(board.place(&fixture, slate));
    }
    games.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(games)
}

/// The season's fixtures, and apart from them those of the last day, on which every team plays a neighbour.
fn fixtures(draw: &mut Draw) -> (Vec<Fixture>, Vec<Fixture>) {
    let (mut fixtures, mut finale) = (Vec::new(), Vec::new());
    let half = TEAMS.len() / 2;
    for (distance, meetings) in (1..).zip(MEETINGS) {
        let pairs = if distance == half { half } else { TEAMS.len() };
        for first in 0..pairs {
            let second = (first + distance) % TEAMS.len();
            for meeting in 0..meetings {
                let stray = STRAY * draw.normal();
                let ideal = (meeting as f64 + 0.5 + stray) / meetings as f64;
                let (home, away) = if meeting % 2 == 0 { (first, second) } else { (second, first) };
                let fixture = Fixture { away, home, ideal };
                if distance == 1 && first % 2 == 0 && meeting + 1 == meetings {
                    finale.push(fixture);
                } else {
                    fixtures.push(fixture);
                }
            }
        }
    }
    (fixtures, finale)
}

/// The dates under construction.
struct Board<'a> {
    calendar: &'a Calendar,
    /// Games of each slate so far, and how many it should have.
    games: Vec<f64>,
    targets: Vec<f64>,
    /// By team, the dates it plays on.
    dates: Vec<Vec<NaiveDate>>,
}

impl<'a> Board<'a> {
    fn new(calendar: &'a Calendar, fixtures: usize) -> Self {
        let weight = |date: &NaiveDate| GAMES_BY_WEEKDAY[date.weekday().num_days_from_monday() as usize];
        let total: f64 = calendar.slates.iter().map(weight).sum();
        let mut targets: Vec<f64> = calendar.slates.iter().map(|date| weight(date) * fixtures as f64 / total).collect();
        if let Some(opening) = targets.first_mut() {
            *opening = OPENING_GAMES;
        }
        Board { calendar, games: vec![0.0; targets.len()], targets, dates: vec![Vec::new(); TEAMS.len()] }
    }

    fn plays(&self, team: usize, date: NaiveDate) -> bool {
        self.dates[team].contains(&date)
    }

    /// Whether the team would play three days in a row.
    fn third_in_a_row(&self, team: usize, date: NaiveDate) -> bool {
        let plays = |days: i64| self.plays(team, shifted(date, days));
        (plays(-2) && plays(-1)) || (plays(-1) && plays(1)) || (plays(1) && plays(2))
    }

    /// The cheapest slate on which both teams are free. A third day in a row, and after that a slate that has its games
    /// already, are taken only when there is no other.
    fn best_slate(&self, fixture: &Fixture, draw: &mut Draw) -> Option<usize> {
        let teams = [fixture.away, fixture.home];
        let mut best: Option<((bool, bool, f64), usize)> = None;
        for (slate, date) in self.calendar.slates.iter().enumerate() {
            let noise = COST_AT_RANDOM * draw.uniform();
            if teams.iter().any(|team| self.plays(*team, *date)) {
                continue;
            }
            let tiring = teams.iter().any(|team| self.third_in_a_row(*team, *date));
            let neighbours = teams
                .iter()
                .filter(|team| self.plays(**team, shifted(*date, -1)) || self.plays(**team, shifted(*date, 1)));
            let distance = (slate as f64 / self.targets.len() as f64 - fixture.ideal).abs();
            let load = self.games[slate] / self.targets[slate];
            let full = self.games[slate] + 1.0 > self.targets[slate].ceil();
            let cost = COST_OF_DISTANCE * distance
                + COST_OF_LOAD * load
                + COST_OF_BACK_TO_BACK * neighbours.count() as f64
                + noise;
            let rank = (tiring, full, cost);
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, slate));
            }
        }
        best.map(|(_, slate)| slate)
    }

    fn place(&mut self, fixture: &Fixture, slate: usize) -> Game {
        let date = self.calendar.slates[slate];
        self.games[slate] += 1.0;
        self.dates[fixture.away].push(date);
        self.dates[fixture.home].push(date);
        let id = format!("{}_{}_{}", calendar::compact(date), TEAMS[fixture.away], TEAMS[fixture.home]);
        Game { id, date, away: fixture.away, home: fixture.home }
    }
}

/// The date a number of days later, or earlier when negative.
fn shifted(date: NaiveDate, days: i64) -> NaiveDate {
    let distance = Days::new(days.unsigned_abs());
    if days < 0 { date - distance } else { date + distance }
}
