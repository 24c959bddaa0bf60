//! Pulling from a source from which rows are gone: the snapshot keeps them, and every pull says so until they are back or let
//! go.

use std::fs;

use reslate::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::support::pulled::{Pulled, manifest, named, table, two_months};
use crate::support::{Data, reslate, text};

const GAMES: &str = "player_game_summary";
const REGISTRY: &str = "model_registry";

/// The games of an export with January in one shard and each February date in one of its own.
fn sharded(data: &mut Data) -> Pulled {
    let pulled = Pulled::new(data.folder());
    fs::remove_file(pulled.file(&format!("{GAMES}.parquet"))).unwrap();
    for (nth, date) in ["2026-01-20", "2026-02-10", "2026-02-11"].iter().enumerate() {
        let mut only = data.clone();
        only.rows(GAMES).retain(|row| row["game_date"] == *date);
        fs::write(pulled.file(&shard(nth)), only.parquet(GAMES)).unwrap();
    }
    pulled
}

fn shard(nth: usize) -> String {
    format!("{GAMES}-{nth:012}.parquet")
}

/// Exports the games anew.
fn put_games(pulled: &Pulled, data: &Data) {
    fs::write(pulled.file(&format!("{GAMES}.parquet")), data.clone().parquet(GAMES)).unwrap();
}

fn without_a_game_of(date: &str) -> Data {
    let mut data = two_months();
    let at = data.rows(GAMES).iter().position(|row| row["game_date"] == date).unwrap();
    data.rows(GAMES).remove(at);
    data
}

/// Pulls and returns the exit code, the report, and what is gone of the games.
fn pull(pulled: &Pulled, arguments: &[&str]) -> (i32, Value, Value) {
    let run = pulled.pull(&[arguments, &["--format", "json"]].concat());
    assert_eq!(run.stderr, "");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let gone = table(&report, GAMES)["gone"].clone();
    (run.code, report, gone)
}

fn gone_rows(month: &str, rows: u64, dates: &[&str], outcome: &str) -> Value {
    json!([{"month": month, "rows": rows, "dates": dates, "columns": [], "outcome": outcome}])
}

/// The same of a column of rows that are there.
fn gone_column(months: &[&str], column: &str, outcome: &str) -> Value {
    let gone = |month: &&str| json!({"month": month, "rows": 0, "dates": [], "columns": [column], "outcome": outcome});
    months.iter().map(gone).collect()
}

#[test]
fn a_row_that_vanishes_inside_a_month_is_kept_and_said_until_it_is_back() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    put_games(&pulled, &without_a_game_of("2026-02-10"));
    let expected = gone_rows("2026-02", 1, &["2026-02-10"], "kept");
    for _ in 0..2 {
        let (code, report, gone) = pull(&pulled, &[]);
        assert_eq!((code, &gone, &report["id"]), (1, &expected, &first["id"]));
    }
    let said = pulled.pull(&[]).stdout;
    let line = "gone: player_game_summary: the source has 1 row fewer on 2026-02-10; the snapshot keeps 2026-02 as it was \
                (--accept-gone lets them go)";
    assert!(said.lines().any(|said| said == line), "{said}");
    let (code, report, gone) = pull(&pulled, &["--dry-run"]);
    assert_eq!((code, gone, &report["dry_run"]), (1, expected, &json!(true)));
    put_games(&pulled, &two_months());
    let (code, report, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone, &report["id"]), (0, json!([]), &first["id"]));
}

