//! Frozen decisions: they replay from their file alone to the same bytes, hold no row that the decision could not see, and
//! say what differs, what is damaged and what is missing.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::{max, min};
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use reslate::document::{Document, documents};
use reslate::freeze::{Form, Frozen, freeze, inputs};
use reslate::replay::{Dates, Replay};
use reslate::snapshot::{Snapshot, Source, manifest};
use reslate::version::{SHIPPED, Version, shipped};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::league::{self, request, run};
use crate::support::schema::{conforms, schema, without_date_formats};
use crate::support::{Data, Run, command, reslate, text};

const PICKED: &str = "2026-01-12";
const DEMO: &str = "note: demo snapshot (invented data)\n";

/// Every so many slates are decided by all versions.
const ALL_VERSIONS_EVERY: usize = 16;

#[test]
fn what_an_earlier_build_froze_replays_as_it_did() {
    let asked = ["replay", "2025-10-23", "--version", "v314", "--format", "json"];
    let now: Value = serde_json::from_str(&reslate(&asked).stdout).unwrap();
    for file in ["v314.json", "v314.parquet"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/frozen").join(file);
        let run = reslate(&["replay", "--frozen", text(&path), "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let replayed: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(replayed["picks"], now["picks"], "{file}");
        assert_eq!(replayed["picks"].as_array().unwrap().len(), 4);
    }
}

#[test]
fn every_slate_replays_from_what_was_frozen_of_it_alone() {
    let folder = league::folder("league-a");
    // With health rows, so that versions which score by them have some.
    let health = Source::File(folder.join("expected/monitoring/signal_health_daily.parquet"));
    let snapshot = Snapshot::open(&folder).unwrap().with_table("signal_health_daily", health).unwrap();
    // Those that look at the gradings of one champion alone: what is frozen for one of them suffices for all.
    let all: Vec<Version> =
        league::replayable(&snapshot).into_iter().take_while(|version| version.id != "v330").collect();
    let whole: Vec<Document> = run(async {
        let replay = Replay::open(&snapshot, request(Dates::Range { from: None, to: None }, &all)).await.unwrap();
        documents(&replay, &snapshot).await.unwrap()
    });
    let slates = whole.len() / all.len();
    let expected = |version: usize, slate: usize| whole[version * slates + slate].json().unwrap();
    let dates: Vec<NaiveDate> = whole[..slates].iter().map(|document| document.date.0).collect();
    let few: Vec<usize> = ["v307", "v314"].map(|id| SHIPPED.iter().position(|other| *other == id).unwrap()).to_vec();
    let path = Path::new("frozen");
    let check = async |slate: usize| {
        let deciding = if slate % ALL_VERSIONS_EVERY == 3 { (0..all.len()).collect() } else { few.clone() };
        let versions: Vec<Version> = deciding.iter().map(|version| all[*version].clone()).collect();
        let asked = request(Dates::On(dates[slate]), &versions[versions.len() - 1..]);
        let frozen = freeze(&snapshot, asked).await.unwrap();
        let frozen = reread(&frozen, path);
        sees_only_the_past(&frozen, dates[slate]);
        let thawed = frozen.replay(path, Some(versions)).await.unwrap();
        let replayed = documents(&thawed.replay, &thawed.snapshot).await.unwrap();
        assert_eq!(replayed.len(), deciding.len());
        for (version, document) in deciding.iter().zip(replayed) {
            assert_eq!(
                document.json().unwrap(),
                expected(*version, slate),
                "{} on {}",
                SHIPPED[*version],
                dates[slate]
            );
        }
    };
    // Two at a time: one slate alone is mostly planned, on one core.
    let half = slates.div_ceil(2);
    std::thread::scope(|scope| {
        for slates in [0..half, half..slates] {
            let check = &check;
            scope.spawn(move || {
                run(async {
                    for slate in slates {
                        check(slate).await;
                    }
                });
            });
        }
    });
}

/// The decision as it is read from its files, which say the same in both forms.
fn reread(frozen: &Frozen, path: &Path) -> Frozen {
    let parquet = Frozen::read(path, &frozen.bytes(Form::Parquet).unwrap()).unwrap();
    let json = Frozen::read(path, &frozen.bytes(Form::Json).unwrap()).unwrap();
    for read in [&parquet, &json] {
        assert_eq!(read.head(), frozen.head());
        assert_eq!(read.decision(), frozen.decision());
        assert_eq!(read.candidates(), frozen.candidates());
        assert_eq!(read.tables().len(), frozen.tables().len());
        for ((table, rows), (other, others)) in read.tables().iter().zip(frozen.tables()) {
            assert_eq!((table.name, rows), (other.name, others));
        }
    }
    json
}

/// No row is of a later date, and none but the slate's predictions, lines and subsets is of its own.
fn sees_only_the_past(frozen: &Frozen, slate: NaiveDate) {
    for (table, rows) in frozen.tables() {
        let Some((first, last)) = dates(rows) else { continue };
        let latest = match table.name {
            "player_prop_predictions" | "ml_feature_store_v2" | "current_subset_picks" => slate,
            _ => slate.pred_opt().unwrap(),
        };
        assert!(last <= latest, "{}: {last} on {slate}", table.name);
        let days_back = (slate - first).num_days();
        let longest = match table.name {
            "player_prop_predictions" => 14,
            "ml_feature_store_v2" | "current_subset_picks" => 0,
            _ => 200,
        };
        assert!(days_back <= longest, "{}: {first} on {slate}", table.name);
    }
}

fn dates(rows: &RecordBatch) -> Option<(NaiveDate, NaiveDate)> {
    let dates = rows.column_by_name("game_date")?.as_primitive::<Date32Type>();
    Some((Date32Type::to_naive_date_opt(min(dates)?)?, Date32Type::to_naive_date_opt(max(dates)?)?))
}

#[test]
fn health_of_the_same_date_is_frozen_where_it_is_read() {
    let folder = league::folder("league-a");
    let health = Source::File(folder.join("expected/monitoring/signal_health_daily.parquet"));
    let snapshot = Snapshot::open(&folder).unwrap().with_table("signal_health_daily", health).unwrap();
    let date: NaiveDate = "2026-02-11".parse().unwrap();
    let path = Path::new("frozen");
    for (mode, last) in [("same-date", "2026-02-11"), ("as-of", "2026-02-10")] {
        let mut version = shipped("v296").unwrap();
        version.set("health", mode).unwrap();
        let asked = request(Dates::On(date), &[version]);
        let expected = run(async {
            let replay = Replay::open(&snapshot, asked.clone()).await.unwrap();
            documents(&replay, &snapshot).await.unwrap()
        });
        let frozen = reread(&run(freeze(&snapshot, asked)).unwrap(), path);
        let (_, rows) = frozen.tables().iter().find(|(table, _)| table.name == "signal_health_daily").unwrap();
        assert_eq!(dates(rows).unwrap().1.to_string(), last);
        run(async {
            let thawed = frozen.replay(path, None).await.unwrap();
            assert_eq!(documents(&thawed.replay, &thawed.snapshot).await.unwrap(), expected);
            assert_eq!(frozen.differences(&thawed).await.unwrap(), []);
        });
    }
}

/// The demo's slate, frozen by these arguments.
pub struct File {
    folder: TempDir,
    pub path: PathBuf,
}

impl File {
    pub fn of(name: &str, arguments: &[&str]) -> File {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let run = reslate(&[&["freeze", PICKED, "--out", text(&path)], arguments].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, DEMO), "{}", run.stdout);
        File { folder, path }
    }

    fn replay(&self, arguments: &[&str]) -> Run {
        reslate(&[&["replay", "--frozen", text(&self.path)], arguments].concat())
    }

    fn without_folder(&self, said: &str) -> String {
        said.replace(text(self.folder.path()), "DIR")
    }
}

#[test]
fn what_was_frozen_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slate.parquet");
    let run = reslate(&["freeze", PICKED, "--version", "v314", "--out", text(&path)]);
    assert_eq!((run.code, run.stderr.as_str()), (0, DEMO));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9.]+ KiB, checksum [0-9a-f]{12}", "SIZE, checksum CHECKSUM");
    settings.bind(|| insta::assert_snapshot!(run.stdout.replace(text(folder.path()), "DIR")));
}

