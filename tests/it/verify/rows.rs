//! What a verification makes of recorded rows that are not there, there twice, out of place or half filled in.

use std::collections::BTreeSet;

use reslate::export::TABLE;
use reslate::formats;
use reslate::replay::Dates;
use reslate::verify::{Cause, DifferenceKind, Verification};
use serde_json::{Value, json};

use crate::support::recorded::{
    DEMO, FROM, PREDICTIONS, Row, TO, about, causes, differ, exported, found, key, of, predictions, same_pick, table,
    verified, verified_in, verified_on, version,
};
use crate::support::{Data, reslate, text};

fn range(from: Option<&str>, to: Option<&str>) -> Dates {
    let date = |text: &str| text.parse().unwrap();
    Dates::Range { from: from.map(date), to: to.map(date) }
}

/// The rows up to a date.
fn until(rows: &[Row], date: &str) -> Vec<Row> {
    rows.iter().filter(|row| key(row).0.as_str() <= date).cloned().collect()
}

fn all_missing(verification: &Verification, count: usize) {
    assert_eq!((verification.missing, verification.unexplained), (count as u64, count as u64));
    assert!(
        verification.findings.iter().all(|finding| finding.kind == DifferenceKind::Missing && !finding.is_explained())
    );
}

#[test]
fn slates_after_the_last_recorded_one_are_missing_whatever_the_range() {
    let rows = of("v314");
    let stopped = until(&rows, "2026-02-06");
    let gone = rows.len() - stopped.len();
    assert!(gone > 3);
    for dates in [range(None, Some(TO)), range(Some(FROM), Some(TO))] {
        let verification = verified_in(&DEMO, &stopped, dates);
        all_missing(&verification, gone);
        for finding in &verification.findings {
            assert_eq!(causes(finding), [Cause::NothingRecorded]);
            assert_eq!(finding.reasons[0].detail, "its writer stopped: the last row is of 2026-02-06");
        }
    }
    // Also where no slate of the range has a row.
    let verification = verified_in(&DEMO, &stopped, range(Some("2026-02-07"), Some(TO)));
    all_missing(&verification, gone);
    assert_eq!((verification.recorded, verification.verified), (0, Some(0.0)));
}

#[test]
fn without_an_end_every_slate_to_the_snapshots_last_is_verified() {
    let demo = reslate::snapshot::Snapshot::demo().unwrap();
    let verification = verified_in(&demo, &of("v314"), range(None, None));
    assert_eq!((verification.to.0.to_string().as_str(), verification.matched > 50), ("2026-04-12", true));
    assert!(verification.findings.iter().all(|finding| finding.date.0.to_string().as_str() > TO));
    assert!(verification.missing > 500 && verification.unexplained == verification.missing);
    // What was before the first row is left out, and said.
    assert!(verification.notes.iter().any(|note| note.contains("before the first recorded one are left out; --from")));
}

#[test]
fn after_the_last_row_the_version_that_it_names_goes_on() {
    let mut rows = until(&of("v314"), "2026-02-06");
    rows.extend(of("v318").into_iter().filter(|row| key(row).0 == "2026-02-07"));
    let verification = verified(&rows);
    assert_eq!(verification.decided_by.as_deref(), Some("v314"));
    assert!(verification.missing > 0);
    assert!(verification.findings.iter().all(|finding| finding.version.as_deref() == Some("v318")));
}

#[test]
fn a_range_that_begins_before_the_first_row_leaves_nothing_out() {
    let rows = of("v314");
    let begun: Vec<Row> = rows.iter().filter(|row| key(row).0.as_str() >= "2026-02-07").cloned().collect();
    assert_eq!(verified_in(&DEMO, &begun, range(None, Some(TO))).findings, []);
    let verification = verified_in(&DEMO, &begun, range(Some(FROM), Some(TO)));
    all_missing(&verification, rows.len() - begun.len());
    assert!(verification.findings.iter().all(|finding| causes(finding) == [Cause::NothingRecorded]));
}

