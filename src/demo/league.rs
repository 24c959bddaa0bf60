//! The league: thirty teams under their real abbreviations, and their invented players.

use super::draw::{Draw, Purpose, Streams};
use super::names::{self, Name};

/// The teams on a circle on which the schedule is built: neighbours meet often, and the team opposite (fifteen places
/// on, in the second half) is the rival a team meets most.
pub const TEAMS: [&str; 30] = [
    "BOS", "NYK", "TOR", "CHI", "MIL", "ATL", "MIA", "WAS", "LAL", "GSW", "DAL", "MEM", "DEN", "MIN", "PHX", "PHI",
    "BKN", "CLE", "DET", "IND", "CHA", "ORL", "SAS", "LAC", "SAC", "HOU", "NOP", "UTA", "OKC", "POR",
];
pub const PLAYERS_PER_TEAM: usize = 15;

/// The minutes in which rates per game are thought of.
const FULL_SHIFT: f64 = 36.0;
/// Share of rotation players at the end of the bench who are signed during the season.
const CALL_UPS: f64 = 0.8;
/// When they are signed, as a share of the season.
const CALL_UP_SPAN: (f64, f64) = (0.06, 0.75);
/// Share of starters whom the market and the champion overrate all season.
const OVERRATED: f64 = 0.06;
/// A player's usage is this many times the shots and free throw trips per shift, plus turnovers.
const USAGE_FACTOR: f64 = 1.2;
const TURNOVERS: (f64, f64) = (1.5, 3.5);
/// What a free throw attempt counts as a possession.
const FREE_THROW_POSSESSION: f64 = 0.44;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Star,
    Starter,
    SixthMan,
    Rotation,
    Reserve,
}

/// What a role's players are like; every pair is a range.
struct Template {
    /// Minutes per game.
    minutes: (f64, f64),
    /// Points per shift of 36 minutes.
    scoring: (f64, f64),
    /// Free throw attempts per shift.
    free_throws: (f64, f64),
    /// Share of field goals made without an assist.
    unassisted: (f64, f64),
    /// Standard deviation of a game's share of shots, relative to its mean.
    volatility: (f64, f64),
}

impl Role {
    /// The role of a team's player by the place on the roster.
    fn of_slot(slot: usize, draw: &mut Draw) -> Role {
        match slot {
            0 => Role::Star,
            1 if draw.chance(0.4) => Role::Star,
            1..=4 => Role::Starter,
            5 => Role::SixthMan,
            6..=8 => Role::Rotation,
            _ => Role::Reserve,
        }
    }

    fn template(self) -> Template {
        match self {
            Role::Star => Template {
                minutes: (35.0, 39.0),
                scoring: (23.5, 29.5),
                free_throws: (3.8, 9.4),
                unassisted: (0.3, 0.68),
                volatility: (0.12, 0.36),
            },
            Role::Starter => Template {
                minutes: (27.5, 34.5),
                scoring: (13.5, 21.0),
                free_throws: (1.4, 4.2),
                unassisted: (0.12, 0.4),
                volatility: (0.18, 0.3),
            },
            Role::SixthMan => Template {
                minutes: (22.0, 28.0),
                scoring: (17.0, 23.0),
                free_throws: (1.6, 4.0),
                unassisted: (0.2, 0.5),
                volatility: (0.2, 0.34),
            },
            Role::Rotation => Template {
                minutes: (14.0, 23.0),
                scoring: (12.0, 17.0),
                free_throws: (1.0, 3.0),
                unassisted: (0.08, 0.3),
                volatility: (0.22, 0.36),
            },
            Role::Reserve => Template {
                minutes: (4.0, 9.0),
                scoring: (9.0, 15.0),
                free_throws: (0.8, 2.5),
                unassisted: (0.05, 0.3),
                volatility: (0.25, 0.4),
            },
        }
    }
}

