//! The pipeline's inputs besides the snapshot: what is asked for (slates) and by which rules (versions), as relations.
//!
//! Versions enter SQL as rows; what they define of their own is in generated.rs. Choices that several versions share get one row in `bid_sets`,
//! `candidate_sets`, `consensus_sets` or `feature_sets`, so that what depends on them is computed once.

use chrono::NaiveDateTime;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;

use super::generated::Generated;
use super::rows::{Rows, column_type, date, decimal, integer, null, scalar, shared, text};
use super::sets::{Chosen, Sets, families_relation};
use super::slates::Slate;
use super::udf::{Entry, shared_text};
use crate::definition::{Beside, Past};
use crate::error::{Error, Result};
use crate::version::catalogue::ParameterKind;
use crate::version::{Combo, Defect, Section, Value, Version, shipped};

/// The version whose model families monitoring goes by, whichever version decides.
const MONITORED_FAMILIES: &str = "v307q";

/// Their family_set, which no version's is.
const MONITORED_SET: i64 = -1;

/// The input relations of a question, by name; `sets` are the choices of the questions before it.
pub fn relations(
    slates: &[Slate],
    versions: &[Version],
    generated: &Generated,
    sets: &mut Sets,
) -> Result<Vec<(&'static str, RecordBatch)>> {
    versions.iter().try_for_each(Version::check)?;
    let chosen = versions.iter().map(|version| sets.of(version)).collect::<Result<Vec<_>>>()?;
    sets.state(&chosen);
    for version in versions {
        sets.look_back(days_of_predictions(version, slates));
    }
    let mut params = Rows::new(params_columns(generated));
    for (version, chosen) in versions.iter().zip(chosen) {
        params.push(params_row(version, chosen, generated)?);
    }
    let mut relations = vec![
        ("slates", slates_relation(slates)?),
        ("slate_versions", slate_versions(slates, versions)?),
        ("params", params.finish()?),
        ("model_families", families_relation(&[(MONITORED_SET, shipped(MONITORED_FAMILIES)?.families.as_slice())])?),
    ];
    relations.extend(sets.relations()?);
    Ok(relations)
}

/// How many days before the first slate a version looks at predictions of the season, of which it names features.
fn days_of_predictions(version: &Version, slates: &[Slate]) -> i64 {
    if !version.features().iter().any(|feature| feature.from == Past::Predictions) {
        return 0;
    }
    let since = |slate: &Slate| match version.parameter("stats_since") {
        Value::Date(date) => date,
        _ => slate.season.stats_since(),
    };
    let first = slates.iter().map(|slate| slate.game_date).min();
    let days = first.zip(slates.iter().map(since).min()).map(|(first, since)| (first - since).num_days());
    days.unwrap_or_default().max(0)
}

/// slates: one row per slate asked for. Grain: game_date.
fn slates_relation(slates: &[Slate]) -> Result<RecordBatch> {
    let mut rows = Rows::new(vec![
        ("game_date", DataType::Date32),
        ("season", DataType::Utf8View),
        ("opening_night", DataType::Date32),
        ("season_week", DataType::Int64),
        ("stats_since", DataType::Date32),
        ("record_season_start", DataType::Date32),
        ("known_before", DataType::Date32),
        ("as_of", DataType::Timestamp(TimeUnit::Microsecond, None)),
        ("past_as_of", DataType::Timestamp(TimeUnit::Microsecond, None)),
        ("vantage", DataType::Int64),
        ("subset_version", DataType::Utf8View),
    ]);
    for slate in slates {
        let micros = |moment: Option<NaiveDateTime>| {
            ScalarValue::TimestampMicrosecond(moment.map(|moment| moment.and_utc().timestamp_micros()), None)
        };
        rows.push(vec![
            date(slate.game_date),
            text(&slate.season.name()),
            date(slate.season.opening_night()),
            integer(slate.season_week()),
            date(slate.season.stats_since()),
            date(slate.record_season_start()),
            date(slate.known_before()),
            micros(slate.as_of),
            micros(slate.past_as_of),
            integer(slate.vantage),
            ScalarValue::Utf8View(slate.subset_version.clone()),
        ]);
    }
    rows.finish()
}

/// slate_versions: which version decides which slate. Grain: version, game_date.
fn slate_versions(slates: &[Slate], versions: &[Version]) -> Result<RecordBatch> {
    let mut rows = Rows::new(vec![("version", DataType::Utf8View), ("game_date", DataType::Date32)]);
    for version in versions {
        for slate in slates.iter().filter(|slate| version.decides.contains(slate.game_date)) {
            rows.push(vec![text(&version.id), date(slate.game_date)]);
        }
    }
    rows.finish()
}

