//! Pulling a small export.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use chrono::Days;
use reslate::dates::DateRange;
use reslate::pull::disk::Disk;
use reslate::pull::{Request, open};
use reslate::snapshot::manifest::Manifest;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Data, Run, reslate, text};

const GRADINGS: &str = "prediction_accuracy";
const GAMES: &str = "player_game_summary";
const REGISTRY: &str = "model_registry";
pub const MONDAY: &str = "2026-02-16T12:00:00Z";

/// An export and the snapshot pulled from it.
pub struct Pulled {
    pub export: TempDir,
    pub snapshot: TempDir,
}

impl Pulled {
    pub fn new(export: TempDir) -> Pulled {
        Pulled { export, snapshot: tempfile::tempdir().unwrap() }
    }

    /// Two months of games, as plain Parquet files.
    pub fn two_months() -> Pulled {
        Pulled::new(two_months().folder())
    }

    pub fn pull(&self, arguments: &[&str]) -> Run {
        let source = text(self.export.path());
        let run = reslate(&[&["pull", source, "--snapshot", text(self.snapshot.path())], arguments].concat());
        Run { stdout: self.anonymous(&run.stdout), stderr: self.anonymous(&run.stderr), ..run }
    }

    /// Pulls, which goes well, and returns the report.
    pub fn report(&self, arguments: &[&str]) -> Value {
        let run = self.pull(&[arguments, &["--format", "json"]].concat());
        assert!(run.code < 2, "{}", run.stderr);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// The message of a pull that fails and leaves the snapshot's files as they are.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let before = manifest(self.snapshot.path());
        let run = self.pull(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert_eq!(manifest(self.snapshot.path()), before);
        run.stderr.trim_end().strip_prefix("error: ").unwrap().to_owned()
    }

    pub fn anonymous(&self, said: &str) -> String {
        let source = self.export.path().canonicalize().unwrap();
        said.replace(text(&source), "EXPORT").replace(text(self.snapshot.path()), "DIR")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.export.path().join(name)
    }

    /// Replaces the Parquet file of a table by another file.
    pub fn put(&self, table: &str, name: &str, bytes: impl AsRef<[u8]>) {
        let _ = fs::remove_file(self.file(&format!("{table}.parquet")));
        fs::write(self.file(name), bytes).unwrap();
    }
}

/// Games on 2026-01-20 and 2026-02-10 to 11.
pub fn two_months() -> Data {
    let mut data = Data::sound();
    for table in ["player_prop_predictions", GRADINGS, GAMES] {
        let rows = data.rows(table).len();
        for row in 0..rows {
            let id = data.rows(table)[row]["game_id"].as_str().unwrap().to_owned();
            if let Some(rest) = id.strip_prefix("20260210") {
                let game = format!("20260120{rest}");
                data.push_like(table, row, json!({"game_id": game, "game_date": "2026-01-20", "prediction_id": game}));
                if table != "player_prop_predictions" {
                    let last = data.rows(table).len() - 1;
                    data.rows(table)[last].as_object_mut().unwrap().remove("prediction_id");
                }
            }
        }
    }
    data.push(REGISTRY, json!({"model_id": "catboost_v9", "enabled": true}));
    data
}

pub fn manifest(folder: &Path) -> Option<Manifest> {
    reslate::snapshot::read_manifest(folder).unwrap()
}

pub fn table<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["tables"].as_array().unwrap().iter().find(|table| table["table"] == name).unwrap()
}

/// The files of a snapshot that its manifest names, by table.
pub fn named(folder: &Path, table: &str) -> Vec<String> {
    manifest(folder).unwrap().tables[table].files.iter().map(|file| file.path.clone()).collect()
}

pub fn request(source: &Path, target: &Path, now: &str, disk: impl Disk + 'static) -> Request {
    Request {
        source: open(text(source), &[], None).unwrap(),
        target: target.to_owned(),
        tables: None,
        dates: DateRange::default(),
        refresh: Days::new(30),
        strict: true,
        accept_gone: false,
        moved: false,
        jobs: NonZeroUsize::MIN,
        memory: u64::MAX,
        now: now.parse().unwrap(),
        disk: Box::new(disk),
        progress: Box::new(|_| {}),
    }
}
