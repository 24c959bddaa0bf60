//! The vectors: invented and real seasons with the documents that production's logic gives.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;
use flate2::read::GzDecoder;
use reslate::engine::store::lacks;
use reslate::replay::{Dates, Request};
use reslate::snapshot::{Snapshot, Source};
use reslate::version::{SHIPPED, Version, shipped, standing_in};
use serde_json::Value;

/// The version_id of the vectors' subset picks.
pub const SUBSET_VERSION: &str = "v_%Y%m%d_120000";

/// The folder of a league of the vectors: an invented one is part of the project, a real season lies beside it. Tests of
/// a real season are ignored by themselves, so that one which is asked for and is not there is a failure.
pub fn folder(league: &str) -> PathBuf {
    let vectors = if league.starts_with("season-") { "../shared/vectors" } else { "tests/vectors" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(vectors).join(league);
    assert!(path.is_dir(), "{} is not there", path.display());
    path
}

/// The shipped versions that can be replayed on a snapshot.
pub fn replayable(snapshot: &Snapshot) -> Vec<Version> {
    let versions = SHIPPED.iter().map(|id| shipped(id).unwrap());
    versions.filter(|version| lacks(snapshot, version).unwrap().is_none()).collect()
}

/// The versions that decide a snapshot as deployed.
pub fn deployed(snapshot: &Snapshot) -> Vec<Version> {
    standing_in(|version| lacks(snapshot, version)).unwrap().0
}

/// Runs a test's future on threads of its own.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// A request for `dates` by `versions` with the vectors' subset picks.
pub fn request(dates: Dates, versions: &[Version]) -> Request {
    let mut request = Request::new(dates, versions[0].clone());
    request.versions = versions.to_vec();
    request.subset_version = Some(SUBSET_VERSION.to_owned());
    request
}

/// The rows of a Parquet file.
pub fn read_parquet(path: &Path) -> Vec<RecordBatch> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    builder.build().unwrap().map(Result::unwrap).collect()
}

/// The expected slates (without picks) in their order, and the expected picks of each date by rank.
pub fn expected(league: &Path, name: &str) -> (Vec<Value>, BTreeMap<String, Vec<Value>>) {
    let folder = league.join("expected").join(name);
    let mut slates = String::new();
    match File::open(folder.join("slates.jsonl.gz")) {
        Ok(file) => GzDecoder::new(file).read_to_string(&mut slates).unwrap(),
        // Those of a real season are as they were handed over.
        Err(_) => File::open(folder.join("slates.jsonl")).unwrap().read_to_string(&mut slates).unwrap(),
    };
    let slates = slates.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut picks = BTreeMap::<String, Vec<Value>>::new();
    for batch in read_parquet(&folder.join("picks.parquet")) {
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        for line in String::from_utf8(writer.into_inner()).unwrap().lines() {
            let pick: Value = serde_json::from_str(line).unwrap();
            picks.entry(pick["date"].as_str().unwrap().to_owned()).or_default().push(pick);
        }
    }
    picks.values_mut().for_each(|picks| picks.sort_by_key(|pick| pick["rank"].as_i64()));
    (slates, picks)
}

/// A table in memory, for `Snapshot::with_table`; in row groups of `group` rows.
pub fn in_memory(name: &str, rows: &RecordBatch, group: usize) -> Source {
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(group))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), Some(properties)).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
    Source::Memory { name: format!("{name}.parquet"), bytes: bytes.into() }
}

/// The rows of a Parquet file as one batch, its strings plain.
pub fn read_whole(path: &Path) -> RecordBatch {
    let batches = read_parquet(path);
    concat_batches(&batches[0].schema(), &batches).unwrap()
}
