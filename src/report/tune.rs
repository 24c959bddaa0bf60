//! The page of a search, from the Parquet file that it wrote: its report, and the figure over each two parameters.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, UInt64Type};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use serde::{Deserialize, Serialize};

use super::break_even;
use crate::error::{Error, FileError, Reason, Result, TuneError, one_line};
use crate::file;
use crate::formats::SCHEMA_VERSION;
use crate::snapshot::guard::guarded;
use crate::tune::{CHECKSUM_KEY, Checksum, Parameter, REPORT_KEY, Tuned};

/// A search of thresholds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TunePage {
    pub schema_version: u32,
    /// The file's name.
    pub file: String,
    pub tuned: Tuned,
    /// The hit rate at which nothing is won or lost, in percent.
    pub break_even: f64,
    /// Of each two parameters; none where there is only one.
    pub heatmaps: Vec<Heatmap>,
    /// Two parameters, as places in the report's, with more values than a heatmap shows.
    pub too_large: Vec<[usize; 2]>,
}

/// The most cells of a heatmap: more are no picture, and make a page heavy.
const MOST_CELLS: usize = 20_000;

/// The figure over two parameters, all others as in the best cell: rows are the values of `y`, columns those of `x`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Heatmap {
    /// Places in the report's parameters.
    pub x: usize,
    pub y: usize,
    /// Null: not tried, or too few picks.
    pub figures: Vec<Vec<Option<f64>>>,
    /// Picks that won or lost; null where the cell was not tried.
    pub decided: Vec<Vec<Option<u64>>>,
    /// Column and row of the best cell.
    pub best: [usize; 2],
    /// Those of the incumbent's values; null where not both are among those tried.
    pub incumbent: Option<[usize; 2]>,
    /// The other parameters, such as `bench_line=12`.
    pub others: Vec<String>,
}

/// The page of the search that wrote `path`.
///
/// # Errors
/// The file cannot be read, is no Parquet file, is none of a search, or is of a newer layout than this program reads, or is damaged.
pub fn tune(path: &Path) -> Result<TunePage> {
    let broken = |reason: String| Error::Tune(TuneError::NotAResult { path: path.to_owned(), reason: reason.into() });
    guarded(broken, || decode(path))
}

fn decode(path: &Path) -> Result<TunePage> {
    let refused = |reason: Reason| Error::Tune(TuneError::NotAResult { path: path.to_owned(), reason });
    let damaged = |error: &dyn std::fmt::Display| refused(one_line(&error.to_string()).into());
    let file = file::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => refused("there is no such file".into()),
        _ => Error::File(FileError::Input { path: path.to_owned(), reason: error.into() }),
    })?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(refused("it is a folder".into()));
    }
    let metadata = ArrowReaderMetadata::load(&file, Default::default()).map_err(|error| {
        let words = format!("not a readable Parquet file: {}", one_line(&error.to_string()));
        refused(Reason::because(words, error))
    })?;
    let report = metadata.schema().metadata().get(REPORT_KEY);
    let report = report.ok_or_else(|| refused("it has no report of a search".into()))?.clone();
    let tuned = parsed(&report, path)?;
    let checksum = metadata.schema().metadata().get(CHECKSUM_KEY);
    let checksum = checksum.ok_or_else(|| refused("it has no checksum, so it may be damaged".into()))?.clone();
    let mut found = Checksum::default();
    let odds = tuned.odds.parse().map_err(|reason| refused(format!("odds {}: {reason}", tuned.odds).into()))?;
    let mut slices = Slices::new(&tuned);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .build()
        .map_err(|error| refused(error.into()))?;
    for batch in reader {
        let batch = batch.map_err(|error| damaged(&error))?;
        found.add(&batch).map_err(|error| damaged(&error))?;
        slices.read(&batch).map_err(|error| damaged(&error))?;
    }
    if found.finish(&report) != checksum {
        return Err(refused("it is damaged: its checksum is not that of its contents".into()));
    }
    Ok(TunePage {
        schema_version: SCHEMA_VERSION,
        file: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        break_even: break_even(odds),
        heatmaps: slices.heatmaps,
        too_large: slices.too_large,
        tuned,
    })
}

fn parsed(report: &str, path: &Path) -> Result<Tuned> {
    #[derive(Deserialize)]
    struct Layout {
        schema_version: u32,
    }
    let refused = |error: serde_json::Error| {
        Error::Tune(TuneError::NotAResult { path: PathBuf::from(path), reason: error.into() })
    };
    let Layout { schema_version } = serde_json::from_str(report).map_err(refused)?;
    if schema_version > SCHEMA_VERSION {
        let file = path.display().to_string();
        return Err(FileError::NewerFormat { file, found: schema_version, known: SCHEMA_VERSION }.into());
    }
    serde_json::from_str(report).map_err(refused)
}

