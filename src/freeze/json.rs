//! The JSON form of a frozen decision, which is also what its checksum is made of.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::arrow::json::ReaderBuilder;
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::rows::{CANDIDATES, input, schema};
use super::{Frozen, Head, NO_CHECKSUM, damaged, ensure_known_form, names, not_frozen};
use crate::document::Document;
use crate::error::{Error, Reason, Result};
use crate::formats;
use crate::snapshot::{Table, manifest};
use crate::version;

/// A frozen decision as a JSON file has it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FrozenDecision {
    #[serde(flatten)]
    pub head: Head,
    pub decision: Document,
    /// Every candidate with what became of it; a NULL is left out.
    pub candidates: Vec<Map<String, Value>>,
    /// By table of the source, the rows that the decision could see; a NULL is left out, and so is a table that the snapshot
    /// does not have.
    pub tables: BTreeMap<String, Vec<Map<String, Value>>>,
}

/// What is before the decision, and what is behind it.
const DECISION: &str = "\n  \"decision\": ";
const CANDIDATES_KEY: &str = ",\n  \"candidates\": ";

/// A frozen decision as text, with this checksum in it: a key a line, a row a line.
pub fn text(frozen: &Frozen, checksum: &str) -> Result<String> {
    let unwritable = Error::Json;
    let head = Head { checksum: checksum.to_owned(), ..frozen.head.clone() };
    let mut text = "{\n".to_owned();
    let head = serde_json::to_value(head).map_err(unwritable)?;
    for (key, value) in head.as_object().into_iter().flatten() {
        text += &format!("  \"{key}\": {value},\n");
    }
    text.pop();
    text += &format!("{DECISION}{}", frozen.decision.replace('\n', "\n  "));
    text += &format!("{CANDIDATES_KEY}{},\n", rows(&frozen.candidates, "  ")?);
    let tables =
        frozen.tables.iter().map(|(table, batch)| Ok(format!("    \"{}\": {}", table.name, rows(batch, "    ")?)));
    text += &format!("  \"tables\": {{\n{}\n  }}\n}}\n", tables.collect::<Result<Vec<_>>>()?.join(",\n"));
    Ok(text)
}

/// The rows of a batch as an array, indented.
fn rows(batch: &RecordBatch, margin: &str) -> Result<String> {
    let lines = formats::ndjson(std::slice::from_ref(batch))?;
    let lines = String::from_utf8(lines).map_err(|error| Error::Engine(Reason::of(error)))?;
    let lines: Vec<String> = lines.lines().map(|line| format!("{margin}  {line}")).collect();
    Ok(if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n{margin}]", lines.join(",\n")) })
}

/// What every layout has.
#[derive(Deserialize)]
struct Format {
    format: String,
    format_version: u32,
}

#[derive(Deserialize)]
struct Body {
    tables: BTreeMap<String, Vec<BTreeMap<String, IgnoredAny>>>,
}

impl Body {
    /// Its tables with the columns that their rows or the version that decided name.
    fn tables(&self, path: &Path, head: &Head) -> Result<Vec<&'static Table>> {
        let version =
            version::from_whole_toml(&head.version_file, "its version").map_err(|error| damaged(path, error))?;
        let named = version.columns();
        let table = |(name, rows): (&String, &Vec<BTreeMap<String, IgnoredAny>>)| {
            let known =
                input(name).ok_or_else(|| damaged(path, format!("'{name}' is no table that decisions read")))?;
            let keys = rows.iter().flat_map(BTreeMap::keys).map(String::as_str);
            Ok(known.with_numbered(keys.chain(named.keys().copied())))
        };
        self.tables.iter().map(table).collect()
    }
}

