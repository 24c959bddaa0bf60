//! The generated rows as tables of the contract.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;

use super::columns::{Columns, Tenths};
use super::games::{Absence, Appearance, BoxScore, Outcome};
use super::grading::Grading;
use super::league::TEAMS;
use super::predictions::Prediction;
use super::registry::Entry;
use super::slates::Slates;
use super::subsets::{SubsetPick, SubsetResult};
use super::systems::SYSTEMS;

/// The largest confidence a grading can hold, in thousandths: larger ones are cut.
const GRADED_CONFIDENCE_LIMIT: i64 = 9_999;

pub fn player_prop_predictions(slates: &Slates, rows: &[Prediction]) -> Result<RecordBatch, ArrowError> {
    let id = |index: usize| format!("{}p{index:06}", slates.calendar.year % 100);
    let superseded_by = |(index, row): (usize, &Prediction)| row.superseded.then(|| id(index + 1));
    Columns::of("player_prop_predictions")?
        .text("prediction_id", (0..rows.len()).map(|index| Some(id(index))))?
        .text("system_id", rows.iter().map(|row| Some(SYSTEMS[row.system].id)))?
        .text("player_lookup", rows.iter().map(|row| Some(&slates.player(row.quote).name.lookup)))?
        .date("game_date", rows.iter().map(|row| slates.game(row.quote).date))?
        .text("game_id", rows.iter().map(|row| Some(&slates.game(row.quote).id)))?
        .tenths("predicted_points", rows.iter().map(|row| Some(row.predicted)))?
        .decimal("confidence_score", rows.iter().map(|row| row.confidence))?
        .text("recommendation", rows.iter().map(|row| Some(row.recommendation.name())))?
        .tenths("current_points_line", rows.iter().map(|row| row.line))?
        .text("line_source", rows.iter().map(|row| Some(slates.quotes[row.quote].source)))?
        .double("feature_quality_score", rows.iter().map(|row| slates.quotes[row.quote].quality))?
        .boolean("is_active", rows.iter().map(|row| Some(row.active)))?
        .integer("prediction_version", rows.iter().map(|row| Some(row.version)))?
        .timestamp("created_at", rows.iter().map(|row| Some(row.created_at)))?
        .text("superseded_by", rows.iter().enumerate().map(superseded_by))?
        .finish()
}

pub fn prediction_accuracy(
    slates: &Slates,
    predictions: &[Prediction],
    rows: &[Grading],
) -> Result<RecordBatch, ArrowError> {
    let prediction = |row: &Grading| &predictions[row.prediction];
    let quote = |row: &Grading| prediction(row).quote;
    let confidence = |row: &Grading| Some((prediction(row).confidence? * 10).min(GRADED_CONFIDENCE_LIMIT));
    Columns::of("prediction_accuracy")?
        .text("player_lookup", rows.iter().map(|row| Some(&slates.player(quote(row)).name.lookup)))?
        .text("game_id", rows.iter().map(|row| Some(&slates.game(quote(row)).id)))?
        .date("game_date", rows.iter().map(|row| slates.game(quote(row)).date))?
        .text("system_id", rows.iter().map(|row| Some(SYSTEMS[prediction(row).system].id)))?
        .text("team_abbr", rows.iter().map(|row| Some(TEAMS[slates.appearance(quote(row)).team])))?
        .text("opponent_team_abbr", rows.iter().map(|row| Some(TEAMS[slates.appearance(quote(row)).opponent])))?
        .tenths("predicted_points", rows.iter().map(|row| Some(prediction(row).predicted)))?
        .decimal("confidence_score", rows.iter().map(confidence))?
        .text("recommendation", rows.iter().map(|row| Some(prediction(row).recommendation.name())))?
        .tenths("line_value", rows.iter().map(|row| Some(row.line)))?
        .integer("actual_points", rows.iter().map(|row| row.actual))?
        .boolean("prediction_correct", rows.iter().map(|row| row.correct))?
        .text("line_source", rows.iter().map(|row| Some(slates.quotes[quote(row)].source)))?
        .boolean("is_voided", rows.iter().map(|row| row.voided))?
        .timestamp("graded_at", rows.iter().map(|row| Some(row.graded_at)))?
        .finish()
}

