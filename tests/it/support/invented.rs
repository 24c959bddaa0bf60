//! Invented leagues of a few players, drawn so that values lie on the thresholds and one unit beside them.

use chrono::{NaiveDate, TimeDelta};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::support::Data;

/// A prediction; points in tenths, confidence in hundredths.
#[derive(Debug, Clone)]
pub struct Prediction {
    pub system: &'static str,
    pub player: String,
    pub date: NaiveDate,
    pub game: String,
    pub points: i64,
    pub line: Option<i64>,
    pub side: &'static str,
    pub source: Option<&'static str>,
    pub confidence: Option<i64>,
    pub quality: Option<f64>,
    pub is_active: bool,
}

/// A grading; points in tenths.
#[derive(Debug, Clone)]
pub struct Grading {
    pub system: &'static str,
    pub player: String,
    pub date: NaiveDate,
    pub game: String,
    pub points: i64,
    pub line: i64,
    pub side: &'static str,
    pub source: Option<&'static str>,
    pub actual: Option<i64>,
    pub correct: Option<bool>,
    pub is_voided: Option<bool>,
    /// Hours after the game's date.
    pub graded: i64,
}

/// A box score; minutes in tenths, usage in hundredths.
#[derive(Debug, Clone)]
pub struct Played {
    pub player: String,
    pub date: NaiveDate,
    pub game: String,
    pub team: &'static str,
    pub opponent: &'static str,
    pub minutes: Option<i64>,
    pub points: Option<i64>,
    /// Makes and attempts.
    pub threes: (Option<i64>, Option<i64>),
    pub free_throws: Option<i64>,
    pub unassisted: Option<i64>,
    pub plus_minus: Option<i64>,
    pub usage: Option<i64>,
    pub is_starter: Option<bool>,
}

/// A league as rows.
#[derive(Debug, Clone, Default)]
pub struct League {
    pub dates: Vec<NaiveDate>,
    pub predictions: Vec<Prediction>,
    pub gradings: Vec<Grading>,
    pub played: Vec<Played>,
    pub spreads: Vec<(NaiveDate, String, Option<f64>)>,
}

const TEAMS: [&str; 4] = ["BKN", "BOS", "LAL", "MIA"];
const PLAYERS_OF_A_TEAM: usize = 3;
const SLATES: usize = 26;

/// Every kind of name that families tell apart, and some of none.
const SYSTEMS: [&str; 13] = [
    "catboost_v12",
    "catboost_v12_noveg_q43_train1102_0125",
    "catboost_v12_noveg_q45_train1102_0125",
    "catboost_v12_noveg_train1",
    "catboost_v12_noveg_train1102_0205",
    "catboost_v9",
    "catboost_v9_low_vegas_new",
    "catboost_v9_other",
    "catboost_v9_q43_new",
    "catboost_v9_q43_train1102_0125",
    "catboost_v9_q45_train1102_0125",
    "catboost_v9_train1102_0205",
    "ensemble_v1",
];
const BOOKS: [Option<&str>; 3] = [Some("ACTUAL_PROP"), Some("ODDS_API"), Some("BETTINGPROS")];
const NO_BOOKS: [Option<&str>; 2] = [Some("ESTIMATED_AVG"), None];

/// Edges in tenths: on the thresholds that versions have, and beside them.
const EDGES: [i64; 17] = [0, 10, 29, 30, 31, 39, 40, 49, 50, 51, 60, 69, 70, 71, 79, 80, 81];
/// Edges as shares of the line: on the cap of 0.30, and a third.
const SHARES: [(i64, i64); 3] = [(3, 10), (1, 3), (1, 4)];
const CONFIDENCES: [i64; 14] = [69, 70, 74, 75, 85, 86, 87, 88, 89, 90, 91, 92, 8750, 9000];
const QUALITIES: [f64; 5] = [0.0, 84.9, 84.999_999_999_999_99, 85.0, 90.0];
const MOVES: [i64; 11] = [-31, -30, -21, -20, -19, 0, 19, 20, 21, 30, 31];
const MINUTES: [i64; 11] = [-61, -60, -59, -31, -30, -29, 0, 29, 30, 31, 60];
const USAGES: [i64; 5] = [2900, 2999, 3000, 3001, 3100];
const SPREADS: [Option<f64>; 6] = [Some(1.4), Some(1.499_999_999_999_999_8), Some(1.5), Some(1.6), Some(3.0), None];

impl League {
    /// The league of a seed.
    pub fn new(seed: u64) -> League {
        let mut draw = Draw { rng: ChaCha8Rng::seed_from_u64(seed), league: League::default() };
        draw.season();
        draw.league
    }

