//! Pulling: what is taken from an export and how, what is read again, what stays, and what is said.

use std::fs::{self, File};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use datafusion::object_store::memory::InMemory;
use datafusion::object_store::{ObjectStore, ObjectStoreExt as _};
use reslate::pull::disk::LocalDisk;
use reslate::pull::{Exports, Request, pull};
use reslate::snapshot::manifest::Manifest;
use reslate::snapshot::{Snapshot, TABLES};
use reslate::version::shipped;
use serde_json::{Value, json};

use crate::replay::vectors;
use crate::support::pulled::{MONDAY, Pulled, manifest, named, request, table, two_months};
use crate::support::{Data, league, reslate, text, untidy};

const GRADINGS: &str = "prediction_accuracy";
const GAMES: &str = "player_game_summary";
const REGISTRY: &str = "model_registry";

#[test]
fn an_ugly_export_is_the_same_snapshot_as_a_tidy_one_and_replays_to_the_expected_documents() {
    let league = league::folder("league-a");
    let ugly = Pulled::new(tempfile::tempdir().unwrap());
    untidy::write_ugly(&league, ugly.export.path());
    let report = ugly.report(&["--strict"]);
    assert_eq!(table(&report, GRADINGS)["notes"], json!(["is_correct is taken as prediction_correct, its name today"]));
    assert_eq!(report["notes"], json!(["of no table, not pulled: read me.txt"]));
    let tidy = tempfile::tempdir().unwrap();
    let run = reslate(&["pull", text(&league), "--snapshot", text(tidy.path()), "--jobs", "1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(manifest(ugly.snapshot.path()).unwrap().id, manifest(tidy.path()).unwrap().id);
    let snapshot = Snapshot::open(ugly.snapshot.path()).unwrap();
    vectors::compare(&league, &snapshot, &["v279", "v307", "v318"].map(|id| shipped(id).unwrap()));
}

#[test]
fn what_is_pulled_says_so_in_a_table() {
    let pulled = Pulled::two_months();
    fs::write(pulled.file("player_names.parquet"), "").unwrap();
    let said = |arguments: &[&str]| {
        let run = pulled.pull(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        run.stdout
    };
    // Sizes and hashes are the Parquet writer's.
    let filters = vec![(r" +[0-9.]+ (KiB|B)\b", " SIZE"), ("Snapshot [0-9a-f]{12}", "Snapshot ID")];
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!("pull_some", said(&["--tables", "player_prop_predictions,model_registry"]));
        insta::assert_snapshot!("pull_dry_run", said(&["--dry-run"]));
        insta::assert_snapshot!("pull_the_rest", said(&[]));
        insta::assert_snapshot!("pull_nothing_new", said(&[]));
    });
}

#[test]
fn a_dry_run_writes_nothing() {
    let pulled = Pulled::two_months();
    let report = pulled.report(&["--dry-run"]);
    assert_eq!((&report["dry_run"], &report["id"]), (&json!(true), &Value::Null));
    assert_eq!(table(&report, GAMES)["parts_read"], 1);
    assert_eq!(fs::read_dir(pulled.snapshot.path()).unwrap().count(), 0);
}

#[test]
fn nothing_new_is_not_read_again() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    let second = pulled.report(&[]);
    assert_eq!((&second["id"], &second["unchanged"]), (&first["id"], &json!(true)));
    for table in second["tables"].as_array().unwrap() {
        assert_eq!((&table["parts_read"], &table["bytes_read"]), (&json!(0), &json!(0)), "{table}");
    }
    let manifest = manifest(pulled.snapshot.path()).unwrap();
    assert_eq!(manifest.id, Manifest::id_of(&manifest.tables));
    assert_eq!(manifest.seasons.keys().collect::<Vec<_>>(), ["2025-26"]);
    let games = &manifest.tables[GAMES];
    let ends = [games.min_date, games.max_date].map(|day| day.unwrap().0.to_string());
    assert_eq!(ends, ["2026-01-20", "2026-02-11"]);
    let sound = reslate(&["check", "--snapshot", text(pulled.snapshot.path())]);
    assert_eq!(sound.code, 0, "{}", sound.stdout);
}

