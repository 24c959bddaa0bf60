//! The configuration by which best bets are decided, in six sections (specification: monitoring, "Configuration view").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::doctor::{Check, Diagnosis, diagnose};
use super::{Fidelity, MonitorRequest, Table, monitor};
use crate::audit::{self, Blocked};
use crate::count::count;
use crate::dates::Day;
use crate::error::Result;
use crate::formats::{SCHEMA_VERSION, rows};
use crate::replay::{Dates, Replay};
use crate::snapshot::Snapshot;
use crate::version::{Combo, Origin, Value, Version};

/// Everything that a version's decisions go by, as a snapshot has it (`reslate config --format json`).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Config {
    pub schema_version: u32,
    pub version: String,
    pub algorithm_version: String,
    pub from: Day,
    pub to: Day,
    pub slates: u64,
    /// 1: the version's parameters.
    pub parameters: Vec<Parameter>,
    /// 2: the models of the last three slates, and the families without any.
    pub families: Vec<Model>,
    /// 3: the version's filters, with what each removed and what that would have won.
    pub filters: Vec<Filter>,
    /// 4: every signal there is.
    pub signals: Vec<Signal>,
    /// 5: the combo registry, in its order.
    pub combos: Vec<Combo>,
    /// 6: what is out of sync.
    pub sync: Diagnosis,
}

/// A parameter of the version.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Parameter {
    pub parameter: String,
    pub value: Value,
    pub from: Option<Origin>,
    pub unit: Option<String>,
}

/// A model, or a family that has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Model {
    pub family: Option<String>,
    /// Null of a family without predictions.
    pub system_id: Option<String>,
    pub state: ModelState,
    /// Active ones on the last three slates.
    pub predictions: u64,
    #[schemars(with = "Option<String>")]
    pub last_graded: Option<Day>,
}

/// Whether a model's predictions can be candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ModelState {
    /// It predicts, and is of a known family.
    Active,
    /// It predicts, and is of no family.
    Unclassified,
    /// A family without predictions.
    Inactive,
}

/// A filter of the version.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Filter {
    pub filter: String,
    pub about: String,
    /// Null of a filter that is only on or off.
    pub parameter: Option<String>,
    pub threshold: Option<Value>,
    /// It blocks nothing and only counts: what is removed is what it would have.
    pub is_observed: bool,
    /// The candidates that it is the first to block, as if they had been bet on.
    pub removed: Blocked,
}

/// A signal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Signal {
    pub signal: String,
    pub about: String,
    /// Whether the version has it.
    pub is_registered: bool,
    /// Of the newest slate; null without a result this season.
    pub regime: Option<String>,
    pub status: Option<String>,
    /// In percent.
    pub hr_7d: Option<f64>,
    pub picks_7d: u64,
    #[schemars(with = "Option<String>")]
    pub last_fired: Option<Day>,
}

#[derive(Deserialize)]
struct Health {
    signal_tag: String,
    regime: Option<String>,
    status: Option<String>,
    hr_7d: Option<f64>,
    picks_7d: u64,
}

#[derive(Deserialize)]
struct Fired {
    signal_tag: String,
    last_fired: Day,
}

/// The configuration of the one version that `replay` decides by, over its slates.
///
/// # Errors
/// Data that breaks the contract.
pub async fn config(replay: &Replay, snapshot: &Snapshot) -> Result<Config> {
    let version = &replay.versions[0];
    replay.compute(&["recent_models", "signal_firings"]).await?;
    let models = "SELECT * FROM recent_models ORDER BY family NULLS LAST, system_id";
    let families = rows(&replay.engine.query(models).await?)?;
    let (first, last) = (&replay.slates[0], &replay.slates[replay.slates.len() - 1]);
    Ok(Config {
        schema_version: SCHEMA_VERSION,
        version: version.id.clone(),
        algorithm_version: version.algorithm_version.clone(),
        from: Day(first.game_date),
        to: Day(last.game_date),
        slates: count(replay.slates.len()),
        parameters: parameters(version),
        families,
        filters: filters(replay, version).await?,
        signals: signals(replay, snapshot, version).await?,
        combos: version.combos.clone(),
        sync: diagnose(replay, snapshot, &Check::OF_SYNC).await?,
    })
}

fn parameters(version: &Version) -> Vec<Parameter> {
    let parameter = |(name, known): (&str, &crate::version::catalogue::Parameter)| Parameter {
        parameter: name.to_owned(),
        value: version.parameter(name),
        from: version.origin(name).cloned(),
        unit: known.unit.clone(),
    };
    version.all_parameters().into_iter().map(parameter).collect()
}

async fn filters(replay: &Replay, version: &Version) -> Result<Vec<Filter>> {
    let audited = audit::filters(replay).await?.filters;
    let filter = |row: audit::FilterRow| {
        let known = version.catalogue.filters.get(&row.filter);
        let parameter = known.and_then(|known| known.parameter.clone());
        Filter {
            about: known.map(|known| known.about.clone()).unwrap_or_default(),
            threshold: parameter.as_ref().map(|name| version.parameter(name)),
            parameter,
            is_observed: row.is_observed,
            removed: row.first,
            filter: row.filter,
        }
    };
    Ok(audited.into_iter().map(filter).collect())
}

/// The signals of the version in its order, then the others.
async fn signals(replay: &Replay, snapshot: &Snapshot, version: &Version) -> Result<Vec<Signal>> {
    let newest = replay.slates.last().map(|slate| slate.game_date).unwrap_or_default();
    let request = MonitorRequest {
        table: Table::SignalHealth,
        dates: Dates::On(newest),
        fidelity: Fidelity::AsShipped,
        version: version.clone(),
        is_backfill: false,
    };
    let health: Vec<Health> = rows(&[monitor(snapshot, &request).await?.rows])?;
    let fired = "SELECT signal_tag, last_fired FROM signal_firings";
    let fired: Vec<Fired> = rows(&replay.engine.query(fired).await?)?;
    let others = version.catalogue.signals.keys().filter(|signal| !version.signals.contains(signal));
    let signal = |name: &String| {
        let health = health.iter().find(|row| row.signal_tag == *name);
        Signal {
            signal: name.clone(),
            about: version.catalogue.signals.get(name).map(|known| known.about.clone()).unwrap_or_default(),
            is_registered: version.signals.contains(name),
            regime: health.and_then(|row| row.regime.clone()),
            status: health.and_then(|row| row.status.clone()),
            hr_7d: health.and_then(|row| row.hr_7d),
            picks_7d: health.map_or(0, |row| row.picks_7d),
            last_fired: fired.iter().find(|row| row.signal_tag == *name).map(|row| row.last_fired),
        }
    };
    Ok(version.signals.iter().chain(others).map(signal).collect())
}
