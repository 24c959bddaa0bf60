//! When the systems run, and on which scale they state their confidence then.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};
use datafusion::arrow::error::ArrowError;

use super::draw::{Purpose, Streams};
use super::slates::Slates;
use super::systems::{SYSTEMS, Scale};

/// Chance that a system runs late, how late then, and how far runs stray from their time, in minutes.
const LATE_RUN: f64 = 0.1;
const LATE_TIME: (f64, f64) = (1000.0, 1260.0);
const STRAY: f64 = 25.0;

/// A system's run at one game.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub at: NaiveDateTime,
    /// Whether confidence is stated on 0 to 100.
    pub percent: bool,
}

/// All runs of a season.
pub struct Runs {
    /// By slate and system: minutes after midnight, and the scale; `None` before the system's first day.
    slates: Vec<Vec<Option<(i64, bool)>>>,
    /// By game: its slate, and midnight before it plus a minute for every earlier game of the slate.
    games: Vec<(usize, NaiveDateTime)>,
}

impl Runs {
    pub fn new(streams: Streams, slates: &Slates) -> Result<Self, ArrowError> {
        let calendar = slates.calendar;
        let mut draw = streams.season(calendar.year, Purpose::Runs, 0);
        let mut runs = Vec::with_capacity(calendar.slates.len());
        for date in &calendar.slates {
            let mut of_slate = Vec::with_capacity(SYSTEMS.len());
            for system in &SYSTEMS {
                let late = draw.chance(LATE_RUN);
                let (late_time, stray) = (draw.between(LATE_TIME), STRAY * draw.normal());
                let minutes = if late { late_time } else { system.run + stray };
                let since = system.since.map_or(Ok(calendar.opening), |(month, day)| calendar.day(month, day))?;
                let percent = match system.scale {
                    Scale::Unit => false,
                    Scale::Percent => true,
                    Scale::PercentFrom(month, day) => calendar.day(month, day)? <= *date,
                };
                of_slate.push((since <= *date).then_some((minutes as i64, percent)));
            }
            runs.push(of_slate);
        }
        Ok(Runs { slates: runs, games: games(slates) })
    }

    /// The run of a system at a game; `None` before its first day.
    pub fn run(&self, game: usize, system: usize) -> Option<Run> {
        let (slate, start) = self.games[game];
        self.slates[slate][system].map(|(minutes, percent)| Run { at: start + TimeDelta::minutes(minutes), percent })
    }
}

fn games(slates: &Slates) -> Vec<(usize, NaiveDateTime)> {
    let mut games: Vec<(usize, NaiveDateTime)> = Vec::with_capacity(slates.games.len());
    for game in slates.games {
        let slate = slates.calendar.slates.partition_point(|date| *date < game.date);
        let start = match games.last() {
            Some((latest, start)) if *latest == slate => *start + TimeDelta::minutes(1),
            _ => game.date.and_time(NaiveTime::MIN),
        };
        games.push((slate, start));
    }
    games
}
