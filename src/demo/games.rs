//! The games played: who appears, what was expected of a player, and the box score.

use super::calendar::Calendar;
use super::columns::Tenths;
use super::draw::{Draw, Purpose, Streams};
use super::league::{Player, Role, TEAMS};
use super::rotation::{Rosters, Slot};
use super::schedule::Game;

/// Range of a team's strength in points per game, and of how much its defence lifts or lowers opponents' scoring.
const STRENGTH: (f64, f64) = (-6.5, 6.5);
const DEFENCE: (f64, f64) = (0.94, 1.06);
/// The home team's advantage in points, and in its players' scoring.
const HOME_MARGIN: f64 = 2.5;
const HOME_SCORING: f64 = 1.012;
/// Standard deviation of the final margin, and the margin from which regulars sit at the end.
const MARGIN_SPREAD: f64 = 11.5;
const BLOWOUT: f64 = 19.0;
/// In a blowout, players with at least this many minutes lose some, and others gain.
const REGULAR_MINUTES: f64 = 26.0;
const BLOWOUT_LOSS: f64 = 7.0;
const BLOWOUT_GAIN: f64 = 2.0;
/// Spread of minutes from game to game, and the chance and effect of foul trouble or a knock.
const MINUTES_SPREAD: f64 = 1.8;
const EARLY_EXIT: f64 = 0.022;
const EARLY_EXIT_SHARE: f64 = 0.5;
const LEAST_MINUTES: f64 = 1.5;
const MOST_MINUTES: f64 = 46.0;
/// Chance that a reserve plays at all, in a close game and in a blowout.
const RESERVE_PLAYS: (f64, f64) = (0.2, 0.85);
/// With this many minutes to play, a reserve is needed.
const NEEDED: f64 = 12.0;
/// A player's form: how much of it lasts to the next game, and what each game adds to it.
const FORM_LASTS: f64 = 0.93;
const FORM_SPREAD: f64 = 0.028;
/// Chance that a player in the lineup is scratched when predictions are already out, and how the player's row then
/// looks.
const SCRATCH: f64 = 0.018;
const SCRATCH_ROWS: [(Absence, f64); 3] =
    [(Absence::NoRow, 0.6), (Absence::ZeroMinutes, 0.2), (Absence::NullMinutes, 0.2)];
/// Shares of rows whose usage, plus-minus, unassisted makes and starter flag are unknown.
const NO_USAGE: f64 = 0.025;
const NO_PLUS_MINUS: f64 = 0.02;
const NO_UNASSISTED: f64 = 0.06;
const NO_STARTER_FLAG: f64 = 0.012;
/// Least and most of a game's share of shots relative to its mean.
const SHARE_BOUNDS: (f64, f64) = (0.3, 1.8);
const USAGE_SPREAD: f64 = 2.2;
const USAGE_BY_SHARE: f64 = 9.0;
const USAGE_BOUNDS: (f64, f64) = (4.0, 46.0);
const PLUS_MINUS_SPREAD: f64 = 5.0;
const GAME_MINUTES: f64 = 48.0;
/// Free throws come in pairs, now and then with one more.
const EXTRA_FREE_THROW: f64 = 0.2;

/// How the box scores show a player who did not play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    NoRow,
    ZeroMinutes,
    NullMinutes,
}