#[test]
fn a_late_change_replaces_its_month_alone_and_spares_those_who_read_the_month_before() {
    let mut data = two_months();
    let pulled = Pulled::new(data.folder());
    pulled.report(&[]);
    let before = named(pulled.snapshot.path(), GRADINGS);
    data.set(GRADINGS, 0, json!({"actual_points": 31}));
    fs::write(pulled.file(&format!("{GRADINGS}.parquet")), data.parquet(GRADINGS)).unwrap();
    let report = pulled.report(&[]);
    assert_eq!(table(&report, GRADINGS)["months_written"], json!(["2026-02"]));
    assert_eq!(report["unchanged"], false);
    let after = named(pulled.snapshot.path(), GRADINGS);
    assert_eq!(after[0], before[0]);
    assert_ne!(after[1], before[1]);
    assert!(pulled.snapshot.path().join(&before[1]).is_file(), "whoever opened the snapshot before still reads it");
    pulled.report(&[]);
    assert!(!pulled.snapshot.path().join(&before[1]).exists());
    let other = tempfile::tempdir().unwrap();
    let fresh = reslate(&["pull", text(pulled.export.path()), "--snapshot", text(other.path())]);
    assert_eq!(fresh.code, 0);
    assert_eq!(manifest(other.path()).unwrap().id, report["id"].as_str().unwrap());
}

#[test]
fn a_change_that_keeps_time_and_size_is_found_within_the_time_of_refresh() {
    let csv = |points: u32| {
        format!(
            "player_lookup,game_id,game_date,team_abbr,opponent_team_abbr,points\n\
             al,20251110_BKN_NYK,2025-11-10,BKN,NYK,{points}\n"
        )
    };
    let pulled = Pulled::two_months();
    fs::remove_file(pulled.file("player_game_summary.parquet")).unwrap();
    fs::create_dir(pulled.file(GAMES)).unwrap();
    let part = pulled.file("player_game_summary/2025-11.csv");
    let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let write = |points: u32| {
        fs::write(&part, csv(points)).unwrap();
        File::options().write(true).open(&part).unwrap().set_modified(moment).unwrap();
    };
    write(24);
    pulled.report(&[]);
    write(25);
    let read = |arguments: &[&str]| table(&pulled.report(arguments), GAMES)["parts_read"].clone();
    assert_eq!(read(&[]), 0, "three months before the newest date, time and size are trusted");
    assert_eq!(read(&["--refresh", "120d"]), 1);
    assert_eq!(read(&["--refresh", "120d"]), 0);
}

#[test]
fn a_file_that_was_only_touched_is_not_read_again() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    let file = File::options().write(true).open(pulled.file("player_game_summary.parquet")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(table(&pulled.report(&[]), GAMES)["parts_read"], 0);
}

#[test]
fn what_is_not_asked_for_stays_and_what_was_not_pulled_follows() {
    let pulled = Pulled::two_months();
    let whole = Pulled { export: two_months().folder(), snapshot: tempfile::tempdir().unwrap() };
    let all = whole.report(&[]);
    let run = pulled.pull(&["--tables", REGISTRY]);
    assert!(run.stdout.contains("no snapshot to replay yet: missing player_prop_predictions"), "{}", run.stdout);
    let unopened = reslate(&["slates", "--snapshot", text(pulled.snapshot.path())]);
    assert!(unopened.stderr.contains("required table player_prop_predictions is missing"), "{}", unopened.stderr);
    let february = pulled.report(&["--from", "2026-02-11"]);
    assert_eq!(table(&february, GAMES)["rows"], 2);
    let both = pulled.report(&["--from", "2026-02-01", "--to", "2026-02-10"]);
    assert_eq!(table(&both, GAMES)["rows"], 4);
    assert_eq!(table(&both, GAMES)["months_written"], json!(["2026-02"]));
    let none = pulled.report(&["--season", "2025-26", "--tables", REGISTRY]);
    assert_eq!(table(&none, REGISTRY)["parts_read"], 0, "an undated table has no dates to ask for");
    assert_eq!(pulled.report(&["--season", "2025-26"])["id"], all["id"]);
    let rest = pulled.report(&[]);
    assert_eq!(rest["id"], all["id"]);
    assert_eq!(pulled.report(&["--season", "2025-26"])["tables"][0]["parts_read"], 0);
}