#[test]
fn the_help_of_freeze() {
    let run: Run = command(&["freeze", "--help"]).env("COLUMNS", "100").output().unwrap().into();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let own = run.stdout.split("Changes to the version:").next().unwrap();
    insta::assert_snapshot!(own);
}

#[test]
fn every_format_is_that_of_a_replay_of_the_snapshot_but_for_what_came_of_it() {
    for (name, version) in [("slate.parquet", "v314"), ("slate.json", "v307q")] {
        let file = File::of(name, &["--version", version]);
        let of_snapshot = |format: &str| reslate(&["replay", PICKED, "--version", version, "--format", format]).stdout;
        for format in ["json", "ndjson"] {
            let run = file.replay(&["--format", format]);
            assert_eq!((run.code, run.stdout), (0, of_snapshot(format)), "{name} {format}");
            let note = "note: as frozen, decided by DIR/NAME alone\n".replace("NAME", name);
            assert_eq!(file.without_folder(&run.stderr), note);
        }
        let rows = |csv: &str| -> Vec<String> {
            let without = |line: &str| line.rsplitn(4, ',').last().unwrap().to_owned();
            csv.lines().map(without).collect()
        };
        let csv = file.replay(&["--format", "csv"]).stdout;
        assert!(csv.lines().next().unwrap().ends_with(",actual_points,outcome,units"));
        assert!(csv.lines().skip(1).all(|line| line.ends_with(",,UNGRADED,")));
        assert_eq!(rows(&csv), rows(&of_snapshot("csv")));
        let out = file.folder.path().join("decisions.parquet");
        assert_eq!(file.replay(&["--out", text(&out)]).code, 0);
        let read = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(out).unwrap()).unwrap();
        assert_eq!(read.metadata().file_metadata().num_rows(), i64::try_from(csv.lines().count() - 1).unwrap());
        let table = file.replay(&[]).stdout;
        let funnel = |text: &str| text.split("Funnel").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
        assert_eq!(funnel(&table), funnel(&of_snapshot("table")));
        assert!(table.contains("UNGRADED"));
    }
}

