//! Tables that end early or have gaps.

use chrono::NaiveDate;
use serde::Deserialize;

use super::common::{Arguments, read};
use super::report::{Check, Finding};
use crate::count::{count, counted};
use crate::dates::Day;
use crate::error::Result;
use crate::replay::Replay;
use crate::snapshot::{Snapshot, TABLES};

/// How many of the newest slates a table may lack: its writers run in the night after the games, so that a snapshot pulled
/// by the next day may have been too early for them; one pulled later was not.
fn may_lack(snapshot: &Snapshot, newest_due: NaiveDate) -> u64 {
    let next = newest_due.succ_opt().unwrap_or(newest_due);
    u64::from(snapshot.pulled_at().is_none_or(|moment| moment.date_naive() <= next))
}

/// Tables of what was picked: a slate without picks has no row there.
const OF_PICKS: [&str; 3] = ["signal_best_bets_picks", "current_subset_picks", "subset_performance"];

#[derive(Deserialize)]
struct Picked {
    game_date: Day,
}

#[derive(Deserialize)]
struct Coverage {
    table_name: String,
    last_date: Day,
    newest_due: Day,
    slates_behind: u64,
    gaps: u64,
    last_gap: Option<Day>,
}

async fn coverage(replay: &Replay) -> Result<Vec<Coverage>> {
    read(replay, "SELECT * FROM table_coverage ORDER BY table_name").await
}

/// Tables that end before the newest slate that was played, or have no row at all.
pub async fn stale(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let told = Arguments::of(replay, snapshot);
    let coverage = coverage(replay).await?;
    let picked = "SELECT DISTINCT game_date FROM rankings WHERE selected";
    let picked: Vec<Day> = read::<Picked>(replay, picked).await?.into_iter().map(|row| row.game_date).collect();
    for table in TABLES.iter().filter(|table| table.is_dated() && snapshot.table(table.name).is_some()) {
        let Some(covered) = coverage.iter().find(|covered| covered.table_name == table.name) else {
            let slates = count(replay.slates.len());
            let message = "is there and has no row".to_owned();
            findings.push(Finding::new(Check::StaleTable, table.name, slates, message, advice(table.name, &told)));
            continue;
        };
        // A slate of which nothing is picked has no row in a table of picks.
        let behind = if OF_PICKS.contains(&table.name) {
            let is_behind = |day: &&Day| covered.last_date.0 < day.0 && day.0 <= covered.newest_due.0;
            count(picked.iter().filter(is_behind).count())
        } else {
            covered.slates_behind
        };
        if behind > may_lack(snapshot, covered.newest_due.0) {
            let with = if OF_PICKS.contains(&table.name) { " with picks" } else { "" };
            let slates = counted(behind, "slate");
            let message =
                format!("ends on {}, {slates}{with} before the end of {}", covered.last_date.0, covered.newest_due.0);
            findings.push(Finding::new(Check::StaleTable, table.name, behind, message, advice(table.name, &told)));
        }
    }
    Ok(findings)
}

/// Slates that were played and of which a table has no row between those of which it has.
pub async fn gaps(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<Finding>> {
    let told = Arguments::of(replay, snapshot);
    let with_gaps = coverage(replay).await?.into_iter().filter(|covered| covered.gaps > 0);
    let daily = with_gaps.filter(|covered| !OF_PICKS.contains(&covered.table_name.as_str()));
    let finding = |covered: Coverage| {
        let last = covered.last_gap.map(|day| format!(", the last on {}", day.0)).unwrap_or_default();
        let message = format!("has no row of {}{last}", counted(covered.gaps, "slate"));
        Finding::new(Check::TableGap, &covered.table_name, covered.gaps, message, advice(&covered.table_name, &told))
    };
    Ok(daily.map(finding).collect())
}

/// How a table is brought up to date.
fn advice(table: &str, told: &Arguments) -> String {
    let fill = |name: &str, arguments: &str| {
        format!("run its writer; until then fill it: reslate monitor {name} --fill backfill{arguments}")
    };
    match table {
        "signal_health_daily" => fill("signal-health", &told.by_version),
        "pick_signal_tags" => fill("tags", &told.by_version),
        "model_performance_daily" => fill("model-performance", &told.snapshot),
        "signal_best_bets_picks" => format!(
            "see what should be there: reslate export --dry-run{}; and why: reslate verify{}",
            told.by_version, told.snapshot
        ),
        "prediction_accuracy" => "run the grading, then pull again".to_owned(),
        _ => "run its writer, then pull again".to_owned(),
    }
}