#[test]
fn a_range_leaves_the_rest_of_its_months_alone() {
    let mut data = two_months();
    let pulled = Pulled::new(data.folder());
    pulled.report(&[]);
    data.set_all(GAMES, json!({"points": 40}));
    fs::write(pulled.file("player_game_summary.parquet"), data.parquet(GAMES)).unwrap();
    pulled.report(&["--from", "2026-02-11", "--to", "2026-02-11"]);
    let sql = "SELECT game_date, min(points) AS points FROM player_game_summary GROUP BY game_date ORDER BY game_date";
    let points = || reslate(&["sql", sql, "--format", "csv", "--snapshot", text(pulled.snapshot.path())]).stdout;
    let values = |text: &str| text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().to_owned()).collect();
    let now: Vec<String> = values(&points());
    assert_eq!(now, ["24", "24", "40"]);
    pulled.report(&[]);
    let now: Vec<String> = values(&points());
    assert_eq!(now, ["40", "40", "40"]);
}

#[test]
fn a_file_that_was_taken_away_is_written_again() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    let file = &named(pulled.snapshot.path(), GAMES)[0];
    fs::remove_file(pulled.snapshot.path().join(file)).unwrap();
    let again = pulled.report(&[]);
    assert_eq!(again["id"], first["id"]);
    assert!(pulled.snapshot.path().join(file).is_file());
}

#[test]
fn what_does_not_fit_is_counted_shown_and_stops_a_strict_pull() {
    let mut data = two_months();
    data.retype(GAMES, "minutes_played", datafusion::arrow::datatypes::DataType::Float64);
    data.set(GAMES, 1, json!({"minutes_played": 31.55}));
    data.set(GAMES, 2, json!({"game_date": null}));
    let pulled = Pulled::new(data.folder());
    let strict = pulled.refused(&["--strict"]);
    insta::assert_snapshot!(strict, @"EXPORT/player_game_summary.parquet: player_game_summary.minutes_played, row 2: 31.55 does not fit NUMERIC(5,1); without --strict it is NULL and counted");
    let run = pulled.pull(&["--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let misfits = json!({"count": 2, "examples": [
        "EXPORT/player_game_summary.parquet, row 2: 31.55 does not fit minutes_played NUMERIC(5,1)",
        "EXPORT/player_game_summary.parquet, row 3: without a game_date, left out",
    ]});
    assert_eq!(table(&report, GAMES)["misfits"], misfits);
    assert_eq!(table(&report, GAMES)["rows"], 5);
    let manifest = manifest(pulled.snapshot.path()).unwrap();
    assert_eq!(manifest.tables[GAMES].pulled.as_ref().unwrap().parts[0].misfits, 2);
    let again = pulled.report(&[]);
    assert_eq!((&table(&again, GAMES)["parts_read"], &table(&again, GAMES)["misfits"]), (&json!(0), &misfits));
    assert_eq!(pulled.pull(&[]).code, 1, "what did not fit is still not in the snapshot");
    let check = reslate(&["check", "--snapshot", text(pulled.snapshot.path())]);
    let words = "2 values did not fit when they were pulled, so they are NULL, or their row is not there";
    assert!(check.stdout.contains(words), "{}", check.stdout);
}

#[test]
fn texts_of_a_parquet_export_are_taken_for_what_they_say() {
    let plain = Pulled::two_months();
    let mut data = two_months();
    for column in ["minutes_played", "points", "game_date"] {
        data.retype(GAMES, column, datafusion::arrow::datatypes::DataType::Utf8);
    }
    for row in data.rows(GAMES).iter_mut() {
        for column in ["minutes_played", "points"] {
            if row[column].is_number() {
                row[column] = json!(row[column].to_string());
            }
        }
    }
    let texts = Pulled::new(data.folder());
    assert_eq!(texts.report(&[])["id"], plain.report(&[])["id"]);
    data.set(GAMES, 0, json!({"minutes_played": "many"}));
    let report = Pulled::new(data.folder()).report(&[]);
    let example = "EXPORT/player_game_summary.parquet, row 1: 'many' does not fit minutes_played NUMERIC(5,1)";
    let said = table(&report, GAMES)["misfits"].to_string();
    assert!(said.contains(&example["EXPORT".len()..]), "{said}");
}

