//! Who plays for a team on a date, and for how long: trades, injuries, rest, call-ups, and the minutes they leave to
//! their teammates.

use chrono::{Days, NaiveDate};

use super::calendar::Calendar;
use super::draw::{Draw, Purpose, Streams};
use super::league::{Player, Role, TEAMS};

/// Minutes of a team's game, and the most a player is given.
const TEAM_MINUTES: f64 = 240.0;
const MOST_MINUTES: f64 = 40.0;
const STARTERS: usize = 5;
/// Reserves mostly sit: they count for this share of their minutes, and take this share of what others leave.
const RESERVE_SHARE: f64 = 0.2;
/// Chance of a new injury per game, its shortest absence in days, the chance that it lasts yet another day, and the
/// share and length of long ones.
const INJURY: f64 = 0.0075;
const SHORTEST_ABSENCE: u64 = 2;
const ANOTHER_DAY: f64 = 0.86;
const LONG_INJURY: f64 = 0.07;
const LONG_ABSENCE: u64 = 45;
/// Chance that a star rests on the second day of a back-to-back.
const REST: f64 = 0.07;
/// Players exchanged in trades between players of one role, most of them in the week before the deadline; windows
/// are shares of the season.
const TRADES: [(usize, (f64, f64)); 2] = [(4, (0.25, 0.6)), (12, (0.61, 0.645))];

/// A player's part in a game, as known before it.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// Index into the players.
    pub player: usize,
    /// Minutes that the player can expect.
    pub minutes: f64,
    pub starts: bool,
}

/// Two players who change places on a date.
struct Trade {
    date: NaiveDate,
    players: [usize; 2],
}

/// The state of all rosters, day by day.
pub struct Rosters<'a> {
    players: &'a [Player],
    draw: Draw,
    trades: Vec<Trade>,
    /// By player: the team, the date from which the player can play, the date of the team's latest game.
    team: Vec<usize>,
    from: Vec<NaiveDate>,
    latest_game: Vec<Option<NaiveDate>>,
}

impl<'a> Rosters<'a> {
    pub fn new(streams: Streams, calendar: &Calendar, players: &'a [Player]) -> Self {
        let from = players.iter().map(|player| player.joins.map_or(calendar.opening, |share| calendar.at(share)));
        Rosters {
            players,
            draw: streams.season(calendar.year, Purpose::Rotation, 0),
            trades: trades(streams, calendar, players),
            team: players.iter().map(|player| player.team).collect(),
            from: from.collect(),
            latest_game: vec![None; TEAMS.len()],
        }
    }

    /// Makes the trades up to a date.
    pub fn advance(&mut self, date: NaiveDate) {
        while let Some(trade) = self.trades.pop_if(|trade| trade.date <= date) {
            let [a, b] = trade.players;
            self.team.swap(a, b);
        }
    }

    /// The players available to a team, those who start first, and their expected minutes. Dates must not go back.
    pub fn lineup(&mut self, team: usize, date: NaiveDate) -> Vec<Slot> {
        let back_to_back = self.latest_game[team].is_some_and(|latest| latest + Days::new(1) == date);
        self.latest_game[team] = Some(date);
        let mut available = Vec::new();
        for (index, player) in self.players.iter().enumerate().filter(|(index, _)| self.team[*index] == team) {
            let rests = self.draw.chance(REST) && back_to_back && player.role == Role::Star;
            let absence = absence(&mut self.draw);
            if self.from[index] > date {
                continue;
            }
            if let Some(days) = absence {
                self.from[index] = date + Days::new(days);
            } else if !rests {
                available.push(index);
            }
        }
        available.sort_by(|a, b| {
            let (a, b) = (&self.players[*a], &self.players[*b]);
            let starter = |player: &Player| player.role <= Role::Starter;
            starter(b).cmp(&starter(a)).then(b.minutes.total_cmp(&a.minutes))
        });
        self.share_minutes(&available)
    }

    /// Expected minutes: everybody's own, plus or minus a part of what the team lacks or has too much.
    fn share_minutes(&self, available: &[usize]) -> Vec<Slot> {
        let minutes = |index: usize| self.players[index].minutes;
        let share = |index: usize| {
            if self.players[index].role == Role::Reserve { RESERVE_SHARE } else { 1.0 }
        };
        let missing = TEAM_MINUTES - available.iter().map(|index| share(*index) * minutes(*index)).sum::<f64>();
        let room = |index: usize| share(index) * (MOST_MINUTES - minutes(index)).max(0.0);
        let total_room: f64 = available.iter().map(|index| room(*index)).sum();
        let slots = available.iter().enumerate().map(|(place, &player)| {
            let extra = if total_room > 0.0 { missing * room(player) / total_room } else { 0.0 };
            Slot { player, minutes: (minutes(player) + extra).clamp(0.0, MOST_MINUTES), starts: place < STARTERS }
        });
        slots.collect()
    }
}

/// Days a player is out from now on, if hurt.
fn absence(draw: &mut Draw) -> Option<u64> {
    if !draw.chance(INJURY) {
        return None;
    }
    if draw.chance(LONG_INJURY) {
        return Some(LONG_ABSENCE);
    }
    let mut days = SHORTEST_ABSENCE;
    while draw.chance(ANOTHER_DAY) {
        days += 1;
    }
    Some(days)
}

/// The season's trades, latest first; nobody is traded twice.
fn trades(streams: Streams, calendar: &Calendar, players: &[Player]) -> Vec<Trade> {
    let mut draw = streams.season(calendar.year, Purpose::Trades, 0);
    let mut market: Vec<usize> = (0..players.len()).filter(|index| players[*index].joins.is_none()).collect();
    market.retain(|index| players[*index].role != Role::Reserve);
    draw.shuffle(&mut market);
    let mut trades = Vec::new();
    for (count, window) in TRADES {
        for _ in 0..count {
            let Some(a) = market.pop() else { break };
            let suits = |b: &usize| players[*b].role == players[a].role && players[*b].team != players[a].team;
            let Some(place) = market.iter().position(suits) else {
                continue;
            };
            let b = market.remove(place);
            trades.push(Trade { date: calendar.at(draw.between(window)), players: [a, b] });
        }
    }
    trades.sort_by_key(|trade| std::cmp::Reverse((trade.date, trade.players)));
    trades
}
