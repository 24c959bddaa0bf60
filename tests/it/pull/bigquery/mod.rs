//! Pulling from BigQuery, against one on loopback: what is asked for, what comes of it, and what is said when it is refused.

mod protocol;
mod refusals;
mod server;
mod tables;
mod wire;

use std::fs;
use std::path::Path;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::{not, nullif};
use datafusion::arrow::datatypes::{Field, Schema};
use reslate::snapshot::{Snapshot, TABLES};
use reslate::version::shipped;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::server::{Break, Fault, PROJECT, Server};
use self::tables::Table;
use crate::replay::vectors;
use crate::support::league;
use crate::support::pulled::{manifest, two_months};
use crate::support::{Run, command, reslate, text};

const PREDICTIONS: &str = "player_prop_predictions";
const GRADINGS: &str = "prediction_accuracy";

/// A project and the snapshot that is pulled from it.
struct Project {
    server: Server,
    snapshot: TempDir,
}

impl Project {
    /// A project whose tables have these rows, in their usual datasets; none: the table is not there.
    fn new(rows: impl Fn(&str) -> Option<RecordBatch>) -> Project {
        let tables = TABLES.iter().filter_map(|table| {
            let is_partitioned = table.is_dated() && table.name != "subset_performance";
            let partition_column = is_partitioned.then_some("game_date");
            Some((place(table.name), Table::new(&rows(table.name)?, partition_column)))
        });
        let server = Server::start(tables);
        let of_view = "nba_predictions.v_dynamic_subset_performance";
        server.state().tables.get_mut(of_view).into_iter().for_each(|view| view.is_view = true);
        Project { server, snapshot: tempfile::tempdir().unwrap() }
    }

    /// Games in two months (2026-01-20, 2026-02-10 and 11); every table is there.
    fn two_months() -> Project {
        let data = two_months();
        Project::new(|table| Some(data.batch(table)))
    }

    fn run(&self, source: &str, arguments: &[&str]) -> Run {
        let arguments = [&["pull", source, "--snapshot", text(self.snapshot.path())], arguments].concat();
        let run = Run::from(self.server.environment(&mut command(&arguments)).output().unwrap());
        let anonymous = |said: &str| {
            let host = self.server.rest.to_string();
            said.replace(text(self.snapshot.path()), "DIR").replace(&host, "HOST")
        };
        Run { stdout: anonymous(&run.stdout), stderr: anonymous(&run.stderr), ..run }
    }

    fn pull(&self, arguments: &[&str]) -> Run {
        self.run(&format!("bigquery://{PROJECT}"), arguments)
    }

