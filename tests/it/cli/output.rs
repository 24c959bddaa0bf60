//! The command line on the demo snapshot: what it prints, where, in which colours, and how it exits.

use std::fs;

use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::support::{Run, command, reslate, text};

/// A slate on which v307 picks.
const PICKED: &str = "2026-01-12";
/// What is said of the demo on standard error.
const NOTE: &str = "note: demo snapshot (invented data)\n";
const MACHINE_FORMATS: [&str; 4] = ["json", "ndjson", "csv", "parquet"];

#[test]
fn a_slate_with_picks() {
    insta::assert_snapshot!(table(&["replay", PICKED]));
}

#[test]
fn a_slate_without_picks() {
    insta::assert_snapshot!(table(&["replay", "2026-02-11"]));
}

#[test]
fn a_range_of_slates() {
    insta::assert_snapshot!(table(&["replay", "--from", "2026-02-09", "--to", "2026-02-19", "--version", "v314"]));
}

#[test]
fn a_parameter_set_otherwise() {
    insta::assert_snapshot!(table(&["replay", PICKED, "--set", "min_edge=4.5", "--set", "cap=3"]));
}

#[test]
fn a_slate_as_of_a_time() {
    let then = table(&["replay", PICKED, "--as-of", "14:30"]);
    assert_ne!(then, table(&["replay", PICKED]));
    insta::assert_snapshot!(then);
}

#[test]
fn a_slate_as_of_a_time_before_any_prediction_is_no_decision() {
    let early = reslate(&["replay", PICKED, "--as-of", "00:01"]);
    assert_eq!(early.code, 0, "{}", early.stderr);
    let said = format!("note: nothing had been predicted for {PICKED} by then; take a later --as-of\n");
    assert!(early.stderr.ends_with(&said), "{}", early.stderr);
}