#[test]
fn a_shard_that_vanishes_takes_nothing_with_it_until_it_is_let_go() {
    let pulled = sharded(&mut two_months());
    let first = pulled.report(&[]);
    fs::remove_file(pulled.file(&shard(2))).unwrap();
    let expected = gone_rows("2026-02", 2, &["2026-02-11"], "kept");
    for _ in 0..2 {
        let (code, report, gone) = pull(&pulled, &[]);
        assert_eq!((code, &gone, &report["id"]), (1, &expected, &first["id"]));
    }
    let (code, report, gone) = pull(&pulled, &["--accept-gone"]);
    assert_eq!((code, gone), (0, gone_rows("2026-02", 2, &["2026-02-11"], "let_go")));
    assert_eq!(table(&report, GAMES)["rows"], 4);
    assert_ne!(report["id"], first["id"]);
    let (code, again, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone, &again["id"]), (0, json!([]), &report["id"]));
}

#[test]
fn a_month_that_vanishes_is_kept_until_it_is_let_go() {
    let pulled = sharded(&mut two_months());
    let first = pulled.report(&[]);
    fs::remove_file(pulled.file(&shard(0))).unwrap();
    let (code, report, gone) = pull(&pulled, &[]);
    assert_eq!((code, &report["id"]), (1, &first["id"]));
    assert_eq!(gone, gone_rows("2026-01", 2, &["2026-01-20"], "kept"));
    let (code, report, _) = pull(&pulled, &["--accept-gone"]);
    assert_eq!((code, &table(&report, GAMES)["first"]), (0, &json!("2026-02-10")));
    assert_eq!(named(pulled.snapshot.path(), GAMES).len(), 1);
}

#[test]
fn what_is_gone_is_told_by_date_and_only_of_the_dates_that_are_pulled() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    put_games(&pulled, &without_a_game_of("2026-02-10"));
    let (code, _, gone) = pull(&pulled, &["--from", "2026-02-11"]);
    assert_eq!((code, gone), (0, json!([])), "the tenth was not looked at");
    let (code, _, gone) = pull(&pulled, &["--to", "2026-02-10"]);
    assert_eq!((code, gone), (1, gone_rows("2026-02", 1, &["2026-02-10"], "kept")));
    let (code, _, gone) = pull(&pulled, &["--from", "2026-02-11"]);
    assert_eq!((code, gone), (1, gone_rows("2026-02", 1, &["2026-02-10"], "kept")), "known from the pull before");
}

#[test]
fn as_many_rows_as_before_of_other_dates_are_fewer_all_the_same() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    let mut data = without_a_game_of("2026-02-10");
    data.push_like(GAMES, 0, json!({"game_date": "2026-02-12", "game_id": "20260212_BKN_NYK"}));
    put_games(&pulled, &data);
    let (code, _, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone), (1, gone_rows("2026-02", 1, &["2026-02-10"], "kept")));
}

#[test]
fn undated_rows_and_whole_tables_are_kept_too() {
    let mut data = two_months();
    data.push(REGISTRY, json!({"model_id": "lgbm_v1", "enabled": true}));
    let pulled = Pulled::new(data.folder());
    let first = pulled.report(&[]);
    fs::write(pulled.file(&format!("{REGISTRY}.parquet")), two_months().parquet(REGISTRY)).unwrap();
    let (code, report, _) = pull(&pulled, &[]);
    assert_eq!((code, &report["id"]), (1, &first["id"]));
    assert_eq!(table(&report, REGISTRY)["gone"], gone_rows("all", 1, &[], "kept"));
    fs::remove_file(pulled.file(&format!("{REGISTRY}.parquet"))).unwrap();
    let (code, report, _) = pull(&pulled, &[]);
    assert_eq!((code, &report["tables_kept"], &report["id"]), (1, &json!([REGISTRY]), &first["id"]));
    let said = pulled.pull(&[]).stdout;
    let line =
        "gone: model_registry is not in the source any more; the snapshot keeps what it has (--accept-gone lets it go)";
    assert_eq!(said.lines().filter(|said| said.starts_with("gone: ")).collect::<Vec<_>>(), [line]);
    let (code, report, _) = pull(&pulled, &["--accept-gone"]);
    assert_eq!((code, &report["tables_kept"]), (0, &json!([])));
    assert_eq!(report["missing"], json!([REGISTRY]));
    assert!(!manifest(pulled.snapshot.path()).unwrap().tables.contains_key(REGISTRY));
}

