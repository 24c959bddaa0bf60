//! Pulling where something is amiss: files of the snapshot that cannot be opened, files that are there twice, empty tables, and
//! a source at another place.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::pulled::{Pulled, manifest, named, table, two_months};
use crate::support::{reslate, text};

const GAMES: &str = "player_game_summary";
const GRADINGS: &str = "prediction_accuracy";
const REGISTRY: &str = "model_registry";

/// The file of the games of February.
fn february(pulled: &Pulled) -> PathBuf {
    pulled.snapshot.path().join(&named(pulled.snapshot.path(), GAMES)[1])
}

/// Games with those of January in one file and those of February in another.
fn two_shards() -> Pulled {
    let mut data = two_months();
    let pulled = Pulled::new(data.folder());
    fs::remove_file(pulled.file(&format!("{GAMES}.parquet"))).unwrap();
    for (name, month) in [("a", "2026-01"), ("b", "2026-02")] {
        let mut only = data.clone();
        only.rows(GAMES).retain(|row| row["game_date"].as_str().unwrap().starts_with(month));
        fs::create_dir_all(pulled.file(GAMES)).unwrap();
        fs::write(pulled.file(&format!("{GAMES}/{name}.parquet")), only.parquet(GAMES)).unwrap();
    }
    data.rows(GAMES).clear();
    pulled
}

#[test]
fn a_file_that_cannot_be_opened_is_written_anew_whatever_is_pulled() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    let file = february(&pulled);
    let sound = fs::read(&file).unwrap();
    let mut data = two_months();
    data.rows(GAMES).truncate(1);
    let of_other_rows = data.pulled_parquet(GAMES);
    let mut data = two_months();
    data.rows(GAMES).retain(|row| row["game_date"].as_str().unwrap().starts_with("2026-02"));
    data.set(GAMES, 0, json!({"points": 99}));
    let of_other_values = data.pulled_parquet(GAMES);
    for (damaged, is_readable) in [
        (&sound[..sound.len() / 2], false),
        (b"", false),
        (b"something else", false),
        (&of_other_rows, false),
        (&of_other_values, true),
    ] {
        for arguments in [&[][..], &["--to", "2026-01-31"], &["--tables", GAMES]] {
            fs::write(&file, damaged).unwrap();
            if !is_readable {
                let run = reslate(&["replay", "--snapshot", text(pulled.snapshot.path()), "2026-02-11"]);
                assert_eq!(run.code, 2);
                assert!(run.stderr.contains("pull again"), "{}", run.stderr);
            }
            let report = pulled.report(arguments);
            assert_eq!(report["id"], first["id"]);
            let name = file.strip_prefix(pulled.snapshot.path()).unwrap();
            let note = format!("{} was damaged; it is written anew", name.display());
            assert_eq!(table(&report, GAMES)["notes"], json!([note]));
            assert!(fs::read(&file).unwrap() == sound);
        }
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_not_given_up_for_less() {
    let pulled = two_shards();
    pulled.report(&[]);
    let file = february(&pulled);
    fs::write(&file, b"").unwrap();
    fs::remove_file(pulled.file(&format!("{GAMES}/b.parquet"))).unwrap();
    let refused = pulled.refused(&[]);
    let name = file.strip_prefix(pulled.snapshot.path()).unwrap().display().to_string();
    let said = format!(
        "DIR/{name}: damaged, and the source has 4 rows fewer to write it anew; put it aside and pull again to go on \
         with those"
    );
    assert_eq!(refused, said);
    assert!(file.is_file());
    fs::rename(&file, pulled.snapshot.path().join("aside")).unwrap();
    let report = pulled.report(&[]);
    assert_eq!(table(&report, GAMES)["gone"][0]["outcome"], "gone");
}

#[test]
fn of_a_file_that_was_taken_away_when_its_column_was_gone_the_column_is_gone() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    fs::remove_file(february(&pulled)).unwrap();
    let mut data = two_months();
    data.drop_column(GAMES, "points");
    fs::write(pulled.file(&format!("{GAMES}.parquet")), data.parquet(GAMES)).unwrap();
    let report = pulled.report(&[]);
    let gone = |month: &str, outcome: &str| json!({"month": month, "rows": 0, "dates": [], "columns": ["points"], "outcome": outcome});
    assert_eq!(table(&report, GAMES)["gone"], json!([gone("2026-01", "kept"), gone("2026-02", "gone")]));
}