#[test]
fn a_slate_that_was_left_out_between_others_has_nothing_recorded() {
    let rows = of("v314");
    let rest: Vec<Row> = rows.iter().filter(|row| key(row).0 != "2026-02-07").cloned().collect();
    let verification = verified(&rest);
    all_missing(&verification, rows.len() - rest.len());
    assert!(verification.findings.iter().all(|finding| causes(finding) == [Cause::NothingRecorded]));
}

#[test]
fn a_writer_that_stopped_is_printed_by_slate() {
    let mut data = Data::sound();
    let out = tempfile::tempdir().unwrap();
    let folder = data.folder();
    let fixed = ["export", "--from", "2026-02-10", "--version", "v314", "--snapshot", text(folder.path())];
    assert_eq!(reslate(&[&fixed[..], &["--format", "ndjson", "--out", text(out.path())]].concat()).code, 0);
    let lines = std::fs::read_to_string(out.path().join("signal_best_bets_picks.ndjson")).unwrap();
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.filter(|row| row["game_date"] == "2026-02-10").for_each(|row| data.push(TABLE, row));
    let folder = data.folder();
    let ran = reslate(&["verify", "--snapshot", text(folder.path())]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("50.0 % as replayed: 2 match, 0 differ, 2 missing, 0 extra"), "{}", ran.stdout);
    let line = "  2026-02-11 v314: 2 picks missing; its writer stopped: the last row is of 2026-02-10\n";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
}

