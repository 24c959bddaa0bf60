//! The demo: whole synthetic seasons, so that everything can be tried without production's data.
//!
//! Teams are real, players and all that happens to them are invented. A season is drawn from the bottom up: a
//! schedule, who plays and scores what, what line the market offers, what ten systems predict, how it was graded.
//! Lines know nearly all there is to know about a player's expected points, systems hardly more: a recommendation wins
//! a little more often than a coin.

mod calendar;
mod columns;
mod draw;
mod games;
mod grading;
mod league;
mod market;
mod models;
mod names;
mod predictions;
mod registry;
mod rotation;
mod runs;
mod schedule;
mod slates;
mod subsets;
mod systems;
mod tables;
#[cfg(test)]
mod tests;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::error::ArrowError;

use crate::snapshot::contract::{self, Table};
use calendar::Calendar;
use draw::Streams;
use league::Player;
use slates::Slates;

/// The October of the last season generated.
const LAST_SEASON: i32 = 2025;

/// A generated table of the contract.
#[derive(Debug)]
pub struct DemoTable {
    pub table: &'static Table,
    /// Rows by date, system and player as far as the table has them.
    pub batch: RecordBatch,
}

/// Generates `seasons` whole synthetic seasons, the last of which is 2025-26. The same seed gives the same rows, and a
/// season's rows do not depend on how many are generated.
pub fn generate(seed: u64, seasons: u32) -> Result<Vec<DemoTable>, ArrowError> {
    let seasons = i32::try_from(seasons)
        .map_err(|_| ArrowError::InvalidArgumentError(format!("{seasons} seasons are too many")))?;
    let streams = Streams::new(seed);
    let players = league::players(streams);
    let mut batches: Vec<(&str, Vec<RecordBatch>)> = Vec::new();
    for year in LAST_SEASON - seasons + 1..=LAST_SEASON {
        for (name, batch) in season(streams, &players, year)? {
            match batches.iter_mut().find(|(known, _)| *known == name) {
                Some((_, all)) => all.push(batch),
                None => batches.push((name, vec![batch])),
            }
        }
    }
    let mut tables = Vec::with_capacity(batches.len());
    for (name, batches) in batches {
        let table = contract::table(name).ok_or_else(|| ArrowError::SchemaError(format!("no table named {name}")))?;
        tables.push(DemoTable { table, batch: concat_batches(&table.schema(), &batches)? });
    }
    Ok(tables)
}

/// One season's tables by name.
fn season(streams: Streams, players: &[Player], year: i32) -> Result<Vec<(&'static str, RecordBatch)>, ArrowError> {
    let calendar = Calendar::of(year)?;
    let games = schedule::games(streams, &calendar)?;
    let appearances = games::play(streams, &calendar, players, &games);
    let quotes = market::quotes(streams, &calendar, players, &appearances);
    let slates = Slates { calendar: &calendar, players, games: &games, appearances: &appearances, quotes: &quotes };
    let predictions = models::predictions(streams, &slates)?;
    let gradings = grading::gradings(streams, &slates, &predictions);
    let picks = subsets::picks(&slates, &predictions);
    let results = subsets::results(&picks, &predictions, &gradings);
    let registry = registry::entries(&calendar)?;
    Ok(vec![
        ("player_prop_predictions", tables::player_prop_predictions(&slates, &predictions)?),
        ("prediction_accuracy", tables::prediction_accuracy(&slates, &predictions, &gradings)?),
        ("player_game_summary", tables::player_game_summary(&slates)?),
        ("ml_feature_store_v2", tables::ml_feature_store_v2(&slates)?),
        ("current_subset_picks", tables::current_subset_picks(&slates, &picks)?),
        ("subset_performance", tables::subset_performance(&results)?),
        ("model_registry", tables::model_registry(&registry)?),
    ])
}
