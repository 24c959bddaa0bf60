//! `report`: the page holds what the other commands say, needs nothing else, and works in a browser.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, Float64Array, UInt64Array};
use datafusion::arrow::compute::{cast, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use crate::support::browser::{CHROMIUM, REQUIREMENTS, data};
use crate::support::python::environment;
use crate::support::{Data, Run, command, league, reslate, text};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/report.py");

const MONTH: [&str; 6] = ["--version", "v314", "--from", "2026-01-05", "--to", "2026-01-31"];
const GRID: [&str; 6] =
    ["--param", "min_edge=3:6:1", "--param", "under_max_edge=6,7,off", "--param", "bench_line=10,12"];

/// What a command writes to standard output.
fn written(arguments: &[&str]) -> String {
    let run = reslate(arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    run.stdout
}

fn parsed(arguments: &[&str]) -> Value {
    serde_json::from_str(&written(arguments)).unwrap()
}

fn page(arguments: &[&str]) -> Value {
    data(&written(&[&["report"], arguments].concat()))
}

/// The value at a place of a column, in whichever form it is written.
fn at(column: &Value, place: usize) -> &Value {
    match (&column["all"], &column["at"]) {
        (_, Value::Array(places)) => &column["names"][usize::try_from(places[place].as_u64().unwrap()).unwrap()],
        (Value::Null, _) if column["values"].is_array() => &column["values"][place],
        (all, _) => all,
    }
}

/// A search of a few cells, in a file.
fn searched(folder: &Path, more: &[&str]) -> PathBuf {
    let file = folder.join("cells.parquet");
    let arguments = [&["tune"], &MONTH[..], &GRID, &["--min-picks", "5", "--out", text(&file)], more].concat();
    written(&arguments);
    file
}

/// The message of a refusal.
fn refusal(run: &Run) -> String {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let lines: Vec<&str> = run.stderr.lines().filter(|line| !line.starts_with("note: ")).collect();
    assert_eq!(lines.len(), 1, "{}", run.stderr);
    lines[0].strip_prefix("error: ").unwrap().to_owned()
}

#[test]
fn a_replays_page_says_what_the_other_commands_say() {
    let page = page(&MONTH);
    let of = |command: &str, more: &[&str]| parsed(&[&[command], &MONTH[..], &["--format", "json"], more].concat());
    let (filters, signals) = (of("filters", &[]), of("signals", &[]));
    assert_eq!(
        (&page["kind"], &page["version"], &page["from"], &page["to"]),
        (&json!("replay"), &json!("v314"), &filters["from"], &filters["to"])
    );
    assert_eq!((&page["candidates"], &page["passed"]), (&filters["candidates"], &filters["passed"]));
    let without = |rows: &Value, names: &[&str]| {
        let strip = |row: &Value| {
            let mut row = row.as_object().unwrap().clone();
            names.iter().for_each(|name| drop(row.remove(*name)));
            Value::Object(row)
        };
        Value::Array(rows.as_array().unwrap().iter().map(strip).collect())
    };
    assert_eq!(without(&page["funnel"], &["about", "rule"]), filters["filters"]);
    assert_eq!(without(&page["signals"], &["about"]), signals["signals"]);

    let documents = of("replay", &[]);
    let documents = documents.as_array().unwrap();
    let picks: Vec<&Value> = documents.iter().map(|document| &document["total_picks"]).collect();
    assert_eq!(page["slates"]["picks"].as_array().unwrap().iter().collect::<Vec<_>>(), picks);
    let dates: Vec<&Value> = documents.iter().map(|document| &document["date"]).collect();
    assert_eq!(page["slates"]["date"].as_array().unwrap().iter().collect::<Vec<_>>(), dates);
    let picked = documents.iter().flat_map(|document| document["picks"].as_array().unwrap());
    let columns = &page["traces"]["columns"];
    let mut count = 0;
    for (place, pick) in picked.enumerate() {
        let names = [("player_lookup", "player_lookup"), ("recommendation", "direction"), ("rank", "rank")];
        for (own, name) in names {
            assert_eq!(at(&columns[own], place), &pick[name], "{own}");
        }
        for (own, name) in [("line", "line"), ("edge", "edge"), ("composite_score", "composite_score")] {
            assert_eq!(at(&columns[own], place).as_f64(), pick[name].as_f64(), "{own}");
        }
        count += 1;
    }
    assert_eq!((page["traces"]["picks"].as_u64(), page["picks"]["count"].as_u64()), (Some(count), Some(count)));

    let card = of("card", &["--by", "edge"]);
    let groups = page["groups"].as_array().unwrap().iter().find(|groups| groups["by"] == "edge").unwrap();
    let groups = groups["groups"].as_array().unwrap().iter().filter(|group| group["picks"]["count"] != 0);
    let rows = card["sections"][0]["rows"].as_array().unwrap().iter().filter(|row| row["now"]["count"] != 0);
    let groups: Vec<(&Value, &Value)> = groups.map(|group| (&group["group"], &group["picks"])).collect();
    assert_eq!(groups, rows.map(|row| (&row["group"][0], &row["now"])).collect::<Vec<_>>());

    let compared = of_first_version(&MONTH);
    assert_eq!(page["picks"], compared["picks"]);
    assert_eq!((&page["roi"], &page["longest_losing_run"]), (&compared["roi"], &compared["longest_losing_run"]));
    let falls = page["slates"]["drawdown"].as_array().unwrap().iter().map(|fall| fall.as_f64().unwrap());
    assert!((falls.fold(0.0, f64::max) - compared["max_drawdown"].as_f64().unwrap()).abs() < 1e-9);
    let total = page["slates"]["total"].as_array().unwrap().last().unwrap().as_f64().unwrap();
    assert!((total - page["picks"]["units"].as_f64().unwrap()).abs() < 1e-9);
}

/// How a comparison says that the version did.
fn of_first_version(arguments: &[&str]) -> Value {
    let range = &arguments[2..];
    let compared =
        parsed(&[&["compare", arguments[1], "v307"], range, &["--draws", "100", "--format", "json"]].concat());
    compared["versions"][0].clone()
}

#[test]
fn a_trace_is_what_explain_says() {
    let page = page(&["--version", "v314", "--from", "2026-02-10", "--to", "2026-02-11"]);
    let traces = &page["traces"];
    let picks = usize::try_from(traces["picks"].as_u64().unwrap()).unwrap();
    let mut first_bid = 0;
    for place in 0..picks {
        let bids = usize::try_from(traces["bids"]["counts"][place].as_u64().unwrap()).unwrap();
        // Some of them suffice, the first of each slate's among them.
        if place % 5 == 0 {
            let column = |name: &str| at(&traces["columns"][name], place).as_str().unwrap();
            let explained = parsed(&[
                "explain",
                column("game_date"),
                column("player_lookup"),
                "--version",
                "v314",
                "--format",
                "json",
            ]);
            agrees(traces, place, first_bid..first_bid + bids, &explained["games"][0]);
        }
        first_bid += bids;
    }
    assert!(picks > 5);
}

/// The trace at a place says what `explain` does of the game.
fn agrees(traces: &Value, place: usize, bids: std::ops::Range<usize>, game: &Value) {
    let candidate = &game["candidate"];
    let facts = &traces["versions"][0];
    for name in ["line", "edge", "predicted_points", "confidence_score", "source_model_id", "composite_score", "rank"] {
        assert_eq!(at(&traces["columns"][name], place), &candidate[name], "{name}");
    }
    assert_eq!(at(&traces["columns"]["outcome"], place), &candidate["afterwards"]["outcome"]);
    for feature in candidate["features"].as_array().unwrap() {
        let name = feature["name"].as_str().unwrap();
        assert_eq!(at(&traces["values"][name], place), &feature["value"], "{name}");
    }
    for (own, signal) in facts["signals"].as_array().unwrap().iter().zip(candidate["signals"].as_array().unwrap()) {
        let name = signal["signal"].as_str().unwrap();
        assert_eq!((&own["signal"], &own["thresholds"]), (&signal["signal"], &signal["thresholds"]));
        assert_eq!(at(&traces["signals"][name], place), &signal["confidence"], "{name}");
        for input in signal["inputs"].as_array().unwrap() {
            assert_eq!(at(&traces["values"][input["name"].as_str().unwrap()], place), &input["value"], "{input}");
        }
    }
    let filters = candidate["filters"].as_array().unwrap();
    assert_eq!(facts["filters"].as_array().unwrap().len(), filters.len());
    for (own, filter) in facts["filters"].as_array().unwrap().iter().zip(filters) {
        let name = filter["filter"].as_str().unwrap();
        assert_eq!(
            (&own["filter"], &own["blocks"], &own["unit"]),
            (&filter["filter"], &filter["blocks"], &filter["unit"])
        );
        assert_eq!(own["is_on"] == true, filter["verdict"] != "off", "{name}");
        if own["threshold"].is_number() {
            assert_eq!(own["threshold"].as_f64(), filter["threshold"].as_f64(), "{name}");
        }
        assert_eq!(at(&traces["filters"][name], place), &filter["value"], "{name}");
    }
    let said = game["bids"].as_array().unwrap();
    assert_eq!(bids.len(), said.len());
    for (row, bid) in bids.zip(said) {
        for name in ["system_id", "predicted_points", "line", "edge", "confidence_score", "won"] {
            assert_eq!(at(&traces["bids"]["columns"][name], row), &bid[name], "{name}");
        }
    }
}

#[test]
fn a_comparisons_page_is_the_comparison() {
    let asked = ["compare", "v307", "v314", "v318", "--from", "2026-01-05", "--to", "2026-01-31", "--draws", "500"];
    let page = page(&asked);
    let compared = parsed(&[&asked[..], &["--format", "json"]].concat());
    for name in ["from", "to", "odds", "left_out", "versions"] {
        assert_eq!(page[name], compared[name], "{name}");
    }
    for (place, (own, pair)) in
        page["pairs"].as_array().unwrap().iter().zip(compared["pairs"].as_array().unwrap()).enumerate()
    {
        for name in ["a", "b", "kept", "added", "removed", "flipped", "slates_to_see", "cautions", "steps"] {
            assert_eq!(own[name], pair[name], "{name}");
        }
        for name in ["difference", "interval", "p", "p_adjusted"] {
            assert_eq!((&own["units"][name], &own["hit_rate"][name]), (&pair["units"][name], &pair["hit_rate"][name]));
        }
        let drawn = own["units"]["draws"]["counts"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap());
        assert_eq!(drawn.sum::<u64>(), 500);
        let differences = pair["differences"].as_array().unwrap();
        assert_eq!(own["differences"]["date"].as_array().unwrap().len(), differences.len());
        for (row, difference) in differences.iter().enumerate() {
            let of = |name: &str| &own["differences"][name][row];
            assert_eq!(of("change"), &difference["change"]);
            let step = &own["steps"][usize::try_from(of("step").as_u64().unwrap()).unwrap()];
            assert_eq!((&step["steps"], &step["traced"]), (&difference["steps"], &difference["traced"]));
            for side in ["a", "b"] {
                assert_eq!(own["differences"][side]["outcome"][row], difference[side]["outcome"]);
            }
        }
        let end = page["curves"][place + 1]["total"].as_array().unwrap().last().unwrap().as_f64().unwrap();
        assert!((end - page["versions"][place + 1]["picks"]["units"].as_f64().unwrap()).abs() < 1e-9);
    }
}

#[test]
fn a_searchs_page_has_its_report_and_its_cells() {
    let folder = tempfile::tempdir().unwrap();
    let file = searched(folder.path(), &[]);
    let page = page(&["tune", text(&file)]);
    let report = parsed(&[&["tune"], &MONTH[..], &GRID, &["--min-picks", "5", "--format", "json"]].concat());
    assert_eq!(page["tuned"], report);
    assert_eq!(page["file"], "cells.parquet");
    let heatmaps = page["heatmaps"].as_array().unwrap();
    assert_eq!(heatmaps.len(), 3);
    let cells = written(&[&["tune"], &MONTH[..], &GRID, &["--min-picks", "5", "--format", "ndjson"]].concat());
    let cells: Vec<Value> = cells.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let best = &report["top"][0]["settings"];
    let parameters = report["parameters"].as_array().unwrap();
    let mut seen = 0;
    for heatmap in heatmaps {
        let [x, y] = ["x", "y"].map(|axis| &parameters[usize::try_from(heatmap[axis].as_u64().unwrap()).unwrap()]);
        for (down, row) in heatmap["figures"].as_array().unwrap().iter().enumerate() {
            for (across, figure) in row.as_array().unwrap().iter().enumerate() {
                let wanted = |parameter: &Value| {
                    let name = &parameter["parameter"];
                    let value = if name == &x["parameter"] {
                        &x["values"][across]
                    } else if name == &y["parameter"] {
                        &y["values"][down]
                    } else {
                        &best[name.as_str().unwrap()]
                    };
                    (name.as_str().unwrap().to_owned(), value.as_str().map_or(value.to_string(), str::to_owned))
                };
                let settings: Vec<(String, String)> = parameters.iter().map(wanted).collect();
                let is_it = |cell: &&Value| settings.iter().all(|(name, value)| cell[name] == **value);
                let cell = cells.iter().find(is_it).unwrap();
                assert_eq!(figure, cell.get("figure").unwrap_or(&Value::Null), "{settings:?}");
                let decided = cell["wins"].as_u64().unwrap() + cell["losses"].as_u64().unwrap();
                assert_eq!(heatmap["decided"][down][across], decided);
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 4 * 3 + 4 * 2 + 3 * 2);
    assert_eq!(heatmaps[0]["incumbent"], json!([2, 1]));
}

#[test]
fn a_page_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = searched(folder.path(), &[]);
    let compare = ["report", "compare", "v307", "v314", "--from", "2026-01-05", "--to", "2026-01-11", "--draws", "100"];
    let pages = [
        written(&["report", "--from", "2026-01-05", "--to", "2026-01-11"]),
        written(&compare),
        written(&["report", "tune", text(&file)]),
    ];
    for html in pages {
        assert!(html.starts_with("<!doctype html>"));
        let loads = [
            "src=\"",
            "src='",
            "url(http",
            "url(//",
            "@import",
            "import(",
            "<link rel=\"stylesheet",
            "<iframe",
            "<img",
        ];
        for load in loads {
            assert!(!html.contains(load), "{load}");
        }
        let links: Vec<&str> = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(links.iter().all(|link| link.starts_with('#') || *link == "data:,"), "{links:?}");
        assert!(html.contains("Content-Security-Policy\" content=\"default-src 'none'"));
        assert!(!html.contains("{{"), "a part is not in its place");
    }
}

#[test]
fn the_same_report_is_the_same_to_the_byte_and_no_place_is_named() {
    let folder = Data::sound().folder();
    let report = || written(&["report", "--snapshot", text(folder.path())]);
    let html = report();
    assert_eq!(html, report());
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    assert_eq!(data(&html)["source"], json!({ "name": name, "id": null, "pulled_at": null, "is_demo": false }));
    assert!(!html.contains(text(folder.path().parent().unwrap())) || folder.path().parent() == Some(Path::new("/")));
}

#[test]
#[ignore = "needs the real seasons, which are not part of the project: ../shared/vectors"]
fn the_page_of_a_real_season_is_small() {
    let season = league::folder("season-2025-26");
    for version in ["v314", "as-deployed"] {
        let html = written(&["report", "--snapshot", text(&season), "--version", version]);
        assert!(html.len() < 5_000_000, "{version}: {} bytes", html.len());
    }
}

#[test]
fn the_page_is_written_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/report.html");
    let range = ["report", "--from", "2026-02-11", "--to", "2026-02-11"];
    let run = reslate(&[&range[..], &["--out", text(&file)]].concat());
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("note: {}, ", file.display())), "{}", run.stderr);
    let html = fs::read_to_string(&file).unwrap();
    assert_eq!(html, written(&range));
    assert_eq!(html, written(&[&range[..], &["--out", "-"]].concat()));
    assert_eq!(data(&html)["picks"]["count"], 0);
}

