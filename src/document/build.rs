//! Building documents from the relations `decisions`, `slate_decisions` and `slate_funnels`, all slates at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{
    DirectionHealth, Document, DocumentPick, EdgeDistribution, FilterSummary, ModelHealth, PlayerBlacklist, Record,
    SignalHealth,
};
use crate::count::count;
use crate::dates::Day;
use crate::error::{Error, Reason, Result};
use crate::formats::{self, SCHEMA_VERSION};
use crate::pick_columns;
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::snapshot::manifest;
use crate::version::{Section, Value, Version};

/// What a document says of a slate besides its picks.
const SLATES: &str = "\
    SELECT version, game_date, season, \
        named_struct( \
            'season', named_struct('wins', season_wins, 'losses', season_graded - season_wins, \
                'pct', coalesce(hit_rate(season_wins, season_graded), 0.0)), \
            'month', named_struct('wins', month_wins, 'losses', month_graded - month_wins, \
                'pct', coalesce(hit_rate(month_wins, month_graded), 0.0)), \
            'week', named_struct('wins', week_wins, 'losses', week_graded - week_wins, \
                'pct', coalesce(hit_rate(week_wins, week_graded), 0.0)) \
        ) AS record, \
        named_struct('status', model_health_status, 'hit_rate_7d', hit_rate_7d, 'graded_count', graded_count) \
            AS model_health, \
        health_rows, blacklisted, blacklist_evaluated, blacklist_players, \
        named_struct('over_hr_14d', over_hr_14d, 'under_hr_14d', under_hr_14d, 'over_n', over_n, 'under_n', under_n) \
            AS direction_health, \
        named_struct('total_predictions', total_predictions, 'edge_3_plus', edge_3_plus, 'edge_5_plus', edge_5_plus, \
            'edge_7_plus', edge_7_plus, 'max_edge', round(max_edge, 1)) AS edge_distribution \
    FROM slate_decisions";

const FUNNELS: &str = "SELECT version, game_date, first_filter, candidates FROM slate_funnels";

/// A version's decision about a slate: what every row of the three queries begins with.
type Key = (String, NaiveDate);

#[derive(Deserialize)]
struct Row<T> {
    version: String,
    game_date: Day,
    #[serde(flatten)]
    rest: T,
}

#[derive(Deserialize)]
struct SlateRow {
    season: String,
    record: Record,
    model_health: ModelHealth,
    #[serde(default)]
    health_rows: Vec<HealthRow>,
    blacklisted: i64,
    blacklist_evaluated: i64,
    #[serde(default)]
    blacklist_players: Vec<String>,
    direction_health: DirectionHealth,
    edge_distribution: EdgeDistribution,
}

#[derive(Deserialize)]
struct HealthRow {
    tag: String,
    hr_7d: Option<f64>,
    hr_season: Option<f64>,
    regime: Option<String>,
    status: Option<String>,
    is_model_dependent: Option<bool>,
}

#[derive(Deserialize)]
struct FunnelRow {
    first_filter: Option<String>,
    candidates: u64,
}

