//! A row per cell.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Builder, RecordBatch, StringBuilder, UInt32Builder, UInt64Builder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::{Error, Result};
use crate::stats::wilson;
use crate::tune::{CHECKSUM_KEY, Checksum, Measure, REPORT_KEY, Searched};

/// Rows a batch.
const ROWS: usize = 65_536;

/// The columns of a search's cells, with its report as metadata.
pub fn schema_of(searched: &Searched) -> Result<SchemaRef> {
    let names: Vec<String> = searched.grid.axes.iter().map(|axis| axis.knob.to_string()).collect();
    let report = serde_json::to_string(&searched.tuned).map_err(Error::Json)?;
    Ok(Arc::new(schema(&names).with_metadata([(REPORT_KEY.to_owned(), report)].into())))
}

/// The same columns, with the checksum of these rows and of the report besides.
pub fn with_checksum(schema: &Schema, cells: impl Iterator<Item = Result<RecordBatch>>) -> Result<SchemaRef> {
    let mut metadata = schema.metadata().clone();
    let report = metadata.get(REPORT_KEY).map(String::as_str).unwrap_or_default();
    let checksum = Checksum::of(cells, report)?;
    metadata.insert(CHECKSUM_KEY.to_owned(), checksum);
    Ok(Arc::new(schema.clone().with_metadata(metadata)))
}

/// Every cell that was tried, in grid order: its number, a text column a parameter, and what it came to. Rates in percent,
/// units of stake; NULL where nothing was decided, `figure` with too few decided picks, `p` where luck was not asked about.
pub fn cells(searched: &Searched, measure: Measure, schema: SchemaRef) -> impl Iterator<Item = Result<RecordBatch>> {
    let texts: Vec<Vec<String>> = searched.grid.axes.iter().map(|axis| axis.texts()).collect();
    let batch = move |places: Range<usize>| -> Result<RecordBatch> {
        let mut settings: Vec<StringBuilder> = texts.iter().map(|_| StringBuilder::new()).collect();
        let mut cell = UInt64Builder::new();
        let mut changes = UInt32Builder::new();
        let mut counts: [UInt64Builder; 6] = std::array::from_fn(|_| UInt64Builder::new());
        let mut figures: [Float64Builder; 8] = std::array::from_fn(|_| Float64Builder::new());
        for place in places.filter(|place| searched.found.is_done[*place]) {
            let number = searched.grid.cell(place);
            let found = &searched.found.cells[place];
            let (totals, record) = (found.totals, found.totals.record());
            cell.append_value(number);
            for (at, (setting, texts)) in settings.iter_mut().zip(&texts).enumerate() {
                setting.append_value(&texts[searched.grid.value_at(number, at)]);
            }
            changes.append_value(searched.changes(number));
            let slates = u64::from(found.slates_with_picks);
            let of_counts = [slates, record.total(), record.wins, record.losses, record.pushes, record.ungraded];
            counts.iter_mut().zip(of_counts).for_each(|(column, count)| column.append_value(count));
            let lower = wilson(record.wins, record.decided(), 0.95).map(|interval| interval.low);
            let luck = searched.found.luck.get(place).copied().flatten();
            let units = measure.units(totals);
            let of_figures = [
                record.hit_rate(),
                lower,
                Some(units),
                measure.roi(totals),
                Some(units / searched.tuned.slates.max(1) as f64),
                Some(found.max_drawdown),
                measure.of(totals),
                luck.map(|luck| luck.p),
            ];
            figures.iter_mut().zip(of_figures).for_each(|(column, figure)| column.append_option(figure));
        }
        let mut columns: Vec<ArrayRef> = vec![Arc::new(cell.finish())];
        columns.extend(settings.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        columns.push(Arc::new(changes.finish()));
        columns.extend(counts.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        columns.extend(figures.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
    };
    let places = searched.found.cells.len();
    (0..places).step_by(ROWS).map(move |first| batch(first..places.min(first + ROWS)))
}

/// The columns of the rows.
pub fn schema(parameters: &[String]) -> Schema {
    let mut fields = vec![Field::new("cell", DataType::UInt64, false)];
    fields.extend(parameters.iter().map(|name| Field::new(name, DataType::Utf8, false)));
    fields.push(Field::new("changes", DataType::UInt32, false));
    let counts = ["slates_with_picks", "picks", "wins", "losses", "pushes", "without_result"];
    fields.extend(counts.map(|name| Field::new(name, DataType::UInt64, false)));
    let figures = ["hit_rate", "lower_bound", "units", "roi", "units_per_slate", "max_drawdown", "figure", "p"];
    fields.extend(figures.map(|name| Field::new(name, DataType::Float64, true)));
    Schema::new(fields)
}
