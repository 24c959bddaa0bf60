//! `reslate versions test`: what is said of an idea agrees with what the other commands say, and what sees the future is
//! found out.

use std::fs;
use std::path::Path;

use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::relations::try_queries::Tried;
use crate::support::league;
use crate::support::schema::{conforms, schema, without_date_formats};
use crate::support::{Data, Run, reslate, text};

const IDEA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ideas/rested.toml");

/// Weeks of the demo in which the idea does something.
const WEEKS: [&str; 4] = ["--from", "2026-01-20", "--to", "2026-02-11"];

fn test_of(arguments: &[&str]) -> Run {
    reslate(&[&["versions", "test"], arguments].concat())
}

/// The document of a test that ended with `code`.
fn document(arguments: &[&str], code: i32) -> Value {
    let run = test_of(&[arguments, &["--format", "json"]].concat());
    assert_eq!(run.code, code, "{arguments:?}: {}{}", run.stderr, run.stdout);
    serde_json::from_str(&run.stdout).unwrap()
}

fn json_of(arguments: &[&str]) -> Value {
    let run = reslate(&[arguments, &["--format", "json"]].concat());
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// A version file in a folder of its own.
fn file(toml: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    fs::write(&path, toml).unwrap();
    let name = text(&path).to_owned();
    (folder, name)
}

/// The small league with the signal health that its vectors have.
fn with_health() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let league = league::folder("league-a");
    let tables = fs::read_dir(&league).unwrap().map(|entry| entry.unwrap().path());
    let health = league.join("expected/monitoring/signal_health_daily.parquet");
    for path in tables.filter(|path| path.is_file()).chain([health]) {
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

#[test]
fn an_idea_is_told_on_one_page() {
    let run = test_of(&[&[IDEA, "--slates", "4"], &WEEKS[..]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 120), "{}", run.stdout);
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn what_is_told_is_what_the_other_commands_say() {
    let told = document(&[&[IDEA, "--slates", "2"], &WEEKS[..]].concat(), 0);
    let schema = without_date_formats(schema(&["versions-test"]));
    let config = Config::from_schema(&schema, Some(Draft::Draft7)).unwrap();
    config.validate_schema().map_err(|errors| errors.map(|error| error.to_string()).collect::<Vec<_>>()).unwrap();
    conforms(&config, &told);
    let of_idea = |command: &str| json_of(&[&[command, "--version", IDEA], &WEEKS[..]].concat());
    let named = |rows: &Value, key: &str, name: &str| {
        rows.as_array().unwrap().iter().find(|row| row[key] == name).unwrap().clone()
    };
    let audited = named(&of_idea("signals")["signals"], "signal", "rested_home");
    let [signal] = told["signals"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&signal["signal"], &signal["status"]), (&json!("rested_home"), &json!("new")));
    assert_eq!(signal["candidates"], audited["fired"]);
    for key in ["without", "lift", "compared"] {
        assert_eq!(signal["like_them"][key], audited[key], "{key}");
    }
    let audited = named(&of_idea("filters")["filters"], "filter", "few_minutes_over");
    let [filter] = told["filters"].as_array().unwrap().as_slice() else { panic!("{told}") };
    for key in ["any", "only"] {
        for count in ["count", "wins", "losses", "pushes", "voids", "ungraded", "hit_rate", "units"] {
            assert_eq!(filter[key][count], audited[key][count], "{key} {count}");
        }
    }
    let compared = json_of(&[&["compare", "v318", IDEA], &WEEKS[..]].concat());
    assert_eq!(told["comparison"], compared["pairs"][0]);
    let sql = "SELECT count(*) AS n FROM decisions WHERE selected AND array_has(signal_tags, 'rested_home')";
    let picks = json_of(&[&["sql", sql, "--version", IDEA], &WEEKS[..]].concat());
    assert_eq!(picks[0]["n"], signal["picks"]["count"]);
    assert_eq!(told["look_ahead"]["held"], 2);
}

#[test]
fn a_shipped_version_is_held_against_the_one_it_extends() {
    let slates = ["--from", "2026-02-09", "--to", "2026-02-11"];
    let told = document(&[&["v318"], &slates[..]].concat(), 0);
    assert_eq!((&told["extends"], &told["comparison"]["a"]), (&json!("v314"), &json!("v314")));
    assert_eq!(told["look_ahead"]["slates"], json!(["2026-02-09", "2026-02-10", "2026-02-11"]));
    assert_eq!((&told["look_ahead"]["held"], &told["look_ahead"]["leaks"]), (&json!(3), &json!([])));
    // Another threshold of the same signal.
    let signals = told["signals"].as_array().unwrap();
    let names: Vec<_> = signals.iter().map(|row| [&row["signal"], &row["status"]]).collect();
    assert_eq!(names, [[&json!("rest_advantage_2d"), &json!("set")]]);
    // v307 extends nothing.
    let first = document(&["v307", "--from", "2026-02-11"], 0);
    assert_eq!((&first["extends"], &first["comparison"], &first["signals"]), (&Value::Null, &Value::Null, &json!([])));
}

#[test]
fn health_of_the_slates_own_date_is_found_out() {
    let league = with_health();
    let snapshot = ["--snapshot", text(league.path()), "--slates", "3"];
    let told = document(&[&["v296", "--health", "same-date"], &snapshot[..]].concat(), 1);
    let look_ahead = &told["look_ahead"];
    // On opening night no signal has a health row.
    assert_eq!((&look_ahead["held"], look_ahead["leaks"].as_array().unwrap().len()), (&json!(1), 2));
    let parts = look_ahead["leaks"][0]["parts"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["of"] == "document" && part["part"] == "signal_health"), "{parts:?}");
    let seen = look_ahead["seen"].as_array().unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["table"], "signal_health_daily");
    assert_eq!((&seen[0]["on_the_slate"], &seen[0]["later"]), (&json!(true), &json!(false)));
    assert!(seen[0]["columns"].as_array().unwrap().contains(&json!("hr_7d")), "{seen:?}");
    let run = test_of(&[&["v296", "--set", "health=same-date"], &snapshot[..]].concat());
    assert_eq!(run.code, 1);
    let (_, verdict) = run.stdout.split_once("It sees the future").unwrap();
    insta::assert_snapshot!(verdict);
    // The row of the day before is no leak, and neither is a version that ranks by no health.
    let told = document(&[&["v296", "--health", "as-of"], &snapshot[..]].concat(), 0);
    assert_eq!((&told["look_ahead"]["held"], &told["look_ahead"]["seen"]), (&json!(3), &json!([])));
}

