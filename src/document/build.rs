//! Building documents from the relations `decisions`, `slate_decisions` and `slate_funnels`, all slates at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{
    AffinityCell, DirectionHealth, Document, DocumentPick, EdgeDistribution, FilterSummary, LosingCell, Market,
    ModelDirectionAffinity, ModelHealth, PlayerBlacklist, Record, SignalHealth,
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

/// The threshold by which a document also says what would be blocked, in percent.
const OBSERVED_THRESHOLD: f64 = 45.0;

/// The most sentences of a pick.
const MOST_ANGLES: usize = 5;

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
        health_rows, is_closed, blacklisted, blacklist_evaluated, blacklist_players, \
        named_struct('over_hr_14d', over_hr_14d, 'under_hr_14d', under_hr_14d, 'over_n', over_n, 'under_n', under_n) \
            AS direction_health, \
        named_struct('total_predictions', total_predictions, 'edge_3_plus', edge_3_plus, 'edge_5_plus', edge_5_plus, \
            'edge_7_plus', edge_7_plus, 'max_edge', round(max_edge, 1)) AS edge_distribution \
    FROM slate_decisions";

/// How groups of models had done, of the versions that write it.
const AFFINITIES: &str = "\
    SELECT slate_decisions.version, affinities.game_date, model_group, recommendation, edge_band, hit_rate, \
        CAST(total_picks AS BIGINT) AS total_picks, CAST(wins AS BIGINT) AS wins, CAST(losses AS BIGINT) AS losses \
    FROM slate_decisions \
    JOIN params ON params.version = slate_decisions.version \
    JOIN affinities ON affinities.affinity_set = params.affinity_set \
        AND affinities.game_date = slate_decisions.game_date \
    ORDER BY version, game_date, model_group, recommendation, edge_band";

const FUNNELS: &str = "SELECT version, game_date, first_filter, candidates FROM slate_funnels";

/// The relations that documents are made of.
const DECISIONS: &[&str] = &["decisions", "slate_decisions", "slate_funnels"];

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
    is_closed: bool,
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
struct AffinityRow {
    model_group: String,
    recommendation: String,
    edge_band: String,
    #[serde(flatten)]
    cell: AffinityCell,
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
    let affinity = replay.versions.iter().any(|version| version.writes(Section::ModelDirectionAffinity));
    let needed: &[&str] = if affinity { &[DECISIONS, &["affinities"]].concat() } else { DECISIONS };
    replay.compute(needed).await?;
    let mut slates = by_slate::<SlateRow>(&replay.engine.query(SLATES).await?)?;
    let mut funnels = by_slate::<FunnelRow>(&replay.engine.query(FUNNELS).await?)?;
    let mut affinities = match affinity {
        true => by_slate::<AffinityRow>(&replay.engine.query(AFFINITIES).await?)?,
        false => BTreeMap::new(),
    };
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
            if version.writes(Section::ModelDirectionAffinity) {
                let cells = affinities.remove(&key).unwrap_or_default();
                document.model_direction_affinity = Some(affinity_of(version, cells));
            }
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
    mut picks: Vec<DocumentPick>,
) -> Document {
    let has_candidates = !funnel.is_empty();
    let is_written = |section: Section| has_candidates && version.writes(section);
    let is_lone = picks.len() == 1;
    if let ([only], true) = (picks.as_mut_slice(), version.writes(Section::DailyPickCount)) {
        only.angles.truncate(MOST_ANGLES - 1);
        only.angles.push("warning: the only pick of the slate".to_owned());
    }
    if version.writes(Section::Stat) {
        for pick in &mut picks {
            let source = pick.attribution.as_ref().map(|source| source.source_model.clone());
            pick.market = source.map(|system_id| Market { stat: "PTS".to_owned(), system_id, game_time: None });
        }
    }
    // Production left a slate without candidates early; from filter_summary on it wrote every section all the same.
    let whole = has_candidates || version.writes(Section::FilterSummary);
    let hit_rate = row.model_health.hit_rate_7d;
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
        signal_health: whole.then(|| signal_health(version, row.health_rows)),
        player_blacklist: section(Section::PlayerBlacklist).then(|| PlayerBlacklist {
            count: row.blacklisted,
            evaluated: row.blacklist_evaluated,
            hr_threshold: number(version, "blacklist_hit_rate"),
            min_picks: integer(version, "blacklist_min_picks"),
            players: row.blacklist_players,
        }),
        direction_health: section(Section::DirectionHealth).then_some(row.direction_health),
        model_direction_affinity: None,
        health_gate_active: match row.is_closed {
            true => Some(true),
            false => is_written(Section::HealthGateActive).then_some(false),
        },
        health_gate_reason: row.is_closed.then(|| gate_reason(version, hit_rate)),
        filter_summary: section(Section::FilterSummary).then(|| filter_summary(version, funnel)),
        edge_distribution: section(Section::EdgeDistribution).then_some(row.edge_distribution),
        started_games_filtered: version.writes(Section::StartedGamesFiltered).then(Vec::new),
        daily_pick_count: is_written(Section::DailyPickCount).then(|| count(picks.len())),
        low_conviction_day: is_written(Section::DailyPickCount).then_some(is_lone),
        total_picks: count(picks.len()),
        picks,
        signals_evaluated: evaluated.cloned().collect(),
        warnings: Vec::new(),
    }
}

/// Why a slate is closed.
fn gate_reason(version: &Version, hit_rate: Option<f64>) -> String {
    let hit_rate = hit_rate.unwrap_or_default();
    let gate = version.parameter("health_gate");
    format!("{} hit {hit_rate:.1} % in the last days, below health_gate = {gate}", version.champion())
}

/// Cells in the order of their keys.
fn affinity_of(version: &Version, cells: Vec<AffinityRow>) -> ModelDirectionAffinity {
    let threshold = number(version, "affinity_block_below").unwrap_or_default();
    let below = |threshold: f64| -> Vec<LosingCell> {
        let losing = cells.iter().filter(|row| row.cell.hit_rate < threshold);
        losing
            .map(|row| LosingCell {
                group: row.model_group.clone(),
                direction: row.recommendation.clone(),
                edge_band: row.edge_band.clone(),
                hit_rate: row.cell.hit_rate,
                total_picks: row.cell.total_picks,
            })
            .collect()
    };
    let (blocked_list, would_block_at_45) = (below(threshold), below(OBSERVED_THRESHOLD));
    let combos_evaluated = count(cells.len());
    let mut affinities = BTreeMap::<String, BTreeMap<String, BTreeMap<String, AffinityCell>>>::new();
    for row in cells {
        let sides = affinities.entry(row.model_group).or_default();
        sides.entry(row.recommendation).or_default().insert(row.edge_band, row.cell);
    }
    ModelDirectionAffinity {
        observation_mode: threshold <= 0.0,
        combos_evaluated,
        combos_blocked: count(blocked_list.len()),
        blocked_list,
        would_block_at_45,
        affinities,
    }
}

fn signal_health(version: &Version, rows: Vec<HealthRow>) -> BTreeMap<String, SignalHealth> {
    let is_own = |row: &HealthRow| version.signals.contains(&row.tag);
    rows.into_iter().filter(|row| !version.writes(Section::OwnSignalHealth) || is_own(row)).map(health_of).collect()
}

fn health_of(row: HealthRow) -> (String, SignalHealth) {
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
        // They follow from the version and the source model.
        assert!(["stat", "system_id", "game_time"].iter().all(|field| fields.remove(*field)));
        assert_eq!(fields, keys);
    }
}