/// A box score; counts are of the game.
#[derive(Debug, Clone, Copy)]
pub struct BoxScore {
    pub points: i64,
    pub minutes: Tenths,
    pub shots: i64,
    pub makes: i64,
    pub three_attempts: i64,
    pub three_makes: i64,
    pub free_throws: i64,
    pub plus_minus: Option<i64>,
    pub unassisted: Option<i64>,
    /// Hundredths of a percent.
    pub usage: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
pub enum Outcome {
    Played(BoxScore),
    /// The player was expected to play.
    Scratched(Absence),
}

impl Outcome {
    pub fn points(&self) -> Option<i64> {
        match self {
            Outcome::Played(score) => Some(score.points),
            Outcome::Scratched(_) => None,
        }
    }
}

/// A player in a game.
#[derive(Debug, Clone)]
pub struct Appearance {
    /// Indices into the season's games, the players and [`TEAMS`].
    pub game: usize,
    pub player: usize,
    pub team: usize,
    pub opponent: usize,
    /// Minutes and points that somebody who knew everything before the game would expect.
    pub expected_minutes: f64,
    pub expected_points: f64,
    pub starter: Option<bool>,
    pub outcome: Outcome,
}

/// One side of a game, seen from the team.
struct Side {
    game: usize,
    team: usize,
    opponent: usize,
    /// Points by which the team wins.
    margin: f64,
    /// What opponent and place do to its players' scoring.
    scoring: f64,
}

/// Plays a season; appearances come game by game, away team first.
pub fn play(streams: Streams, calendar: &Calendar, players: &[Player], games: &[Game]) -> Vec<Appearance> {
    let mut draw = streams.season(calendar.year, Purpose::Games, 0);
    let strength: Vec<f64> = TEAMS.iter().map(|_| draw.between(STRENGTH)).collect();
    let defence: Vec<f64> = TEAMS.iter().map(|_| draw.between(DEFENCE)).collect();
    let mut rosters = Rosters::new(streams, calendar, players);
    let mut form = vec![1.0; players.len()];
    let mut appearances = Vec::new();
    for (index, game) in games.iter().enumerate() {
        rosters.advance(game.date);
        let margin = strength[game.home] - strength[game.away] + HOME_MARGIN + MARGIN_SPREAD * draw.normal();
        let sides = [(game.away, game.home, -margin, 1.0 / HOME_SCORING), (game.home, game.away, margin, HOME_SCORING)];
        for (team, opponent, margin, place) in sides {
            let side = Side { game: index, team, opponent, margin, scoring: place * defence[opponent] };
            for slot in rosters.lineup(team, game.date) {
                let form = &mut form[slot.player];
                *form = 1.0 + FORM_LASTS * (*form - 1.0) + FORM_SPREAD * draw.normal();
                appearances.extend(appear(&mut draw, &players[slot.player], slot, &side, *form));
            }
        }
    }
    appearances
}

/// A player's part in a game; `None` when a reserve stays on the bench.
fn appear(draw: &mut Draw, player: &Player, slot: Slot, side: &Side, form: f64) -> Option<Appearance> {
    let blowout = side.margin.abs() >= BLOWOUT;
    let plays = draw.chance(if blowout { RESERVE_PLAYS.1 } else { RESERVE_PLAYS.0 });
    let needed = slot.starts || slot.minutes >= NEEDED;
    if player.role == Role::Reserve && !plays && !needed {
        return None;
    }
    let rate = form * side.scoring;
    let outcome = if draw.chance(SCRATCH) {
        Outcome::Scratched(draw.weighted(&SCRATCH_ROWS))
    } else {
        let minutes = minutes(draw, slot, blowout);
        Outcome::Played(box_score(draw, player, minutes, rate, side.margin))
    };
    Some(Appearance {
        game: side.game,
        player: slot.player,
        team: side.team,
        opponent: side.opponent,
        expected_minutes: slot.minutes,
        expected_points: player.scoring() * slot.minutes * rate,
        starter: (!draw.chance(NO_STARTER_FLAG)).then_some(slot.starts),
        outcome,
    })
}

/// Minutes played.
fn minutes(draw: &mut Draw, slot: Slot, blowout: bool) -> f64 {
    let mut minutes = slot.minutes + MINUTES_SPREAD * draw.normal();
    if blowout {
        minutes += if slot.minutes >= REGULAR_MINUTES { -BLOWOUT_LOSS } else { BLOWOUT_GAIN };
    }
    if draw.chance(EARLY_EXIT) {
        minutes *= EARLY_EXIT_SHARE;
    }
    minutes.clamp(LEAST_MINUTES, MOST_MINUTES)
}

/// A box score for the minutes played; `rate` scales the player's usual scoring.
fn box_score(draw: &mut Draw, player: &Player, minutes: f64, rate: f64, margin: f64) -> BoxScore {
    let share = (1.0 + player.volatility * draw.normal()).clamp(SHARE_BOUNDS.0, SHARE_BOUNDS.1);
    let shots = draw.rounded(player.shots * minutes * rate * share);
    let three_attempts = draw.binomial(shots, player.three_share);
    let three_makes = draw.binomial(three_attempts, player.three_made);
    let makes = three_makes + draw.binomial(shots - three_attempts, player.two_made);
    let trips = draw.rounded(player.free_throws * minutes * rate * share / (2.0 + EXTRA_FREE_THROW));
    let free_throws = 2 * trips + draw.binomial(trips, EXTRA_FREE_THROW);
    let free_throw_makes = draw.binomial(free_throws, player.free_throws_made);
    let plus_minus = margin * minutes / GAME_MINUTES + PLUS_MINUS_SPREAD * draw.normal();
    let usage = player.usage + USAGE_BY_SHARE * (share - 1.0) + USAGE_SPREAD * draw.normal();
    let unassisted = draw.binomial(makes, player.unassisted);
    BoxScore {
        points: 2 * makes + three_makes + free_throw_makes,
        minutes: Tenths::of(minutes),
        shots,
        makes,
        three_attempts,
        three_makes,
        free_throws,
        plus_minus: (!draw.chance(NO_PLUS_MINUS)).then_some(plus_minus.round() as i64),
        unassisted: (!draw.chance(NO_UNASSISTED)).then_some(unassisted),
        usage: (!draw.chance(NO_USAGE)).then_some((usage.clamp(USAGE_BOUNDS.0, USAGE_BOUNDS.1) * 100.0).round() as i64),
    }
}