    /// The league's tables.
    pub fn data(&self) -> Data {
        let mut data = Data::empty();
        for (at, row) in self.predictions.iter().enumerate() {
            data.push(
                "player_prop_predictions",
                json!({
                    "prediction_id": format!("p{at}"), "system_id": row.system, "player_lookup": row.player,
                    "game_date": row.date.to_string(), "game_id": row.game, "predicted_points": tenths(row.points),
                    "confidence_score": row.confidence.map(hundredths), "recommendation": row.side,
                    "current_points_line": row.line.map(tenths), "line_source": row.source,
                    "feature_quality_score": row.quality, "is_active": row.is_active,
                }),
            );
        }
        for row in &self.gradings {
            let graded_at = row.date.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::hours(row.graded);
            data.push(
                "prediction_accuracy",
                json!({
                    "system_id": row.system, "player_lookup": row.player, "game_date": row.date.to_string(),
                    "game_id": row.game, "predicted_points": tenths(row.points), "line_value": tenths(row.line),
                    "recommendation": row.side, "line_source": row.source, "actual_points": row.actual,
                    "prediction_correct": row.correct, "is_voided": row.is_voided,
                    "graded_at": graded_at.format("%Y-%m-%dT%H:%M:%S").to_string(),
                }),
            );
        }
        for row in &self.played {
            data.push(
                "player_game_summary",
                json!({
                    "player_lookup": row.player, "player_full_name": row.player.to_uppercase(),
                    "game_date": row.date.to_string(), "game_id": row.game, "team_abbr": row.team,
                    "opponent_team_abbr": row.opponent, "minutes_played": row.minutes.map(tenths),
                    "points": row.points, "three_pt_makes": row.threes.0, "three_pt_attempts": row.threes.1,
                    "ft_attempts": row.free_throws, "unassisted_fg_makes": row.unassisted,
                    "plus_minus": row.plus_minus, "usage_rate": row.usage.map(hundredths),
                    "starter_flag": row.is_starter,
                }),
            );
        }
        for (date, player, spread) in &self.spreads {
            data.push(
                "ml_feature_store_v2",
                json!({ "game_date": date.to_string(), "player_lookup": player, "feature_50_value": spread }),
            );
        }
        data
    }
}

/// As exact text: the writer takes it for a decimal.
fn tenths(value: i64) -> Value {
    let sign = if value < 0 { "-" } else { "" };
    json!(format!("{sign}{}.{}", value.abs() / 10, value.abs() % 10))
}

fn hundredths(value: i64) -> Value {
    json!(format!("{}.{:02}", value / 100, value % 100))
}

struct Draw {
    rng: ChaCha8Rng,
    league: League,
}

/// What stays the same of a player.
struct Player {
    lookup: String,
    team: &'static str,
    /// Tenths of minutes, around which the games lie.
    minutes: i64,
    line: i64,
    points: i64,
    usage: i64,
}