    /// Pulls, which goes well, and returns the report.
    fn report(&self, arguments: &[&str]) -> Value {
        let run = self.pull(&[arguments, &["--format", "json"]].concat());
        assert!(run.code < 2, "{}", run.stderr);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// The message of a pull that fails and leaves the snapshot as it is.
    fn refused(&self, arguments: &[&str]) -> String {
        let before = manifest(self.snapshot.path());
        let run = self.pull(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert_eq!(manifest(self.snapshot.path()), before);
        run.stderr.trim_end().strip_prefix("error: ").unwrap().to_owned()
    }

    /// Refuses the next requests of a method.
    fn refuse(&self, method: &'static str, http: u16, message: &str, times: usize) {
        let fault = Fault::new(http, message);
        self.server.state().faults.extend(vec![(method, fault); times]);
    }

    /// Replaces the rows of a table.
    fn put(&self, table: &str, rows: &RecordBatch, now: i64) {
        self.server.state().tables.get_mut(&place(table)).unwrap().put(rows, now);
    }

    fn id(&self) -> String {
        manifest(self.snapshot.path()).unwrap().id
    }
}

fn place(table: &str) -> String {
    match table {
        "player_game_summary" => format!("nba_analytics.{table}"),
        "subset_performance" => "nba_predictions.v_dynamic_subset_performance".to_owned(),
        _ => format!("nba_predictions.{table}"),
    }
}

fn table<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["tables"].as_array().unwrap().iter().find(|table| table["table"] == name).unwrap()
}

/// The id of the snapshot that a folder of exports gives.
fn id_of_folder(folder: &Path) -> String {
    let snapshot = tempfile::tempdir().unwrap();
    let run = reslate(&["pull", text(folder), "--snapshot", text(snapshot.path()), "--jobs", "1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    manifest(snapshot.path()).unwrap().id
}

fn renamed(rows: &RecordBatch, from: &str, to: &str) -> RecordBatch {
    let name = |field: &Field| if field.name() == from { field.clone().with_name(to) } else { field.clone() };
    let fields: Vec<Field> = rows.schema().fields().iter().map(|field| name(field)).collect();
    RecordBatch::try_new(Schema::new(fields).into(), rows.columns().to_vec()).unwrap()
}

#[test]
fn a_league_in_bigquery_is_the_snapshot_of_its_export_and_replays_to_the_expected_documents() {
    let league = league::folder("league-a");
    let rows = |table: &str| {
        let path = league.join(format!("{table}.parquet"));
        let rows = path.is_file().then(|| league::read_whole(&path))?;
        Some(if table == GRADINGS { renamed(&rows, "prediction_correct", "is_correct") } else { rows })
    };
    let project = Project::new(rows);
    // All that can pass, at once.
    for method in ["tables.get", "jobs.query", "jobs.getQueryResults", "CreateReadSession", "ReadRows"] {
        project.refuse(method, 429, "Quota exceeded for reads per minute", 1);
        project.refuse(method, 503, "The service is currently unavailable", 1);
    }
    project.server.state().breaks = vec![Break::Status, Break::Reset, Break::Status];
    let report = project.report(&["--strict"]);
    assert_eq!(table(&report, GRADINGS)["notes"], json!(["is_correct is taken as prediction_correct, its name today"]));
    assert_eq!(project.id(), id_of_folder(&league));
    let offsets = project.server.asked("ReadRows");
    assert!(offsets.iter().any(|offset| offset != "ReadRows 0"), "no stream was taken up where it broke");
    let snapshot = Snapshot::open(project.snapshot.path()).unwrap();
    vectors::compare(&league, &snapshot, &["v279", "v307", "v318"].map(|id| shipped(id).unwrap()));
}

#[test]
fn every_table_of_a_project_is_pulled_by_month_with_its_own_columns_and_dates_alone() {
    let project = Project::two_months();
    let run = project.pull(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::with_settings!({filters => vec![("Snapshot [0-9a-f]{12}", "Snapshot ID")]}, {
        insta::assert_snapshot!(run.stdout);
    });
    let mut asked = project.server.asked("CreateReadSession nba_predictions.player_prop");
    asked.sort();
    insta::assert_snapshot!(asked.join("\n"), @r"
    CreateReadSession nba_predictions.player_prop_predictions: game_date >= DATE '2026-01-01' AND game_date <= DATE '2026-01-31'
    CreateReadSession nba_predictions.player_prop_predictions: game_date >= DATE '2026-02-01' AND game_date <= DATE '2026-02-28'
    ");
    assert_eq!(project.id(), id_of_folder(two_months().folder().path()));
}

#[test]
fn a_pull_reads_again_what_has_changed_and_what_late_changes_reach_into() {
    let project = Project::two_months();
    let first = project.report(&[]);
    project.server.asked("");
    let sessions = |arguments: &[&str]| {
        let report = project.report(arguments);
        let mut asked = project.server.asked("CreateReadSession");
        asked.iter_mut().for_each(|line| *line = line.replace("CreateReadSession nba_predictions.", ""));
        asked.retain(|line| !line.contains("_anonymous"));
        asked.sort();
        (asked.join("\n"), report)
    };
    let (asked, again) = sessions(&["--refresh", "0d"]);
    assert_eq!((asked.as_str(), &again["unchanged"], &again["id"]), ("", &json!(true), &first["id"]));
    let (asked, again) = sessions(&["--tables", GRADINGS]);
    assert_eq!(again["unchanged"], json!(true));
    insta::assert_snapshot!(asked, @r"
    prediction_accuracy: game_date >= DATE '2026-01-01' AND game_date <= DATE '2026-01-31'
    prediction_accuracy: game_date >= DATE '2026-02-01' AND game_date <= DATE '2026-02-28'
    ");
    // A grading of January is corrected.
    let mut data = two_months();
    let row = data.rows(GRADINGS).iter().position(|row| row["game_date"] == "2026-01-20").unwrap();
    data.set(GRADINGS, row, json!({"is_voided": true}));
    project.put(GRADINGS, &data.batch(GRADINGS), 2_000);
    // A pull that wants no date of it leaves it to the next.
    let (asked, _) = sessions(&["--refresh", "0d", "--from", "2026-02-01"]);
    assert_eq!(asked, "");
    let (asked, again) = sessions(&["--refresh", "0d"]);
    insta::assert_snapshot!(asked, @"prediction_accuracy: game_date >= DATE '2026-01-01' AND game_date <= DATE '2026-01-31'");
    assert_eq!(table(&again, GRADINGS)["months_written"], json!(["2026-01"]));
    assert_eq!(table(&again, GRADINGS)["parts_read"], json!(1));
    assert_eq!(project.id(), id_of_folder(data.folder().path()));
}

#[test]
fn what_is_gone_from_a_project_is_kept() {
    let project = Project::two_months();
    let first = project.report(&[]);
    let whole = two_months().batch(PREDICTIONS);
    let at = whole.schema().index_of("current_points_line").unwrap();
    let mut without = whole.clone();
    without.remove_column(at);
    let mut as_before = Table::new(&whole, Some("game_date"));
    let mut changed = Table::new(&without, Some("game_date"));
    changed.put(&without, 2_000);
    project.server.state().tables.insert(place(PREDICTIONS), changed);
    project.server.state().tables.remove(&place(GRADINGS));
    let run = project.pull(&["--dry-run"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    for _ in 0..2 {
        let run = project.pull(&["--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, &report["id"], &report["tables_kept"]), (1, &first["id"], &json!([GRADINGS])));
        let columns: Vec<&Value> =
            table(&report, PREDICTIONS)["gone"].as_array().unwrap().iter().map(|gone| &gone["columns"]).collect();
        assert_eq!(columns, [&json!(["current_points_line"]), &json!(["current_points_line"])]);
    }
    as_before.put(&whole, 3_000);
    let gradings = Table::new(&two_months().batch(GRADINGS), Some("game_date"));
    project.server.state().tables.extend([(place(PREDICTIONS), as_before), (place(GRADINGS), gradings)]);
    let run = project.pull(&[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(json!(project.id()), first["id"]);
}

#[test]
fn a_column_under_both_its_names_has_the_values_of_either() {
    let whole = two_months().batch(GRADINGS);
    let at = whole.schema().index_of("prediction_correct").unwrap();
    let values = whole.column(at);
    let is_even: BooleanArray = (0..whole.num_rows()).map(|row| Some(row % 2 == 0)).collect();
    let mut columns = whole.columns().to_vec();
    columns[at] = nullif(values, &is_even).unwrap();
    columns.push(nullif(values, &not(&is_even).unwrap()).unwrap());
    let mut fields: Vec<Field> = whole.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields.push(Field::new("is_correct", values.data_type().clone(), true));
    let both = RecordBatch::try_new(Schema::new(fields).into(), columns).unwrap();
    let data = two_months();
    let project = Project::new(|table| Some(if table == GRADINGS { both.clone() } else { data.batch(table) }));
    let report = project.report(&["--strict"]);
    assert_eq!(table(&report, GRADINGS)["notes"], json!(["is_correct is taken as prediction_correct, its name today"]));
    assert_eq!(project.id(), id_of_folder(two_months().folder().path()));
}

#[test]
fn a_dry_run_says_what_bigquery_reckons_and_reads_nothing() {
    let project = Project::two_months();
    let run = project.pull(&["--dry-run", "--from", "2026-02-01", "--tables", "player_game_summary,model_registry"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout);
    insta::assert_snapshot!(project.server.asked("jobs.insert").join("\n"), @r"
    jobs.insert SELECT `player_lookup`, `player_full_name`, `game_id`, `game_date`, `team_abbr`, `opponent_team_abbr`, `season_year`, `points`, `minutes_played`, `fg_attempts`, `fg_makes`, `three_pt_attempts`, `three_pt_makes`, `ft_attempts`, `plus_minus`, `unassisted_fg_makes`, `usage_rate`, `starter_flag` FROM `nba-prod.nba_analytics.player_game_summary` WHERE (game_date >= DATE '2026-02-01' AND game_date <= DATE '2026-02-28')
    jobs.insert SELECT `model_id`, `training_start_date`, `training_end_date`, `enabled`, `status` FROM `nba-prod.nba_predictions.model_registry`
    ");
    assert_eq!(fs::read_dir(project.snapshot.path()).unwrap().count(), 0);
}

#[test]
fn only_wanted_dates_are_asked_for() {
    let project = Project::two_months();
    project.report(&["--from", "2026-02-11", "--tables", GRADINGS]);
    insta::assert_snapshot!(project.server.asked("CreateReadSession").join("\n"), @"CreateReadSession nba_predictions.prediction_accuracy: game_date >= DATE '2026-02-11' AND game_date <= DATE '2026-02-28'");
    let report = project.report(&["--to", "2026-01-31", "--tables", GRADINGS]);
    insta::assert_snapshot!(project.server.asked("CreateReadSession").join("\n"), @"CreateReadSession nba_predictions.prediction_accuracy: game_date >= DATE '2026-01-01' AND game_date <= DATE '2026-01-31'");
    assert_eq!(
        (&table(&report, GRADINGS)["first"], &table(&report, GRADINGS)["last"]),
        (&json!("2026-01-20"), &json!("2026-02-11"))
    );
}

#[test]
fn tables_may_lie_elsewhere() {
    let project = Project::two_months();
    let mut state = project.server.state();
    for name in TABLES.iter().map(|table| table.name).filter(|name| *name != "model_registry") {
        let table = state.tables.remove(&place(name)).unwrap();
        state.tables.insert(place(name).replace("nba_analytics", "mirror").replace("nba_predictions", "mirror"), table);
    }
    let registry = state.tables.remove("nba_predictions.model_registry").unwrap();
    state.tables.insert("ml.models".to_owned(), registry);
    drop(state);
    let run = project.run("bigquery://nba-prod.mirror", &["--map", "model_registry=ml.models"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(project.id(), id_of_folder(two_months().folder().path()));
    insta::assert_snapshot!(project.pull(&[]).stderr, @"error: bigquery://nba-prod.nba_predictions.player_prop_predictions: not found (Not found: Dataset nba-prod:nba_predictions); check the names of project, dataset and table, or say where it is with --map TABLE=DATASET.NAME");
}

#[test]
fn what_does_not_fit_is_counted_by_part_and_row_or_stops_a_strict_pull() {
    let mut data = two_months();
    data.retype(PREDICTIONS, "predicted_points", datafusion::arrow::datatypes::DataType::Decimal128(6, 2));
    data.set(PREDICTIONS, 0, json!({"predicted_points": 26.15}));
    let project = Project::new(|table| Some(data.batch(table)));
    insta::assert_snapshot!(project.refused(&["--strict"]), @"bigquery://nba-prod/nba_predictions.player_prop_predictions/2026-02: player_prop_predictions.predicted_points, row 1: 26.150000000 does not fit NUMERIC(5,1); without --strict it is NULL and counted");
    let run = project.pull(&["--tables", PREDICTIONS]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout.lines().find(|line| line.starts_with("misfit")).unwrap(), @"misfit: player_prop_predictions: bigquery://nba-prod/nba_predictions.player_prop_predictions/2026-02, row 1: 26.150000000 does not fit predicted_points NUMERIC(5,1)");
    data.retype(PREDICTIONS, "is_active", datafusion::arrow::datatypes::DataType::Utf8);
    (0..data.rows(PREDICTIONS).len()).for_each(|row| data.set(PREDICTIONS, row, json!({"is_active": "yes"})));
    project.put(PREDICTIONS, &data.batch(PREDICTIONS), 2_000);
    insta::assert_snapshot!(project.refused(&["--tables", PREDICTIONS]), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: column player_prop_predictions.is_active is STRING, expected BOOL; export it with the source's type");
    data.drop_column(PREDICTIONS, "is_active");
    (0..data.rows(PREDICTIONS).len())
        .for_each(|row| drop(data.rows(PREDICTIONS)[row].as_object_mut().unwrap().remove("is_active")));
    project.put(PREDICTIONS, &data.batch(PREDICTIONS), 3_000);
    insta::assert_snapshot!(project.refused(&["--tables", PREDICTIONS]), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: required column player_prop_predictions.is_active is missing; export the table with it");
}

#[test]
fn rows_without_a_date_rows_that_stream_in_and_rows_that_are_hidden_are_said() {
    let mut data = two_months();
    data.push_like(GRADINGS, 0, json!({"game_date": null}));
    let project = Project::new(|table| Some(data.batch(table)));
    project.server.state().tables.get_mut(&place(GRADINGS)).unwrap().buffered = 7;
    let report = project.report(&["--tables", GRADINGS]);
    insta::assert_snapshot!(report["notes"][0].as_str().unwrap(), @"prediction_accuracy: about 7 rows are in BigQuery's streaming buffer; those that it holds back come with a later pull");
    insta::assert_snapshot!(table(&report, GRADINGS)["misfits"].to_string(), @r#"{"count":1,"examples":["bigquery://nba-prod/nba_predictions.prediction_accuracy/__NULL__, row 1: without a game_date, left out"]}"#);
    project.server.state().hidden_rows = 1;
    let report = project.report(&["--tables", GRADINGS]);
    insta::assert_snapshot!(table(&report, GRADINGS)["notes"].to_string(), @r#"["bigquery://nba-prod/nba_predictions.prediction_accuracy/2026-01: 3 rows came where its metadata say 4; a row access policy may hide the others","bigquery://nba-prod/nba_predictions.prediction_accuracy/2026-02: 7 rows came where its metadata say 8; a row access policy may hide the others"]"#);
}

#[test]
fn a_view_is_queried_and_its_result_is_read() {
    let mut data = two_months();
    for (date, wins) in [("2026-01-20", 3), ("2026-02-10", 2)] {
        let row = json!({"subset_id": "top_3", "game_date": date, "wins": wins, "graded_picks": 4});
        data.push("subset_performance", row);
    }
    let project = Project::new(|table| Some(data.batch(table)));
    project.report(&[]);
    assert_eq!(project.id(), id_of_folder(data.folder().path()));
    project.server.asked("");
    project.report(&["--tables", "subset_performance", "--from", "2026-02-01"]);
    insta::assert_snapshot!(project.server.asked("jobs.query").join("\n"), @"jobs.query SELECT `subset_id`, `game_date`, `wins`, `graded_picks` FROM `nba-prod.nba_predictions.v_dynamic_subset_performance` WHERE game_date >= DATE '2026-02-01'");
}

#[test]
fn a_table_partitioned_by_something_else_than_dates_is_read_whole() {
    let mut data = two_months();
    data.push("model_registry", json!({"model_id": "catboost_v12", "training_start_date": "2025-11-02"}));
    let project = Project::new(|table| Some(data.batch(table)));
    let registry = Table::new(&data.batch("model_registry"), Some("training_start_date"));
    project.server.state().tables.insert(place("model_registry"), registry);
    project.report(&[]);
    assert_eq!(project.id(), id_of_folder(data.folder().path()));
    insta::assert_snapshot!(project.server.asked("CreateReadSession nba_predictions.model_registry").join("\n"), @r"
    CreateReadSession nba_predictions.model_registry: training_start_date IS NOT NULL
    CreateReadSession nba_predictions.model_registry: training_start_date IS NULL
    ");
    assert_eq!(project.report(&[])["unchanged"], json!(true));
    assert_eq!(project.server.asked("CreateReadSession nba_predictions.model_registry"), [""; 0]);
}

#[test]
fn a_table_in_several_messages_and_streams_is_whole_and_a_registry_keeps_its_order() {
    let mut data = two_months();
    for at in 0..40 {
        let id = format!("combo_{:02}", (at * 7) % 40);
        data.push(
            "signal_combo_registry",
            json!({"combo_id": id, "classification": "SYNERGISTIC", "status": "PRODUCTION", "signals": ["edge", id]}),
        );
    }
    let project = Project::new(|table| Some(data.batch(table)));
    project.server.state().message_rows = 3;
    project.server.state().breaks = vec![Break::Status; 6];
    project.report(&["--jobs", "1"]);
    assert_eq!(project.id(), id_of_folder(data.folder().path()));
}

#[test]
fn the_commands_of_the_readme_go_from_a_project_to_a_replay() {
    let readme = include_str!("../../../../README.md");
    let block = readme.split("```").find(|block| block.starts_with("sh\n") && block.contains("bigquery://")).unwrap();
    let project = Project::two_months();
    for line in block.lines().skip(1) {
        let line = line.split(" #").next().unwrap().replace("~/nba", text(project.snapshot.path()));
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[0], "reslate");
        let run = Run::from(project.server.environment(&mut command(&words[1..])).output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{line}");
    }
}

#[test]
fn a_pull_over_tls_trusts_the_certificates_of_the_machine() {
    let data = two_months();
    let tables = TABLES.iter().map(|table| (place(table.name), Table::new(&data.batch(table.name), None)));
    let server = Server::start_with_tls(tables);
    let snapshot = tempfile::tempdir().unwrap();
    let pull = |certificates: &Path| {
        let mut command = command(&["pull", "bigquery://nba-prod", "--snapshot", text(snapshot.path())]);
        server
            .environment(&mut command)
            .env("SSL_CERT_FILE", certificates)
            .env("BIGQUERY_EMULATOR_HOST", format!("https://localhost:{}", server.rest.port()))
            .env("BIGQUERY_STORAGE_EMULATOR_HOST", format!("https://localhost:{}", server.storage.port()));
        Run::from(command.output().unwrap())
    };
    let trusted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pull/bigquery/loopback.crt.pem");
    let run = pull(&trusted);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let other = snapshot.path().join("none.pem");
    fs::write(&other, "").unwrap();
    let run = pull(&other);
    assert_eq!(run.code, 2);
    let said = run.stderr.replace(&server.rest.port().to_string(), "PORT");
    insta::assert_snapshot!(said, @"error: bigquery://nba-prod.nba_predictions.player_prop_predictions: cannot be reached, after several attempts too (invalid peer certificate: UnknownIssuer); check that the emulator of BIGQUERY_EMULATOR_HOST is running at https://localhost:PORT");
}
