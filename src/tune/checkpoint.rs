//! The finished part of a search that was ended early, as a Parquet file: a row a cell, and in the file's metadata what was
//! asked and what folds and luck have come to. A search goes on from it as if it had not been ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, UInt32Array, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema, UInt32Type, UInt64Type};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};

use super::TuneRequest;
use super::checksum::{CHECKSUM_KEY, Checksum};
use super::counts::{Counts, Totals};
use super::fold::{Choice, Merit};
use super::grid::Grid;
use super::search::{CellResult, Found};
use crate::error::{Error, FileError, Result, TuneError};
use crate::file;
use crate::queries;
use crate::snapshot::contract::Table;
use crate::snapshot::guard::guarded;
use crate::snapshot::manifest::sha256;
use crate::snapshot::write::{parquet, write_whole};
use crate::snapshot::{Origin, Snapshot, TABLES};
use crate::stats::{CellLuck, Snooping};

const KEY: &str = "reslate.tune";
const COLUMNS: [(&str, DataType); 8] = [
    ("cell", DataType::UInt64),
    ("wins_pushes", DataType::UInt64),
    ("losses_without_result", DataType::UInt64),
    ("slates_with_picks", DataType::UInt32),
    ("max_drawdown", DataType::Float64),
    ("statistic", DataType::Float64),
    ("studentized", DataType::Float64),
    ("p", DataType::Float64),
];

/// What of a search must be the same for it to go on, by name.
pub type Asked = BTreeMap<String, String>;

/// A search that was ended early.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    state: State,
    rows: Vec<RecordBatch>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    asked: Asked,
    choices: Vec<Option<ChoiceState>>,
    snooping: Option<Snooping>,
}

/// A choice in whole numbers, so that it is read as it was written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceState {
    figure_bits: u64,
    changes: u32,
    cell: u64,
    train: [u64; 2],
    test: Vec<u64>,
}

/// What must be the same for a search to go on.
pub fn asked(snapshot: &Snapshot, request: &TuneRequest, grid: &Grid, slates: &[NaiveDate], block: f64) -> Asked {
    let version = &request.version;
    let stated = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        version.parameters,
        version.signals,
        version.filters,
        version.families,
        version.combos,
        version.confidence_floors,
        version.model_dependent,
        version.defects,
        version.definitions()
    );
    let measure = request.measure;
    let axes = grid.axes.iter().map(|axis| (format!("--param {}", axis.knob), axis.texts().join(",")));
    let snapshot = snapshot_id(snapshot);
    let slate_list = slates.iter().map(NaiveDate::to_string).collect::<Vec<_>>().join(" ");
    axes.chain(
        [
            ("the version", format!("{} ({})", version.id, &sha256(stated.as_bytes())[..12])),
            ("the snapshot", snapshot),
            ("the slates", format!("{} ({})", slates.len(), &sha256(slate_list.as_bytes())[..12])),
            ("--as-of", format!("{:?}", request.as_of)),
            ("--random", format!("{:?}", request.sample)),
            ("--objective", format!("{:?}", measure.objective)),
            ("--odds", measure.odds.to_string()),
            ("--min-picks", measure.min_picks.to_string()),
            ("--train and --test", format!("{:?}", request.walk)),
            ("--luck", format!("{:?} {:?} {block}", request.luck, request.bootstrap)),
            ("--evaluator", format!("{:?}", request.evaluator)),
            ("the program", program()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
    .collect()
}

/// The version of the program, and which queries it read where they were not its own.
fn program() -> String {
    let version = env!("CARGO_PKG_VERSION");
    queries::in_use().hash().map_or_else(|| version.to_owned(), |hash| format!("{version} with queries {hash}"))
}

/// The snapshot's id; of a plain folder, which has none, its files with their sizes and times.
fn snapshot_id(snapshot: &Snapshot) -> String {
    match (snapshot.manifest(), snapshot.origin()) {
        (Some(manifest), _) => manifest.id.clone(),
        (None, Origin::Demo | Origin::Frozen(_)) => snapshot.origin().to_string(),
        (None, Origin::Folder(folder)) => {
            let about = |table: &Table| {
                let file = folder.join(format!("{}.parquet", table.name));
                let about = std::fs::metadata(file).ok()?;
                Some(format!("{} {} {:?}", table.name, about.len(), about.modified().ok()))
            };
            let files = TABLES.iter().filter_map(about).collect::<Vec<_>>().join(" ");
            format!("{} ({})", folder.display(), &sha256(files.as_bytes())[..12])
        }
    }
}

/// Writes what is finished of a search.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, asked: &Asked, grid: &Grid, found: &Found) -> Result<()> {
    let done: Vec<usize> = (0..found.cells.len()).filter(|place| found.is_done[*place]).collect();
    let of = |value: fn(&CellResult) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(done.iter().map(|place| value(&found.cells[*place]))))
    };
    let luck = |value: fn(&CellLuck) -> Option<f64>| -> ArrayRef {
        let of_place = |place: &usize| found.luck.get(*place)?.as_ref().and_then(value);
        Arc::new(done.iter().map(of_place).collect::<Float64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from_iter_values(done.iter().map(|place| grid.cell(*place)))),
        of(|cell| cell.totals.words()[0]),
        of(|cell| cell.totals.words()[1]),
        Arc::new(UInt32Array::from_iter_values(done.iter().map(|place| found.cells[*place].slates_with_picks))),
        Arc::new(Float64Array::from_iter_values(done.iter().map(|place| found.cells[*place].max_drawdown))),
        luck(|luck| Some(luck.statistic)),
        luck(|luck| luck.studentized),
        luck(|luck| Some(luck.p)),
    ];
    let state = State {
        asked: asked.clone(),
        choices: found.choices.iter().map(|choice| choice.as_ref().map(ChoiceState::of)).collect(),
        snooping: found.snooping.clone(),
    };
    let state = serde_json::to_string(&state).map_err(Error::Json)?;
    let fields = COLUMNS.map(|(name, kind)| Field::new(name, kind, true)).to_vec();
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
    let checksum = Checksum::of([Ok(rows.clone())], &state)?;
    let metadata = [(KEY.to_owned(), state), (CHECKSUM_KEY.to_owned(), checksum)];
    let schema = rows.schema().as_ref().clone().with_metadata(metadata.into());
    write_whole(path, &parquet(&rows.with_schema(Arc::new(schema))?)?)
}

