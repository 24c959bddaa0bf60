//! Exports of tables as databases and people write them: right, but in no way tidy.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, UInt32Array};
use datafusion::arrow::compute::{cast, take_record_batch};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
};
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type as ParquetInt32, Int64Type as ParquetInt64, Int96,
    Int96Type,
};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::file::writer::SerializedFileWriter;
use datafusion::parquet::schema::parser::parse_message_type;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// Far below what a column's scale can say, far above what a double loses.
const NOISE: f64 = 4e-10;

/// Every `of`th row from the `at`th on: each such part has rows of every month.
pub fn every(rows: &RecordBatch, at: usize, of: usize) -> RecordBatch {
    let indices: UInt32Array = (at..rows.num_rows()).step_by(of).map(|row| u32::try_from(row).unwrap()).collect();
    take_record_batch(rows, &indices).unwrap()
}

/// Decimals as doubles that are off by a little, the columns in the opposite order, between columns of no table.
pub fn untidy(rows: &RecordBatch) -> RecordBatch {
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    let stranger: ArrayRef = Arc::new(StringArray::from(vec!["{\"model\": \"x\"}"; rows.num_rows()]));
    columns.push(("debug_json".to_owned(), Arc::clone(&stranger)));
    for (field, column) in rows.schema().fields().iter().zip(rows.columns()).rev() {
        columns.push((field.name().clone(), with_noise(column)));
    }
    columns.push(("processed_by".to_owned(), stranger));
    RecordBatch::try_from_iter(columns).unwrap()
}

fn with_noise(column: &ArrayRef) -> ArrayRef {
    let DataType::Decimal128(_, scale) = column.data_type() else {
        return Arc::clone(column);
    };
    let factor = 10_f64.powi(i32::from(*scale));
    let values = column.as_primitive::<Decimal128Type>().iter();
    Arc::new(values.map(|value| value.map(|value| value as f64 / factor + NOISE)).collect::<Float64Array>())
}

/// Strings as dictionaries and timestamps in nanoseconds.
pub fn with_dictionaries(rows: &RecordBatch) -> RecordBatch {
    let kind = |kind: &DataType| match kind {
        DataType::Utf8 => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        DataType::Timestamp(_, _) => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        other => other.clone(),
    };
    let schema = rows.schema();
    let columns = schema.fields().iter().zip(rows.columns());
    let columns = columns.map(|(field, column)| (field.name(), cast(column, &kind(column.data_type())).unwrap()));
    RecordBatch::try_from_iter(columns).unwrap()
}

pub fn write_parquet(path: &Path, rows: &RecordBatch) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), rows.schema(), None).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
}