#[test]
fn the_same_slate_has_the_same_bytes_and_both_forms_the_same_checksum() {
    let (one, two, json) = (File::of("a.parquet", &[]), File::of("b", &[]), File::of("c.json", &[]));
    assert_eq!(fs::read(&one.path).unwrap(), fs::read(&two.path).unwrap());
    let checksum = |file: &File| Frozen::open(&file.path).unwrap().head().checksum.clone();
    assert_eq!(checksum(&one), checksum(&json));
}

#[test]
fn options_of_a_decision_are_frozen_with_it() {
    let options = ["--version", "v279", "--set", "cap=3", "--fidelity", "as-intended", "--as-of", "14:30"];
    let subsets = ["--subset-version", "v_%Y%m%d_%%120000", "--health", "as-of"];
    let options = [&options[..], &subsets].concat();
    let file = File::of("slate.json", &options);
    let run = file.replay(&["--format", "json"]);
    let expected = reslate(&[&["replay", PICKED, "--format", "json"], &options[..]].concat());
    assert_eq!((run.code, run.stdout), (0, expected.stdout));
    let said = file.replay(&[]).stdout;
    let heading = said.lines().next().unwrap();
    let expected = "decided by v279 (v279_qualifying_subsets) with cap=3, health=as-of, everything working as intended";
    assert!(heading.ends_with(expected), "{heading}");
    let value: Value = serde_json::from_str(&fs::read_to_string(&file.path).unwrap()).unwrap();
    assert_eq!(
        (&value["as_of"], &value["subset_version"]),
        (&json!("2026-01-12T14:30:00"), &json!("v_20260112_%120000"))
    );
}

#[test]
fn another_version_may_decide_by_what_was_frozen() {
    let file = File::of("slate.parquet", &["--version", "v314"]);
    let run = file.replay(&["--version", "v318", "--format", "json"]);
    assert_eq!(
        (run.code, run.stdout),
        (0, reslate(&["replay", PICKED, "--version", "v318", "--format", "json"]).stdout)
    );
    insta::assert_snapshot!(file.without_folder(&run.stderr));
    let changed = file.replay(&["--set", "min_edge=6", "--format", "json"]);
    let expected = reslate(&["replay", PICKED, "--version", "v314", "--set", "min_edge=6", "--format", "json"]);
    assert_eq!((changed.code, changed.stdout), (0, expected.stdout));
    let deployed = file.replay(&["--version", "as-deployed", "--format", "json"]);
    assert_eq!(
        (deployed.code, deployed.stdout),
        (0, reslate(&["replay", PICKED, "--version", "v279", "--format", "json"]).stdout)
    );
    insta::assert_snapshot!(refusal(&file, &["--model-id", "catboost_v12"]), @"DIR/slate.parquet: v314 looks at the gradings and earlier lines of catboost_v12, which the frozen decision does not have; freeze it by this version");
    insta::assert_snapshot!(refusal(&file, &["--set", "line_move_days=20"]), @"DIR/slate.parquet: v314 looks at lines from 2025-12-23 on, which the frozen decision does not have; freeze it by this version");
}