/// How a player takes shots.
#[derive(Clone, Copy)]
struct Style {
    /// Share of field goal attempts behind the line, and what share of them goes in.
    threes: (f64, f64),
    three_made: (f64, f64),
    two_made: (f64, f64),
}

const SHOOTER: Style = Style { threes: (0.42, 0.62), three_made: (0.34, 0.42), two_made: (0.48, 0.55) };
const BALANCED: Style = Style { threes: (0.2, 0.42), three_made: (0.31, 0.38), two_made: (0.48, 0.56) };
const BIG: Style = Style { threes: (0.0, 0.12), three_made: (0.24, 0.34), two_made: (0.55, 0.64) };
const STYLES: [(Style, f64); 3] = [(SHOOTER, 0.42), (BALANCED, 0.36), (BIG, 0.22)];
const FREE_THROWS_MADE: (f64, f64) = (0.68, 0.9);

/// A player: what there is of each thing in a minute, how many minutes, and how others judge. Rates are per minute.
#[derive(Debug, Clone)]
pub struct Player {
    pub name: Name,
    /// Index into [`TEAMS`] of the team with which every season starts.
    pub team: usize,
    pub role: Role,
    /// Minutes per game when everybody is healthy.
    pub minutes: f64,
    pub shots: f64,
    pub free_throws: f64,
    pub three_share: f64,
    pub three_made: f64,
    pub two_made: f64,
    pub free_throws_made: f64,
    pub unassisted: f64,
    /// Usage rate in percent.
    pub usage: f64,
    pub volatility: f64,
    /// When the player joins the team, as a share of the season; `None` is from the start.
    pub joins: Option<f64>,
    /// The market and the champion expect too much of the player.
    pub overrated: bool,
}

impl Player {
    /// Expected points per minute.
    pub fn scoring(&self) -> f64 {
        self.shots * points_per_shot(self.three_share, self.three_made, self.two_made)
            + self.free_throws * self.free_throws_made
    }

    fn draw(draw: &mut Draw, name: Name, team: usize, slot: usize) -> Player {
        let role = Role::of_slot(slot, draw);
        let template = role.template();
        let style = draw.weighted(&STYLES);
        let (three_share, three_made, two_made) =
            (draw.between(style.threes), draw.between(style.three_made), draw.between(style.two_made));
        let free_throws_made = draw.between(FREE_THROWS_MADE);
        let scoring = draw.between(template.scoring);
        let free_throws = draw.between(template.free_throws);
        let shots = (scoring - free_throws * free_throws_made) / points_per_shot(three_share, three_made, two_made);
        let possessions = shots + FREE_THROW_POSSESSION * free_throws + draw.between(TURNOVERS);
        let last_of_rotation = slot == 8;
        Player {
            name,
            team,
            role,
            minutes: draw.between(template.minutes),
            shots: shots / FULL_SHIFT,
            free_throws: free_throws / FULL_SHIFT,
            three_share,
            three_made,
            two_made,
            free_throws_made,
            unassisted: draw.between(template.unassisted),
            usage: possessions * USAGE_FACTOR,
            volatility: draw.between(template.volatility),
            joins: (draw.chance(CALL_UPS) && last_of_rotation).then(|| draw.between(CALL_UP_SPAN)),
            overrated: draw.chance(OVERRATED) && matches!(role, Role::Star | Role::Starter),
        }
    }
}

fn points_per_shot(three_share: f64, three_made: f64, two_made: f64) -> f64 {
    3.0 * three_share * three_made + 2.0 * (1.0 - three_share) * two_made
}

/// The league's players, team by team, the best first. All seasons start with the same rosters.
pub fn players(streams: Streams) -> Vec<Player> {
    let mut draw = streams.shared(Purpose::Players);
    let names = names::names(&mut draw, TEAMS.len() * PLAYERS_PER_TEAM);
    names
        .into_iter()
        .enumerate()
        .map(|(index, name)| Player::draw(&mut draw, name, index / PLAYERS_PER_TEAM, index % PLAYERS_PER_TEAM))
        .collect()
}