pub fn player_game_summary(slates: &Slates) -> Result<RecordBatch, ArrowError> {
    let mut rows: Vec<&Appearance> = slates.appearances.iter().filter(|row| has_row(row)).collect();
    rows.sort_by_key(|row| (slates.games[row.game].date, &slates.players[row.player].name.lookup));
    let score = |row: &&Appearance| score(row);
    let count = |value: fn(&BoxScore) -> i64| rows.iter().map(move |row| score(row).map(|score| value(&score)));
    Columns::of("player_game_summary")?
        .text("player_lookup", rows.iter().map(|row| Some(&slates.players[row.player].name.lookup)))?
        .text("player_full_name", rows.iter().map(|row| Some(&slates.players[row.player].name.full)))?
        .text("game_id", rows.iter().map(|row| Some(&slates.games[row.game].id)))?
        .date("game_date", rows.iter().map(|row| slates.games[row.game].date))?
        .text("team_abbr", rows.iter().map(|row| Some(TEAMS[row.team])))?
        .text("opponent_team_abbr", rows.iter().map(|row| Some(TEAMS[row.opponent])))?
        .integer("season_year", rows.iter().map(|_| Some(i64::from(slates.calendar.year))))?
        .integer("points", count(|score| score.points))?
        .tenths("minutes_played", rows.iter().map(|row| score(row).map(|score| score.minutes)))?
        .integer("fg_attempts", count(|score| score.shots))?
        .integer("fg_makes", count(|score| score.makes))?
        .integer("three_pt_attempts", count(|score| score.three_attempts))?
        .integer("three_pt_makes", count(|score| score.three_makes))?
        .integer("ft_attempts", count(|score| score.free_throws))?
        .integer("plus_minus", rows.iter().map(|row| score(row)?.plus_minus))?
        .integer("unassisted_fg_makes", rows.iter().map(|row| score(row)?.unassisted))?
        .decimal("usage_rate", rows.iter().map(|row| score(row)?.usage))?
        .boolean("starter_flag", rows.iter().map(|row| row.starter))?
        .finish()
}

fn has_row(appearance: &Appearance) -> bool {
    !matches!(appearance.outcome, Outcome::Scratched(Absence::NoRow))
}

/// The numbers of an appearance's row: of somebody who did not play, all zero or all unknown.
fn score(appearance: &Appearance) -> Option<BoxScore> {
    match appearance.outcome {
        Outcome::Played(score) => Some(score),
        Outcome::Scratched(Absence::ZeroMinutes) => Some(BoxScore {
            points: 0,
            minutes: Tenths(0),
            shots: 0,
            makes: 0,
            three_attempts: 0,
            three_makes: 0,
            free_throws: 0,
            plus_minus: Some(0),
            unassisted: Some(0),
            usage: None,
        }),
        Outcome::Scratched(Absence::NoRow | Absence::NullMinutes) => None,
    }
}

pub fn ml_feature_store_v2(slates: &Slates) -> Result<RecordBatch, ArrowError> {
    let mut rows: Vec<usize> = (0..slates.quotes.len()).filter(|quote| slates.quotes[*quote].line.is_some()).collect();
    rows.sort_by_key(|quote| (slates.game(*quote).date, &slates.player(*quote).name.lookup));
    let spread = |quote: &usize| slates.quotes[*quote].spread;
    Columns::of("ml_feature_store_v2")?
        .date("game_date", rows.iter().map(|quote| slates.game(*quote).date))?
        .text("player_lookup", rows.iter().map(|quote| Some(&slates.player(*quote).name.lookup)))?
        .double("feature_50_value", rows.iter().map(spread))?
        .text("feature_50_source", rows.iter().map(|quote| spread(quote).map(|_| "odds_api")))?
        .finish()
}

pub fn current_subset_picks(slates: &Slates, rows: &[SubsetPick]) -> Result<RecordBatch, ArrowError> {
    Columns::of("current_subset_picks")?
        .date("game_date", rows.iter().map(|row| row.date))?
        .text("subset_id", rows.iter().map(|row| Some(row.subset)))?
        .text("player_lookup", rows.iter().map(|row| Some(&slates.player(row.quote).name.lookup)))?
        .text("system_id", rows.iter().map(|row| Some(row.system)))?
        .text("game_id", rows.iter().map(|row| Some(&slates.game(row.quote).id)))?
        .integer("rank_in_subset", rows.iter().map(|row| Some(row.rank)))?
        .text("version_id", rows.iter().map(|row| Some(row.version())))?
        .timestamp("computed_at", rows.iter().map(|row| Some(row.picked_at())))?
        .finish()
}

pub fn subset_performance(rows: &[SubsetResult]) -> Result<RecordBatch, ArrowError> {
    Columns::of("subset_performance")?
        .text("subset_id", rows.iter().map(|row| Some(row.subset)))?
        .date("game_date", rows.iter().map(|row| row.date))?
        .integer("wins", rows.iter().map(|row| Some(row.wins)))?
        .integer("graded_picks", rows.iter().map(|row| Some(row.graded)))?
        .finish()
}

pub fn model_registry(rows: &[Entry]) -> Result<RecordBatch, ArrowError> {
    Columns::of("model_registry")?
        .text("model_id", rows.iter().map(|row| Some(&row.id)))?
        .date("training_start_date", rows.iter().map(|row| row.training[0]))?
        .date("training_end_date", rows.iter().map(|row| row.training[1]))?
        .boolean("enabled", rows.iter().map(|row| Some(row.enabled)))?
        .text("status", rows.iter().map(|row| Some(row.status)))?
        .finish()
}
