//! Readers given what nobody wrote: each file of `tests/fuzz/corpus`, and changes of it by chance. Whatever it is, a reader
//! takes it or says in a line why not.
//!
//! As ordinary tests they try a fixed number of changes from a fixed seed. To look longer:
//!
//!     RESLATE_FUZZ_CASES=1000000 RESLATE_FUZZ_SEED=7 cargo test --release --test it fuzz::manifest
//!
//! What breaks a reader is written to a file, which the message names: mend the reader, and add the file to the corpus.

mod mutate;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use flate2::Compression;
use flate2::write::GzEncoder;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reslate::error::Error;
use reslate::freeze::Frozen;
use reslate::pull::disk::LocalDisk;
use reslate::pull::pull;
use reslate::snapshot::manifest::{Manifest, sha256};
use reslate::snapshot::{Snapshot, contract, read_manifest};
use reslate::tune::{CHECKSUM_KEY, Checkpoint, Checksum, REPORT_KEY, grid_file, write_checkpoint};
use reslate::version::catalogue::catalogue;
use reslate::version::{from_file, shipped};

use crate::serve::Served;
use crate::support::league::run;
use crate::support::pulled::{MONDAY, request};
use crate::support::{Data, reslate, text};
use crate::tune;

/// What a reader may say: that it took the bytes, or a message.
type Outcome = Result<(), Error>;

/// Tries a target on the corpus of its name and `sound`, and on so many changes of them.
fn fuzz(name: &str, sound: Vec<Vec<u8>>, cases: u64, target: impl Fn(&[u8]) -> Outcome) {
    let mut corpus = corpus(name);
    corpus.extend(sound);
    for bytes in &corpus {
        judge(name, bytes, &target);
    }
    let cases = asked("RESLATE_FUZZ_CASES").unwrap_or(cases);
    let seed = asked("RESLATE_FUZZ_SEED").unwrap_or(1);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut outcomes = BTreeMap::<bool, u64>::new();
    for _ in 0..cases {
        let whole = &corpus[chance.random_range(0..corpus.len())];
        let bytes = mutate::mutated(whole, &corpus, &mut chance);
        *outcomes.entry(judge(name, &bytes, &target)).or_default() += 1;
    }
    eprintln!("{name}: {cases} changes from seed {seed}, taken or refused: {outcomes:?}");
}

fn asked(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable}: {text} is no number")))
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Whether the target takes the bytes. A panic, and a message that is none, ends the test and leaves the bytes in a file.
fn judge(name: &str, bytes: &[u8], target: &impl Fn(&[u8]) -> Outcome) -> bool {
    let kept = || {
        let file = std::env::temp_dir().join(format!("reslate-fuzz-{name}-{}", &sha256(bytes)[..12]));
        fs::write(&file, bytes).unwrap();
        file.display().to_string()
    };
    match catch_unwind(AssertUnwindSafe(|| target(bytes))) {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            let message = error.to_string();
            let is_one_line = !message.is_empty() && !message.contains('\n');
            assert!(is_one_line, "{name}: {message:?} on the bytes in {}", kept());
            false
        }
        Err(_) => panic!("{name}: panicked on the bytes in {}", kept()),
    }
}

/// A file that every case is written to.
struct Slot {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Slot {
    fn new(name: &'static str) -> Slot {
        Slot { folder: tempfile::tempdir().unwrap(), name }
    }