#[test]
fn a_report_of_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    let refused = |arguments: &[&str]| {
        let run = reslate(&[&["report"], arguments, &["--out", text(&file)]].concat());
        assert!(!file.exists(), "{arguments:?}");
        refusal(&run)
    };
    let beyond = ["--from", "2026-08-01", "--to", "2026-08-31"];
    let none = "no slate from 2026-08-01 to 2026-08-31; the snapshot's last slate is 2026-04-12";
    assert_eq!(refused(&beyond), none);
    assert_eq!(refused(&[&["compare", "v307", "v314"], &beyond[..]].concat()), none);
    let only = "version 'v307': is the only one; give at least two to compare";
    assert_eq!(refused(&["compare", "v307"]), only);
    assert_eq!(
        refused(&["compare", "v307", "v307"]),
        "version 'v307': is given twice; give two files ids of their own (id = \"...\")"
    );
    assert!(refused(&["--version", "v1"]).starts_with("unknown version 'v1'"));
}

#[test]
fn a_file_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| refusal(&reslate(&["report", "tune", text(path)])).replace(text(folder.path()), "DIR");
    let advice = "`reslate tune ... --out FILE.parquet` writes one";
    let missing = folder.path().join("missing.parquet");
    assert_eq!(
        refused(&missing),
        format!("DIR/missing.parquet: no result of a search (there is no such file); {advice}")
    );
    assert_eq!(refused(folder.path()), format!("DIR: no result of a search (it is a folder); {advice}"));
    let html = folder.path().join("page.parquet");
    fs::write(&html, "<!doctype html>").unwrap();
    assert!(refused(&html).starts_with("DIR/page.parquet: no result of a search (not a readable Parquet file: "));
    let other = folder.path().join("other.parquet");
    fs::write(&other, Data::sound().parquet("prediction_accuracy")).unwrap();
    assert_eq!(
        refused(&other),
        format!("DIR/other.parquet: no result of a search (it has no report of a search); {advice}")
    );

    let file = searched(folder.path(), &[]);
    let changed = |change: &dyn Fn(&mut Value)| {
        let changed = folder.path().join("changed.parquet");
        with_report(&file, &changed, change);
        refused(&changed)
    };
    let newer = changed(&|report| report["schema_version"] = json!(99));
    assert_eq!(newer, "DIR/changed.parquet: format version 99 is newer than this program reads (1); update reslate");
    let damaged = changed(&|report| drop(report.as_object_mut().unwrap().remove("top")));
    assert_eq!(
        damaged,
        format!(
            "DIR/changed.parquet: no result of a search (missing field `top` at line 1 column {}); {advice}",
            column(&damaged)
        )
    );
    let unlisted = changed(&|report| report["parameters"][0]["values"] = json!([3, 4, 5]));
    assert!(unlisted.contains("a cell has a value that its report does not list"), "{unlisted}");
}