#[test]
fn a_file_that_was_taken_away_comes_back_whole_whatever_dates_are_pulled() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    for arguments in [&["--from", "2026-02-11"][..], &["--to", "2026-01-31"], &[]] {
        let file = pulled.snapshot.path().join(&named(pulled.snapshot.path(), GAMES)[1]);
        fs::remove_file(&file).unwrap();
        let (code, report, _) = pull(&pulled, arguments);
        assert_eq!((code, &report["id"]), (0, &first["id"]), "{arguments:?}");
        assert!(file.is_file());
    }
}

#[test]
fn a_file_that_was_taken_away_and_is_not_in_the_source_any_more_is_gone_and_said() {
    let pulled = sharded(&mut two_months());
    pulled.report(&[]);
    fs::remove_file(pulled.snapshot.path().join(&named(pulled.snapshot.path(), GAMES)[0])).unwrap();
    fs::remove_file(pulled.file(&shard(0))).unwrap();
    let (code, report, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone), (1, gone_rows("2026-01", 2, &[], "gone")));
    assert_eq!(table(&report, GAMES)["rows"], 4);
    let (code, _, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone), (1, gone_rows("2026-01", 2, &[], "gone")), "it is said again");
    let check = reslate(&["check", "--snapshot", text(pulled.snapshot.path())]).stdout;
    assert!(!check.contains("missing:"), "{check}");
    let words = "2026-01: its file was taken away when the source had 2 rows fewer; they are gone";
    assert!(check.contains(words), "{check}");
    let (code, _, gone) = pull(&pulled, &["--accept-gone"]);
    assert_eq!((code, gone), (0, gone_rows("2026-01", 2, &[], "let_go")));
    assert_eq!(pull(&pulled, &[]).0, 0);
}

#[test]
fn what_was_gone_is_back_when_the_source_has_it_again() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    put_games(&pulled, &without_a_game_of("2026-02-10"));
    fs::remove_file(pulled.snapshot.path().join(&named(pulled.snapshot.path(), GAMES)[1])).unwrap();
    let expected = gone_rows("2026-02", 1, &[], "gone");
    assert_eq!(pull(&pulled, &[]).2, expected);
    let (code, _, gone) = pull(&pulled, &["--dry-run"]);
    assert_eq!((code, gone), (1, expected));
    put_games(&pulled, &two_months());
    let (code, report, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone, &report["id"]), (0, json!([]), &first["id"]));
}

#[test]
fn dates_without_a_row_anywhere_are_no_success() {
    let pulled = Pulled::two_months();
    let (code, report, _) = pull(&pulled, &["--season", "2019-20"]);
    assert_eq!((code, &report["dates_empty"]), (1, &json!(true)));
    let said = pulled.pull(&["--season", "2019-20"]).stdout;
    assert!(said.contains("empty: neither the source nor the snapshot has a row of these dates"), "{said}");
    pulled.report(&[]);
    let (code, report, _) = pull(&pulled, &["--season", "2025-26"]);
    assert_eq!((code, &report["dates_empty"]), (0, &json!(false)), "nothing new is not nothing at all");
}

#[test]
fn check_tells_of_what_is_gone_from_the_source() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    put_games(&pulled, &without_a_game_of("2026-02-10"));
    pull(&pulled, &[]);
    let check = reslate(&["check", "--snapshot", text(pulled.snapshot.path())]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    let words =
        "2026-02: the source had 1 row fewer on 2026-02-10 when it was pulled last; the month from before is kept";
    assert!(check.stdout.contains(words), "{}", check.stdout);
}