/// The message of a refused replay of a file.
fn refusal(file: &File, arguments: &[&str]) -> String {
    let run = file.replay(arguments);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.lines().count()), (2, "", 1), "{}", run.stderr);
    file.without_folder(run.stderr.trim_end().strip_prefix("error: ").unwrap())
}

#[test]
fn what_a_frozen_decision_settles_is_refused() {
    let file = File::of("slate.parquet", &[]);
    insta::assert_snapshot!(refusal(&file, &["2026-01-13"]), @"the argument '--frozen <FILE>' cannot be used with '[DATE]'");
    for (option, value) in [("--from", PICKED), ("--to", PICKED), ("--as-of", "14:30"), ("--subset-version", "v1")] {
        assert!(refusal(&file, &[option, value]).starts_with("the argument '--frozen <FILE>' cannot be used with "));
    }
    insta::assert_snapshot!(refusal(&file, &["--snapshot", "/somewhere"]), @"--snapshot '/somewhere': is not read, --frozen has the rows; leave it out");
    let by_default: Run =
        command(&["replay", "--frozen", text(&file.path)]).env("RESLATE_SNAPSHOT", "/nowhere").output().unwrap().into();
    assert_eq!(by_default.code, 0, "{}", by_default.stderr);
}

/// A JSON file with a part of its text replaced, and the checksum of the new one.
pub fn resealed(file: &File, change: impl FnOnce(String) -> String) {
    let before = fs::read_to_string(&file.path).unwrap();
    let old: Value = serde_json::from_str(&before).unwrap();
    let zeros = "0".repeat(64);
    let text = change(before.replacen(old["checksum"].as_str().unwrap(), &zeros, 1));
    let checksum = manifest::sha256(text.as_bytes());
    fs::write(&file.path, text.replacen(&zeros, &checksum, 1)).unwrap();
}

#[test]
fn a_decision_that_is_not_the_frozen_one_is_said_to_differ() {
    let file = File::of("slate.json", &["--version", "v314"]);
    let decision: Value = serde_json::from_str(&fs::read_to_string(&file.path).unwrap()).unwrap();
    let picks = decision["decision"]["picks"].as_array().unwrap();
    let (first, second) = (picks[0]["player_lookup"].as_str().unwrap(), picks[1]["player_lookup"].as_str().unwrap());
    // As if the first had been another player, and the second had had another edge.
    resealed(&file, |text| {
        let (head, rest) = text.split_once("\n  \"decision\": ").unwrap();
        let (decision, rest) = rest.split_once(",\n  \"candidates\": ").unwrap();
        let mut value: Value = serde_json::from_str(decision).unwrap();
        value["picks"][0]["player_lookup"] = json!("nobody");
        value["picks"][1]["edge"] = json!(1.25);
        value["total_picks"] = json!(99);
        let decision = serde_json::to_string_pretty(&value).unwrap().replace('\n', "\n  ");
        format!("{head}\n  \"decision\": {decision},\n  \"candidates\": {rest}")
    });
    let run = file.replay(&["--format", "json"]);
    assert_eq!(run.code, 1);
    let replayed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(&replayed["picks"], &decision["decision"]["picks"]);
    let said = file.without_folder(&run.stderr).replace(first, "FIRST").replace(second, "SECOND");
    insta::assert_snapshot!(said);
}