#[test]
fn rows_beyond_the_snapshots_slates_are_counted_and_said() {
    let mut rows = of("v314");
    for date in ["2025-06-01", "2026-07-01", "2026-08-01"] {
        let mut row = rows[0].clone();
        row.insert("game_date".to_owned(), json!(date));
        rows.push(row);
    }
    let verification = verified_in(&DEMO, &rows, range(None, Some(TO)));
    assert_eq!(verification.off_slates, 1, "{:?}", verification.notes);
    let mut data = Data::sound();
    let row = json!({
        "player_lookup": "al_one_bkn", "game_id": "20260601_BKN_NYK", "game_date": "2026-06-01", "system_id": "catboost_v9",
        "algorithm_version": "v314_consolidated",
    });
    data.push(TABLE, row);
    let folder = data.folder();
    let ran = reslate(&["verify", "--snapshot", text(folder.path())]);
    let said = "1 rows are of dates before the snapshot's first slate or after its last, so they cannot be verified";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn a_row_that_is_there_twice_is_said_to_be_and_one_with_other_values_is_another_writers() {
    let mut rows = of("v314");
    let mut again = rows[3].clone();
    again.insert("created_at".to_owned(), json!("2026-02-01T16:30:00"));
    rows.push(again);
    let verification = verified(&rows);
    assert_eq!(found(&verification, &rows[3]), (vec![DifferenceKind::Extra], BTreeSet::from([Cause::RecordedTwice])));
    assert_eq!((verification.matched, verification.unexplained), (rows.len() as u64 - 1, 0));

    // Whichever is first, the one that the replay writes is the record.
    for moment in ["2026-02-01T16:30:00", "2026-02-11T00:00:00"] {
        let mut rows = of("v314");
        let mut other = rows[3].clone();
        other.insert("created_at".to_owned(), json!(moment));
        other.insert("composite_score".to_owned(), json!(77.5));
        rows.push(other);
        let verification = verified(&rows);
        let findings = about(&verification, &rows[3]);
        assert_eq!(
            (findings.len(), findings[0].kind, causes(findings[0])[0]),
            (1, DifferenceKind::Extra, Cause::OtherWriter)
        );
        assert_eq!(findings[0].columns[0].column, "composite_score");
        assert!(findings[0].is_explained());
    }

    // What another model's run wrote besides is told from that.
    let mut rows = of("v314");
    let others = exported(&DEMO, version("v314", |version| version.set("champion", "catboost_v12").unwrap()), None);
    let at = rows.iter().position(|row| same_pick(&others, row).is_some_and(|other| differ(row, other))).unwrap();
    let mut other = same_pick(&others, &rows[at]).unwrap().clone();
    other.insert("signal_regimes_snapshot".to_owned(), rows[at]["signal_regimes_snapshot"].clone());
    rows.push(other);
    let both = BTreeSet::from([Cause::OtherWriter, Cause::Champion]);
    assert_eq!(found(&verified(&rows), &rows[at]), (vec![DifferenceKind::Extra], both));
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let mut rows = of("v314");
    for (column, value) in [("composite_score", json!(77.5)), ("line_value", json!(3.5)), ("edge", json!(8.8))] {
        let mut other = rows[3].clone();
        other.insert(column.to_owned(), value);
        rows.push(other);
    }
    rows.remove(3);
    let verification = verified(&rows);
    rows.reverse();
    assert_eq!(verified(&rows), verification);
    assert!(verification.findings.len() >= 3);
}

#[test]
fn deleted_rows_are_no_other_order_of_the_registry() {
    for id in ["v307", "v296"] {
        let rows = of(id);
        assert!(!rows.is_empty());
        for at in 0..rows.len() {
            let mut damaged = rows.clone();
            let row = damaged.remove(at);
            if damaged.iter().all(|other| key(other).0 > key(&row).0) {
                continue;
            }
            let verification = verified_in(&DEMO, &damaged, range(Some(FROM), Some(TO)));
            let (kinds, causes) = found(&verification, &row);
            assert_eq!(kinds, [DifferenceKind::Missing], "{id} {:?}", key(&row));
            assert!(causes.is_empty() || causes == BTreeSet::from([Cause::NothingRecorded]), "{id} {causes:?}");
            assert_eq!(verification.unexplained, 1);
        }
    }
}

#[test]
fn equal_scores_explain_a_rank_unless_another_alternative_gives_the_whole_slate() {
    let rows = of("v314");
    let pair = |rows: &[Row]| {
        rows.iter().enumerate().find_map(|(at, row)| {
            let is_tied = |other: &&Row| {
                key(other).0 == key(row).0
                    && key(other).1 != key(row).1
                    && other["composite_score"] == row["composite_score"]
            };
            let other = rows.iter().find(is_tied)?;
            Some((at, rows.iter().position(|row| key(row) == key(other))?))
        })
    };
    let (one, other) = pair(&rows).unwrap();
    let mut damaged = rows.clone();
    let ranks = (rows[one]["rank"].clone(), rows[other]["rank"].clone());
    damaged[one].insert("rank".to_owned(), ranks.1);
    damaged[other].insert("rank".to_owned(), ranks.0);
    let verification = verified(&damaged);
    for at in [one, other] {
        assert_eq!(found(&verification, &damaged[at]), (vec![DifferenceKind::Differs], BTreeSet::from([Cause::Tie])));
    }
}

/// v314's rows, each slate's by several runs.
fn written_in_runs(runs: usize) -> Vec<Row> {
    let mut rows = of("v314");
    for (at, row) in rows.iter_mut().enumerate() {
        let (date, _) = key(row);
        row.insert("created_at".to_owned(), json!(format!("{date}T{:02}:{:02}:00", 12 + at % runs, at / runs % 10)));
    }
    rows
}

#[test]
fn times_of_writing_that_were_not_tried_are_said() {
    // Later versions of every prediction, so that each time makes a difference.
    let mut predictions: Vec<Row> = formats::rows(&[predictions(&DEMO)]).unwrap();
    let source = predictions.iter().position(|row| row["game_date"] == FROM && row["is_active"] == true).unwrap();
    let mut earlier = predictions[source].clone();
    for (column, value) in [
        ("prediction_id", json!("earlier")),
        ("is_active", json!(false)),
        ("created_at", json!(format!("{FROM}T10:00:00"))),
    ] {
        earlier.insert(column.to_owned(), value);
    }
    predictions[source].insert("created_at".to_owned(), json!(format!("{FROM}T23:50:00")));
    predictions.push(earlier);
    let snapshot = DEMO.clone().with_table(PREDICTIONS, table(PREDICTIONS, &predictions)).unwrap();
    let traced = |runs: usize| {
        let mut rows = written_in_runs(runs);
        let at = rows.iter().position(|row| key(row).0 == FROM).unwrap();
        rows[at].insert("composite_score".to_owned(), json!(77.5));
        let verification = verified_on(&snapshot, &rows);
        about(&verification, &rows[at])[0].trace.join("\n")
    };
    let rows = of("v314").iter().filter(|row| key(row).0 == FROM).count();
    assert!(rows > 5, "{rows}");
    assert!(!traced(3).contains("not tried"), "{}", traced(3));
    assert!(traced(6).contains("at which the slate may have been decided: not tried"), "{}", traced(6));
}

#[test]
fn half_an_outcome_is_neither_wrong_nor_whole() {
    let mut rows = of("v314");
    let graded = |row: &Row, column: &str| {
        let (date, player) = key(row);
        let sql = format!(
            "SELECT actual_points, prediction_correct FROM prediction_accuracy WHERE game_date = DATE '{date}' AND \
             player_lookup = '{player}' AND line_value = {} AND recommendation = '{}' AND is_voided IS NOT TRUE",
            row["line_value"],
            row["recommendation"].as_str().unwrap()
        );
        let found =
            crate::support::league::run(reslate::engine::Engine::open(&DEMO, None).unwrap().query(&sql)).unwrap();
        formats::rows::<Row>(&found).unwrap().first().and_then(|row| row.get(column).cloned())
    };
    let decided: Vec<usize> =
        (0..rows.len()).filter(|at| graded(&rows[*at], "prediction_correct").is_some()).take(3).collect();
    for (place, column) in ["actual_points", "prediction_correct", "prediction_correct"].iter().enumerate() {
        let value = graded(&rows[decided[place]], column).unwrap();
        rows[decided[place]].insert((*column).to_owned(), value);
    }
    let wrong = !rows[decided[2]]["prediction_correct"].as_bool().unwrap();
    rows[decided[2]].insert("prediction_correct".to_owned(), json!(wrong));
    let verification = verified(&rows);
    let outcomes = verification.outcomes;
    assert_eq!((outcomes.half_filled, outcomes.wrong, outcomes.right), (2, 1, 0), "{:?}", verification.findings);
    assert_eq!(about(&verification, &rows[decided[2]])[0].kind, DifferenceKind::Outcome);
}

#[test]
fn an_outcome_of_a_grading_that_a_later_one_superseded() {
    let mut rows = of("v314");
    let sql = "SELECT * FROM prediction_accuracy";
    let gradings = crate::support::league::run(reslate::engine::Engine::open(&DEMO, None).unwrap().query(sql)).unwrap();
    let mut gradings: Vec<Row> = formats::rows(&gradings).unwrap();
    let is_of = |row: &Row, grading: &Row| {
        ["player_lookup", "game_id", "recommendation", "line_value"]
            .iter()
            .all(|name| row.get(*name) == grading.get(*name))
            && grading.get("system_id") == row.get("source_model_id")
            && grading.get("prediction_correct").is_some_and(Value::is_boolean)
    };
    let pair = rows
        .iter()
        .enumerate()
        .find_map(|(at, row)| Some((at, gradings.iter().position(|grading| is_of(row, grading))?)));
    let (at, grading) = pair.unwrap();
    // Points that nobody else was graded with.
    let mut superseded = gradings[grading].clone();
    superseded.insert("actual_points".to_owned(), json!(71));
    superseded.insert("prediction_correct".to_owned(), json!(rows[at]["recommendation"] == "OVER"));
    superseded.insert("graded_at".to_owned(), json!("2026-02-01T00:00:00"));
    rows[at].insert("actual_points".to_owned(), json!(71));
    rows[at].insert("prediction_correct".to_owned(), superseded["prediction_correct"].clone());
    gradings.push(superseded);
    let snapshot = DEMO.clone().with_table("prediction_accuracy", table("prediction_accuracy", &gradings)).unwrap();
    let verification = verified_on(&snapshot, &rows);
    let outcome =
        about(&verification, &rows[at]).into_iter().find(|finding| finding.kind == DifferenceKind::Outcome).unwrap();
    assert_eq!(causes(outcome), [Cause::SupersededOutcome], "{outcome:?}");
}