#[test]
fn a_column_that_vanishes_is_kept_and_said_until_it_is_back_or_let_go() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    let mut data = two_months();
    data.rename_column(GAMES, "points", "points_scored");
    put_games(&pulled, &data);
    let months = ["2026-01", "2026-02"];
    for arguments in [&[][..], &[], &["--strict"]] {
        let (code, report, gone) = pull(&pulled, arguments);
        assert_eq!((code, &report["id"]), (1, &first["id"]));
        assert_eq!(gone, gone_column(&months, "points", "kept"));
    }
    put_games(&pulled, &two_months());
    let (code, report, gone) = pull(&pulled, &[]);
    assert_eq!((code, &report["id"], gone), (0, &first["id"], json!([])));
    put_games(&pulled, &data);
    let said = pulled.pull(&[]).stdout;
    for line in [
        "gone: player_game_summary: the source has fewer values of points of 2 months (2026-01 to 2026-02); the \
         snapshot keeps these months as they were (--accept-gone lets them go)",
        "note: player_game_summary: player_game_summary.parquet has no points; 'points_scored' is there, which is no column \
         of the table",
    ] {
        assert!(said.lines().any(|said| said == line), "{said}");
    }
    let check = reslate(&["check", "--snapshot", text(pulled.snapshot.path())]).stdout;
    let words = "2026-02: the source had fewer values of points when it was pulled last; the month from before is kept";
    assert!(check.contains(words), "{check}");
    let dry = pulled.report(&["--dry-run", "--accept-gone", "--from", "2026-02-01"]);
    let outcomes: Vec<&Value> = (0..2).map(|at| &table(&dry, GAMES)["gone"][at]["outcome"]).collect();
    assert_eq!(outcomes, ["kept", "let_go"]);
    let (code, report, gone) = pull(&pulled, &["--accept-gone"]);
    assert_eq!((code, gone), (0, gone_column(&months, "points", "let_go")));
    assert_ne!(report["id"], first["id"]);
    let (code, again, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone, &again["id"]), (0, json!([]), &report["id"]));
}

#[test]
fn a_column_that_vanishes_from_one_shard_is_told_of_its_month_alone() {
    let pulled = sharded(&mut two_months());
    let first = pulled.report(&[]);
    let mut data = two_months();
    data.rows(GAMES).retain(|row| row["game_date"] == "2026-02-11");
    data.drop_column(GAMES, "points");
    fs::write(pulled.file(&shard(2)), data.parquet(GAMES)).unwrap();
    let expected = gone_column(&["2026-02"], "points", "kept");
    let (code, report, gone) = pull(&pulled, &[]);
    assert_eq!((code, &gone, &report["id"]), (1, &expected, &first["id"]));
    let (code, _, gone) = pull(&pulled, &["--from", "2026-02-11"]);
    assert_eq!((code, gone), (1, expected));
}

#[test]
fn a_column_that_vanishes_from_one_ndjson_shard_is_missed_too() {
    let pulled = Pulled::new(two_months().folder());
    fs::remove_file(pulled.file(&format!("{GAMES}.parquet"))).unwrap();
    let lines = |date: &str, without: &str| {
        let mut data = two_months();
        let rows = data.rows(GAMES).iter_mut().filter(|row| row["game_date"] == date);
        let line = |row: &mut Value| {
            row.as_object_mut().unwrap().remove(without);
            format!("{row}\n")
        };
        rows.map(line).collect::<String>()
    };
    let put = |nth: usize, text: String| fs::write(pulled.file(&format!("{GAMES}-{nth:012}.jsonl")), text).unwrap();
    for (nth, date) in ["2026-01-20", "2026-02-10", "2026-02-11"].iter().enumerate() {
        put(nth, lines(date, ""));
    }
    let first = pulled.report(&[]);
    put(2, lines("2026-02-11", "points"));
    let (code, report, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone, &report["id"]), (1, gone_column(&["2026-02"], "points", "kept"), &first["id"]));
}

