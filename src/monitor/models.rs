//! The models under all their names: at run time, and at deployment in the registry
//! (specification: monitoring, "Model names").

use datafusion::arrow::array::RecordBatch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates::Day;
use crate::engine::Engine;
use crate::engine::slates::slates_on;
use crate::error::Result;
use crate::formats::{self, SCHEMA_VERSION};
use crate::snapshot::Snapshot;
use crate::version::shipped;

/// The models of a snapshot (`reslate models --format json`).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelList {
    pub schema_version: u32,
    /// Unmatched ones first.
    pub models: Vec<Model>,
}

/// A name under which a model appears: a row of the relation `models`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub kind: NameKind,
    pub name: String,
    /// Null where the name fits the pattern of no family.
    pub family: Option<String>,
    pub is_matched: bool,
    /// Of a system_id the registry's names of its family, of a registry's name the graded system_ids.
    pub matches: Vec<String>,
    /// What matched it, or what did not.
    pub why: String,
    #[schemars(with = "Option<String>")]
    pub first_slate: Option<Day>,
    #[schemars(with = "Option<String>")]
    pub last_slate: Option<Day>,
    /// Active ones.
    pub predictions: u64,
    pub gradings: u64,
    #[schemars(with = "Option<String>")]
    pub training_end: Option<Day>,
    /// From the end of training to the newest slate; negative before it.
    pub days_since_training: Option<i64>,
    /// Of the newest date of model performance, as shipped.
    pub state: Option<String>,
}

/// Where a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Kind")]
pub enum NameKind {
    /// Predictions and gradings.
    SystemId,
    /// The registry.
    ModelId,
}

/// The relation `models`, unmatched names first.
///
/// # Errors
/// Data that breaks the contract.
pub async fn models(snapshot: &Snapshot) -> Result<Vec<RecordBatch>> {
    let mut engine = Engine::open(snapshot, None)?;
    engine.ask(&slates_on(&[], None, None)?, &[shipped("v307")?])?;
    engine.compute(&["models"]).await?;
    engine.query("SELECT * FROM models ORDER BY is_matched, kind DESC, name").await
}

/// The same as a document.
///
/// # Errors
/// Rows that are not those of the relation.
pub fn list(rows: &[RecordBatch]) -> Result<ModelList> {
    Ok(ModelList { schema_version: SCHEMA_VERSION, models: formats::rows(rows)? })
}