#[test]
fn a_required_value_that_is_null_does_not_fit() {
    let mut data = two_months();
    data.set(GAMES, 1, json!({"game_id": null}));
    let pulled = Pulled::new(data.folder());
    let strict = pulled.refused(&["--strict"]);
    insta::assert_snapshot!(strict, @"EXPORT/player_game_summary.parquet: player_game_summary.game_id, row 2: NULL does not fit a required STRING; without --strict its row stays without one and is counted");
    let report = pulled.report(&[]);
    let example = "EXPORT/player_game_summary.parquet, row 2: without a game_id, which is required";
    assert_eq!(table(&report, GAMES)["misfits"], json!({"count": 1, "examples": [example]}));
    assert_eq!(pulled.pull(&[]).code, 1);
}

#[test]
fn a_file_with_a_column_under_both_its_names_has_the_values_of_either() {
    let export = |name: &str| {
        let mut data = Data::sound();
        data.add_column(GRADINGS, "is_correct", datafusion::arrow::datatypes::DataType::Boolean);
        let count = data.rows(GRADINGS).len();
        for row in 0..count {
            let names: &[&str] = match row % 3 {
                0 => &["prediction_correct"],
                1 => &["is_correct"],
                _ => &["is_correct", "prediction_correct"],
            };
            let mut own = data.rows(GRADINGS)[row].clone();
            let fields = own.as_object_mut().unwrap();
            fields.remove("prediction_correct");
            names.iter().for_each(|name| drop(fields.insert((*name).to_owned(), json!(true))));
            data.rows(GRADINGS)[row] = own;
        }
        let pulled = Pulled::new(data.folder());
        match name.rsplit('.').next() {
            Some("csv") => pulled.put(GRADINGS, name, untidy::csv(&data.batch(GRADINGS))),
            Some("json") => pulled.put(GRADINGS, name, untidy::ndjson(&data.batch(GRADINGS), &[])),
            _ => {}
        }
        pulled
    };
    for name in ["prediction_accuracy.parquet", "prediction_accuracy.csv", "prediction_accuracy.json"] {
        let pulled = export(name);
        let report = pulled.report(&["--strict"]);
        let note = "is_correct is taken as prediction_correct, its name today";
        assert_eq!(table(&report, GRADINGS)["notes"], json!([note]), "{name}");
        let sql = "SELECT count(*) AS n FROM prediction_accuracy WHERE prediction_correct";
        let run = reslate(&["sql", sql, "--format", "csv", "--snapshot", text(pulled.snapshot.path())]);
        assert_eq!(run.stdout, "schema_version,n\n1,8\n", "{name}");
    }
}

#[test]
fn the_registry_keeps_the_order_of_its_rows() {
    let pulled = Pulled::two_months();
    let row = |id: &str| {
        format!(
            "{{\"combo_id\":\"{id}\",\"classification\":\"SYNERGISTIC\",\"status\":\"LIVE\",\"signals\":[\"{id}\"]}}\n"
        )
    };
    fs::remove_file(pulled.file("signal_combo_registry.parquet")).unwrap();
    for (name, ids) in [("0", ["zeta", "alpha"]), ("1", ["mu", "beta"])] {
        let text: String = ids.map(row).concat();
        fs::write(pulled.file(&format!("signal_combo_registry-{name}.json")), text).unwrap();
    }
    pulled.report(&[]);
    let sql = "SELECT combo_id, ordinal FROM signal_combo_registry ORDER BY ordinal";
    let order = || reslate(&["sql", sql, "--format", "csv", "--snapshot", text(pulled.snapshot.path())]).stdout;
    let expected = ["zeta,1", "alpha,2", "mu,3", "beta,4"];
    let rows =
        |text: String| text.lines().skip(1).map(|line| line.trim_start_matches("1,").to_owned()).collect::<Vec<_>>();
    assert_eq!(rows(order()), expected);
    fs::write(pulled.file("signal_combo_registry-1.json"), ["beta", "mu"].map(row).concat()).unwrap();
    pulled.report(&[]);
    assert_eq!(rows(order()), ["zeta,1", "alpha,2", "beta,3", "mu,4"]);
}

