//! The pipeline's inputs besides the snapshot: what is asked for (slates) and by which rules (versions), as relations.
//!
//! Versions enter SQL as rows, never as text. Choices that several versions share get one row in `candidate_sets`,
//! `consensus_sets` or `feature_sets`, so that what depends on them is computed once.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema, TimeUnit};
use datafusion::common::ScalarValue;
use rust_decimal::Decimal;

use super::slates::Slate;
use super::udf::{Entry, shared_text};
use crate::error::{Error, Result};
use crate::version::catalogue::{Parameter, ParameterKind, catalogue};
use crate::version::{Combo, Defect, Family, Value, Version, shipped};

/// How the relations hold a decimal parameter.
const PRECISION: u8 = 18;
const SCALE: i8 = 6;

/// The version whose model families monitoring goes by, whichever version decides.
const MONITORED_FAMILIES: &str = "v307q";

/// The input relations of a run, by name.
pub fn relations(slates: &[Slate], versions: &[Version]) -> Result<Vec<(&'static str, RecordBatch)>> {
    let mut sets = Sets::default();
    let mut params = Rows::new(params_columns());
    for version in versions {
        let row = params_row(version, &mut sets)?;
        params.push(row);
    }
    Ok(vec![
        ("slates", slates_relation(slates)?),
        ("slate_versions", slate_versions(slates, versions)?),
        ("params", params.finish()?),
        ("families", families_relation(&sets.family_lists)?),
        ("model_families", families_relation(&[shipped(MONITORED_FAMILIES)?.families])?),
        ("candidate_sets", sets.candidates.finish()?),
        ("consensus_sets", sets.consensus.finish()?),
        ("feature_sets", sets.features.finish()?),
    ])
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
        ("vantage", DataType::Int64),
        ("subset_version", DataType::Utf8View),
    ]);
    for slate in slates {
        let as_of = slate.as_of.map(|moment| moment.and_utc().timestamp_micros());
        rows.push(vec![
            date(slate.game_date),
            text(&slate.season.name()),
            date(slate.season.opening_night()),
            integer(slate.season_week()),
            date(slate.season.stats_since()),
            date(slate.record_season_start()),
            date(slate.known_before()),
            ScalarValue::TimestampMicrosecond(as_of, None),
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

/// params: every parameter and list of a version. Grain: version.
fn params_columns() -> Vec<(String, DataType)> {
    let fixed = [
        ("version", DataType::Utf8View),
        ("algorithm_version", DataType::Utf8View),
        ("candidate_set", DataType::Int64),
        ("consensus_set", DataType::Int64),
        ("feature_set", DataType::Int64),
        ("signals", shared_text()),
        ("filters", shared_text()),
        ("combos", shared_text()),
        ("model_dependent", shared_text()),
        ("blacklist_works", DataType::Boolean),
        ("direction_health_works", DataType::Boolean),
    ];
    let mut columns: Vec<(String, DataType)> = fixed.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
    for (name, parameter) in &catalogue().parameters {
        match parameter.kind {
            ParameterKind::Range => {
                columns.extend(["low", "high"].map(|end| (format!("{name}.{end}"), column_type(parameter))));
            }
            _ => columns.push((name.clone(), column_type(parameter))),
        }
    }
    columns
}

fn params_row(version: &Version, sets: &mut Sets) -> Result<Vec<ScalarValue>> {
    let families = sets.family_set(&version.families);
    let mut row = vec![
        text(&version.id),
        text(&version.algorithm_version),
        integer(sets.candidate_set(version, families)?),
        integer(sets.consensus_set(version, families)?),
        integer(sets.feature_set(version)?),
        shared(version.signals.join(",")),
        shared(version.filters.join(",")),
        shared(registry(&version.combos)?),
        shared(version.model_dependent.join(",")),
        ScalarValue::Boolean(Some(version.works(Defect::PlayerBlacklist))),
        ScalarValue::Boolean(Some(version.works(Defect::DirectionHealth))),
    ];
    for (name, parameter) in &catalogue().parameters {
        match (parameter.kind, version.parameter(name)) {
            (ParameterKind::Range, Value::Range(low, high)) => row.extend([decimal(low), decimal(high)]),
            (ParameterKind::Range, _) => row.extend([null(parameter)?, null(parameter)?]),
            (_, value) => row.push(scalar(parameter, &value)?),
        }
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
    serde_json::to_string(&entries).map_err(|error| Error::Engine(error.to_string()))
}

/// The choices of the versions of a run, each different one once.
struct Sets {
    family_lists: Vec<Vec<Family>>,
    candidates: Distinct,
    consensus: Distinct,
    features: Distinct,
}

impl Default for Sets {
    fn default() -> Self {
        Sets {
            family_lists: Vec::new(),
            candidates: Distinct::new(
                ("candidate_set", &["candidates", "champion", "tie", "attribution_edge"]),
                vec![("family_set", DataType::Int64)],
            ),
            consensus: Distinct::new(
                (
                    "consensus_set",
                    &[
                        "consensus_edge",
                        "consensus_slate_families",
                        "consensus_quantile_rule",
                        "consensus_diversity_factor",
                    ],
                ),
                vec![("family_set", DataType::Int64), ("quantile_families", DataType::Int64)],
            ),
            features: Distinct::new(
                (
                    "feature_set",
                    &[
                        "champion",
                        "stats_since",
                        "line_move_days",
                        "health_days",
                        "health_min_edge",
                        "health_blocked",
                        "health_watch",
                        "direction_days",
                        "blacklist_min_edge",
                    ],
                ),
                vec![("frame_lag", DataType::Int64)],
            ),
        }
    }
}

impl Sets {
    fn family_set(&mut self, families: &[Family]) -> i64 {
        let at = self.family_lists.iter().position(|list| list == families).unwrap_or_else(|| {
            self.family_lists.push(families.to_vec());
            self.family_lists.len() - 1
        });
        i64::try_from(at).unwrap_or(i64::MAX)
    }

    fn candidate_set(&mut self, version: &Version, family_set: i64) -> Result<i64> {
        self.candidates.id_of(version, vec![integer(family_set)])
    }

    fn consensus_set(&mut self, version: &Version, family_set: i64) -> Result<i64> {
        let mut quantile: Vec<&str> =
            version.families.iter().filter(|f| f.loss == "quantile").map(|f| f.family.as_str()).collect();
        quantile.dedup();
        let quantile_families = i64::try_from(quantile.len()).unwrap_or(i64::MAX);
        self.consensus.id_of(version, vec![integer(family_set), integer(quantile_families)])
    }

    /// frame_lag: production's frames end one game before the player's latest; fixed ones with it.
    fn feature_set(&mut self, version: &Version) -> Result<i64> {
        let frame_lag = i64::from(version.text("windows") == "faithful");
        self.features.id_of(version, vec![integer(frame_lag)])
    }
}

/// families: the families of a set in the order in which they are tried. Grain: family_set, ordinal.
/// model_families: the same of monitoring alone. Grain: ordinal.
fn families_relation(lists: &[Vec<Family>]) -> Result<RecordBatch> {
    let mut rows = Rows::new(vec![
        ("family_set", DataType::Int64),
        ("ordinal", DataType::Int64),
        ("family", DataType::Utf8View),
        ("match", DataType::Utf8View),
        ("pattern", DataType::Utf8View),
        ("feature_set", DataType::Utf8View),
        ("loss", DataType::Utf8View),
        ("is_candidate", DataType::Boolean),
    ]);
    for (set, families) in (0..).zip(lists) {
        for (ordinal, family) in (1..).zip(families) {
            let (kind, pattern) = match (&family.equals, &family.starts_with) {
                (Some(id), _) => ("equals", id.as_str()),
                (None, prefix) => ("starts_with", prefix.as_deref().unwrap_or_default()),
            };
            rows.push(vec![
                integer(set),
                integer(ordinal),
                text(&family.family),
                text(kind),
                text(pattern),
                text(&family.feature_set),
                text(&family.loss),
                ScalarValue::Boolean(Some(family.candidate)),
            ]);
        }
    }
    rows.finish()
}

/// A relation of distinct choices: an id, parameters by name, and columns derived from others.
struct Distinct {
    parameters: &'static [&'static str],
    ids: BTreeMap<String, i64>,
    rows: Rows,
}

impl Distinct {
    fn new(
        (id, parameters): (&'static str, &'static [&'static str]),
        derived: Vec<(&'static str, DataType)>,
    ) -> Distinct {
        let mut columns = vec![(id.to_owned(), DataType::Int64)];
        let of_catalogue = |name: &&str| ((*name).to_owned(), column_type(&catalogue().parameters[*name]));
        columns.extend(parameters.iter().map(of_catalogue));
        columns.extend(derived.into_iter().map(|(name, kind)| (name.to_owned(), kind)));
        Distinct { parameters, ids: BTreeMap::new(), rows: Rows::new(columns) }
    }

    fn id_of(&mut self, version: &Version, derived: Vec<ScalarValue>) -> Result<i64> {
        let parameter = |name: &&str| scalar(&catalogue().parameters[*name], &version.parameter(name));
        let mut values = self.parameters.iter().map(parameter).collect::<Result<Vec<_>>>()?;
        values.extend(derived);
        let next = i64::try_from(self.ids.len()).unwrap_or(i64::MAX);
        let id = *self.ids.entry(format!("{values:?}")).or_insert(next);
        if id == next {
            values.insert(0, integer(id));
            self.rows.push(values);
        }
        Ok(id)
    }

    fn finish(&self) -> Result<RecordBatch> {
        self.rows.finish()
    }
}

/// A relation built row by row.
struct Rows {
    schema: Arc<Schema>,
    rows: Vec<Vec<ScalarValue>>,
}

impl Rows {
    fn new(columns: Vec<(impl Into<String>, DataType)>) -> Rows {
        let fields: Vec<Field> = columns.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect();
        Rows { schema: Arc::new(Schema::new(fields)), rows: Vec::new() }
    }

    fn push(&mut self, row: Vec<ScalarValue>) {
        self.rows.push(row);
    }

    fn finish(&self) -> Result<RecordBatch> {
        if self.rows.is_empty() {
            return Ok(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        let column = |at: usize| ScalarValue::iter_to_array(self.rows.iter().map(|row| row[at].clone()));
        let columns = (0..self.schema.fields().len()).map(column).collect::<Result<Vec<ArrayRef>, _>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

fn column_type(parameter: &Parameter) -> DataType {
    match parameter.kind {
        ParameterKind::Decimal | ParameterKind::Range => DataType::Decimal128(PRECISION, SCALE),
        ParameterKind::Double => DataType::Float64,
        ParameterKind::Integer => DataType::Int64,
        ParameterKind::Choice | ParameterKind::Text => DataType::Utf8View,
        ParameterKind::Date => DataType::Date32,
    }
}

fn scalar(parameter: &Parameter, value: &Value) -> Result<ScalarValue> {
    Ok(match (parameter.kind, value) {
        (ParameterKind::Decimal, Value::Number(value)) => decimal(*value),
        (ParameterKind::Double, Value::Number(value)) => {
            // Through text, so that 52.4 becomes the double nearest to it.
            let double = value.to_string().parse::<f64>().map_err(|error| Error::Engine(error.to_string()))?;
            ScalarValue::Float64(Some(double))
        }
        (ParameterKind::Integer, Value::Integer(value)) => integer(*value),
        (ParameterKind::Choice | ParameterKind::Text, Value::Text(value)) => text(value),
        (ParameterKind::Date, Value::Date(value)) => date(*value),
        _ => null(parameter)?,
    })
}

fn null(parameter: &Parameter) -> Result<ScalarValue> {
    Ok(ScalarValue::try_from(&column_type(parameter))?)
}

fn decimal(value: Decimal) -> ScalarValue {
    let mut scaled = value;
    scaled.rescale(SCALE.unsigned_abs().into());
    ScalarValue::Decimal128(Some(scaled.mantissa()), PRECISION, SCALE)
}

fn integer(value: i64) -> ScalarValue {
    ScalarValue::Int64(Some(value))
}

fn text(value: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(value.to_owned()))
}

fn shared(value: String) -> ScalarValue {
    ScalarValue::Dictionary(Box::new(DataType::Int32), Box::new(ScalarValue::Utf8(Some(value))))
}

fn date(value: NaiveDate) -> ScalarValue {
    ScalarValue::Date32(Some(Date32Type::from_naive_date(value)))
}