impl Draw {
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(&mut self.rng).unwrap()
    }

    fn chance(&mut self, of: f64) -> bool {
        self.rng.random_bool(of)
    }

    fn or_null<T>(&mut self, value: T) -> Option<T> {
        (!self.chance(0.04)).then_some(value)
    }

    /// Half of them such that a mean may lie on a threshold.
    fn round_minutes(&mut self) -> i64 {
        if self.chance(0.5) { self.one(&[300, 325, 330, 350]) } else { self.rng.random_range(240..=370) }
    }

    fn season(&mut self) {
        let mut date: NaiveDate = "2025-10-20".parse().unwrap();
        for _ in 0..SLATES {
            date += TimeDelta::days(self.one(&[1, 1, 2, 2, 3, 5]));
            self.league.dates.push(date);
        }
        let mut players = Vec::new();
        for team in TEAMS {
            for at in 0..PLAYERS_OF_A_TEAM {
                players.push(Player {
                    lookup: format!("{}player{at}", team.to_lowercase()),
                    team,
                    minutes: self.round_minutes(),
                    line: self.one(&[80, 119, 120, 150, 205, 210, 249, 250, 285]),
                    points: self.one(&[10, 15, 20]),
                    usage: self.one(&USAGES),
                });
            }
        }
        for date in self.league.dates.clone() {
            let mut teams = TEAMS;
            for at in (1..teams.len()).rev() {
                teams.swap(at, self.rng.random_range(0..=at));
            }
            for pair in teams.chunks(2) {
                let game = format!("{}_{}_{}", date.format("%Y%m%d"), pair[0], pair[1]);
                for player in &mut players {
                    if pair.contains(&player.team) {
                        let opponent = if pair[0] == player.team { pair[1] } else { pair[0] };
                        self.appearance(player, date, &game, opponent);
                    }
                }
            }
        }
    }

    /// A player's predictions, gradings and box score of a game.
    fn appearance(&mut self, player: &mut Player, date: NaiveDate, game: &str, opponent: &'static str) {
        if self.chance(0.3) {
            player.line = (player.line + self.one(&MOVES)).max(5);
        }
        let actual = (!self.chance(0.1)).then(|| self.rng.random_range(0..=40));
        let systems: Vec<&str> = SYSTEMS
            .into_iter()
            .filter(|system| self.rng.random_bool(if *system == "catboost_v9" { 0.95 } else { 0.5 }))
            .collect();
        for system in systems {
            self.prediction(player, date, game, system, actual);
        }
        if self.chance(0.8) {
            let spread = self.one(&SPREADS);
            self.league.spreads.push((date, player.lookup.clone(), spread));
        }
        if !self.chance(0.15) {
            self.box_score(player, date, game, opponent, actual);
        }
    }

    fn prediction(&mut self, player: &Player, date: NaiveDate, game: &str, system: &'static str, actual: Option<i64>) {
        let line = if self.chance(0.2) { self.one(&[100, 150, 119, 120]) } else { player.line };
        let edge = match self.one(&[0, 0, 0, 1]) {
            0 => self.one(&EDGES),
            _ => {
                let (share, of) = self.one(&SHARES);
                (line * share / of + self.one(&[0, 0, -1, 1])).clamp(0, 120)
            }
        };
        let side = self.one(&["OVER", "OVER", "OVER", "UNDER", "UNDER", "UNDER", "PASS"]);
        let points = if side == "UNDER" { line - edge } else { line + edge };
        let source = if self.chance(0.93) { self.one(&BOOKS) } else { self.one(&NO_BOOKS) };
        let confidence = self.one(&CONFIDENCES);
        let quality = self.one(&QUALITIES);
        let row = Prediction {
            system,
            player: player.lookup.clone(),
            date,
            game: game.to_owned(),
            points,
            line: self.or_null(line),
            side,
            source,
            confidence: self.or_null(confidence),
            quality: (!self.chance(0.2)).then_some(quality),
            is_active: !self.chance(0.04),
        };
        self.league.predictions.push(row);
        if side == "PASS" || self.chance(0.05) {
            return;
        }
        for again in 0..=i64::from(self.chance(0.15)) {
            let graded_line = if again == 1 { line + self.one(&[-10, 0, 10]) } else { line };
            let correct = actual.filter(|points| points * 10 != graded_line && !self.chance(0.05));
            let source = if self.chance(0.95) { self.one(&BOOKS) } else { self.one(&NO_BOOKS) };
            let is_voided = self.one(&[Some(false), Some(false), Some(false), Some(false), Some(true), None]);
            self.league.gradings.push(Grading {
                system,
                player: player.lookup.clone(),
                date,
                game: game.to_owned(),
                points,
                line: graded_line,
                side,
                source,
                actual,
                correct: correct.map(|points| (points * 10 > graded_line) == (side == "OVER")),
                is_voided,
                graded: 26 + again * 5,
            });
        }
    }

    fn box_score(&mut self, player: &Player, date: NaiveDate, game: &str, opponent: &'static str, actual: Option<i64>) {
        let minutes = player.minutes + self.one(&MINUTES);
        let points = if self.chance(0.5) { Some(player.points + self.one(&[-10, 0, 10])) } else { actual };
        let attempts = self.one(&[0, 3, 4, 4, 5]);
        let makes = self.rng.random_range(0..=attempts);
        let usage = if self.chance(0.6) { player.usage } else { self.one(&USAGES) };
        let (free_throws, unassisted, plus_minus) =
            (self.one(&[6, 7, 7, 8]), self.one(&[4, 5, 5, 6]), self.one(&[-5, -1, -1, 0, 3]));
        let row = Played {
            player: player.lookup.clone(),
            date,
            game: game.to_owned(),
            team: player.team,
            opponent,
            minutes: if self.chance(0.06) { self.one(&[None, Some(0)]) } else { Some(minutes) },
            points: points.and_then(|points| self.or_null(points)),
            threes: (Some(makes), Some(attempts)),
            free_throws: self.or_null(free_throws),
            unassisted: self.or_null(unassisted),
            plus_minus: self.or_null(plus_minus),
            usage: self.or_null(usage),
            is_starter: self.one(&[Some(true), Some(true), Some(false), None]),
        };
        self.league.played.push(row);
    }
}