#[test]
fn empty_and_missing_stay_two_things() {
    let mut data = two_months();
    data.drop_table("subset_performance");
    data.drop_column(GAMES, "usage_rate");
    let pulled = Pulled::new(data.folder());
    let report = pulled.report(&[]);
    assert_eq!(report["missing"], json!(["subset_performance"]));
    let snapshot = Snapshot::open(pulled.snapshot.path()).unwrap();
    assert_eq!(snapshot.missing_tables(), ["subset_performance"]);
    assert_eq!(snapshot.table("current_subset_picks").unwrap().rows(), 0);
    assert_eq!(snapshot.table(GAMES).unwrap().missing_columns().unwrap(), ["usage_rate"]);
    assert!(!snapshot.manifest().unwrap().tables[GAMES].columns.contains(&"usage_rate".to_owned()));
}

#[test]
fn csv_as_people_write_it() {
    let pulled = Pulled::two_months();
    let text = "\u{feff}model_id,remarks,enabled,training_start_date\r\n\
                \"m\"\"1\",\"a\nb, c\",TRUE,2026-01-06\r\n\
                m2,,,2026-01-06 00:00:00";
    pulled.put(REGISTRY, "model_registry.csv", text);
    let strict = pulled.refused(&["--strict"]);
    insta::assert_snapshot!(strict, @"EXPORT/model_registry.csv: the last record has no line end, so it may be cut off; end it with one, or pull without --strict");
    let report = pulled.report(&[]);
    let example = "EXPORT/model_registry.csv: the last record has no line end; it may be cut off";
    assert_eq!(table(&report, REGISTRY)["misfits"], json!({"count": 1, "examples": [example]}));
    pulled.put(REGISTRY, "model_registry.csv", format!("{text}\r\n"));
    assert_eq!(table(&pulled.report(&["--strict"]), REGISTRY)["misfits"]["count"], 0);
    let sql = "SELECT model_id, enabled, training_start_date FROM model_registry ORDER BY model_id";
    let run = reslate(&["sql", sql, "--format", "json", "--snapshot", crate::support::text(pulled.snapshot.path())]);
    let rows: Value = serde_json::from_str(&run.stdout).unwrap();
    let day = "2026-01-06";
    assert_eq!(rows[0], json!({"model_id": "m\"1", "enabled": true, "training_start_date": day}));
    assert_eq!(rows[1], json!({"model_id": "m2", "training_start_date": day}));
}

#[test]
fn an_empty_ndjson_file_has_no_rows() {
    let pulled = Pulled::two_months();
    pulled.put(REGISTRY, "model_registry.jsonl", b"");
    let report = pulled.report(&[]);
    assert_eq!(table(&report, REGISTRY)["rows"], 0);
    assert!(report["missing"].as_array().unwrap().is_empty());
}

#[test]
fn an_object_store_is_pulled_from_like_a_folder() {
    let data = two_months();
    let whole = Pulled::new(data.folder());
    let id = whole.report(&[])["id"].clone();
    let target = tempfile::tempdir().unwrap();
    let store = Arc::new(InMemory::new());
    let put = async |table: &str| {
        store.put(&format!("{table}.parquet").into(), data.parquet(table).into()).await.unwrap();
    };
    league::run(async {
        for table in TABLES {
            put(table.name).await;
        }
        let pulled = async || {
            let source = Exports::in_store(Arc::clone(&store) as Arc<dyn ObjectStore>, "memory".to_owned());
            let request = request(whole.export.path(), target.path(), MONDAY, LocalDisk);
            let report = pull(Request { source: Box::new(source), ..request }).await.unwrap();
            (report.id, report.tables.iter().map(|table| table.parts_read).sum::<u64>())
        };
        assert_eq!(pulled().await, (id.as_str().map(str::to_owned), TABLES.len() as u64));
        assert_eq!(pulled().await.1, 0);
        put(GAMES).await;
        assert_eq!(pulled().await.1, 1, "another etag is another object, since nothing else is known of it");
    });
}

#[test]
fn one_table_at_once_or_many_give_the_same_snapshot() {
    let ids: Vec<Value> =
        ["1", "2", "12"].iter().map(|jobs| Pulled::two_months().report(&["--jobs", jobs])["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0] && id.is_string()), "{ids:?}");
}
