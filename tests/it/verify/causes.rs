//! Recorded picks that were written by an export, damaged in every way there is a cause for: each is found again.

use std::collections::BTreeSet;

use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use reslate::engine::AsOf;
use reslate::export::TABLE;
use reslate::formats;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::verify::{self, Cause, DifferenceKind, verify};
use reslate::version::{Version, shipped};
use serde_json::{Value, json};

use crate::support::league::{in_memory, run};
use crate::support::recorded::{
    DEMO, PREDICTIONS, Row, causes, changed, dates, exported, exported_on, found, key, needing_both, of, predictions,
    replace, same_pick, table, verified, verified_in, verified_on, version,
};
use crate::support::schema::{conforms, schema, without_date_formats};
use crate::support::{Data, reslate, text};

#[test]
fn what_an_export_wrote_verifies_whole() {
    for id in ["v279", "v296", "v298", "v307", "v307q", "v314", "v318"] {
        let rows = of(id);
        assert!(!rows.is_empty(), "{id}");
        let verification = verified(&rows);
        assert_eq!(verification.findings, [], "{id}");
        assert_eq!((verification.verified, verification.unexplained), (Some(100.0), 0), "{id}");
        assert_eq!(verification.matched, rows.len() as u64);
        assert_eq!(verification.outcomes.unfilled, rows.len() as u64);
        assert_eq!(verification.decided_by.as_deref(), Some(id));
    }
}