/// A Parquet file as Spark and Impala wrote them for long: its timestamps are INT96.
pub fn write_int96(path: &Path, rows: &RecordBatch) {
    let schema = rows.schema();
    let column = |field: &Arc<Field>| {
        let kind = match field.data_type() {
            DataType::Utf8 => "BYTE_ARRAY NAME (UTF8)",
            DataType::Date32 => "INT32 NAME (DATE)",
            DataType::Float64 => "DOUBLE NAME",
            DataType::Boolean => "BOOLEAN NAME",
            DataType::Int64 => "INT64 NAME",
            DataType::Timestamp(..) => "INT96 NAME",
            other => panic!("{other}"),
        };
        format!("OPTIONAL {};", kind.replace("NAME", field.name()))
    };
    let columns: String = schema.fields().iter().map(column).collect();
    let message = Arc::new(parse_message_type(&format!("message rows {{ {columns} }}")).unwrap());
    let properties = Arc::new(WriterProperties::default());
    let mut file = SerializedFileWriter::new(File::create(path).unwrap(), message, properties).unwrap();
    let mut group = file.next_row_group().unwrap();
    for column in rows.columns() {
        let mut writer = group.next_column().unwrap().unwrap();
        let levels: Vec<i16> = (0..column.len()).map(|row| i16::from(column.is_valid(row))).collect();
        macro_rules! write {
            ($kind:ty, $values:expr) => {{
                let values: Vec<_> = $values.collect();
                writer.typed::<$kind>().write_batch(&values, Some(&levels), None).unwrap();
            }};
        }
        match column.data_type() {
            DataType::Utf8 => write!(ByteArrayType, column.as_string::<i32>().iter().flatten().map(ByteArray::from)),
            DataType::Date32 => write!(ParquetInt32, column.as_primitive::<Date32Type>().iter().flatten()),
            DataType::Float64 => write!(DoubleType, column.as_primitive::<Float64Type>().iter().flatten()),
            DataType::Boolean => write!(BoolType, column.as_boolean().iter().flatten()),
            DataType::Int64 => write!(ParquetInt64, column.as_primitive::<Int64Type>().iter().flatten()),
            _ => write!(Int96Type, column.as_primitive::<TimestampMicrosecondType>().iter().flatten().map(int96)),
        }
        writer.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
}

/// Nanoseconds of the day and the Julian day.
fn int96(micros: i64) -> Int96 {
    const MICROS_A_DAY: i64 = 86_400_000_000;
    const JULIAN_DAY_OF_1970: i64 = 2_440_588;
    let nanos = u64::try_from(micros.rem_euclid(MICROS_A_DAY)).unwrap() * 1000;
    let day = u32::try_from(micros.div_euclid(MICROS_A_DAY) + JULIAN_DAY_OF_1970).unwrap();
    let mut value = Int96::new();
    value.set_data(nanos as u32, (nanos >> 32) as u32, day);
    value
}

/// Rows as a database writes them as JSON: integers as texts, moments with their zone, no key for a NULL.
pub fn ndjson(rows: &RecordBatch, renamed: &[(&str, &str)]) -> String {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    writer.write(rows).unwrap();
    writer.finish().unwrap();
    let text = String::from_utf8(writer.into_inner()).unwrap();
    let schema = rows.schema();
    let line = |line: &str| {
        let Value::Object(row) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
        let mut written = serde_json::Map::from_iter([("job".to_owned(), json!({"id": 7, "tags": ["a", "b"]}))]);
        for (name, value) in row {
            let value = match (schema.field_with_name(&name).unwrap().data_type(), value) {
                (DataType::Int64, value) => json!(value.to_string()),
                (DataType::Timestamp(..), Value::String(moment)) => json!(format!("{} UTC", moment.replace('T', " "))),
                (_, value) => value,
            };
            let name = renamed.iter().find(|(from, _)| *from == name).map_or(name.as_str(), |(_, to)| to);
            written.insert(name.to_owned(), value);
        }
        format!("{}\n", Value::Object(written))
    };
    text.lines().map(line).collect()
}

/// Rows as CSV, beside a column of remarks with line breaks, commas and quotation marks in them.
pub fn csv(rows: &RecordBatch) -> Vec<u8> {
    let remarks: ArrayRef = Arc::new(StringArray::from(vec!["first, \"second\"\nthird"; rows.num_rows()]));
    let mut fields = vec![Arc::new(Field::new("remarks", DataType::Utf8, true))];
    fields.extend(rows.schema().fields().iter().cloned());
    let columns = [vec![remarks], rows.columns().to_vec()].concat();
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let mut bytes = Vec::new();
    datafusion::arrow::csv::Writer::new(&mut bytes).write(&rows).unwrap();
    bytes
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The tables of `league` (plain Parquet files) as an export in `folder` that has everything an export may have.
pub fn write_ugly(league: &Path, folder: &Path) {
    let rows = |table: &str| super::league::read_whole(&league.join(format!("{table}.parquet")));
    let predictions = rows("player_prop_predictions");
    let shard = |at: usize| folder.join(format!("player_prop_predictions-{at:012}.parquet"));
    write_int96(&shard(0), &untidy(&every(&predictions, 0, 3)));
    write_parquet(&shard(1), &with_dictionaries(&untidy(&every(&predictions, 1, 3))));
    write_parquet(&shard(2), &every(&predictions, 2, 3));
    let gradings = rows("prediction_accuracy");
    fs::create_dir_all(folder.join("prediction_accuracy")).unwrap();
    let former = ndjson(&untidy(&every(&gradings, 1, 2)), &[("prediction_correct", "is_correct")]);
    for (name, text) in [("new", ndjson(&every(&gradings, 0, 2), &[])), ("old part", former)] {
        let path = folder.join("prediction_accuracy").join(format!("{name}.ndjson.gz"));
        fs::write(path, gzip(text.as_bytes())).unwrap();
    }
    fs::write(folder.join("player_game_summary.csv"), csv(&untidy(&rows("player_game_summary")))).unwrap();
    let features = rows("ml_feature_store_v2");
    for at in 0..2 {
        let path = folder.join(format!("ml_feature_store_v2-{at}.csv.gz"));
        fs::write(path, gzip(&csv(&every(&features, at, 2)))).unwrap();
    }
    write_parquet(&folder.join("current_subset_picks/all of them.parquet"), &rows("current_subset_picks"));
    fs::write(folder.join("current_subset_picks/_SUCCESS"), "").unwrap();
    fs::write(folder.join("read me.txt"), "exported on a Tuesday").unwrap();
}
