//! A season as the systems see it.

use super::calendar::Calendar;
use super::games::Appearance;
use super::league::Player;
use super::market::Quote;
use super::schedule::Game;

/// The season's calendar, games, appearances and lines, which refer to each other by index.
pub struct Slates<'a> {
    pub calendar: &'a Calendar,
    pub players: &'a [Player],
    pub games: &'a [Game],
    pub appearances: &'a [Appearance],
    pub quotes: &'a [Quote],
}

impl<'a> Slates<'a> {
    pub fn appearance(&self, quote: usize) -> &'a Appearance {
        &self.appearances[self.quotes[quote].appearance]
    }

    pub fn game(&self, quote: usize) -> &'a Game {
        &self.games[self.appearance(quote).game]
    }

    pub fn player(&self, quote: usize) -> &'a Player {
        &self.players[self.appearance(quote).player]
    }
}
