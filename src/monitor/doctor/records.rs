//! Rows that say something twice, or otherwise than others: gradings, stores of best bets, confidences.

use serde::Deserialize;

use super::common::{Told, read};
use super::report::{Check, Finding};
use crate::count::{count, counted};
use crate::dates::Day;
use crate::error::Result;
use crate::replay::Replay;
use crate::snapshot::Snapshot;

/// How many names a finding lists.
const MOST_NAMES: usize = 6;

#[derive(Deserialize, Clone)]
struct Duplicates {
    system_id: String,
    gradings: u64,
    wins: u64,
    repeated: u64,
    repeated_wins: Option<u64>,
}

impl Duplicates {
    /// Hit rate over all rows, and with each grading counted once; percent.
    fn rates(&self) -> [f64; 2] {
        let rate = |wins: u64, n: u64| if n == 0 { 0.0 } else { 100.0 * wins as f64 / n as f64 };
        let once = self.wins.saturating_sub(self.repeated_wins.unwrap_or_default());
        [rate(self.wins, self.gradings), rate(once, self.gradings.saturating_sub(self.repeated))]
    }

    fn moves(&self) -> f64 {
        let [all, once] = self.rates();
        all - once
    }
}

/// Gradings that are counted twice, and what that does to the hit rate.
pub async fn duplicates(replay: &Replay) -> Result<Vec<Finding>> {
    let by_system: Vec<Duplicates> = read(replay, "SELECT * FROM grading_duplicates ORDER BY system_id").await?;
    let sum = |value: fn(&Duplicates) -> u64| by_system.iter().map(value).sum::<u64>();
    let all = Duplicates {
        system_id: "all".to_owned(),
        gradings: sum(|row| row.gradings),
        wins: sum(|row| row.wins),
        repeated: sum(|row| row.repeated),
        repeated_wins: Some(sum(|row| row.repeated_wins.unwrap_or_default())),
    };
    if all.repeated == 0 {
        return Ok(Vec::new());
    }
    let most =
        by_system.iter().filter(|row| row.repeated > 0).max_by(|a, b| a.moves().abs().total_cmp(&b.moves().abs()));
    let most = most.map(|row| {
        let [counted, once] = row.rates();
        format!("; most that of {}, {once:.2} % to {counted:.2} %", row.system_id)
    });
    let [counted, once] = all.rates();
    let message = format!(
        "{} of {} decided gradings are counted again, which moves the hit rate from {once:.2} % to {counted:.2} % ({:+.2} points){}",
        all.repeated,
        all.gradings,
        all.moves(),
        most.unwrap_or_default()
    );
    let advice = "count the latest graded_at alone (--fidelity as-intended does)";
    Ok(vec![Finding::new(Check::DuplicateGradings, "prediction_accuracy", all.repeated, message, advice)])
}

#[derive(Deserialize)]
struct Stores {
    game_date: Day,
    only_in_subset: u64,
    only_in_picks: u64,
}

#[derive(Deserialize)]
struct Held {
    subsets: u64,
    picks: u64,
}

/// Best bets that one store has and the other lacks.
pub async fn stores(replay: &Replay, snapshot: &Snapshot) -> Result<Told> {
    let held = "SELECT (SELECT count(*) FROM current_subset_picks WHERE subset_id = 'best_bets') AS subsets, \
                (SELECT count(*) FROM signal_best_bets_picks) AS picks";
    for Held { subsets, picks } in read(replay, held).await? {
        let empty = if subsets == 0 {
            "current_subset_picks has no subset best_bets"
        } else {
            "signal_best_bets_picks has no row"
        };
        if subsets == 0 || picks == 0 {
            return Ok(Err(empty.to_owned()));
        }
    }
    let slates: Vec<Stores> = read(replay, "SELECT * FROM store_differences ORDER BY game_date").await?;
    let Some(last) = slates.last() else { return Ok(Ok(Vec::new())) };
    let sum = |value: fn(&Stores) -> u64| slates.iter().map(value).sum::<u64>();
    let n = count(slates.len());
    let message = format!(
        "subset best_bets differs from signal_best_bets_picks on {}: {} only in the subset, {} only in the picks; the last on {}",
        counted(n, "slate"),
        counted(sum(|slate| slate.only_in_subset), "player"),
        sum(|slate| slate.only_in_picks),
        last.game_date.0
    );
    let advice = format!(
        "see which of them the version picks: reslate verify{}; then write both stores in one run",
        snapshot.origin().arguments()
    );
    Ok(Ok(vec![Finding::new(Check::DifferentStores, "current_subset_picks", n, message, advice)]))
}

#[derive(Deserialize)]
struct Confidences {
    system_id: String,
    fractions: u64,
    percents: u64,
}

/// Confidences of 0-1 beside such of 0-100.
pub async fn confidences(replay: &Replay) -> Result<Vec<Finding>> {
    let models: Vec<Confidences> = read(replay, "SELECT * FROM model_confidences ORDER BY system_id").await?;
    let sum = |value: fn(&Confidences) -> u64| models.iter().map(value).sum::<u64>();
    let (fractions, percents) = (sum(|model| model.fractions), sum(|model| model.percents));
    if fractions == 0 || percents == 0 {
        return Ok(Vec::new());
    }
    let on_percents: Vec<String> =
        models.iter().filter(|model| model.percents > 0).map(|model| model.system_id.clone()).collect();
    let message = format!(
        "{fractions} confidences are of 0-1 and {percents} of 0-100, compared raw ({} on 0-100)",
        names(&on_percents)
    );
    let advice = "bring the models to one scale: signals and floors of confidence compare it as it is";
    Ok(vec![Finding::new(Check::MixedConfidences, "player_prop_predictions", percents, message, advice)])
}

/// The first of several names, and how many there are besides.
fn names(all: &[String]) -> String {
    let rest = all.len().saturating_sub(MOST_NAMES);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{more}", all.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", "))
}