#[test]
fn a_shard_that_never_had_a_column_takes_none_away() {
    let pulled = sharded(&mut two_months());
    let mut data = two_months();
    data.rows(GAMES).retain(|row| row["game_date"] == "2026-02-11");
    data.drop_column(GAMES, "points");
    fs::write(pulled.file(&shard(2)), data.parquet(GAMES)).unwrap();
    pulled.report(&[]);
    data.set(GAMES, 0, json!({"minutes_played": "12.5"}));
    fs::write(pulled.file(&shard(2)), data.parquet(GAMES)).unwrap();
    let (code, report, gone) = pull(&pulled, &[]);
    assert_eq!((code, gone), (0, json!([])));
    assert_eq!(table(&report, GAMES)["months_written"], json!(["2026-02"]));
    let check = reslate(&["check", "--snapshot", text(pulled.snapshot.path())]).stdout;
    assert!(!check.contains("column missing"), "the month's file has the column: {check}");
}

#[test]
fn what_is_new_in_a_month_that_was_kept_comes_once_it_is_let_go_of() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    let mut data = without_a_game_of("2026-02-10");
    data.push_like(GAMES, 0, json!({"game_date": "2026-02-12", "game_id": "20260212_BKN_NYK"}));
    put_games(&pulled, &data);
    assert_eq!(pull(&pulled, &[]).0, 1);
    let (code, _, gone) = pull(&pulled, &["--accept-gone", "--from", "2026-02-10", "--to", "2026-02-10"]);
    assert_eq!((code, gone), (0, gone_rows("2026-02", 1, &["2026-02-10"], "let_go")));
    let (code, report, _) = pull(&pulled, &[]);
    assert_eq!((code, &table(&report, GAMES)["last"]), (0, &json!("2026-02-12")));
    let fresh = Pulled::new(data.folder()).report(&[]);
    assert_eq!(report["id"], fresh["id"]);
}

#[test]
fn a_required_column_whose_values_do_not_fit_any_more_is_kept() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    let mut data = two_months();
    data.retype("player_prop_predictions", "is_active", datafusion::arrow::datatypes::DataType::Utf8);
    data.set_all("player_prop_predictions", json!({"is_active": "yes"}));
    fs::write(pulled.file("player_prop_predictions.parquet"), data.parquet("player_prop_predictions")).unwrap();
    let (code, report, _) = pull(&pulled, &[]);
    assert_eq!((code, &report["id"]), (1, &first["id"]));
    let gone = &table(&report, "player_prop_predictions")["gone"];
    assert_eq!(*gone, gone_column(&["2026-01", "2026-02"], "is_active", "kept"));
}

#[test]
fn a_table_that_was_gone_when_some_dates_were_pulled_is_back_with_all_of_them() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    let (file, aside) = (pulled.file(&format!("{GAMES}.parquet")), pulled.file("aside"));
    for arguments in
        [&["--from", "2026-02-11"][..], &["--to", "2026-02-10"], &["--from", "2026-02-10", "--to", "2026-02-10"], &[]]
    {
        fs::rename(&file, &aside).unwrap();
        let (code, report, _) = pull(&pulled, arguments);
        assert_eq!((code, &report["tables_kept"]), (1, &json!([GAMES])));
        fs::rename(&aside, &file).unwrap();
        let (code, report, gone) = pull(&pulled, &[]);
        assert_eq!((code, gone, &report["id"]), (0, json!([]), &first["id"]), "{arguments:?}");
    }
}