#[test]
fn a_best_bets_model_that_predicted_nothing_is_refused() {
    for chosen in [["--model-id", "catboost_v11"], ["--set", "champion=catboost_v11"]] {
        let refused = reslate(&[&["replay", PICKED], &chosen[..]].concat());
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
        let said =
            "error: best-bets model 'catboost_v11': predicted nothing in this snapshot; did you mean 'catboost_v";
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
}

#[test]
fn without_a_date_the_newest_slate_is_replayed() {
    assert_eq!(table(&["replay"]), table(&["replay", "2026-04-12"]));
}

#[test]
fn the_slates_of_a_week() {
    insta::assert_snapshot!(table(&["slates", "--from", "2026-02-09", "--to", "2026-02-19"]));
}

#[test]
fn the_help_of_the_program() {
    insta::assert_snapshot!(help(&["--help"]));
}

#[test]
fn the_help_of_replay() {
    insta::assert_snapshot!(help(&["replay", "--help"]));
}

#[test]
fn the_decision_document_of_a_slate() {
    let mut settings = insta::Settings::clone_current();
    // Digits after the ninth say nothing.
    settings.add_filter(r"(\.\d{9})\d+", "$1");
    settings.bind(|| insta::assert_snapshot!(stdout(&["replay", PICKED, "--format", "json"])));
}

#[test]
fn the_first_record_of_csv() {
    let csv = stdout(&["replay", PICKED, "--format", "csv"]);
    let (heading, record) = (fields(csv.lines().next().unwrap()), fields(csv.lines().nth(1).unwrap()));
    assert_eq!(heading.len(), record.len());
    let lines: Vec<String> = heading.iter().zip(&record).map(|(name, value)| format!("{name} = {value}")).collect();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(\.\d{9})\d+", "$1");
    settings.bind(|| insta::assert_snapshot!(lines.join("\n")));
}

#[test]
fn ndjson_has_the_document_of_each_slate_in_a_line() {
    let range = ["replay", "--from", "2026-02-11", "--to", "2026-02-19", "--format"];
    let lines = stdout(&[&range[..], &["ndjson"]].concat());
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let dates: Vec<&str> = lines.iter().map(|document| document["date"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2026-02-11", "2026-02-12", "2026-02-19"]);
    let array: Vec<Value> = serde_json::from_str(&stdout(&[&range[..], &["json"]].concat())).unwrap();
    assert_eq!(lines, array);
    let one: Value = serde_json::from_str(&stdout(&["replay", "2026-02-11", "--format", "json"])).unwrap();
    assert_eq!(lines[0], one);
}

#[test]
fn parquet_has_the_rows_and_columns_of_csv() {
    let range = ["replay", "--from", "2026-02-11", "--to", "2026-02-12", "--format"];
    let csv = stdout(&[&range[..], &["csv"]].concat());
    let parquet = bytes(&[&range[..], &["parquet"]].concat());
    let file = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(parquet)).unwrap();
    let columns: Vec<String> = file.schema().fields().iter().map(|field| field.name().clone()).collect();
    let rows: usize = file.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, csv.lines().count() - 1);
    let mut of_csv: Vec<String> = fields(csv.lines().next().unwrap())
        .into_iter()
        .map(|name| name.split('.').next().unwrap().to_owned())
        .filter(|name| name != "schema_version")
        .collect();
    of_csv.dedup();
    assert_eq!(columns, of_csv);
}

#[test]
fn a_date_without_games_names_the_nearest_slates() {
    let run = reslate(&["replay", "2025-12-24"]);
    insta::assert_snapshot!(failure(&run), @"no games on 2025-12-24; the nearest slates are 2025-12-23 and 2025-12-25");
    let run = reslate(&["replay", "--from", "2026-02-13", "--to", "2026-02-18"]);
    insta::assert_snapshot!(failure(&run), @"no slate from 2026-02-13 to 2026-02-18; the nearest slates are 2026-02-12 and 2026-02-19");
}

#[test]
fn the_exit_code_is_1_where_there_is_something_to_find_and_2_on_errors() {
    assert_eq!(reslate(&["check"]).code, 0);
    let strict = reslate(&["check", "--strict"]);
    assert_eq!((strict.code, strict.stderr.as_str()), (1, NOTE));
    assert!(strict.stdout.contains("0 errors"));
    for arguments in [
        &["replay", PICKED, "--version", "v999"][..],
        &["replay", PICKED, "--set", "min_edge=many"],
        &["replay", PICKED, "--from", PICKED],
        &["replay", PICKED, "--model-id", ""],
        &["replay", PICKED, "--snapshot", "/no/such/folder"],
        &["explain", PICKED, "nobody"],
        &["slates", "--from", "2027-01-01"],
        &["sql", "SELECT nothing FROM decisions"],
        &["versions", "show", "v999"],
        &["schema", "nothing"],
        &["demo", "write", "/dev/null/demo"],
    ] {
        failure(&reslate(arguments));
    }
}

#[test]
fn a_pipe_is_not_coloured_unless_colours_are_forced() {
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| -> Run {
        let mut command = command(arguments);
        command.env_remove("NO_COLOR").envs(environment.iter().copied()).output().unwrap().into()
    };
    for arguments in [&["replay", PICKED][..], &["explain", PICKED], &["check"], &["slates", "--from", "2026-04-01"]] {
        let plain = coloured(arguments, &[]);
        assert!(!plain.stdout.contains('\u{1b}') && !plain.stderr.contains('\u{1b}'), "{arguments:?}");
        let forced = coloured(arguments, &[("CLICOLOR_FORCE", "1")]);
        assert!(forced.stdout.contains('\u{1b}') && forced.stderr.contains('\u{1b}'), "{arguments:?}");
        assert_eq!(anstream::adapter::strip_str(&forced.stdout).to_string(), plain.stdout);
        assert_eq!(anstream::adapter::strip_str(&forced.stderr).to_string(), plain.stderr);
        let neither = coloured(arguments, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
        assert_eq!((neither.stdout, neither.stderr), (plain.stdout, plain.stderr));
    }
    let error = coloured(&["replay", "2025-12-24"], &[("CLICOLOR_FORCE", "1")]);
    assert!(error.stderr.contains('\u{1b}'));
}

#[test]
fn machine_formats_and_files_are_never_coloured() {
    let folder = tempfile::tempdir().unwrap();
    let forced = |arguments: &[&str]| command(arguments).env("CLICOLOR_FORCE", "1").output().unwrap().stdout;
    for format in MACHINE_FORMATS {
        let arguments = ["replay", PICKED, "--format", format];
        assert_eq!(forced(&arguments), bytes(&arguments), "{format}");
    }
    let file = folder.path().join("slate");
    assert_eq!(forced(&["replay", PICKED, "--out", text(&file)]), b"");
    assert_eq!(fs::read(&file).unwrap(), bytes(&["replay", PICKED]));
}

#[test]
fn a_file_has_what_standard_output_would_have() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out");
    let out = ["--out", text(&file)];
    let query = "SELECT game_date, player_lookup, signal_tags FROM decisions ORDER BY player_lookup";
    for command in [
        &["replay", PICKED][..],
        &["slates", "--from", "2026-04-01"],
        &["sql", query, "--from", PICKED, "--to", PICKED],
    ] {
        for format in MACHINE_FORMATS.into_iter().chain(["table"]) {
            let arguments = [command, &["--format", format]].concat();
            assert_eq!(stdout(&[&arguments[..], &out].concat()), "");
            assert_eq!(fs::read(&file).unwrap(), bytes(&arguments), "{arguments:?}");
        }
    }
    for format in ["json", "table"] {
        for command in [&["explain", PICKED][..], &["check"]] {
            let arguments = [command, &["--format", format]].concat();
            assert_eq!(stdout(&[&arguments[..], &out].concat()), "");
            assert_eq!(fs::read(&file).unwrap(), bytes(&arguments), "{arguments:?}");
        }
    }
}

#[test]
fn versions_decide_side_by_side_as_each_alone() {
    let query = "SELECT version, game_date, player_lookup, rank, units FROM picks ORDER BY 1, 2, 4";
    let march = ["--from", "2026-03-01", "--to", "2026-03-07", "--format", "ndjson"];
    let of = |versions: &[&str]| stdout(&[&["sql", query][..], &march, versions].concat());
    let together = of(&["--version", "v314", "--also", "v279,v307", "--set", "cap=2"]);
    let alone = ["v279", "v307", "v314"].map(|id| of(&["--version", id, "--set", "cap=2"]));
    assert!(alone[0].lines().count() > 5 && alone[2].lines().count() > 5);
    assert_eq!(together, alone.concat());
    let run = reslate(&["sql", "SELECT 1", "--version", "v314", "--also", "v307,v314"]);
    insta::assert_snapshot!(failure(&run), @"--also 'v314': decides already; name each version once");
}

#[test]
fn the_ending_of_a_file_says_its_format() {
    let folder = tempfile::tempdir().unwrap();
    let query = ["sql", "SELECT player_lookup, edge FROM candidates ORDER BY 1", "--from", PICKED, "--to", PICKED];
    for (ending, format) in [
        ("json", "json"),
        ("ndjson", "ndjson"),
        ("jsonl", "ndjson"),
        ("csv", "csv"),
        ("parquet", "parquet"),
        ("txt", "table"),
    ] {
        let file = folder.path().join(format!("slate.{ending}"));
        for command in [&["replay", PICKED][..], &["slates", "--from", "2026-04-01"], &query] {
            assert_eq!(stdout(&[command, &["--out", text(&file)]].concat()), "");
            let expected = bytes(&[command, &["--format", format]].concat());
            assert_eq!(fs::read(&file).unwrap(), expected, "{command:?} {ending}");
        }
    }
    let file = folder.path().join("report.csv");
    for command in [&["explain", PICKED][..], &["check"], &["versions", "show", "v314"]] {
        let run = reslate(&[command, &["--out", text(&file)]].concat());
        let message = failure(&run).replace(text(folder.path()), "DIR");
        insta::allow_duplicates! { insta::assert_snapshot!(message, @"--out 'DIR/report.csv': the result is written as table or json; say which with --format"); }
        assert!(!file.exists());
    }
}

/// What the program prints about the demo for people.
fn table(arguments: &[&str]) -> String {
    let text = stdout(arguments);
    assert!(text.lines().all(|line| line.trim_end() == line), "spaces at the end of a line");
    text
}

/// A help text on a terminal of 100 columns.
fn help(arguments: &[&str]) -> String {
    let run: Run = command(arguments).env("COLUMNS", "100").output().unwrap().into();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout
}

fn stdout(arguments: &[&str]) -> String {
    String::from_utf8(bytes(arguments)).unwrap()
}

/// Standard output of a run on the demo that succeeds.
fn bytes(arguments: &[&str]) -> Vec<u8> {
    let output = command(arguments).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), NOTE));
    output.stdout
}