/// Reads a frozen decision from its JSON form.
pub fn read(path: &Path, bytes: &[u8]) -> Result<Frozen> {
    // One that cannot be parsed is damaged where it begins like one, and something else where it does not.
    let begins_like_one = bytes.iter().take(MARKED_WITHIN).copied().collect::<Vec<u8>>();
    let begins_like_one = String::from_utf8_lossy(&begins_like_one).contains(super::FORMAT);
    let unparsed = |reason: Reason| match begins_like_one {
        true => damaged(path, reason),
        false => not_frozen(path, "it is neither Parquet nor such a JSON document"),
    };
    let text = std::str::from_utf8(bytes).map_err(|error| unparsed(Reason::of(error)))?;
    let Format { format, format_version } = serde_json::from_str(text).map_err(|error| unparsed(error.into()))?;
    ensure_known_form(path, &format, format_version)?;
    let head: Head = serde_json::from_str(text).map_err(|error| unparsed(error.into()))?;
    let blank = text.replacen(&head.checksum, NO_CHECKSUM, 1);
    if manifest::sha256(blank.as_bytes()) != head.checksum {
        return Err(damaged(path, "its checksum is not that of its contents"));
    }
    let body: Body = serde_json::from_str(text).map_err(|error| unparsed(error.into()))?;
    let absent = names(&head.absent_columns);
    let (candidates, tables) = decode(path, text, &body.tables(path, &head)?, &absent)?;
    // By its checksum the text is laid out as it was written.
    let decision = text.split_once(DECISION).and_then(|(_, rest)| rest.split_once(CANDIDATES_KEY));
    let decision = decision.ok_or_else(|| damaged(path, "it has no decision"))?.0.replace("\n  ", "\n");
    Ok(Frozen { head, decision, candidates, tables })
}

/// Within how many bytes the format is named.
const MARKED_WITHIN: usize = 256;

type Rows = (RecordBatch, Vec<(&'static Table, RecordBatch)>);

/// The rows in a text, exact: numbers become decimals and doubles from their digits.
fn decode(path: &Path, text: &str, known: &[&'static Table], absent: &[&str]) -> Result<Rows> {
    let bad = |reason: &str| damaged(path, reason);
    let list = |table: &'static Table| Field::new(table.name, DataType::new_list(of_rows(table, absent), true), true);
    let all: Fields = known.iter().map(|table| list(table)).collect();
    let schema = Schema::new(vec![list(CANDIDATES), Field::new("tables", DataType::Struct(all), true)]);
    let reader = ReaderBuilder::new(Arc::new(schema)).with_batch_size(1).build(Cursor::new(text));
    let record = reader.and_then(|mut reader| reader.next().transpose());
    let record = record.map_err(|error| bad(&error.to_string()))?.ok_or_else(|| bad("it is empty"))?;
    let candidates = batch_of(path, record.column(0).as_ref(), CANDIDATES)?;
    let struct_of_tables = record.column(1).as_struct();
    let batch = |table: &'static Table| -> Option<Result<(&'static Table, RecordBatch)>> {
        let column = struct_of_tables.column_by_name(table.name)?;
        Some(batch_of(path, column.as_ref(), table).map(|batch| (table, batch)))
    };
    let in_order = super::inputs().filter_map(|table| known.iter().copied().find(|of| of.name == table.name));
    Ok((candidates, in_order.filter_map(batch).collect::<Result<_>>()?))
}

fn of_rows(table: &'static Table, absent: &[&str]) -> DataType {
    let of_table = |name| str::strip_prefix(name, table.name)?.strip_prefix('.');
    let absent: Vec<&str> = absent.iter().copied().filter_map(of_table).collect();
    DataType::Struct(schema(table, &absent).fields().clone())
}

/// The rows of a list of structs, the first and only one of its column.
pub fn batch_of(path: &Path, column: &dyn Array, table: &Table) -> Result<RecordBatch> {
    let rows = column.as_list_opt::<i32>().filter(|lists| lists.len() == 1 && lists.is_valid(0));
    let rows = rows.map(|lists| lists.value(0));
    match rows.as_ref().and_then(|rows| rows.as_struct_opt()) {
        Some(rows) if rows.null_count() == 0 => Ok(RecordBatch::from(rows)),
        _ => Err(damaged(path, format!("its {} are no rows", table.name))),
    }
}