#[test]
fn what_was_recorded_as_deployed_verifies_whole() {
    let range = ["--from", "2026-02-14", "--to", "2026-02-24"];
    let out = tempfile::tempdir().unwrap();
    let ran = reslate(&[&["export", "--version", "as-deployed", "--out", text(out.path())], &range[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = crate::support::league::read_whole(&out.path().join("signal_best_bets_picks.parquet"));
    let snapshot = Snapshot::demo().unwrap().with_table(TABLE, in_memory(TABLE, &rows, usize::MAX)).unwrap();
    let dates = Dates::Range { from: range[1].parse().ok(), to: range[3].parse().ok() };
    let request = verify::VerifyRequest { dates, versions: Vec::new(), subset_version: None };
    let verification = run(verify(&snapshot, &request)).unwrap();
    assert_eq!((verification.findings.as_slice(), verification.verified), (&[][..], Some(100.0)));
    assert_eq!(verification.decided_by.as_deref(), Some("as-deployed"));
}

/// A change of one row that no cause stands for.
fn break_row(row: &mut Row) {
    row.insert("line_value".to_owned(), json!(3.5));
    row.insert("combo_hit_rate".to_owned(), json!(1.25));
}

#[test]
fn a_row_that_a_later_backfill_wrote() {
    let mut rows = of("v314");
    break_row(&mut rows[3]);
    rows[3].insert("created_at".to_owned(), json!("2026-03-01T09:00:00"));
    let verification = verified(&rows);
    assert_eq!(found(&verification, &rows[3]), (vec![DifferenceKind::Differs], BTreeSet::from([Cause::OtherWriter])));
    assert_eq!((verification.findings.len(), verification.explained_share), (1, Some(100.0)));
    assert!(verification.findings[0].reasons[0].detail.contains("2026-03-01 09:00:00, after the slate"));
}

#[test]
fn late_rows_tell_nothing_where_all_are_late() {
    let mut rows = of("v314");
    rows.iter_mut().for_each(|row| {
        row.insert("created_at".to_owned(), json!("2026-04-20T09:00:00"));
    });
    break_row(&mut rows[3]);
    let verification = verified(&rows);
    assert_eq!(found(&verification, &rows[3]), (vec![DifferenceKind::Differs], BTreeSet::new()));
    assert!(verification.notes.iter().any(|note| note.contains("tells nothing about who wrote it")));
}

type Changes = fn(&mut Version);

const CHAMPION: Changes = |version| version.set("champion", "catboost_v12").unwrap();
const SAME_DATE: Changes = |version| version.set("health", "same-date").unwrap();
const AS_OF_HEALTH: Changes = |version| version.set("health", "as-of").unwrap();
const REVERSED: Changes = |version| version.combos.reverse();
const INTENDED: Changes = Version::work_as_intended;
const TIE: Changes = |version| version.set("tie", "system_id_asc").unwrap();

#[test]
fn a_row_of_another_alternative_gets_its_cause() {
    let damages: [(&str, Changes, Cause); 6] = [
        ("v314", CHAMPION, Cause::Champion),
        ("v296", SAME_DATE, Cause::HealthMode),
        ("v296", AS_OF_HEALTH, Cause::HealthMode),
        ("v296", INTENDED, Cause::AsIntended),
        ("v279", REVERSED, Cause::RegistryOrder),
        ("v314", TIE, Cause::Tie),
    ];
    for (id, change, cause) in damages {
        let mut rows = of(id);
        let (at, other) = changed(&rows, &exported(&DEMO, version(id, change), None));
        replace(&mut rows, at, other);
        let verification = verified(&rows);
        let label = format!("{id} {cause:?}");
        assert_eq!(
            found(&verification, &rows[at]),
            (vec![DifferenceKind::Differs], BTreeSet::from([cause])),
            "{label}"
        );
        assert_eq!((verification.findings.len(), verification.unexplained), (1, 0), "{label}");
        assert_eq!(verification.explained_share, Some(100.0), "{label}");
    }
}

#[test]
fn whole_slates_of_another_alternative_get_its_cause() {
    let damages: [(&str, Changes, Cause); 5] = [
        ("v314", CHAMPION, Cause::Champion),
        ("v296", SAME_DATE, Cause::HealthMode),
        ("v296", INTENDED, Cause::AsIntended),
        ("v307", REVERSED, Cause::RegistryOrder),
        ("v314", TIE, Cause::Tie),
    ];
    for (id, change, cause) in damages {
        let rows = exported(&DEMO, version(id, change), None);
        let verification = verified(&rows);
        let label = format!("{id} {cause:?}");
        assert!(!verification.findings.is_empty(), "{label}");
        for finding in &verification.findings {
            assert_eq!(causes(finding), [cause], "{label}: {finding:?}");
        }
    }
}

#[test]
fn rows_of_another_version_of_the_same_name() {
    // Without the version that decided it, a row is taken for the version in production then.
    let mut rows = of("v307q");
    rows.iter_mut().for_each(|row| {
        row.shift_remove("signal_regimes_snapshot");
    });
    let verification = verified(&rows);
    assert!(!verification.findings.is_empty());
    assert!(verification.findings.iter().all(|finding| causes(finding) == [Cause::SameName]));
    assert_eq!(verification.versions[0].version.as_deref(), Some("v307"));
}

fn half_past_ten() -> Option<AsOf> {
    "22:30".parse().ok()
}

/// A pick of v314, the prediction that it is of, and the snapshot in which that was superseded after it was recorded.
fn superseded() -> (Vec<Row>, usize, Snapshot) {
    let rows = exported(&DEMO, shipped("v314").unwrap(), half_past_ten());
    let at = 3;
    let mut predictions: Vec<Row> = formats::rows(&[predictions(&DEMO)]).unwrap();
    let is_source = |prediction: &&mut Row| {
        prediction["player_lookup"] == rows[at]["player_lookup"]
            && prediction["game_id"] == rows[at]["game_id"]
            && prediction["system_id"] == rows[at]["source_model_id"]
            && prediction["is_active"] == true
    };
    let source = predictions.iter_mut().find(is_source).unwrap();
    source.insert("is_active".to_owned(), json!(false));
    let mut successor = source.clone();
    let date = successor["game_date"].as_str().unwrap().to_owned();
    let points = successor["predicted_points"].as_f64().unwrap();
    for (column, value) in [
        ("prediction_id", json!("successor")),
        ("predicted_points", json!(points + if successor["recommendation"] == "OVER" { 1.0 } else { -1.0 })),
        ("is_active", json!(true)),
        ("created_at", json!(format!("{date}T23:00:00"))),
    ] {
        successor.insert(column.to_owned(), value);
    }
    predictions.push(successor);
    let snapshot = DEMO.clone().with_table(PREDICTIONS, table(PREDICTIONS, &predictions)).unwrap();
    (rows, at, snapshot)
}

#[test]
fn a_prediction_that_was_superseded_since() {
    let (mut rows, at, snapshot) = superseded();
    let verification = verified_on(&snapshot, &rows);
    assert_eq!(found(&verification, &rows[at]), (vec![DifferenceKind::Differs], BTreeSet::from([Cause::AsOf])));
    assert!(verification.findings.iter().all(|finding| causes(finding).contains(&Cause::AsOf)));
    // Where nobody knows when it was written, the times before each successor are tried.
    rows.iter_mut().for_each(|row| {
        row.shift_remove("created_at");
    });
    let verification = verified_on(&snapshot, &rows);
    assert_eq!(found(&verification, &rows[at]), (vec![DifferenceKind::Differs], BTreeSet::from([Cause::AsOf])));
}

/// The picks of v314 on a slate of which v307 picks nothing.
fn left_behind(rows: &[Row]) -> Vec<Row> {
    let picked: BTreeSet<String> = rows.iter().map(|row| key(row).0).collect();
    let stale = of("v314").into_iter().filter(|row| !picked.contains(&key(row).0));
    let mut stale: Vec<Row> = stale.collect();
    let date = key(&stale[2]).0;
    stale.retain(|row| key(row).0 == date);
    stale
}

#[test]
fn stale_rows_that_a_re_export_without_picks_left_behind() {
    let rows = of("v307");
    let stale = left_behind(&rows);
    assert!(!stale.is_empty());
    for name in ["v314_consolidated", "v307_multi_source"] {
        let mut damaged = rows.clone();
        damaged.extend(stale.iter().cloned().map(|mut row| {
            row.insert("algorithm_version".to_owned(), json!(name));
            row
        }));
        let verification = verified(&damaged);
        assert_eq!(verification.findings.len(), stale.len(), "{name}");
        for finding in &verification.findings {
            assert_eq!(
                (finding.kind, causes(finding)),
                (DifferenceKind::Extra, vec![Cause::StaleRow]),
                "{name}: {finding:?}"
            );
        }
        assert_eq!(verification.matched, rows.len() as u64, "{name}");
    }
}

/// What came of each pick, as decisions has it.
fn fill(rows: &mut [Row], id: &str) {
    let decided = run(async {
        let replay = Replay::open(&DEMO, Request::new(dates(), shipped(id).unwrap())).await.unwrap();
        replay.compute(&["decisions"]).await.unwrap();
        let sql = "SELECT game_date, player_lookup, actual_points, outcome FROM decisions WHERE selected";
        replay.engine.query(sql).await.unwrap()
    });
    let decided: Vec<Row> = formats::rows(&decided).unwrap();
    for row in rows {
        let decision = decided.iter().find(|other| key(other) == key(row)).unwrap();
        let correct = match decision["outcome"].as_str().unwrap() {
            "WIN" => json!(true),
            "LOSS" => json!(false),
            _ => Value::Null,
        };
        row.insert("prediction_correct".to_owned(), correct);
        row.insert("actual_points".to_owned(), decision.get("actual_points").cloned().unwrap_or_default());
    }
}

/// The gradings of a row's player and game.
fn gradings(row: &Row) -> Vec<Row> {
    let sql = format!(
        "SELECT system_id, recommendation, line_value, actual_points, prediction_correct FROM prediction_accuracy \
         WHERE player_lookup = {} AND game_id = {} AND is_voided IS NOT TRUE",
        row["player_lookup"].to_string().replace('"', "'"),
        row["game_id"].to_string().replace('"', "'")
    );
    formats::rows(&run(reslate::engine::Engine::open(&DEMO, None).unwrap().query(&sql)).unwrap()).unwrap()
}

/// A decided row, and whether another model's grading has the opposite outcome.
fn decided_row(rows: &[Row], has_opposite: bool) -> usize {
    let found = rows.iter().position(|row| {
        let Some(correct) = row["prediction_correct"].as_bool() else { return false };
        let opposite = |grading: &Row| grading.get("prediction_correct") == Some(&json!(!correct));
        gradings(row).iter().any(opposite) == has_opposite
    });
    found.unwrap()
}

fn flip(row: &mut Row) {
    let correct = row["prediction_correct"].as_bool().unwrap();
    row.insert("prediction_correct".to_owned(), json!(!correct));
}

#[test]
fn outcomes_are_checked_against_the_rows_own_line_and_side() {
    let mut rows = of("v314");
    fill(&mut rows, "v314");
    let verification = verified(&rows);
    assert_eq!((verification.findings.as_slice(), verification.outcomes.wrong), (&[][..], 0));
    assert!(verification.outcomes.right > 50, "{:?}", verification.outcomes);
    let (other, own) = (decided_row(&rows, true), decided_row(&rows, false));
    flip(&mut rows[other]);
    flip(&mut rows[own]);
    let verification = verified(&rows);
    assert_eq!(
        found(&verification, &rows[other]),
        (vec![DifferenceKind::Outcome], BTreeSet::from([Cause::OtherOutcome]))
    );
    assert_eq!(found(&verification, &rows[own]), (vec![DifferenceKind::Outcome], BTreeSet::new()));
    assert_eq!((verification.outcomes.wrong, verification.explained, verification.unexplained), (2, 1, 1));
    assert_eq!(verification.verified, Some(100.0));
    let points = rows[0]["actual_points"].as_i64().unwrap();
    rows[0].insert("actual_points".to_owned(), json!(points + 40));
    assert_eq!(found(&verified(&rows), &rows[0]), (vec![DifferenceKind::Outcome], BTreeSet::new()));
}

#[test]
fn two_alternatives_at_once_are_both_named() {
    let damages: [(&str, [(Changes, Cause); 2]); 5] = [
        ("v296", [(CHAMPION, Cause::Champion), (SAME_DATE, Cause::HealthMode)]),
        ("v296", [(SAME_DATE, Cause::HealthMode), (REVERSED, Cause::RegistryOrder)]),
        ("v296", [(SAME_DATE, Cause::HealthMode), (INTENDED, Cause::AsIntended)]),
        ("v314", [(CHAMPION, Cause::Champion), (REVERSED, Cause::RegistryOrder)]),
        ("v314", [(CHAMPION, Cause::Champion), (TIE, Cause::Tie)]),
    ];
    for (id, [first, second]) in damages {
        let mut rows = of(id);
        let single = |change| exported(&DEMO, version(id, change), None);
        let both = exported(
            &DEMO,
            version(id, |version| {
                first.0(version);
                second.0(version);
            }),
            None,
        );
        let label = format!("{id} {:?} {:?}", first.1, second.1);
        let row = needing_both(&rows, [&single(first.0), &single(second.0)], &both);
        let row = row.unwrap_or_else(|| panic!("{label}: no row takes both"));
        match rows.iter().position(|other| key(other) == key(&row)) {
            Some(at) => replace(&mut rows, at, row.clone()),
            None => rows.push(row.clone()),
        }
        assert_eq!(found(&verified(&rows), &row).1, BTreeSet::from([first.1, second.1]), "{label}");
    }
}

#[test]
fn another_alternative_and_a_later_writer_or_an_outcome_at_once() {
    let mut rows = of("v314");
    fill(&mut rows, "v314");
    let others = exported(&DEMO, version("v314", CHAMPION), None);
    let at = decided_row(&rows, true);
    let mut other = same_pick(&others, &rows[at]).unwrap().clone();
    for column in ["actual_points", "prediction_correct"] {
        other.insert(column.to_owned(), rows[at][column].clone());
    }
    replace(&mut rows, at, other);
    let whole = rows.clone();
    let late = json!("2026-03-01T09:00:00");
    // As the other model's run wrote it, later.
    rows[at].insert("created_at".to_owned(), late.clone());
    let both = BTreeSet::from([Cause::OtherWriter, Cause::Champion]);
    assert_eq!(found(&verified(&rows), &rows[at]), (vec![DifferenceKind::Differs], both.clone()));
    // And changed besides: what the other model explains is still told from what the writer did.
    break_row(&mut rows[at]);
    let (kinds, causes) = found(&verified(&rows), &rows[at]);
    assert!(kinds.contains(&DifferenceKind::Differs));
    assert!(causes.is_superset(&both), "{causes:?}");
    let mut rows = whole;
    flip(&mut rows[at]);
    let both = BTreeSet::from([Cause::Champion, Cause::OtherOutcome]);
    assert_eq!(found(&verified(&rows), &rows[at]), (vec![DifferenceKind::Differs, DifferenceKind::Outcome], both));
    rows[at].insert("created_at".to_owned(), late);
    let all = BTreeSet::from([Cause::Champion, Cause::OtherOutcome, Cause::OtherWriter]);
    assert_eq!(found(&verified(&rows), &rows[at]).1, all);
}

#[test]
fn a_stale_row_of_another_model_or_of_a_later_writer() {
    let rows = of("v307");
    let mut late = left_behind(&rows).remove(0);
    late.insert("algorithm_version".to_owned(), json!("v307_multi_source"));
    late.insert("created_at".to_owned(), json!("2026-03-01T09:00:00"));
    let damaged: Vec<Row> = rows.iter().cloned().chain([late.clone()]).collect();
    let both = BTreeSet::from([Cause::StaleRow, Cause::OtherWriter]);
    assert_eq!(found(&verified(&damaged), &late), (vec![DifferenceKind::Extra], both));
    // On a slate with a row of another run besides, another model alone does not explain the one that it picks.
    let march = Dates::Range { from: "2026-03-03".parse().ok(), to: "2026-03-05".parse().ok() };
    let demo = Snapshot::demo().unwrap();
    let export = |version: Version| exported_on(&demo, version, None, march);
    let of_date = |rows: Vec<Row>| rows.into_iter().find(|row| key(row).0 == "2026-03-04").unwrap();
    let of_model = of_date(export(version("v307", CHAMPION)));
    let is_other = |row: &Row| key(row) != key(&of_model);
    let mut of_version = of_date(export(shipped("v314").unwrap()).into_iter().filter(is_other).collect());
    of_version.insert("algorithm_version".to_owned(), json!("v307_multi_source"));
    of_version.insert("signal_regimes_snapshot".to_owned(), of_model["signal_regimes_snapshot"].clone());
    let mut damaged = export(shipped("v307").unwrap());
    damaged.extend([of_model.clone(), of_version.clone()]);
    let verification = verified_in(&demo, &damaged, march);
    let both = BTreeSet::from([Cause::StaleRow, Cause::Champion]);
    assert_eq!(found(&verification, &of_model), (vec![DifferenceKind::Extra], both));
    assert_eq!(found(&verification, &of_version), (vec![DifferenceKind::Extra], BTreeSet::from([Cause::StaleRow])));
}

#[test]
fn a_superseded_prediction_and_another_model_at_once() {
    let (rows, at, snapshot) = superseded();
    let mut others = exported(&DEMO, version("v314", CHAMPION), half_past_ten());
    let other = others.iter().position(|other| key(other) == key(&rows[at])).unwrap();
    let mut damaged = rows.clone();
    replace(&mut damaged, at, others.swap_remove(other));
    let both = BTreeSet::from([Cause::AsOf, Cause::Champion]);
    assert_eq!(found(&verified_on(&snapshot, &damaged), &rows[at]), (vec![DifferenceKind::Differs], both));
}

#[test]
fn what_is_on_no_list_is_unexplained_and_traced() {
    let rows = of("v314");
    let mut broken = rows.clone();
    break_row(&mut broken[3]);
    let verification = verified(&broken);
    assert_eq!(found(&verification, &broken[3]), (vec![DifferenceKind::Differs], BTreeSet::new()));
    assert_eq!((verification.unexplained, verification.explained_share), (1, Some(0.0)));
    let finding = &verification.findings[0];
    let columns: Vec<&str> = finding.columns.iter().map(|differing| differing.column.as_str()).collect();
    assert_eq!(columns, ["combo_hit_rate", "line_value"]);
    assert!(finding.trace[0].starts_with("v314: "), "{:?}", finding.trace);
    assert!(finding.trace.last().unwrap().starts_with("see: reslate explain 2026-02-"), "{:?}", finding.trace);

    let mut deleted = rows.clone();
    let row = deleted.remove(3);
    assert_eq!(found(&verified(&deleted), &row), (vec![DifferenceKind::Missing], BTreeSet::new()));

    let mut invented = rows.clone();
    let mut row = rows[3].clone();
    row.insert("player_lookup".to_owned(), json!("nobody"));
    invented.push(row.clone());
    let verification = verified(&invented);
    assert_eq!(found(&verification, &row), (vec![DifferenceKind::Extra], BTreeSet::new()));
    assert!(verification.findings[0].trace[0].starts_with("no candidate of v314"), "{:?}", verification.findings);

    // A whole slate that is gone is missing by the version that decided the others.
    let date = key(&rows[3]).0;
    let rest: Vec<Row> = rows.iter().filter(|row| key(row).0 != "2026-02-07").cloned().collect();
    assert!(rest.len() < rows.len(), "{date}");
    let verification = verified(&rest);
    assert_eq!(verification.missing, (rows.len() - rest.len()) as u64);
    assert!(verification.findings.iter().all(|finding| !finding.is_explained()));
    // An invented row on a slate of which the version picks nothing is no stale one.
    let rows = of("v307");
    let mut row = left_behind(&rows).remove(0);
    row.insert("algorithm_version".to_owned(), json!("v307_multi_source"));
    row.insert("predicted_points".to_owned(), json!(61.5));
    let damaged: Vec<Row> = rows.into_iter().chain([row.clone()]).collect();
    assert_eq!(found(&verified(&damaged), &row), (vec![DifferenceKind::Extra], BTreeSet::new()));
}

#[test]
fn rows_of_unknown_versions_are_listed_and_not_fatal() {
    let mut rows = of("v314");
    rows[0].insert("algorithm_version".to_owned(), json!("v999_imagined"));
    rows[1].shift_remove("algorithm_version");
    let verification = verified(&rows);
    let unknown: Vec<_> = verification.versions.iter().filter(|named| named.version.is_none()).collect();
    assert_eq!(unknown.len(), 2);
    assert!(unknown.iter().any(|named| named.algorithm_version.as_deref() == Some("v999_imagined")));
    assert!(verification.notes.iter().any(|note| note.starts_with("2 rows name a version that is not known")));
    // Nobody can tell whether their picks are missing of the version that the others name.
    assert_eq!((verification.findings.as_slice(), verification.unexplained), (&[][..], 0));
    assert_eq!(verification.matched, rows.len() as u64 - 2);
}

#[test]
fn without_recorded_picks_nothing_can_be_told() {
    let request = verify::VerifyRequest { dates: dates(), versions: Vec::new(), subset_version: None };
    let verification = run(verify(&DEMO, &request)).unwrap();
    assert!(!verification.has_records);
    assert_eq!((verification.verified, verification.explained_share), (None, None));
    assert!(verification.notes[0].contains("nobody can tell what is recorded"));
    let verification = verified(&[]);
    assert!(verification.has_records);
    assert!(verification.notes[0].contains("has no row of these slates"), "{:?}", verification.notes);
}

#[test]
fn health_rows_of_some_dates_only_are_said() {
    let rows = of("v296");
    assert!(!verified(&rows).notes.iter().any(|note| note.contains("signal_health_daily")));
    let health = json!({ "game_date": "2026-02-04", "signal_tag": "high_edge", "regime": "NORMAL" });
    let some = [health.as_object().unwrap().clone()];
    let snapshot = DEMO.clone().with_table("signal_health_daily", table("signal_health_daily", &some)).unwrap();
    let verification = verified_on(&snapshot, &rows);
    let note = "signal_health_daily lacks 6 of these slates: nobody can tell whether it was read there";
    assert!(verification.notes.iter().any(|other| other == note), "{:?}", verification.notes);
    assert_eq!(verification.verified, Some(100.0));
}

#[test]
fn columns_that_the_table_lacks_are_not_compared() {
    let mut data = Data::sound();
    data.drop_column(TABLE, "n_models_eligible");
    let out = tempfile::tempdir().unwrap();
    let folder = Data::sound().folder();
    let arguments = ["export", "--from", "2026-02-10", "--version", "v314", "--snapshot", text(folder.path())];
    assert_eq!(reslate(&[&arguments[..], &["--format", "ndjson", "--out", text(out.path())]].concat()).code, 0);
    let lines = std::fs::read_to_string(out.path().join("signal_best_bets_picks.ndjson")).unwrap();
    for line in lines.lines() {
        let mut row: Row = serde_json::from_str(line).unwrap();
        row.shift_remove("n_models_eligible");
        data.push(TABLE, Value::Object(row));
    }
    let folder = data.folder();
    let ran = reslate(&["verify", "--snapshot", text(folder.path())]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("lacks columns, which are not compared: n_models_eligible"), "{}", ran.stderr);
}

/// Two slates as v314 recorded them, with a row broken, one missing and one by a later writer.
fn damaged() -> tempfile::TempDir {
    let mut data = Data::sound();
    let out = tempfile::tempdir().unwrap();
    let folder = data.folder();
    let arguments = ["export", "--from", "2026-02-10", "--version", "v314", "--snapshot", text(folder.path())];
    assert_eq!(reslate(&[&arguments[..], &["--format", "ndjson", "--out", text(out.path())]].concat()).code, 0);
    let lines = std::fs::read_to_string(out.path().join("signal_best_bets_picks.ndjson")).unwrap();
    let mut rows: Vec<Row> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for row in &mut rows {
        row.insert("created_at".to_owned(), json!(format!("{}T16:00:00", row["game_date"].as_str().unwrap())));
        row.insert("prediction_correct".to_owned(), json!(true));
        row.insert("actual_points".to_owned(), json!(24));
    }
    break_row(&mut rows[0]);
    break_row(&mut rows[1]);
    rows[1].insert("created_at".to_owned(), json!("2026-02-20T08:00:00"));
    rows[1].insert("prediction_correct".to_owned(), json!(false));
    rows.remove(2);
    rows.into_iter().for_each(|row| data.push(TABLE, Value::Object(row)));
    data.folder()
}

#[test]
fn what_verify_prints() {
    let folder = damaged();
    let ran = reslate(&["verify", "--snapshot", text(folder.path())]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout.replace(text(folder.path()), "SNAPSHOT"));
}

#[test]
fn rows_and_documents_of_verify_conform_to_their_schemas() {
    let folder = damaged();
    let written = |format: &str| reslate(&["verify", "--snapshot", text(folder.path()), "--format", format]).stdout;
    let checked = |name: &str, value: &Value| {
        conforms(&Config::from_schema(&without_date_formats(schema(&[name])), Some(Draft::Draft7)).unwrap(), value);
    };
    checked("verify", &serde_json::from_str(&written("json")).unwrap());
    let lines = written("ndjson");
    assert!(lines.lines().count() > 2);
    lines.lines().for_each(|line| checked("verify-rows", &serde_json::from_str(line).unwrap()));
    let heading = written("csv").lines().next().unwrap().to_owned();
    assert!(
        heading.starts_with("schema_version,date,algorithm_version,version,player_lookup,game_id,kind,"),
        "{heading}"
    );
}

#[test]
fn a_version_of_ones_own_is_known_when_it_is_given() {
    let mine = tempfile::tempdir().unwrap();
    let path = mine.path().join("mine.toml");
    std::fs::write(&path, "extends = \"v314\"\n[parameters]\nmin_edge = 4\n").unwrap();
    let rows = exported(&DEMO, reslate::version::from_file(&path).unwrap(), None);
    assert!(verified(&rows).notes.iter().any(|note| note.contains("version that is not known")));
    let recorded = DEMO.clone().with_table(TABLE, table(TABLE, &rows)).unwrap();
    let versions = vec![reslate::version::from_file(&path).unwrap()];
    let asked = || verify::VerifyRequest { dates: dates(), versions: versions.clone(), subset_version: None };
    let verification = run(verify(&recorded, &asked())).unwrap();
    assert_eq!((verification.verified, verification.matched), (Some(100.0), rows.len() as u64));
    let mut damaged = rows;
    break_row(&mut damaged[0]);
    let recorded = DEMO.clone().with_table(TABLE, table(TABLE, &damaged)).unwrap();
    let verification = run(verify(&recorded, &asked())).unwrap();
    let [finding] = verification.findings.as_slice() else { panic!("{:?}", verification.findings) };
    let see = finding.trace.last().unwrap();
    assert!(see.ends_with(&format!(" --version {}", path.display())), "{see}");
}