impl Checkpoint {
    /// Reads what [`write()`] wrote.
    ///
    /// # Errors
    /// The file cannot be read, or is something else.
    pub fn read(path: &Path) -> Result<Checkpoint> {
        let other =
            |reason: &str| Error::Tune(TuneError::NotACheckpoint { path: path.to_owned(), reason: reason.into() });
        guarded(|_| other("it is damaged"), || Checkpoint::decode(path, other))
    }

    fn decode(path: &Path, other: impl Fn(&str) -> Error) -> Result<Checkpoint> {
        let file = file::open(path);
        let file = file.map_err(|error| FileError::Input { path: path.to_owned(), reason: error.into() })?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| other("it is no Parquet file"))?;
        let schema = Arc::clone(builder.schema());
        let said = schema.metadata().get(KEY).ok_or_else(|| other("it has no search in it"))?;
        let checksum = schema.metadata().get(CHECKSUM_KEY);
        let checksum = checksum.ok_or_else(|| other("it has no checksum, so it may be damaged"))?;
        let state: State = serde_json::from_str(said).map_err(|_| other("another version of reslate wrote it"))?;
        let kinds = schema.fields().iter().map(|field| (field.name().as_str(), field.data_type()));
        if !kinds.eq(COLUMNS.iter().map(|(name, kind)| (*name, kind))) {
            return Err(other("another version of reslate wrote it"));
        }
        let reader = builder.build().map_err(|_| other("it is damaged"))?;
        let rows = reader.collect::<Result<Vec<_>, _>>().map_err(|_| other("it is damaged"))?;
        if Checksum::of(rows.iter().cloned().map(Ok), said)? != *checksum {
            return Err(other("it is damaged: its checksum is not that of its contents"));
        }
        Ok(Checkpoint { path: path.to_owned(), state, rows })
    }

    /// Gives `found` what was finished.
    ///
    /// # Errors
    /// The search is another one than that which was ended.
    pub fn restore(self, asked: &Asked, grid: &Grid, found: &mut Found) -> Result<()> {
        if self.state.asked != *asked {
            let differs = |name: &&String| self.state.asked.get(*name) != asked.get(*name);
            let name = asked.keys().chain(self.state.asked.keys()).find(differs).cloned().unwrap_or_default();
            let of = |asked: &Asked| asked.get(&name).cloned().unwrap_or_else(|| "nothing".to_owned());
            let (before, now) = (of(&self.state.asked), of(asked));
            return Err(TuneError::OtherSearch { what: name, before, now }.into());
        }
        let draws = |snooping: &Option<Snooping>| snooping.as_ref().map(Snooping::draws);
        let fits =
            self.state.choices.len() == found.choices.len() && draws(&self.state.snooping) == draws(&found.snooping);
        if !fits {
            return Err(TuneError::NotACheckpoint { path: self.path, reason: "it is damaged".into() }.into());
        }
        for batch in &self.rows {
            let words = |at: usize| batch.column(at).as_primitive::<UInt64Type>();
            let doubles = |at: usize| batch.column(at).as_primitive::<Float64Type>();
            let slates = batch.column(3).as_primitive::<UInt32Type>();
            for row in 0..batch.num_rows() {
                let Some(place) = grid.place(words(0).value(row)) else { continue };
                found.cells[place] = CellResult {
                    totals: Totals::from_words([words(1).value(row), words(2).value(row)]),
                    slates_with_picks: slates.value(row),
                    max_drawdown: doubles(4).value(row),
                };
                if !std::mem::replace(&mut found.is_done[place], true) {
                    found.done += 1;
                }
                if let Some(luck) = found.luck.get_mut(place) {
                    *luck = Some(CellLuck {
                        statistic: doubles(5).value(row),
                        studentized: doubles(6).is_valid(row).then(|| doubles(6).value(row)),
                        p: doubles(7).value(row),
                    });
                }
            }
        }
        found.choices = self.state.choices.into_iter().map(|choice| choice.map(ChoiceState::choice)).collect();
        found.snooping = self.state.snooping;
        Ok(())
    }
}

impl ChoiceState {
    fn of(choice: &Choice) -> ChoiceState {
        ChoiceState {
            figure_bits: choice.merit.figure.to_bits(),
            changes: choice.merit.changes,
            cell: choice.merit.cell,
            train: choice.train.words(),
            test: choice.test.iter().map(|counts| counts.0).collect(),
        }
    }

    fn choice(self) -> Choice {
        let figure = f64::from_bits(self.figure_bits);
        Choice {
            merit: Merit { figure, changes: self.changes, cell: self.cell },
            train: Totals::from_words(self.train),
            test: self.test.into_iter().map(Counts).collect(),
        }
    }
}