/// The message of a run that fails: exit code 2, nothing on standard output, and one line on standard error.
fn failure(run: &Run) -> &str {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let message = run.stderr.strip_prefix(NOTE).unwrap_or(&run.stderr);
    assert_eq!(message.lines().count(), 1, "{message}");
    message.trim_end().strip_prefix("error: ").unwrap()
}

/// The values of a line of CSV.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().unwrap().push(letter),
        }
    }
    fields
}

#[cfg(unix)]
#[test]
fn out_writes_through_links_and_leaves_what_is_no_file_in_place() {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file.json"), folder.path().join("link.json"));
    std::fs::write(&file, "before").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&file, &link).unwrap();
    let versions = |out: &std::path::Path| reslate(&["versions", "--format", "json", "--out", text(out)]);
    assert_eq!(versions(&link).code, 0);
    assert!(std::fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
    assert!(std::fs::read_to_string(&file).unwrap().starts_with('{'));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let device = std::path::Path::new("/dev/null");
    assert_eq!(versions(device).code, 0);
    assert!(std::fs::metadata(device).unwrap().file_type().is_char_device());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).unwrap();
    let refused = versions(&file);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("it is read-only"), "{}", refused.stderr);
}

#[test]
fn shells_and_man_know_every_command() {
    let help = help(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A name stands behind two spaces; what goes on from the line before, behind more.
    let names = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<&str> = names.filter(|name| !name.is_empty() && *name != "help").collect();
    assert!(commands.len() > 15, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = reslate(&["completions", shell]);
        assert_eq!(script.code, 0, "{}", script.stderr);
        assert!(commands.iter().all(|command| script.stdout.contains(command)), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(reslate(&["man", text(folder.path())]).code, 0);
    for command in &commands {
        let page = fs::read_to_string(folder.path().join(format!("reslate-{command}.1"))).unwrap();
        assert!(page.starts_with(".ie") || page.contains(".TH"), "{command}");
    }
}

#[test]
fn every_command_shows_examples() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(reslate(&["man", text(folder.path())]).code, 0);
    let pages = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let without: Vec<_> = pages.filter(|page| !fs::read_to_string(page).unwrap().contains("Examples:")).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn a_profile_says_what_each_relation_took_and_changes_nothing() {
    let asked = ["replay", "2026-02-11"];
    let profiled = reslate(&[&asked[..], &["--profile=json"]].concat());
    assert_eq!(profiled.stdout, reslate(&asked).stdout);
    let json = &profiled.stderr[profiled.stderr.find('{').unwrap()..];
    let profile: serde_json::Value = serde_json::from_str(json).unwrap();
    let took = profile["relations"].as_array().unwrap();
    let of = |name: &str| took.iter().find(|took| took["relation"] == name).unwrap();
    let decisions = of("decisions");
    assert!(decisions["rows"].as_u64().unwrap() > 100 && decisions["times"] == 1, "{decisions}");
    assert!(decisions["bytes"].as_u64().unwrap() > 1000 && decisions["planning_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!((&of("bids")["is_kept"], &of("targets")["is_kept"]), (&json!(true), &json!(false)));
    let table = reslate(&[&asked[..], &["--profile"]].concat()).stderr;
    assert!(table.contains("RELATION") && table.contains("relations planned in"), "{table}");
}