/// The decision document of every slate of `replay` (which was opened on `snapshot`), by version in the replay's order
/// and by date.
///
/// # Errors
/// Data that breaks the contract, as for [`Replay::decisions`].
pub async fn documents(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<Document>> {
    replay.compute(&["decisions", "slate_decisions", "slate_funnels"]).await?;
    let mut slates = by_slate::<SlateRow>(&replay.engine.query(SLATES).await?)?;
    let mut funnels = by_slate::<FunnelRow>(&replay.engine.query(FUNNELS).await?)?;
    let mut picks = by_slate::<DocumentPick>(&replay.engine.query(&picks_query()).await?)?;
    let generated_at = snapshot.pulled_at().map(|moment| manifest::text(&moment));
    let mut documents = Vec::with_capacity(replay.versions.len() * replay.slates.len());
    for version in &replay.versions {
        for slate in replay.slates.iter().filter(|slate| version.decides.contains(slate.game_date)) {
            let key = (version.id.clone(), slate.game_date);
            let row = slates.remove(&key).and_then(|mut rows| rows.pop()).ok_or_else(|| {
                Error::Engine(format!("slate_decisions has no row for {} on {}", version.id, slate.game_date).into())
            })?;
            let funnel = funnels.remove(&key).unwrap_or_default();
            let picks = picks.remove(&key).unwrap_or_default();
            let mut document = document(version, slate.game_date, row, &funnel, picks);
            document.generated_at.clone_from(&generated_at);
            documents.push(document);
        }
    }
    Ok(documents)
}

/// The picks under the document's keys.
fn picks_query() -> String {
    let columns = pick_columns::list_of_document();
    format!("SELECT version, game_date, {columns} FROM decisions WHERE selected ORDER BY version, game_date, rank")
}

/// Rows by the version and slate they are about, in the query's order.
fn by_slate<T: DeserializeOwned>(batches: &[RecordBatch]) -> Result<BTreeMap<Key, Vec<T>>> {
    let text = formats::json(batches)?;
    let unread = |error: serde_json::Error| {
        Error::Engine(Reason::because(format!("a row of a decision document: {error}"), error))
    };
    let rows: Vec<Row<T>> = serde_json::from_slice(&text).map_err(unread)?;
    let mut by_slate = BTreeMap::<Key, Vec<T>>::new();
    for row in rows {
        by_slate.entry((row.version, row.game_date.0)).or_default().push(row.rest);
    }
    Ok(by_slate)
}

fn document(
    version: &Version,
    date: NaiveDate,
    row: SlateRow,
    funnel: &[FunnelRow],
    picks: Vec<DocumentPick>,
) -> Document {
    let has_candidates = !funnel.is_empty();
    // Production left a slate without candidates early; from filter_summary on it wrote every section all the same.
    let whole = has_candidates || version.writes(Section::FilterSummary);
    let section = |section: Section| whole && version.writes(section);
    let evaluated = version.signals.iter().filter(|tag| has_candidates && *tag != "model_health");
    Document {
        schema_version: SCHEMA_VERSION,
        date: Day(date),
        season: section(Section::Season).then_some(row.season),
        generated_at: None,
        min_signal_count: whole.then(|| integer(version, "min_signals")),
        record: whole.then_some(row.record),
        model_health: row.model_health,
        signal_health: whole.then(|| row.health_rows.into_iter().map(signal_health).collect()),
        player_blacklist: section(Section::PlayerBlacklist).then(|| PlayerBlacklist {
            count: row.blacklisted,
            evaluated: row.blacklist_evaluated,
            hr_threshold: number(version, "blacklist_hit_rate"),
            min_picks: integer(version, "blacklist_min_picks"),
            players: row.blacklist_players,
        }),
        direction_health: section(Section::DirectionHealth).then_some(row.direction_health),
        filter_summary: section(Section::FilterSummary).then(|| filter_summary(version, funnel)),
        edge_distribution: section(Section::EdgeDistribution).then_some(row.edge_distribution),
        total_picks: count(picks.len()),
        picks,
        signals_evaluated: evaluated.cloned().collect(),
        warnings: Vec::new(),
    }
}

fn signal_health(row: HealthRow) -> (String, SignalHealth) {
    let health = SignalHealth {
        hr_7d: row.hr_7d,
        hr_season: row.hr_season,
        regime: row.regime,
        status: row.status,
        is_model_dependent: row.is_model_dependent,
    };
    (row.tag, health)
}

fn filter_summary(version: &Version, funnel: &[FunnelRow]) -> FilterSummary {
    let removed_by = |filter: Option<&str>| -> u64 {
        funnel.iter().filter(|row| row.first_filter.as_deref() == filter).map(|row| row.candidates).sum()
    };
    let name = |filter: &String| version.catalogue.filters.get(filter).map_or(filter, |known| &known.document).clone();
    let filters = version.filters.iter().filter(|_| !funnel.is_empty());
    FilterSummary {
        total_candidates: funnel.iter().map(|row| row.candidates).sum(),
        passed_filters: removed_by(None),
        rejected: filters.map(|filter| (name(filter), removed_by(Some(filter)))).collect(),
    }
}

/// The value of a whole number; 0 where it is off.
fn integer(version: &Version, parameter: &str) -> i64 {
    match version.parameter(parameter) {
        Value::Integer(value) => value,
        _ => 0,
    }
}

fn number(version: &Version, parameter: &str) -> Option<f64> {
    match version.parameter(parameter) {
        // Through text, so that 52.4 becomes the double nearest to it.
        Value::Number(value) => value.to_string().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_pick_has_the_columns_that_are_read_for_it() {
        let keys: BTreeSet<String> =
            pick_columns::COLUMNS.iter().filter_map(|column| column.key).map(str::to_owned).collect();
        let mut fields = pick_columns::fields::<DocumentPick>();
        // Production fills them in after grading.
        assert!(fields.remove("actual") && fields.remove("result"));
        assert_eq!(fields, keys);
    }
}