    fn put(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(self.name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

#[test]
fn version() {
    let slot = Slot::new("mine.toml");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/versions/v318.toml");
    fuzz("version", vec![fs::read(shipped).unwrap()], 3_000, |bytes| from_file(&slot.put(bytes)).map(drop));
}

#[test]
fn grid() {
    let slot = Slot::new("grid.toml");
    fuzz("grid", Vec::new(), 15_000, |bytes| grid_file(&slot.put(bytes), catalogue()).map(drop));
}

#[test]
fn manifest() {
    let slot = Slot::new("manifest.json");
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    let sound = fs::read(folder.path().join("manifest.json")).unwrap();
    fuzz("manifest", vec![sound], 10_000, |bytes| {
        slot.put(bytes);
        let manifest = read_manifest(slot.folder.path())?;
        if let Some(manifest) = manifest {
            Manifest::id_of(&manifest.tables);
            manifest.text()?;
        }
        Ok(())
    });
}

/// Frozen decisions as they are, and with the checksum that they would have, so that what is behind it is reached too.
#[test]
fn frozen() {
    let path = Path::new("frozen");
    let fixture =
        |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/frozen").join(name)).unwrap();
    fuzz("frozen", vec![fixture("v314.json"), fixture("v314.parquet")], 600, |bytes| {
        let as_is = Frozen::read(path, bytes).map(drop);
        match resealed(bytes) {
            Some(bytes) => Frozen::read(path, &bytes).map(drop),
            None => as_is,
        }
    });
}

/// The JSON form of a frozen decision with the checksum of its contents.
fn resealed(bytes: &[u8]) -> Option<Vec<u8>> {
    const KEY: &str = "\"checksum\": \"";
    let text = std::str::from_utf8(bytes).ok()?;
    let start = text.find(KEY)? + KEY.len();
    let end = start + text[start..].find('"')?;
    let with = |checksum: &str| format!("{}{checksum}{}", &text[..start], &text[end..]);
    Some(with(&sha256(with(&"0".repeat(64)).as_bytes())).into_bytes())
}

/// Cells as they are, and with another report and its checksum.
#[test]
fn cells() {
    let slot = Slot::new("cells.parquet");
    let chance = RefCell::new(ChaCha8Rng::seed_from_u64(2));
    let path = slot.folder.path().join(slot.name);
    let search = ["tune", "--version", "v314", "--from", "2026-01-05", "--to", "2026-01-31", "--min-picks", "5"];
    let grid = ["--param", "min_edge=3:6:1", "--param", "under_max_edge=6,7,off", "--out", text(&path)];
    assert_eq!(reslate(&[&search[..], &grid].concat()).code, 0);
    let sound = fs::read(&path).unwrap();
    fuzz("cells", vec![sound.clone()], 800, |bytes| {
        let as_is = reslate::report::tune(&slot.put(bytes)).map(drop);
        let other = with_other_text(&sound, REPORT_KEY, &mut chance.borrow_mut());
        if let Err(error) = reslate::report::tune(&slot.put(&other)) {
            assert!(!error.to_string().contains("its checksum"), "{error}");
        }
        as_is
    });
}

#[test]
fn partial() {
    let slot = Slot::new("cells.partial");
    let chance = RefCell::new(ChaCha8Rng::seed_from_u64(3));
    let request = tune::asked(shipped("v314").unwrap(), &["min_edge=3:6:1", "bench_line=8:16:1"], tune::january());
    let go = AtomicBool::new(false);
    let ended = run(reslate::tune::tune(&Snapshot::demo().unwrap(), &request, None, &go, |_, _| {})).unwrap();
    let path = slot.folder.path().join(slot.name);
    write_checkpoint(&path, &ended.asked, &ended.grid, &ended.found).unwrap();
    let sound = fs::read(&path).unwrap();
    fuzz("partial", vec![sound.clone()], 500, |bytes| {
        let as_is = Checkpoint::read(&slot.put(bytes)).map(drop);
        let other = with_other_text(&sound, "reslate.tune", &mut chance.borrow_mut());
        if let Err(error) = Checkpoint::read(&slot.put(&other)) {
            assert!(!error.to_string().contains("its checksum"), "{error}");
        }
        as_is
    });
}

/// A file of a search with a changed text under `key` and the checksum of what it says then.
fn with_other_text(sound: &[u8], key: &str, chance: &mut ChaCha8Rng) -> Vec<u8> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(sound)).unwrap();
    let schema = Arc::clone(reader.schema());
    let rows: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let mut metadata = schema.metadata().clone();
    let changed = mutate::mutated(metadata[key].as_bytes(), &[], chance);
    let changed = String::from_utf8_lossy(&changed).into_owned();
    let checksum = Checksum::of(rows.iter().cloned().map(Ok), &changed).unwrap();
    metadata.insert(CHECKSUM_KEY.to_owned(), checksum);
    metadata.insert(key.to_owned(), changed);
    let schema = Arc::new(schema.as_ref().clone().with_metadata(metadata));
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, Arc::clone(&schema), None).unwrap();
    for batch in rows {
        writer.write(&batch.with_schema(Arc::clone(&schema)).unwrap()).unwrap();
    }
    writer.close().unwrap();
    bytes
}

/// A table's export of these bytes, pulled into a snapshot that is new.
fn pulled(name: &'static str, bytes: &[u8]) -> Outcome {
    let (export, snapshot) = (Slot::new(name), tempfile::tempdir().unwrap());
    export.put(bytes);
    let table = contract::table(name.split('.').next().unwrap()).unwrap();
    run(async {
        let mut request = request(export.folder.path(), snapshot.path(), MONDAY, LocalDisk);
        (request.tables, request.strict, request.memory) = (Some(vec![table]), false, 1 << 30);
        pull(request).await.map(drop)
    })
}

const GAMES: [&str; 5] = [
    "player_game_summary.csv",
    "player_game_summary.csv.gz",
    "player_game_summary.json",
    "player_game_summary.json.gz",
    "player_game_summary.parquet",
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn csv() {
    fuzz("csv", Vec::new(), 1_500, |bytes| pulled(GAMES[0], bytes));
}

#[test]
fn ndjson() {
    fuzz("ndjson", Vec::new(), 1_500, |bytes| pulled(GAMES[2], bytes));
}

#[test]
fn gzipped() {
    let packed = corpus("csv").iter().map(|bytes| gzip(bytes)).collect();
    fuzz("gzip", packed, 500, |bytes| pulled(GAMES[1], bytes));
    let packed = corpus("ndjson").iter().map(|bytes| gzip(bytes)).collect();
    fuzz("gzip", packed, 500, |bytes| pulled(GAMES[3], bytes));
}

#[test]
fn parquet() {
    let data = Data::sound();
    let table = "player_game_summary";
    fuzz("parquet", vec![data.parquet(table), data.pulled_parquet(table)], 1_500, |bytes| pulled(GAMES[4], bytes));
}

/// Requests over one loopback connection each. After them the server still answers.
#[test]
fn http() {
    let served = Served::start(&["--version", "v314", "--from", "2026-02-10", "--to", "2026-02-11"]);
    let host = served.host().to_owned();
    fuzz("http", Vec::new(), 1_500, |bytes| {
        let bytes = String::from_utf8_lossy(bytes).replace("HOST", &host).into_bytes();
        let mut stream = TcpStream::connect(&host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The server may have ended the conversation already.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "{}", String::from_utf8_lossy(&answer));
        Ok(())
    });
    assert_eq!(served.get("/").0, 200);
}
