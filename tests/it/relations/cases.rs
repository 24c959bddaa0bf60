//! Relations as the specification (docs/specification/) has them: given rows, expected rows (`tests/queries/*.slt`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use reslate::cases::CaseFile;

use crate::support::league::run;

macro_rules! specified {
    ($($name:ident: $file:literal,)*) => {
        $(
            #[test]
            fn $name() {
                follows($file);
            }
        )*

        #[test]
        fn every_file_of_cases_is_run() {
            let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let run = [$($file),*].map(|file| format!("{file}.slt"));
            assert_eq!(files.collect::<BTreeSet<_>>(), BTreeSet::from(run));
        }
    };
}

specified! {
    the_active_prediction_is_the_one_specified: "predictions",
    candidates_are_the_largest_edges: "candidates",
    the_consensus_is_that_of_the_models_that_vote: "consensus",
    features_are_read_one_game_early: "features",
    a_slates_health_is_that_of_the_days_before: "slate_health",
    players_are_judged_by_the_seasons_gradings: "player_records",
    signals_qualify_from_their_thresholds_on: "signals",
    filters_block_from_their_thresholds_on: "verdicts",
    combos_match_in_the_registrys_order: "combos",
    passing_candidates_are_ranked_by_score: "rankings",
    the_latest_grading_decides_the_outcome: "outcomes",
    monitoring_tables_are_those_specified: "monitor",
    models_are_weighed_by_the_days_before: "source_weights",
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries")
}

/// Runs the cases of a file and reports all that fail.
fn follows(file: &str) {
    let cases = CaseFile::read(&folder().join(format!("{file}.slt"))).unwrap();
    let tested = run(cases.run());
    assert!(tested.queries > 0, "{file} asks nothing");
    let failures = tested.failures.iter().map(|failure| format!("line {}: {}", failure.line, failure.what));
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{} failures\n\n{}", failures.len(), failures.join("\n\n"));
}
