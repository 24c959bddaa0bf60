//! How the program ends, as docs/exit-codes.md says it, and what led to an error.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::record::freeze;
use crate::support::{Data, Run, command, reslate, text};

fn documented() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/exit-codes.md");
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_command_that_is_done_ends_with_0() {
    let run = reslate(&["replay", "2026-02-11"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stdout.is_empty());
    assert_eq!(reslate(&["--help"]).code, 0);
    assert_eq!(reslate(&["--version"]).code, 0);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command(&["sql", "SELECT * FROM player_prop_predictions"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A snapshot in which there is something for every command to find.
fn amiss() -> tempfile::TempDir {
    let mut data = Data::sound();
    data.push_like("player_prop_predictions", 0, json!({}));
    data.push(
        "signal_best_bets_picks",
        json!({
            "player_lookup": "nobody", "game_id": "20260211_LAL_BOS", "game_date": "2026-02-11",
            "system_id": "catboost_v12", "algorithm_version": "v307_multi_source", "recommendation": "OVER",
            "line_value": 20.5, "edge": 9.0, "created_at": "2026-02-11T16:00:00",
        }),
    );
    data.folder()
}

/// A snapshot with the signal health of a slate's own date.
fn leaky() -> tempfile::TempDir {
    let mut data = Data::sound();
    for date in ["2026-02-10", "2026-02-11"] {
        data.push(
            "signal_health_daily",
            json!({ "game_date": date, "signal_tag": "high_edge", "hr_7d": 60.0, "hr_season": 55.0, "regime": "HOT" }),
        );
    }
    data.folder()
}

#[test]
fn problems_and_differences_end_with_1() {
    let (amiss, sound, empty) = (amiss(), Data::sound().folder(), tempfile::tempdir().unwrap());
    let (amiss, sound, empty) = (text(amiss.path()), text(sound.path()), text(empty.path()));
    let mut moved = Data::sound();
    (0..8).for_each(|row| moved.set("player_prop_predictions", row, json!({ "predicted_points": 20.6 })));
    let moved = moved.folder();
    let moved = text(moved.path());
    let source = tempfile::tempdir().unwrap();
    let mut misfit = Data::sound();
    misfit.retype("player_game_summary", "points", datafusion::arrow::datatypes::DataType::Utf8);
    misfit.set("player_game_summary", 0, json!({ "points": "many" }));
    for table in ["player_prop_predictions", "prediction_accuracy", "player_game_summary"] {
        fs::write(source.path().join(format!("{table}.parquet")), misfit.parquet(table)).unwrap();
    }
    let target = tempfile::tempdir().unwrap();
    let target = target.path().join("pulled");
    let leaky = leaky();
    let leaky = text(leaky.path());
    let frozen = freeze::File::of("slate.json", &["--version", "v314"]);
    freeze::resealed(&frozen, |text| text.replacen("\"total_picks\": ", "\"total_picks\": 9", 1));
    let commands: &[(&str, &[&str])] = &[
        ("check", &["check", "--snapshot", amiss]),
        ("compare", &["compare", "v307", "v314", "--fail-on-change"]),
        ("doctor", &["doctor"]),
        ("export", &["export", "--dry-run", "--from", "2026-02-10", "--snapshot", amiss]),
        ("pull", &["pull", text(source.path()), "--snapshot", text(&target)]),
        ("replay", &["replay", "--frozen", text(&frozen.path)]),
        ("snapshot diff", &["snapshot", "diff", sound, moved, "--version", "v314", "--fail-on-change"]),
        ("snapshots", &["snapshots", empty]),
        ("verify", &["verify", "--snapshot", amiss]),
        ("versions diff", &["versions", "diff", "v307", "v314"]),
        ("versions test", &["versions", "test", "v296", "--health", "same-date", "--slates", "1", "--snapshot", leaky]),
    ];
    for (name, arguments) in commands {
        let run = reslate(arguments);
        assert_eq!(run.code, 1, "{name}: {run:?}");
        assert!(!run.stdout.is_empty(), "{name}: {run:?}");
    }
    // What is documented is what there is, and the help of each says more.
    let documented = documented();
    let (_, table) = documented.split_once("## What 1 means").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let names: Vec<&str> = rows.map(|(name, _)| name).collect();
    assert_eq!(names, commands.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for name in names {
        let help = reslate(&[&name.split(' ').collect::<Vec<_>>()[..], &["--help"]].concat());
        assert!(help.stdout.to_lowercase().contains("exit code"), "{name}: {}", help.stdout);
    }
}

#[test]
fn errors_end_with_2_and_one_line() {
    for arguments in [
        &["replay", "2026-07-04"][..],
        &["replay", "yesterday"],
        &["replay", "--snapshot", "/no/such/folder"],
        &["nothing"],
        &["sql", "SELECT nothing FROM picks"],
    ] {
        let run = reslate(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {run:?}");
        let errors = run.stderr.lines().filter(|line| !line.starts_with("note: "));
        assert_eq!(errors.filter(|line| line.starts_with("error: ")).count(), 1, "{arguments:?}: {}", run.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_search_ends_with_130() {
    let grid = ["tune", "--version", "v314", "--param", "min_edge=3:8:0.01", "--evaluator", "pipeline"];
    let search = command(&grid).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    crate::tune::interrupt(&search);
    let ended: Run = search.wait_with_output().unwrap().into();
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(ended.stderr.contains("error: ended early: "), "{}", ended.stderr);
}

#[test]
fn help_and_the_documentation_name_the_same_codes() {
    let help = reslate(&["--help"]).stdout;
    let line = help.lines().find(|line| line.starts_with("Exit codes: ")).unwrap();
    assert!(help.contains("docs/exit-codes.md"), "{help}");
    let documented = documented();
    for (code, meaning) in [(0, "done"), (1, "problems or differences"), (2, "error"), (130, "interrupted")] {
        assert!(line.contains(&format!("{code} ")) && line.contains(meaning), "{line}");
        assert!(documented.contains(&format!("| {code} | ")) && documented.contains(meaning), "{code}");
    }
}

#[test]
fn what_led_to_an_error_is_said_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("cells.parquet");
    fs::write(&broken, "PAR1 no Parquet PAR1").unwrap();
    let beneath = format!("{}/no/file.csv", text(&broken));
    for (arguments, cause) in [
        (&["sql", "-f", "/no/such/file.sql"][..], "No such file or directory"),
        (&["sql", "SELECT 1", "--out", &beneath], "Not a directory"),
        (&["report", "tune", text(&broken)], "Parquet"),
        (&["sql", "SELECT nothing FROM picks GROUP BY"], "SQL"),
    ] {
        let silent = reslate(arguments);
        let said = reslate(&[arguments, &["--verbose"]].concat());
        assert_eq!((silent.code, said.code), (2, 2), "{arguments:?}: {said:?}");
        assert!(!silent.stderr.contains("cause:"), "{}", silent.stderr);
        let (causes, others): (Vec<&str>, Vec<&str>) =
            said.stderr.lines().partition(|line| line.starts_with("cause: "));
        assert_eq!(others.join("\n") + "\n", silent.stderr, "{arguments:?}");
        assert!(causes.iter().any(|line| line.contains(cause)), "{arguments:?}: {}", said.stderr);
    }
    // An error of reslate's own has none.
    assert!(!reslate(&["--verbose", "replay", "2026-07-04"]).stderr.contains("cause:"));
}