#[test]
fn a_file_that_is_there_twice_is_said_by_every_pull() {
    let pulled = two_shards();
    let (file, copy) = (pulled.file(&format!("{GAMES}/a.parquet")), pulled.file(&format!("{GAMES}/a (1).parquet")));
    fs::copy(&file, &copy).unwrap();
    let twin = json!([{"part": format!("{GAMES}/a.parquet"), "same_as": format!("{GAMES}/a (1).parquet")}]);
    for _ in 0..2 {
        let run = pulled.pull(&["--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, &table(&report, GAMES)["twins"]), (1, &twin));
    }
    let said = pulled.pull(&["--dry-run"]);
    let line = "twice: player_game_summary: player_game_summary/a.parquet has the same bytes as player_game_summary/a \
                (1).parquet: its rows are there twice; take one of the two away and pull with --accept-gone";
    assert!(said.code == 1 && said.stdout.lines().any(|said| said == line), "{}", said.stdout);
    fs::remove_file(&copy).unwrap();
    let run = pulled.pull(&["--accept-gone"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn a_required_table_without_a_row_is_said_by_every_pull() {
    let mut data = two_months();
    data.rows(GRADINGS).clear();
    let pulled = Pulled::new(data.folder());
    for _ in 0..2 {
        let run = pulled.pull(&["--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, &report["tables_empty"]), (1, &json!([GRADINGS])));
    }
    let said = pulled.pull(&[]).stdout;
    assert!(said.contains("empty: prediction_accuracy is required, and there is no row of it"), "{said}");
}

#[test]
fn rows_whose_dates_do_not_fit_are_not_gone() {
    let pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    let mut data = two_months();
    data.set_all(GAMES, json!({"game_date": null}));
    fs::write(pulled.file(&format!("{GAMES}.parquet")), data.parquet(GAMES)).unwrap();
    for _ in 0..2 {
        let run = pulled.pull(&["--accept-gone", "--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, &report["id"]), (1, &first["id"]), "{}", run.stdout);
        let games = table(&report, GAMES);
        let outcomes: Vec<&Value> = games["gone"].as_array().unwrap().iter().map(|gone| &gone["outcome"]).collect();
        assert_eq!(outcomes, ["kept", "kept"]);
        let note =
            "not all is let go of, since rows without a game_date may be those that seem to be gone; mend them first";
        assert!(games["notes"].as_array().unwrap().contains(&json!(note)));
    }
}

#[test]
fn dates_without_a_row_leave_no_snapshot() {
    let pulled = Pulled::two_months();
    let said = pulled.pull(&["--season", "2019-20"]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.trim_end().ends_with("read, nothing written"), "{}", said.stdout);
    assert_eq!(manifest(pulled.snapshot.path()), None);
    let files = fs::read_dir(pulled.snapshot.path().join(REGISTRY)).unwrap().count();
    assert_eq!(files, 0, "not even of tables without dates");
}

#[test]
fn a_source_that_has_moved_is_the_same_one_where_that_is_said() {
    let mut pulled = Pulled::two_months();
    let first = pulled.report(&[]);
    pulled.export = two_months().folder();
    let refused = pulled.refused(&[]);
    assert!(
        refused.ends_with("; pull into another folder, or say --moved if that is where its source lies now"),
        "{refused}"
    );
    let report = pulled.report(&["--moved"]);
    assert_eq!(
        (&report["id"], &table(&report, GAMES)["rows_read"]),
        (&first["id"], &json!(0)),
        "the bytes are the same"
    );
    let again = pulled.report(&[]);
    assert_eq!(again["id"], first["id"]);
}

#[test]
fn a_dry_run_says_what_is_gone() {
    let pulled = two_shards();
    pulled.report(&[]);
    fs::remove_file(pulled.file(&format!("{GAMES}/b.parquet"))).unwrap();
    fs::remove_file(pulled.file(&format!("{REGISTRY}.parquet"))).unwrap();
    let said = |arguments: &[&str]| {
        let run = pulled.pull(&[&["--dry-run"], arguments].concat());
        assert_eq!(run.code, i32::from(arguments.is_empty()), "{}", run.stdout);
        let gone = run.stdout.lines().filter(|line| line.starts_with("gone: "));
        gone.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(said(&[]), @r"
    gone: player_game_summary: player_game_summary/b.parquet is not in the source any more; rows that no other file has would be kept (--accept-gone lets them go)
    gone: model_registry is not in the source any more; the snapshot would keep what it has (--accept-gone lets it go)
    ");
    insta::assert_snapshot!(said(&["--accept-gone"]), @r"
    gone: player_game_summary: player_game_summary/b.parquet is not in the source any more; rows that no other file has would be let go of
    gone: model_registry: model_registry.parquet is not in the source any more; rows that no other file has would be let go of
    ");
    pulled.report(&[]);
    insta::assert_snapshot!(said(&[]), @r"
    gone: player_game_summary: the source has 4 rows fewer on 2 dates (2026-02-10, ...); the snapshot keeps 2026-02 as it was (--accept-gone lets them go)
    gone: model_registry is not in the source any more; the snapshot would keep what it has (--accept-gone lets it go)
    ");
    insta::assert_snapshot!(said(&["--accept-gone"]), @r"
    gone: player_game_summary: the source has 4 rows fewer on 2 dates (2026-02-10, ...); would be let go of
    gone: model_registry: the source has 1 row fewer; would be let go of
    ");
}

#[test]
fn rows_that_are_the_same_in_every_column_are_noted_by_every_pull() {
    let mut data = two_months();
    data.push_like(GRADINGS, 0, json!({}));
    let pulled = Pulled::new(data.folder());
    for _ in 0..2 {
        let report = pulled.report(&[]);
        assert_eq!(table(&report, GRADINGS)["notes"], json!(["1 row is the same as another one in every column"]));
    }
    let check = reslate(&["check", "--snapshot", text(pulled.snapshot.path())]).stdout;
    assert!(check.contains("with more than one row; records that count rows count them all"), "{check}");
}

#[test]
fn the_gone_rows_of_many_months_are_a_line() {
    let mut data = two_months();
    for (month, id) in [("11", "20251105_BKN_NYK"), ("12", "20251205_BKN_NYK")] {
        data.push_like(GAMES, 0, json!({"game_date": format!("2025-{month}-05"), "game_id": id}));
    }
    let pulled = Pulled::new(data.folder());
    pulled.report(&[]);
    data.rows(GAMES).clear();
    fs::write(pulled.file(&format!("{GAMES}.parquet")), data.parquet(GAMES)).unwrap();
    let said = pulled.pull(&[]).stdout;
    let gone: Vec<&str> = said.lines().filter(|line| line.starts_with("gone: ")).collect();
    insta::assert_snapshot!(gone.join("\n"), @"gone: player_game_summary: the source has 8 rows fewer on 5 dates (2025-11-05, ...) of 4 months (2025-11 to 2026-02); the snapshot keeps these months as they were (--accept-gone lets them go)");
}

#[test]
fn an_edited_manifest_is_refused() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    let path = pulled.snapshot.path().join("manifest.json");
    let mut edited: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edited["tables"][GAMES]["files"].as_array_mut().unwrap().pop();
    fs::write(&path, edited.to_string()).unwrap();
    insta::assert_snapshot!(pulled.refused(&[]), @"DIR/manifest.json: not a manifest (player_game_summary has 6 rows, and its files 2 together); put back a copy of it, or pull into another folder");
}

#[test]
fn a_column_that_seems_to_be_renamed_is_said_by_the_first_pull() {
    let mut data = two_months();
    data.rename_column(GAMES, "points", "points_scored");
    let report = Pulled::new(data.folder()).report(&[]);
    let note = "player_game_summary.parquet has no points; 'points_scored' is there, which is no column of the table";
    assert_eq!(table(&report, GAMES)["notes"], json!([note]));
}