/// The slices of the grid through its best cell, filled from the rows of cells.
struct Slices<'a> {
    tuned: &'a Tuned,
    /// By parameter, the place of each value's text.
    places: Vec<HashMap<String, usize>>,
    /// The best cell's place on every parameter.
    best: Vec<usize>,
    heatmaps: Vec<Heatmap>,
    too_large: Vec<[usize; 2]>,
}

impl<'a> Slices<'a> {
    fn new(tuned: &'a Tuned) -> Slices<'a> {
        let texts = |at: usize| tuned.parameters[at].values.iter().map(ToString::to_string).collect::<Vec<_>>();
        let values: Vec<Vec<String>> = (0..tuned.parameters.len()).map(texts).collect();
        let places: Vec<HashMap<String, usize>> =
            values.iter().map(|values| values.iter().cloned().zip(0..).collect()).collect();
        let place = |at: usize, value: String| places[at].get(&value).copied();
        let own = |at: usize| place(at, tuned.parameters[at].incumbent.to_string());
        let mut slices =
            Slices { tuned, best: Vec::new(), heatmaps: Vec::new(), places: Vec::new(), too_large: Vec::new() };
        let Some(top) = tuned.top.first() else { return slices };
        let setting = |at: usize| top.settings.get(&tuned.parameters[at].parameter).map(ToString::to_string);
        let best = (0..values.len()).map(|at| place(at, setting(at)?)).collect::<Option<Vec<_>>>();
        let Some(best) = best else { return slices };
        for y in 1..values.len() {
            for x in 0..y {
                if values[x].len() * values[y].len() > MOST_CELLS {
                    slices.too_large.push([x, y]);
                    continue;
                }
                let other = |at: usize| format!("{}={}", tuned.parameters[at].parameter, values[at][best[at]]);
                slices.heatmaps.push(Heatmap {
                    x,
                    y,
                    figures: vec![vec![None; values[x].len()]; values[y].len()],
                    decided: vec![vec![None; values[x].len()]; values[y].len()],
                    best: [best[x], best[y]],
                    incumbent: own(x).zip(own(y)).map(|(x, y)| [x, y]),
                    others: (0..values.len()).filter(|at| *at != x && *at != y).map(other).collect(),
                });
            }
        }
        slices.best = best;
        slices.places = places;
        slices
    }

    /// Takes over the cells that lie on a slice.
    fn read(&mut self, cells: &RecordBatch) -> Result<(), String> {
        if self.heatmaps.is_empty() {
            return Ok(());
        }
        let column = |name: &str, kind: &DataType| {
            let column = cells.column_by_name(name).ok_or_else(|| format!("it has no column {name}"))?;
            cast(column, kind).map_err(|error| error.to_string())
        };
        let text = |parameter: &Parameter| {
            column(&parameter.parameter, &DataType::Utf8).map(|column| column.as_string::<i32>().clone())
        };
        let settings = self.tuned.parameters.iter().map(text).collect::<Result<Vec<StringArray>, _>>()?;
        let number = |name| column(name, &DataType::UInt64).map(|column| column.as_primitive::<UInt64Type>().clone());
        let (wins, losses) = (number("wins")?, number("losses")?);
        let figure = column("figure", &DataType::Float64)?;
        let figure = figure.as_primitive::<Float64Type>();
        for row in 0..cells.num_rows() {
            let places = settings.iter().zip(&self.places).map(|(texts, places)| places.get(texts.value(row)).copied());
            let cell =
                places.collect::<Option<Vec<usize>>>().ok_or("a cell has a value that its report does not list")?;
            let apart: Vec<usize> = (0..cell.len()).filter(|at| cell[*at] != self.best[*at]).collect();
            if apart.len() > 2 {
                continue;
            }
            let is_on = |heatmap: &&mut Heatmap| apart.iter().all(|at| *at == heatmap.x || *at == heatmap.y);
            for heatmap in self.heatmaps.iter_mut().filter(is_on) {
                let (x, y) = (cell[heatmap.x], cell[heatmap.y]);
                heatmap.figures[y][x] = figure.is_valid(row).then(|| figure.value(row));
                heatmap.decided[y][x] = Some(wins.value(row) + losses.value(row));
            }
        }
        Ok(())
    }
}
