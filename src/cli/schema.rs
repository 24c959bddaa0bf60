//! `reslate schema`: the JSON Schema of every machine format, generated from the types that are written.

use clap::builder::PossibleValuesParser;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::Exit;
use super::card::GroupRow;
use super::compare::DifferenceRow;
use super::config::ConfigRow;
use super::doctor::DoctorRow;
use super::export::AgainstRow;
use super::filters::FilterFlat;
use super::output::Out;
use super::relations::{RelationDetail, RelationList, RelationTests};
use super::signals::SignalFlat;
use super::slates::{SlateCounts, SlateList};
use super::snapshot_diff::DiffRow;
use super::snapshots::TableRow;
use super::verify::VerifyRow;
use super::versions::{VersionDetail, VersionDiff, VersionList};
use crate::audit::{FilterAudit, SignalAudit};
use crate::card::Card;
use crate::check::CheckReport;
use crate::compare::Comparison;
use crate::dates::Day;
use crate::document::Document;
use crate::engine;
use crate::error::{Error, Result};
use crate::explain::Explained;
use crate::export::Against;
use crate::formats::SCHEMA_VERSION_KEY;
use crate::freeze::FrozenDecision;
use crate::monitor::Table;
use crate::monitor::config::Config;
use crate::monitor::doctor::Diagnosis;
use crate::monitor::models::ModelList;
use crate::pull::PullReport;
use crate::queries;
use crate::snapshot_diff::SnapshotDiff;
use crate::snapshots::SnapshotList;
use crate::tune::Tuned;
use crate::verify::Verification;
use crate::version_test::VersionTest;

/// Print the JSON Schema (draft 7) of a machine format
///
/// `replay` is the decision document that `replay --format json` and `ndjson` write, `decisions` a row of the relation
/// that `replay --format csv` and `parquet` write, and NAME-rows a row of what NAME writes in the formats that have rows. Without COMMAND: an object of all of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate schema replay                    of the decision document
  reslate schema decisions                 of a row of `replay --format csv`
  reslate schema --out schemas.json        of everything")]
pub struct Args {
    /// The command that writes the format, or the relation
    #[arg(value_parser = PossibleValuesParser::new(FORMATS.iter().map(|(name, _)| *name)))]
    command: Option<String>,
    #[command(flatten)]
    out: Out,
}

/// The machine formats by name; one more is one more line.
const FORMATS: &[(&str, Shape)] = &[
    ("replay", Shape::of::<Document>()),
    ("decisions", Shape::Relation("decisions")),
    ("freeze", Shape::of::<FrozenDecision>()),
    ("explain", Shape::of::<Explained>()),
    ("compare", Shape::of::<Comparison>()),
    ("compare-rows", Shape::rows_of::<DifferenceRow>()),
    ("card", Shape::of::<Card>()),
    ("card-rows", Shape::rows_of::<GroupRow>()),
    ("filters", Shape::of::<FilterAudit>()),
    ("filters-rows", Shape::rows_of::<FilterFlat>()),
    ("signals", Shape::of::<SignalAudit>()),
    ("signals-rows", Shape::rows_of::<SignalFlat>()),
    ("tune", Shape::of::<Tuned>()),
    ("tune-rows", Shape::Columns(tune_rows)),
    ("monitor-tags", Shape::Monitored(Table::Tags)),
    ("monitor-tags-rows", Shape::Source(Table::Tags)),
    ("monitor-signal-health", Shape::Monitored(Table::SignalHealth)),
    ("monitor-signal-health-rows", Shape::Source(Table::SignalHealth)),
    ("monitor-model-performance", Shape::Monitored(Table::ModelPerformance)),
    ("monitor-model-performance-rows", Shape::Source(Table::ModelPerformance)),
    ("models", Shape::of::<ModelList>()),
    ("models-rows", Shape::Relation("models")),
    ("export", Shape::of::<Against>()),
    ("export-rows", Shape::rows_of::<AgainstRow>()),
    ("verify", Shape::of::<Verification>()),
    ("verify-rows", Shape::rows_of::<VerifyRow>()),
    ("doctor", Shape::of::<Diagnosis>()),
    ("doctor-rows", Shape::rows_of::<DoctorRow>()),
    ("config", Shape::of::<Config>()),
    ("config-rows", Shape::rows_of::<ConfigRow>()),
    ("slates", Shape::of::<SlateList>()),
    ("slates-rows", Shape::rows_of::<SlateCounts>()),
    ("check", Shape::of::<CheckReport>()),
    ("pull", Shape::of::<PullReport>()),
    ("relations", Shape::of::<RelationList>()),
    ("relations-show", Shape::of::<RelationDetail>()),
    ("relations-test", Shape::of::<RelationTests>()),
    ("snapshots", Shape::of::<SnapshotList>()),
    ("snapshots-rows", Shape::rows_of::<TableRow>()),
    ("snapshot-diff", Shape::of::<SnapshotDiff>()),
    ("snapshot-diff-rows", Shape::rows_of::<DiffRow>()),
    ("versions", Shape::of::<VersionList>()),
    ("versions-show", Shape::of::<VersionDetail>()),
    ("versions-diff", Shape::of::<VersionDiff>()),
    ("versions-test", Shape::of::<VersionTest>()),
];

/// What a format is made of.
enum Shape {
    /// A type that is serialized.
    Type(fn() -> Value),
    /// Rows of a relation of the pipeline.
    Relation(&'static str),
    /// Rows with these columns, and others that depend on what was asked.
    Columns(fn() -> Value),
    /// Rows of a monitoring table as the source has it.
    Source(Table),
    /// A document of such rows.
    Monitored(Table),
}

impl Shape {
    const fn of<T: JsonSchema>() -> Shape {
        Shape::Type(|| {
            SchemaSettings::draft07().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
        })
    }