#[test]
fn a_row_that_is_another_changes_the_decision_and_its_candidates() {
    let file = File::of("slate.json", &["--version", "v314"]);
    let value: Value = serde_json::from_str(&fs::read_to_string(&file.path).unwrap()).unwrap();
    let pick = &value["decision"]["picks"][0];
    let of_pick = |row: &&Value| row["player_lookup"] == pick["player_lookup"] && row["game_date"] == PICKED;
    let rows = value["tables"]["player_prop_predictions"].as_array().unwrap();
    assert!(rows.iter().filter(of_pick).count() > 1);
    resealed(&file, |text| {
        let gone =
            |line: &&str| !line.contains(pick["player_lookup"].as_str().unwrap()) || !line.contains("prediction_id");
        text.lines().filter(gone).map(|line| format!("{line}\n")).collect()
    });
    let run = file.replay(&["--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.starts_with("differs: pick "), "{}", run.stderr);
    assert!(run.stderr.contains("\ndiffers: candidate "), "{}", run.stderr);
}

#[test]
fn damage_is_one_line() {
    for name in ["slate.parquet", "slate.json"] {
        let file = File::of(name, &[]);
        let whole = fs::read(&file.path).unwrap();
        let frozen = Frozen::open(&file.path).unwrap();
        for part in 1..40 {
            let mut bytes = whole.clone();
            let at = bytes.len() * part / 40;
            bytes[at] ^= 0x15;
            match Frozen::read(&file.path, &bytes) {
                Err(error) => assert_eq!(error.to_string().lines().count(), 1, "{error}"),
                // Where Parquet has bytes that nobody reads.
                Ok(read) => assert_eq!(read.head(), frozen.head(), "{name}: byte {at} is not missed"),
            }
            assert!(Frozen::read(&file.path, &whole[..at]).is_err(), "{name}: {at} bytes suffice");
        }
        fs::write(&file.path, &whole[..whole.len() / 2]).unwrap();
        let message = refusal(&file, &[]);
        assert!(message.starts_with(&format!("DIR/{name}: the frozen decision is damaged (")), "{message}");
        assert!(message.ends_with("; take another copy, or freeze it again"), "{message}");
    }
    let file = File::of("slate.json", &[]);
    let edited = fs::read_to_string(&file.path).unwrap().replacen("\"total_picks\": ", "\"total_picks\": 1", 1);
    fs::write(&file.path, edited).unwrap();
    insta::assert_snapshot!(refusal(&file, &[]), @"DIR/slate.json: the frozen decision is damaged (its checksum is not that of its contents); take another copy, or freeze it again");
}

#[test]
fn what_this_program_does_not_know_is_refused() {
    let file = File::of("slate.json", &[]);
    let whole = fs::read_to_string(&file.path).unwrap();
    let changed = |from: &str, to: &str| {
        fs::write(&file.path, &whole).unwrap();
        resealed(&file, |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        refusal(&file, &[])
    };
    insta::assert_snapshot!(changed("\"format_version\": 1", "\"format_version\": 2"), @"DIR/slate.json: format version 2 is newer than this program reads (1); update reslate");
    insta::assert_snapshot!(changed("\"prediction_accuracy\": [", "\"predictions\": ["), @"DIR/slate.json: the frozen decision is damaged ('predictions' is no table that decisions read); take another copy, or freeze it again");
    insta::assert_snapshot!(changed("min_signals = 2", "least_signals = 2"), @"DIR/slate.json: the frozen decision is damaged (its version, line 247: unknown parameter 'least_signals' (`reslate versions show v307` lists them)); take another copy, or freeze it again");
    insta::assert_snapshot!(changed(&format!("\"date\": \"{PICKED}\",\n  \"as_of\""), "\"date\": \"soon\",\n  \"as_of\""), @"DIR/slate.json: the frozen decision is damaged (its date cannot be read); take another copy, or freeze it again");
    for (bytes, expected) in [
        (
            &b""[..],
            "DIR/slate.json: no frozen decision (it is neither Parquet nor such a JSON document); `reslate freeze DATE --out FILE` writes one",
        ),
        (
            b"{\"format\": \"another\", \"format_version\": 1}",
            "DIR/slate.json: no frozen decision (its format is another); `reslate freeze DATE --out FILE` writes one",
        ),
        (
            b"\xff\xfe\x00",
            "DIR/slate.json: no frozen decision (it is neither Parquet nor such a JSON document); `reslate freeze DATE --out FILE` writes one",
        ),
        (
            &Data::sound().parquet("player_game_summary"),
            "DIR/slate.json: no frozen decision (it is another Parquet file); `reslate freeze DATE --out FILE` writes one",
        ),
    ] {
        fs::write(&file.path, bytes).unwrap();
        assert_eq!(refusal(&file, &[]), expected);
    }
    fs::remove_file(&file.path).unwrap();
    let message = refusal(&file, &[]);
    assert!(message.starts_with("DIR/slate.json: cannot be read (No such file"), "{message}");
}

#[test]
fn bad_input_freezes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("slate.csv");
    let refused = |arguments: &[&str]| {
        let run = reslate(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let message = run.stderr.strip_prefix(DEMO).unwrap_or(&run.stderr);
        message.trim_end().strip_prefix("error: ").unwrap().replace(text(folder.path()), "DIR")
    };
    insta::assert_snapshot!(refused(&["freeze", PICKED, "--out", text(&out)]), @"--out 'DIR/slate.csv': a frozen decision is written as parquet or json; say which with --format");
    insta::assert_snapshot!(refused(&["freeze", PICKED]), @"the following required arguments were not provided: --out <FILE>");
    let out = folder.path().join("slate.json");
    insta::assert_snapshot!(refused(&["freeze", "2025-12-24", "--out", text(&out)]), @"no games on 2025-12-24; the nearest slates are 2025-12-23 and 2025-12-25");
    insta::assert_snapshot!(refused(&["freeze", PICKED, "--version", "v999", "--out", text(&out)]), @"unknown version 'v999' (`reslate versions` lists them)");
}

#[test]
fn tables_and_columns_that_are_missing_stay_missing() {
    let mut data = Data::sound();
    data.drop_table("ml_feature_store_v2");
    data.drop_table("signal_combo_registry");
    data.drop_column("prediction_accuracy", "line_source");
    // Whole numbers of a table may come as another type.
    data.retype("player_game_summary", "points", DataType::Int32);
    let folder = data.folder();
    let file = folder.path().join("slate.json");
    let at = ["--snapshot", text(folder.path())];
    let run = reslate(&[&["freeze", "2026-02-11", "--version", "v314", "--out", text(&file)], &at[..]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stderr);
    let value: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let tables: Vec<&str> = value["tables"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected: Vec<&str> = inputs()
        .map(|table| table.name)
        .filter(|name| !["ml_feature_store_v2", "signal_combo_registry"].contains(name))
        .collect();
    assert_eq!(tables, expected);
    assert_eq!(value["tables"]["subset_performance"], json!([]));
    assert_eq!(value["absent_columns"], "prediction_accuracy.line_source");
    assert_eq!([&value["snapshot_id"], &value["snapshot_pulled_at"]], [&Value::Null; 2]);
    let warnings = |arguments: &[&str]| {
        let run = reslate(arguments);
        run.stdout.split("Warnings").nth(1).unwrap().to_owned()
    };
    let of_snapshot = warnings(&[&["replay", "2026-02-11", "--version", "v314"], &at[..]].concat());
    assert_eq!(warnings(&["replay", "--frozen", text(&file)]), of_snapshot);
    assert!(of_snapshot.contains("prediction_accuracy has no line_source"), "{of_snapshot}");
}

#[test]
fn the_parquet_file_is_a_row_of_typed_tables() {
    let file = File::of("slate.parquet", &[]);
    let read = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&file.path).unwrap()).unwrap();
    let batch = read.build().unwrap().next().unwrap().unwrap();
    assert_eq!(batch.num_rows(), 1);
    let gradings = batch.column_by_name("prediction_accuracy").unwrap().as_list::<i32>().value(0);
    let lines = gradings.as_struct().column_by_name("line_value").unwrap();
    assert_eq!((lines.data_type(), lines.is_empty()), (&DataType::Decimal128(5, 1), false));
    let decision: Document =
        serde_json::from_str(batch.column_by_name("decision").unwrap().as_string::<i32>().value(0)).unwrap();
    assert_eq!(decision.date.0.to_string(), PICKED);
}

#[test]
fn the_json_file_conforms_to_its_schema() {
    let schema = without_date_formats(schema(&["freeze"]));
    let config = Config::from_schema(&schema, Some(Draft::Draft7)).unwrap();
    let file = File::of("slate.json", &["--version", "v318"]);
    conforms(&config, &serde_json::from_str(&fs::read_to_string(&file.path).unwrap()).unwrap());
}

#[test]
fn a_version_that_weighs_its_models_by_their_training_is_not_frozen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frozen.parquet");
    let refused = reslate(&["freeze", "2026-02-11", "--set", "source_weight=shrunk", "--out", text(&path)]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("weighs its models by when they were trained") && !path.exists(),
        "{}",
        refused.stderr
    );
}