/// A relation, what is changed in its query, and the table of which it then sees too much.
type Leak = (&'static str, &'static [(&'static str, &'static str)], &'static str);

#[test]
fn a_query_that_looks_ahead_is_found_out_with_what_it_reads() {
    let league = league::folder("league-a");
    let arguments = ["v318", "--snapshot", text(&league), "--slates", "3"];
    // As of the end of the slate's date: every end that is before it, and every beginning that is not.
    let leaks: [Leak; 2] = [
        (
            "features/stats_rows.sql",
            &[
                ("player_games.game_date < lookbacks", "player_games.game_date <= lookbacks"),
                ("next_game_date >= lookbacks", "next_game_date > lookbacks"),
            ],
            "player_game_summary",
        ),
        (
            "health/slate_health.sql",
            &[("graded_days.game_date < lookbacks", "graded_days.game_date <= lookbacks")],
            "prediction_accuracy",
        ),
    ];
    for (relation, ends, table) in leaks {
        let tried = Tried::copy();
        ends.iter().for_each(|(from, to)| tried.change(relation, from, to));
        let queries = tried.folder();
        let told = document(&[&arguments[..], &["--queries", text(&queries)]].concat(), 1);
        let seen = told["look_ahead"]["seen"].as_array().unwrap();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!([&seen[0]["table"], &seen[0]["on_the_slate"]], [&json!(table), &json!(true)]);
        assert_eq!(seen[0]["later"], false, "{seen:?}");
    }
}

#[test]
fn what_comes_to_nothing_is_said_with_its_reason() {
    let mut data = Data::sound();
    data.drop_table("ml_feature_store_v2");
    let snapshot = data.folder();
    let (_folder, idea) = file(
        r#"
extends = "v318"
signals_with = ["by_books", "huge", "unset", "both"]
filters_with = ["by_spread", "dull"]

[parameters]
rel_edge_cap = 0.3

[tags]
base = ["high_edge"]

[signal.by_books]
when = "is_over AND multi_book_line_std >= 0.5"

[signal.huge]
when = "is_over AND abs_edge >= floor"
[signal.huge.parameters]
floor = 100
idle = 3

[signal.unset]
when = "abs_edge >= floor"
[signal.unset.parameters]
floor = { value = "off", kind = "decimal", off = true }

[signal.both]
when = "line < 18 AND abs_edge >= 5"

[signal.high_edge]
when = "abs_edge >= 3"

[signal.unlisted]
when = "is_over"

[filter.by_spread]
value = "multi_book_line_std"
blocks = "from"
threshold = 1

[filter.dull]
when = "is_under AND abs_edge < 1"
"#,
    );
    let told = document(&[&idea, "--snapshot", text(snapshot.path())], 0);
    let notes: Vec<&str> = told["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    insta::assert_snapshot!(notes.join("\n"));
}

#[test]
fn without_results_nothing_is_said_of_hit_rates() {
    let mut data = Data::sound();
    data.rows("prediction_accuracy").clear();
    data.rows("player_game_summary").clear();
    let snapshot = data.folder();
    let told = document(&[IDEA, "--snapshot", text(snapshot.path())], 0);
    assert_eq!(told["candidates"]["hit_rate"], Value::Null);
    let notes = told["notes"].as_array().unwrap();
    assert!(notes.contains(&json!("no candidate has a result, so nothing can be said of hit rates")), "{notes:?}");
    // The first slate has the next one's predictions after it; the last has nothing.
    assert_eq!(told["look_ahead"]["without_future"], json!(["2026-02-11"]));
    assert_eq!(told["look_ahead"]["held"], 1);
    let run = test_of(&[IDEA, "--snapshot", text(snapshot.path()), "--from", "2026-02-11"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("Nothing to see") && !run.stdout.contains("cannot see"), "{}", run.stdout);
}

#[test]
fn a_season_without_candidates_is_tested_all_the_same() {
    let mut data = Data::sound();
    data.set_all("player_prop_predictions", json!({ "recommendation": "PASS" }));
    let snapshot = data.folder();
    let told = document(&[IDEA, "--snapshot", text(snapshot.path())], 0);
    assert_eq!((&told["candidates"]["count"], &told["look_ahead"]["held"]), (&json!(0), &json!(2)));
    let notes = told["notes"].as_array().unwrap();
    let note = "no slate has a candidate, so nothing can be said of what fires or blocks";
    assert!(notes.contains(&json!(note)), "{notes:?}");
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let refused = |arguments: &[&str]| {
        let run = test_of(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
        let errors = run.stderr.lines().filter_map(|line| line.strip_prefix("error: "));
        errors.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let (_folder, same) = file("extends = \"v318\"\nid = \"twin\"\n");
    let twin = Path::new(&same).with_file_name("other.toml");
    fs::write(&twin, "extends = \"mine.toml\"\nid = \"twin\"\n").unwrap();
    let refusals = [
        refused(&["no/such.toml"]),
        refused(&["v999"]),
        refused(&["as-deployed"]),
        refused(&["v318", "--from", "2027-01-01"]),
        refused(&["v318", "--from", "2026-02-11", "--to", "2026-02-01"]),
        refused(&["v318", "--slates", "0"]),
        refused(&["v318", "--set", "nothing=1"]),
        refused(&["v318", "--snapshot", "/no/such/folder"]),
        refused(&[text(&twin), "--from", "2026-02-11"]),
        refused(&[]),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
#[ignore = "needs a real season"]
fn a_real_season_holds() {
    let season = league::folder("season-2025-26");
    for version in [IDEA, "v318", "v279"] {
        let told = document(&[version, "--snapshot", text(&season)], 0);
        assert_eq!(told["look_ahead"]["held"], 30, "{version}");
    }
}
