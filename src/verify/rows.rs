//! Rows of signal_best_bets_picks: as they are recorded, and as a replay would write them.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use serde::Deserialize;
use serde_json::Value;

use crate::document::QualifyingSubset;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::export;
use crate::record::{Row, TABLE, text_of};
use crate::replay::Replay;
use crate::snapshot::{Snapshot, rows};

/// The rows that are recorded from `first` to `last`, in order of date, player, game, version and time of writing.
pub async fn recorded(engine: &Engine, first: NaiveDate, last: NaiveDate) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT * FROM {TABLE} WHERE game_date BETWEEN DATE '{first}' AND DATE '{last}' \
         ORDER BY game_date, player_lookup, game_id, algorithm_version, created_at NULLS LAST, rank, line_value"
    );
    export::rows(&engine.query(&sql).await?)
}

/// When a row was written; none where it does not say.
pub fn written(row: &Row) -> Option<NaiveDateTime> {
    text_of(row, "created_at")?.parse().ok()
}

/// Whether a time is after a slate: on a later date (UTC), when its results are known.
pub fn is_after(moment: NaiveDateTime, slate: NaiveDate) -> bool {
    slate.succ_opt().is_some_and(|next| moment >= next.and_time(NaiveTime::MIN))
}

#[derive(Deserialize)]
struct Subsets {
    #[serde(default)]
    qualifying_subsets: Vec<QualifyingSubset>,
}

/// The rows that a replay would write, with the ids of the versions that it was asked about.
///
/// # Errors
/// A value that its column cannot hold, or data that breaks the contract.
pub async fn replayed(replay: &Replay, snapshot: &Snapshot, with_subsets: bool) -> Result<Vec<(String, Row)>> {
    replay.engine.compute(if with_subsets { &["best_bets_rows", "decisions"] } else { &["best_bets_rows"] }).await?;
    let order = "version, game_date, player_lookup, game_id";
    let batches = replay.engine.query(&format!("SELECT * FROM best_bets_rows ORDER BY {order}")).await?;
    let mut versions = Vec::new();
    for batch in &batches {
        let column = batch.column_by_name("version").ok_or_else(|| Error::Engine("no version".to_owned()))?;
        let texts = cast(column, &DataType::Utf8)?;
        versions.extend(texts.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    let whole = rows::as_source_has(&batches, TABLE, snapshot.pulled_at())?;
    let mut found: Vec<Row> = export::rows(&[whole])?;
    if with_subsets {
        let subsets = "SELECT qualifying_subsets FROM decisions WHERE selected";
        let subsets: Vec<Subsets> = export::rows(&replay.engine.query(&format!("{subsets} ORDER BY {order}")).await?)?;
        for (row, subsets) in found.iter_mut().zip(subsets) {
            let text = serde_json::to_string(&subsets.qualifying_subsets);
            let text = text.map_err(|error| Error::Engine(error.to_string()))?;
            row.insert("qualifying_subsets".to_owned(), Value::String(text));
        }
    }
    Ok(versions.into_iter().zip(found).collect())
}
