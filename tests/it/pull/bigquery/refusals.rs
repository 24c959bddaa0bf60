//! What a pull from BigQuery says when it is refused: a line, with the permission or the name that is needed.

use std::fs;

use reslate::snapshot::TABLES;
use serde_json::json;

use super::{GRADINGS, PREDICTIONS, Project, place};
use crate::support::pulled::two_months;
use crate::support::{Run, command, text};

#[test]
fn what_cannot_pass_is_said_at_once_with_the_permission_or_name_that_is_needed() {
    let project = Project::two_months();
    let said = |method: &'static str, http: u16, message: &str| {
        project.refuse(method, http, message, 1);
        let said = project.refused(&["--jobs", "1", "--tables", PREDICTIONS]);
        assert!(project.server.state().faults.is_empty(), "{method} was not asked");
        said
    };
    insta::assert_snapshot!(said("tables.get", 401, "Request had invalid authentication credentials."), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: the credentials are not accepted (Request had invalid authentication credentials); log in with `gcloud auth application-default login`, or point GOOGLE_APPLICATION_CREDENTIALS to the key of a service account");
    insta::assert_snapshot!(said("tables.get", 403, "Access Denied: Table nba-prod:d.t: Permission bigquery.tables.get denied"), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: permission denied (Access Denied: Table nba-prod:d.t: Permission bigquery.tables.get denied); needs bigquery.tables.get on the table");
    insta::assert_snapshot!(said("jobs.query", 403, "Access Denied: Project nba-prod: User does not have bigquery.jobs.create permission in project nba-prod."), @"bigquery://nba-prod.nba_predictions: permission denied (Access Denied: Project nba-prod: User does not have bigquery.jobs.create permission in project nba-prod); needs bigquery.jobs.create on project nba-prod, bigquery.tables.list and bigquery.tables.get on the dataset");
    insta::assert_snapshot!(said("CreateReadSession", 403, "request failed: the user does not have 'bigquery.readsessions.create' permission for 'projects/nba-prod'"), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: permission denied (request failed: the user does not have 'bigquery.readsessions.create' permission for 'projects/nba-prod'); needs bigquery.readsessions.create on project nba-prod and bigquery.tables.getData on the table");
    insta::assert_snapshot!(said("ReadRows", 403, "there was an error operating on the stream: permission denied"), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: permission denied (there was an error operating on the stream: permission denied); needs bigquery.readsessions.getData on project nba-prod");
    insta::assert_snapshot!(said("ReadRows", 401, "Request had invalid authentication credentials."), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: the credentials are not accepted (Request had invalid authentication credentials); log in with `gcloud auth application-default login`, or point GOOGLE_APPLICATION_CREDENTIALS to the key of a service account");
    insta::assert_snapshot!(said("jobs.query", 400, "Unrecognized name: partition_id"), @"bigquery://nba-prod.nba_predictions: refused (Unrecognized name: partition_id); check the table in the BigQuery console");
}

#[test]
fn what_can_pass_is_tried_again_but_not_for_ever() {
    let project = Project::two_months();
    let first = project.report(&[]);
    let said = |method: &'static str, http: u16, message: &str| {
        project.refuse(method, http, message, 100);
        let said = project.refused(&["--jobs", "1", "--tables", PREDICTIONS]);
        let left = std::mem::take(&mut project.server.state().faults).len();
        assert!((90..=98).contains(&left), "{method} was tried {} times", 100 - left);
        said
    };
    insta::assert_snapshot!(said("tables.get", 429, "Quota exceeded: Your project exceeded quota for API requests"), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: the quota is exhausted, after several attempts too (Quota exceeded: Your project exceeded quota for API requests); pull again later; what is not pulled yet is pulled then");
    insta::assert_snapshot!(said("CreateReadSession", 503, "The service is currently unavailable."), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: BigQuery does not manage, after several attempts too (The service is currently unavailable); pull again later; what is not pulled yet is pulled then");
    insta::assert_snapshot!(said("ReadRows", 500, "internal error"), @"bigquery://nba-prod.nba_predictions.player_prop_predictions: BigQuery does not manage, after several attempts too (internal error); pull again later; what is not pulled yet is pulled then");
    assert_eq!(first["id"], json!(project.id()));
}

#[test]
fn what_is_not_there_is_named() {
    let project = Project::two_months();
    insta::assert_snapshot!(project.refused(&["--map", "model_registry=ml.models"]), @"bigquery://nba-prod.ml.models: not found (Not found: Dataset nba-prod:ml); check the names of project, dataset and table, or say where it is with --map TABLE=DATASET.NAME");
    project.server.state().tables.remove(&place(GRADINGS));
    insta::assert_snapshot!(project.refused(&[]), @"bigquery://nba-prod.nba_predictions.prediction_accuracy: not found (Not found: Table nba-prod:nba_predictions.prediction_accuracy); check the names of project, dataset and table, or say where it is with --map TABLE=DATASET.NAME");
    project.server.state().tables.remove(&place("player_game_summary"));
    insta::assert_snapshot!(project.refused(&["--tables", "player_game_summary"]), @"bigquery://nba-prod.nba_analytics.player_game_summary: not found (Not found: Dataset nba-prod:nba_analytics); check the names of project, dataset and table, or say where it is with --map TABLE=DATASET.NAME");
    let run = project.pull(&["--tables", "player_prop_predictions,model_registry"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    // Optional tables that are not there are missing, which is no error.
    let few = two_months();
    let few = Project::new(|table| TABLES.iter().any(|t| t.name == table && t.required).then(|| few.batch(table)));
    insta::assert_snapshot!(few.report(&[])["missing"].to_string(), @r#"["ml_feature_store_v2","signal_health_daily","pick_signal_tags","signal_combo_registry","signal_best_bets_picks","current_subset_picks","subset_performance","model_registry","model_performance_daily"]"#);
}

#[test]
fn sources_and_mappings_that_are_none() {
    let project = Project::two_months();
    let said = |source: &str, arguments: &[&str]| {
        let run = project.run(source, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        run.stderr.trim_end().to_owned()
    };
    insta::assert_snapshot!(said("bigquery://", &[]), @"error: source 'bigquery://': has no name of a project; write bigquery://PROJECT or bigquery://PROJECT.DATASET");
    insta::assert_snapshot!(said("bigquery://nba-prod.d.t", &[]), @"error: source 'bigquery://nba-prod.d.t': has no name of a dataset after the project; write bigquery://PROJECT.DATASET");
    insta::assert_snapshot!(said("bigquery://nba-prod", &["--map", "model_registry"]), @"error: invalid value 'model_registry' for '--map <TABLE=DATASET.NAME>': write it as TABLE=DATASET.NAME or TABLE=PROJECT.DATASET.NAME");
    insta::assert_snapshot!(said("bigquery://nba-prod", &["--map", "model_registri=a.b"]), @"error: invalid value 'model_registri=a.b' for '--map <TABLE=DATASET.NAME>': 'model_registri' is no table of the contract; did you mean 'model_registry'?");
    insta::assert_snapshot!(said("bigquery://nba-prod", &["--map", "model_registry=a.b", "--map", "model_registry=a.c"]), @"error: --map 'model_registry=a.c': model_registry is mapped twice; keep one of them");
    insta::assert_snapshot!(said(text(two_months().folder().path()), &["--map", "model_registry=a.b"]), @"error: --map 'model_registry=a.b': only a bigquery:// source has datasets; name the files of an export for their tables");
    project.report(&[]);
    insta::assert_snapshot!(said("bigquery://nba-prod.mirror", &["--tables", PREDICTIONS]), @"error: bigquery://nba-prod.mirror.player_prop_predictions: not found (Not found: Dataset nba-prod:mirror); check the names of project, dataset and table, or say where it is with --map TABLE=DATASET.NAME");
}

#[test]
fn a_token_is_sent_and_never_shown() {
    let project = Project::two_months();
    let pull = |token: &str, arguments: &[&str]| {
        let arguments =
            [&["pull", "bigquery://nba-prod", "--snapshot", text(project.snapshot.path())], arguments].concat();
        let mut command = command(&arguments);
        project.server.environment(&mut command).env("CLOUDSDK_AUTH_ACCESS_TOKEN", token).env("RUST_LOG", "trace");
        Run::from(command.output().unwrap())
    };
    project.server.state().token = Some("ya29.fresh".to_owned());
    let run = pull("ya29.stale", &[]);
    insta::assert_snapshot!(run.stderr, @"error: bigquery://nba-prod.nba_predictions.player_prop_predictions: the access token is not accepted (Request had invalid authentication credentials: Bearer ...); it may have expired; set CLOUDSDK_AUTH_ACCESS_TOKEN to a new one (`gcloud auth print-access-token`)");
    let run = pull("ya29.fresh\n", &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let written = fs::read_to_string(project.snapshot.path().join("manifest.json")).unwrap();
    assert!(![run.stdout, run.stderr, written].iter().any(|text| text.contains("ya29")));
    // It expires while rows are read.
    project.refuse("ReadRows", 401, "token ya29.fresh has expired", 1);
    insta::assert_snapshot!(pull("ya29.fresh", &["--tables", GRADINGS]).stderr, @"error: bigquery://nba-prod.nba_predictions.prediction_accuracy: the access token is not accepted (token ... has expired); it may have expired; set CLOUDSDK_AUTH_ACCESS_TOKEN to a new one (`gcloud auth print-access-token`)");
    insta::assert_snapshot!(pull("ya29\u{1}", &[]).stderr, @"error: bigquery://nba-prod.nba_predictions.player_prop_predictions: the access token is not accepted (CLOUDSDK_AUTH_ACCESS_TOKEN is no access token and future attempts will not succeed); it may have expired; set CLOUDSDK_AUTH_ACCESS_TOKEN to a new one (`gcloud auth print-access-token`)");
}

#[test]
fn nobody_there_is_said() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    let snapshot = tempfile::tempdir().unwrap();
    let mut command = command(&["pull", "bigquery://nba-prod", "--snapshot", text(snapshot.path())]);
    let run = Run::from(command.env("BIGQUERY_EMULATOR_HOST", &host).output().unwrap());
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run.stderr.replace(&host, "HOST"), @"error: bigquery://nba-prod.nba_predictions.player_prop_predictions: cannot be reached, after several attempts too (Connection refused (os error 111)); check that the emulator of BIGQUERY_EMULATOR_HOST is running at http://HOST");
}

#[test]
fn credentials_that_are_none_are_said() {
    let snapshot = tempfile::tempdir().unwrap();
    let said = |file: &str| {
        let mut command = command(&["pull", "bigquery://nba-prod", "--snapshot", text(snapshot.path())]);
        for name in ["BIGQUERY_EMULATOR_HOST", "CLOUDSDK_AUTH_ACCESS_TOKEN"] {
            command.env_remove(name);
        }
        let run = Run::from(command.env("GOOGLE_APPLICATION_CREDENTIALS", file).output().unwrap());
        assert_eq!(run.code, 2);
        run.stderr.replace(text(snapshot.path()), "DIR")
    };
    insta::assert_snapshot!(said("/no/such/key.json"), @"error: credentials: could not find or open the credentials file /no/such/key.json. This file name was found in the `GOOGLE_APPLICATION_CREDENTIALS` environment variable. Verify this environment variable points to a valid file; log in with `gcloud auth application-default login`, or point GOOGLE_APPLICATION_CREDENTIALS to the key of a service account");
    let key = snapshot.path().join("key.json");
    fs::write(&key, json!({"type": "service_account", "private_key": "secret"}).to_string()).unwrap();
    let message = said(text(&key));
    assert!(!message.contains("secret"), "{message}");
    insta::assert_snapshot!(message, @"error: credentials: cannot parse the credentials file missing field `client_email`; log in with `gcloud auth application-default login`, or point GOOGLE_APPLICATION_CREDENTIALS to the key of a service account");
}