/// The column that a message of serde's ends with.
fn column(message: &str) -> &str {
    message.split("column ").nth(1).unwrap().split(')').next().unwrap()
}

/// A copy of a search's file with another report.
fn with_report(from: &Path, to: &Path, change: &dyn Fn(&mut Value)) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(from).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let mut metadata = schema.metadata().clone();
    let mut report: Value = serde_json::from_str(&metadata["reslate.tuned"]).unwrap();
    change(&mut report);
    metadata.insert("reslate.tuned".to_owned(), report.to_string());
    let schema = Arc::new(schema.as_ref().clone().with_metadata(metadata));
    let mut writer = ArrowWriter::try_new(File::create(to).unwrap(), Arc::clone(&schema), None).unwrap();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).unwrap()).unwrap();
    }
    writer.close().unwrap();
}

/// The same rows and words as another tool might write them: sorted the other way round, in small row groups, uncompressed,
/// its texts in a dictionary; with the units of its first row in place of what they were, if any are given.
fn written_anew(from: &Path, to: &Path, units: Option<f64>) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(from).unwrap()).unwrap();
    let metadata = reader.schema().metadata().clone();
    let rows: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let mut writer = None;
    for batch in rows.iter().rev() {
        let order = (0..batch.num_rows() as u64).rev().collect::<UInt64Array>();
        let batch = take_record_batch(batch, &order).unwrap();
        let text = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
            let column = match (field.data_type(), field.name().as_str(), units) {
                (DataType::Utf8, ..) => cast(column, &text).unwrap(),
                (_, "units", Some(units)) => {
                    let others = column.as_primitive::<Float64Type>().iter().skip(1);
                    Arc::new(std::iter::once(Some(units)).chain(others).collect::<Float64Array>())
                }
                _ => Arc::clone(column),
            };
            (field.name().clone(), column, true)
        });
        let batch = RecordBatch::try_from_iter_with_nullable(columns.collect::<Vec<_>>()).unwrap();
        let schema = Arc::new(batch.schema().as_ref().clone().with_metadata(metadata.clone()));
        let small = WriterProperties::builder().set_max_row_group_row_count(Some(5)).build();
        let writer = writer.get_or_insert_with(|| {
            ArrowWriter::try_new(File::create(to).unwrap(), Arc::clone(&schema), Some(small)).unwrap()
        });
        writer.write(&batch.with_schema(schema).unwrap()).unwrap();
    }
    writer.unwrap().close().unwrap();
}

