//! The measurements beside other programs: all of them give the same answers.

use std::path::Path;
use std::process::Command;

use crate::support::Run;
use crate::support::python::environment;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers");
const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/demo");

#[test]
#[ignore = "needs Python with venv, and packages of PyPI"]
fn peers_answer_as_reslate_does_with_packages_of_python() {
    let python = environment(&Path::new(FOLDER).join("requirements.txt"));
    let mut measure = Command::new(python);
    measure.arg(Path::new(FOLDER).join("run.py")).arg(env!("CARGO_BIN_EXE_reslate"));
    measure.args(["--snapshot", DEMO, "--runs", "1"]).env("PYTHONDONTWRITEBYTECODE", "1");
    let run: Run = measure.output().unwrap().into();
    assert_eq!(run.code, 0, "{}", run.stderr);
    // Every task has a row of reslate's, which says how many rows of the answers are the same.
    let tasks = run.stdout.lines().filter(|line| line.contains("(the same"));
    assert_eq!(tasks.clone().count(), 5, "{}", run.stdout);
    assert!(tasks.clone().all(|task| !task.contains("(the same 0 rows")), "{}", run.stdout);
}
