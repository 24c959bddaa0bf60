//! Tables that end early or have gaps.

use serde::Deserialize;

use super::{Check, Finding};
use crate::error::Result;
use crate::export::rows;
use crate::replay::Replay;
use crate::snapshot::manifest::Day;
use crate::snapshot::{Snapshot, TABLES};

/// A table may lack the newest slate: its rows take a day to arrive.
const MAY_LACK: u64 = 1;

/// Tables of what was picked: a slate without picks has no row there.
const OF_PICKS: [&str; 3] = ["signal_best_bets_picks", "current_subset_picks", "subset_performance"];

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
    rows(&replay.engine.query("SELECT * FROM table_coverage ORDER BY table_name").await?)
}

/// Tables that end before the newest slate that was played, or have no row at all.
pub async fn stale(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let coverage = coverage(replay).await?;
    for table in TABLES.iter().filter(|table| table.is_dated() && snapshot.table(table.name).is_some()) {
        let Some(covered) = coverage.iter().find(|covered| covered.table_name == table.name) else {
            let slates = u64::try_from(replay.slates.len()).unwrap_or(u64::MAX);
            let message = "is there and has no row".to_owned();
            findings.push(Finding::new(Check::StaleTable, table.name, slates, message, advice(table.name)));
            continue;
        };
        if covered.slates_behind > MAY_LACK {
            let message = format!(
                "ends on {}, {} slates before {}",
                covered.last_date.0, covered.slates_behind, covered.newest_due.0
            );
            findings.push(Finding::new(
                Check::StaleTable,
                table.name,
                covered.slates_behind,
                message,
                advice(table.name),
            ));
        }
    }
    Ok(findings)
}

/// Slates that were played and of which a table has no row between those of which it has.
pub async fn gaps(replay: &Replay) -> Result<Vec<Finding>> {
    let with_gaps = coverage(replay).await?.into_iter().filter(|covered| covered.gaps > 0);
    let daily = with_gaps.filter(|covered| !OF_PICKS.contains(&covered.table_name.as_str()));
    let finding = |covered: Coverage| {
        let last = covered.last_gap.map(|day| format!(", the last on {}", day.0)).unwrap_or_default();
        let slates = if covered.gaps == 1 { "slate" } else { "slates" };
        let message = format!("has no row of {} {slates}{last}", covered.gaps);
        Finding::new(Check::TableGap, &covered.table_name, covered.gaps, message, advice(&covered.table_name))
    };
    Ok(daily.map(finding).collect())
}

/// How a table is brought up to date.
fn advice(table: &str) -> &'static str {
    match table {
        "signal_health_daily" => "run its writer; until then fill it: reslate monitor signal-health --fill DIR",
        "pick_signal_tags" => "run its writer; until then fill it: reslate monitor tags --fill DIR",
        "model_performance_daily" => "run its writer; until then fill it: reslate monitor model-performance --fill DIR",
        "signal_best_bets_picks" => "see what should be there: reslate export --dry-run; and why: reslate verify",
        "prediction_accuracy" => "run the grading, then pull again",
        _ => "run its writer, then pull again",
    }
}