#[test]
fn a_damaged_search_is_refused_and_a_copy_by_another_tool_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = searched(folder.path(), &[]);
    let sound = reslate::report::tune(&file).unwrap();
    let copy = folder.path().join("copy/cells.parquet");
    fs::create_dir(copy.parent().unwrap()).unwrap();
    written_anew(&file, &copy, None);
    assert_eq!(reslate::report::tune(&copy).unwrap(), sound);
    written_anew(&file, &copy, Some(99.5));
    let said = reslate::report::tune(&copy).unwrap_err().to_string();
    assert!(said.contains("it is damaged: its checksum is not that of its contents"), "{said}");
    let bytes = fs::read(&file).unwrap();
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(23) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&copy, damaged).unwrap();
        match reslate::report::tune(&copy) {
            Ok(page) => assert_eq!(page, sound, "byte {at}"),
            Err(error) => {
                assert!(!error.to_string().contains('\n'), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn an_output_that_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let day = ["report", "--from", "2026-02-11", "--to", "2026-02-11", "--out"];
    let onto = reslate(&[&day[..], &[text(folder.path())]].concat());
    assert_eq!(
        refusal(&onto),
        format!("{}: cannot be written (it is a folder); give another --out", folder.path().display())
    );
    let file = folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    let below = file.join("report.html");
    assert!(refusal(&reslate(&[&day[..], &[text(&below)]].concat())).ends_with("; give another --out"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
}

#[test]
fn without_a_browser_the_page_is_written_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    let run = command(&["report", "--from", "2026-02-11", "--to", "2026-02-11", "--open", "--out", text(&file)])
        .env("PATH", "")
        .output()
        .unwrap();
    let said = refusal(&run.into());
    assert!(said.starts_with(&format!("{}: written, but no browser opened it (", file.display())), "{said}");
    assert!(said.ends_with("); open it yourself"), "{said}");
    assert!(file.exists());
}

#[test]
fn options_of_a_replay_are_none_of_the_other_pages() {
    let run = reslate(&["report", "--version", "v314", "compare", "v307", "v314"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
}

#[test]
#[ignore = "needs Chromium, Python with venv, and packages of PyPI"]
fn pages_work_in_a_browser() {
    let python = environment(Path::new(REQUIREMENTS));
    let folder = tempfile::tempdir().unwrap();
    let walk = ["--train", "10d", "--test", "5d", "--hold-out", "3d", "--luck", "on"];
    let search = searched(folder.path(), &walk);
    let nothing = Data::sound().folder();
    let none_picked = ["--version", "v314", "--set", "min_edge=100", "--snapshot", text(nothing.path())];
    let pages: [(&str, &[&str]); 7] = [
        ("replay", &["--version", "v314"]),
        ("replay-deployed", &["--version", "as-deployed", "--from", "2026-02-09"]),
        ("replay-nothing", &none_picked),
        ("compare", &["compare", "v307", "v314"]),
        ("compare-three", &["compare", "v307", "v314", "v318", "--from", "2026-01-05", "--to", "2026-01-31"]),
        (
            "compare-nothing",
            &["compare", "v307", "v314", "--from", "2026-02-11", "--to", "2026-02-11", "--set", "min_edge=100"],
        ),
        ("tune", &["tune", text(&search)]),
    ];
    let mut browser = Command::new(python);
    browser.arg(PROGRAM).arg(CHROMIUM);
    for (name, arguments) in pages {
        let file = folder.path().join(format!("{name}.html"));
        written(&[&["report"], arguments, &["--out", text(&file)]].concat());
        browser.arg(format!("{name}={}", file.display()));
    }
    let ran: Run = browser.output().unwrap().into();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    print!("{}", ran.stdout);
}