/// params: every parameter and list of a version, and the choices it shares with others. Grain: version.
///
/// A threshold is NULL where it is off, also that of a filter which the version does not ask. filters are those that block, observed those that only would;
/// the columns after the parameters are those that the generated parts of the pipeline read.
fn params_columns(generated: &Generated) -> Vec<(String, DataType)> {
    let fixed = [
        ("version", DataType::Utf8View),
        ("algorithm_version", DataType::Utf8View),
        ("candidate_set", DataType::Int64),
        ("consensus_set", DataType::Int64),
        ("feature_set", DataType::Int64),
        ("affinity_set", DataType::Int64),
        ("health_set", DataType::Int64),
        ("signals", shared_text()),
        ("filters", shared_text()),
        ("observed", shared_text()),
        ("combos", shared_text()),
        ("model_dependent", shared_text()),
        ("blacklist_works", DataType::Boolean),
        ("direction_health_works", DataType::Boolean),
        ("reads_affinities", DataType::Boolean),
        ("marks_lone_picks", DataType::Boolean),
        ("records_source_model", DataType::Boolean),
        ("reads_signal_health", DataType::Boolean),
    ];
    let mut columns: Vec<(String, DataType)> = fixed.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
    for (name, parameter) in generated.parameters() {
        match parameter.kind {
            ParameterKind::Range => {
                columns.extend(["low", "high"].map(|end| (format!("{name}.{end}"), column_type(parameter))));
            }
            _ => columns.extend(generated.names_of(name).into_iter().map(|name| (name, column_type(parameter)))),
        }
    }
    columns.extend(generated.columns());
    columns
}

fn params_row(version: &Version, chosen: Chosen, generated: &Generated) -> Result<Vec<ScalarValue>> {
    let asks = |filter: &str| version.filters.iter().any(|own| own == filter);
    let catalogue = &version.catalogue;
    let observed = |name: &&String| catalogue.filters.get(*name).is_some_and(|filter| filter.is_observed);
    let (observed, blocking): (Vec<&String>, Vec<&String>) = version.filters.iter().partition(observed);
    let listed = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let mut row = vec![
        text(&version.id),
        text(&version.algorithm_version),
        integer(chosen.candidate_set),
        integer(chosen.consensus_set),
        integer(chosen.feature_set),
        integer(chosen.affinity_set),
        integer(chosen.health_set),
        shared(version.signals.join(",")),
        shared(listed(blocking)),
        shared(listed(observed)),
        shared(registry(&version.combos)?),
        shared(version.model_dependent.join(",")),
        ScalarValue::Boolean(Some(version.works(Defect::PlayerBlacklist))),
        ScalarValue::Boolean(Some(version.works(Defect::DirectionHealth))),
        ScalarValue::Boolean(Some(version.reads_affinities())),
        ScalarValue::Boolean(Some(version.writes(Section::DailyPickCount))),
        ScalarValue::Boolean(Some(version.writes(Section::Stat))),
        ScalarValue::Boolean(Some(version.looks_at(Beside::SignalHealth))),
    ];
    // The threshold of filters of which the version asks none is off, unless something else reads it.
    let is_idle = |name: &str| {
        let is_threshold = catalogue.filters.values().any(|filter| filter.parameter.as_deref() == Some(name));
        is_threshold
            && !catalogue.filters_with(name).any(asks)
            && !catalogue.signals_with(name).any(|signal| version.signals.iter().any(|own| own == signal))
            && !version.score().is_some_and(|score| score.parameters.iter().any(|own| own == name))
    };
    for (name, parameter) in generated.parameters() {
        match (parameter.kind, version.parameter(name)) {
            (ParameterKind::Range, _) if is_idle(name) => row.extend([null(parameter)?, null(parameter)?]),
            _ if is_idle(name) => {
                for _ in generated.names_of(name) {
                    row.push(null(parameter)?);
                }
            }
            (ParameterKind::Range, Value::Range(low, high)) => row.extend([decimal(low), decimal(high)]),
            (ParameterKind::Range, _) => row.extend([null(parameter)?, null(parameter)?]),
            _ => {
                for name in generated.names_of(name) {
                    row.push(scalar(parameter, &version.parameter(&name))?);
                }
            }
        }
    }
    for ((_, kind), value) in generated.columns().into_iter().zip(generated.values(version)) {
        row.push(match kind {
            DataType::Boolean => ScalarValue::Boolean(value.map(|value| value != 0)),
            _ => ScalarValue::Int64(value),
        });
    }
    Ok(row)
}

fn registry(combos: &[Combo]) -> Result<String> {
    let entry = |combo: &Combo| Entry {
        id: combo.id.clone(),
        signals: combo.signals.clone(),
        cardinality: combo.cardinality(),
        class: combo.class.clone(),
        hit_rate: combo.hit_rate,
        score_weight: combo.score_weight,
    };
    let entries: Vec<Entry> = combos.iter().map(entry).collect();
    serde_json::to_string(&entries).map_err(Error::Json)
}