    /// Rows of a type, each led by the schema version.
    const fn rows_of<T: JsonSchema>() -> Shape {
        Shape::Type(|| {
            let settings = SchemaSettings::draft07().for_serialize();
            let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
            if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                properties.insert(SCHEMA_VERSION_KEY.to_owned(), json!({ "type": "integer" }));
            }
            if let Some(Value::Array(required)) = schema.get_mut("required") {
                required.push(json!(SCHEMA_VERSION_KEY));
            }
            schema
        })
    }

    async fn schema(&self) -> Result<Value> {
        match self {
            Shape::Type(schema) | Shape::Columns(schema) => Ok(schema()),
            Shape::Relation(name) => {
                let description = format!(
                    "A row of the relation `{name}`, whose columns {} documents. A NULL is left out. CSV \
                     writes a nested value as a column for each of its fields, named outer.inner, and joins a list's \
                     values by |. Of a value with a field for each signal or filter, a row has the fields of those that the \
                     versions of the question list.",
                    queries::in_use().file_of(name)
                );
                let columns = engine::columns_of(name).await?;
                Ok(row_schema(name, &description, &columns))
            }
            Shape::Source(table) => source_row(*table),
            Shape::Monitored(table) => monitored(*table),
        }
    }
}

pub async fn run(args: Args) -> Result<Exit> {
    let mut schemas = Map::new();
    for (name, shape) in FORMATS {
        if args.command.as_ref().is_none_or(|wanted| wanted == name) {
            schemas.insert((*name).to_owned(), shape.schema().await?);
        }
    }
    let schema = match &args.command {
        Some(name) => schemas.remove(name).unwrap_or_default(),
        None => Value::Object(schemas),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(Error::Json)?;
    args.out.text(&format!("{text}\n"))?;
    Ok(Exit::Done)
}

/// The schema of a row, each column described by its Arrow type.
fn row_schema(title: &str, description: &str, columns: &Schema) -> Value {
    let mut properties = Map::new();
    let version = json!({ "type": "integer", "description": "CSV: the first column; Parquet: metadata of the file" });
    properties.insert(SCHEMA_VERSION_KEY.to_owned(), version);
    properties.extend(columns.fields().iter().map(|column| (column.name().clone(), column_schema(column))));
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        "description": description,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn source_row(table: Table) -> Result<Value> {
    let name = table.source();
    let description =
        format!("A row of the source's table `{name}`. A NULL is left out. CSV joins a list's values by |.");
    let columns = table.schema()?;
    let mut schema = row_schema(name, &description, &columns);
    let required = columns.fields().iter().filter(|column| !column.is_nullable()).map(|column| column.name());
    schema["required"] = required.cloned().collect();
    Ok(schema)
}

fn monitored(table: Table) -> Result<Value> {
    let mut row = source_row(table)?;
    if let Value::Object(row) = &mut row {
        row.shift_remove("$schema");
    }
    Ok(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("{} (monitor)", table.source()),
        "type": "object",
        "properties": {
            (SCHEMA_VERSION_KEY): { "type": "integer" },
            "table": { "const": table.source() },
            "version": { "type": ["string", "null"], "description": "Whose signals are tagged; null where none is asked" },
            "fidelity": { "enum": ["as-shipped", "as-intended"] },
            "rows": { "type": "array", "items": row },
        },
        "required": [SCHEMA_VERSION_KEY, "table", "version", "fidelity", "rows"],
        "additionalProperties": false,
    }))
}

/// The schema of a row of `tune`: a column a parameter, by its name, besides what is the same for every grid.
fn tune_rows() -> Value {
    let columns = super::tune::columns();
    let mut properties = Map::new();
    properties
        .insert(SCHEMA_VERSION_KEY.to_owned(), json!({ "type": "integer", "description": "CSV: the first column" }));
    properties.extend(columns.fields().iter().map(|column| (column.name().clone(), column_schema(column))));
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "tune-rows",
        "description": "A cell. A NULL is left out. Each parameter of the grid has a column of its name, after `cell`.",
        "type": "object",
        "properties": properties,
        "additionalProperties": { "type": "string" },
    })
}

fn column_schema(column: &Field) -> Value {
    let mut schema = of_type(column.data_type());
    if let (Value::Object(schema), false) = (&mut schema, column.data_type().is_nested()) {
        schema.insert("description".to_owned(), Value::String(column.data_type().to_string()));
    }
    schema
}

fn of_type(kind: &DataType) -> Value {
    match kind {
        DataType::Boolean => json!({ "type": "boolean" }),
        kind if kind.is_integer() => json!({ "type": "integer" }),
        kind if kind.is_numeric() => json!({ "type": "number" }),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => json!({ "type": "string" }),
        DataType::Date32 => Day::json_schema(&mut SchemaGenerator::default()).to_value(),
        // Without a time zone, so it is not JSON Schema's date-time.
        DataType::Timestamp(..) => json!({ "type": "string" }),
        DataType::List(item) => json!({ "type": "array", "items": of_type(item.data_type()) }),
        DataType::Struct(fields) => {
            let properties: Map<String, Value> =
                fields.iter().map(|field| (field.name().clone(), column_schema(field))).collect();
            json!({ "type": "object", "properties": properties, "additionalProperties": false })
        }
        _ => json!({}),
    }
}
