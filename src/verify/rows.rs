//! Rows of signal_best_bets_picks: as they are recorded, and as a replay would write them.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Date32Type};
use serde::Deserialize;
use serde_json::Value;

use crate::document::QualifyingSubset;
use crate::engine::Engine;
use crate::error::{Error, Reason, Result};
use crate::export::{NOT_COMPARED, PickKey, Row, TABLE, text_of};
use crate::formats;
use crate::replay::Replay;
use crate::snapshot::{Snapshot, rows};
use crate::sql;

/// Every recorded row, in order of date, player, game, version and time of writing, then of all it holds.
pub async fn recorded(engine: &Engine) -> Result<Vec<(PickKey, Row)>> {
    let rows: Vec<Row> = formats::rows(&engine.query(&format!("SELECT * FROM {TABLE}")).await?)?;
    let mut rows = rows.into_iter().map(|row| Ok((PickKey::of(&row)?, row))).collect::<Result<Vec<_>>>()?;
    rows.sort_by_cached_key(|(key, row)| {
        let moment = written(row);
        (
            key.clone(),
            text_of(row, "algorithm_version"),
            moment.is_none(),
            moment,
            Value::Object(row.clone()).to_string(),
        )
    });
    Ok(rows)
}

/// When a row was written; none where it does not say.
pub fn written(row: &Row) -> Option<NaiveDateTime> {
    text_of(row, "created_at")?.parse().ok()
}

/// Whether a time is after a slate: on a later date (UTC), when its results are known.
pub fn is_after(moment: NaiveDateTime, slate: NaiveDate) -> bool {
    slate.succ_opt().is_some_and(|next| moment >= next.and_time(NaiveTime::MIN))
}

/// Dates as a list of SQL.
pub fn list(dates: &BTreeSet<NaiveDate>) -> String {
    dates.iter().map(|date| format!("DATE '{date}'")).collect::<Vec<_>>().join(", ")
}

/// Texts as a list of SQL.
pub fn texts(texts: &BTreeSet<&str>) -> String {
    texts.iter().map(|text| sql::text(text)).collect::<Vec<_>>().join(", ")
}

/// Which rows of a replay are looked at: whole slates, and single picks of others.
#[derive(Debug, Default)]
pub struct Wanted {
    pub slates: BTreeSet<NaiveDate>,
    pub picks: BTreeSet<PickKey>,
}

impl Wanted {
    fn of(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let column = |name: &str, kind: &DataType| {
            let column = batch.column_by_name(name).ok_or_else(|| Error::Engine(format!("no {name}").into()))?;
            Ok::<_, Error>(cast(column, kind)?)
        };
        let dates = column("game_date", &DataType::Date32)?;
        let [players, games] = [column("player_lookup", &DataType::Utf8)?, column("game_id", &DataType::Utf8)?];
        let (players, games) = (players.as_string::<i32>(), games.as_string::<i32>());
        let mut mask = Vec::with_capacity(batch.num_rows());
        for (row, days) in dates.as_primitive::<Date32Type>().iter().enumerate() {
            let date = days.and_then(Date32Type::to_naive_date_opt).unwrap_or_default();
            let key =
                || PickKey { date, player_lookup: players.value(row).to_owned(), game_id: games.value(row).to_owned() };
            mask.push(self.slates.contains(&date) || !self.picks.is_empty() && self.picks.contains(&key()));
        }
        Ok(filter_record_batch(batch, &BooleanArray::from(mask))?)
    }
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
pub async fn replayed(
    replay: &Replay,
    snapshot: &Snapshot,
    with_subsets: bool,
    wanted: Option<&Wanted>,
) -> Result<Vec<(String, Row)>> {
    replay.engine.compute(if with_subsets { &["best_bets_rows", "decisions"] } else { &["best_bets_rows"] }).await?;
    let order = "version, game_date, player_lookup, game_id";
    let mut batches = replay.engine.query(&format!("SELECT * FROM best_bets_rows ORDER BY {order}")).await?;
    // The subsets are joined by place below.
    if let Some(wanted) = wanted.filter(|_| !with_subsets) {
        batches = batches.iter().map(|batch| wanted.of(batch)).collect::<Result<_>>()?;
    }
    let mut versions = Vec::new();
    for batch in &batches {
        let column = batch.column_by_name("version").ok_or_else(|| Error::Engine("no version".into()))?;
        let texts = cast(column, &DataType::Utf8)?;
        versions.extend(texts.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    let whole = rows::as_source_has(&batches, TABLE, snapshot.pulled_at())?;
    let compared: Vec<usize> = (0..whole.num_columns())
        .filter(|at| !NOT_COMPARED.contains(&whole.schema().field(*at).name().as_str()))
        .collect();
    let mut found: Vec<Row> = formats::rows(&[whole.project(&compared)?])?;
    if with_subsets {
        let subsets = "SELECT qualifying_subsets FROM decisions WHERE selected";
        let subsets: Vec<Subsets> = formats::rows(&replay.engine.query(&format!("{subsets} ORDER BY {order}")).await?)?;
        for (row, subsets) in found.iter_mut().zip(subsets) {
            let text = serde_json::to_string(&subsets.qualifying_subsets);
            let text = text.map_err(|error| Error::Engine(Reason::of(error)))?;
            row.insert("qualifying_subsets".to_owned(), Value::String(text));
        }
    }
    Ok(versions.into_iter().zip(found).collect())
}