#[test]
fn rows_can_be_let_go_of_from_a_date_on() {
    let pulled = sharded(&mut two_months());
    pulled.report(&[]);
    let mut picks = two_months();
    picks.rows(GAMES).clear();
    (0..3).for_each(|nth| fs::remove_file(pulled.file(&shard(nth))).unwrap());
    fs::write(pulled.file(&shard(9)), picks.parquet(GAMES)).unwrap();
    let (code, report, gone) = pull(&pulled, &["--accept-gone", "--from", "2026-02-11"]);
    assert_eq!((code, gone), (0, gone_rows("2026-02", 2, &["2026-02-11"], "let_go")));
    assert_eq!((&table(&report, GAMES)["rows"], &table(&report, GAMES)["last"]), (&json!(4), &json!("2026-02-10")));
    let (code, _, gone) = pull(&pulled, &[]);
    let both = [gone_rows("2026-01", 2, &["2026-01-20"], "kept"), gone_rows("2026-02", 2, &["2026-02-10"], "kept")];
    assert_eq!((code, gone), (1, json!([both[0][0], both[1][0]])));
}

#[test]
fn one_table_alone_can_be_let_go_of() {
    let pulled = sharded(&mut two_months());
    pulled.report(&[]);
    fs::remove_file(pulled.file(&format!("{REGISTRY}.parquet"))).unwrap();
    (0..3).for_each(|nth| fs::remove_file(pulled.file(&shard(nth))).unwrap());
    let (code, report, _) = pull(&pulled, &[]);
    assert_eq!((code, &report["tables_kept"]), (1, &json!([GAMES, REGISTRY])), "one is required, one is not");
    let report = pulled.report(&["--tables", REGISTRY, "--accept-gone"]);
    assert_eq!((&report["tables_kept"], &report["missing"]), (&json!([]), &json!([REGISTRY])));
    let refused = pulled.refused(&["--tables", GAMES, "--accept-gone"]);
    assert!(refused.starts_with("EXPORT: no export of player_game_summary; expected "), "{refused}");
}

#[test]
fn a_manifest_of_format_4_says_the_same_in_other_words() {
    let pulled = sharded(&mut two_months());
    pulled.report(&[]);
    // January is gone from both; of February a date and a column are gone from the source.
    fs::remove_file(pulled.snapshot.path().join(&named(pulled.snapshot.path(), GAMES)[0])).unwrap();
    fs::remove_file(pulled.file(&shard(0))).unwrap();
    let of = |date: &str| {
        let mut data = two_months();
        data.rows(GAMES).retain(|row| row["game_date"] == date);
        data
    };
    let (mut tenth, mut eleventh) = (of("2026-02-10"), of("2026-02-11"));
    tenth.set_all(GAMES, json!({"game_date": null}));
    eleventh.drop_column(GAMES, "points");
    fs::write(pulled.file(&shard(1)), tenth.parquet(GAMES)).unwrap();
    fs::write(pulled.file(&shard(2)), eleventh.parquet(GAMES)).unwrap();
    let (_, report, gone) = pull(&pulled, &[]);
    let written = manifest(pulled.snapshot.path()).unwrap();
    let path = pulled.snapshot.path().join("manifest.json");
    let mut text_of_4 = fs::read_to_string(&path).unwrap();
    for (key, before) in [
        ("\"format_version\": 6", "\"format_version\": 4"),
        ("\"gone\":", "\"lost\":"),
        ("\"rows_gone\":", "\"rows\":"),
        ("\"columns_gone\":", "\"columns\":"),
        ("\"read_again\":", "\"stale\":"),
        ("\"rows_left_out\":", "\"undated\":"),
    ] {
        assert!(text_of_4.contains(key), "{key}");
        text_of_4 = text_of_4.replace(key, before);
    }
    fs::write(&path, text_of_4).unwrap();
    let mut read = manifest(pulled.snapshot.path()).unwrap();
    assert_eq!(std::mem::replace(&mut read.format_version, 6), 4);
    assert_eq!(read, written);
    Snapshot::open(pulled.snapshot.path()).unwrap();
    let (code, again, gone_again) = pull(&pulled, &[]);
    assert_eq!((code, &again["id"], &again["unchanged"]), (1, &report["id"], &json!(true)));
    assert_eq!(gone_again, gone);
    assert_eq!(manifest(pulled.snapshot.path()).unwrap().format_version, 6);
}
