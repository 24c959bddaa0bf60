//! The notebooks: each runs from its first cell to its last, and is kept without what it printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::python;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/notebooks");

fn notebooks() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|is| is == "ipynb")).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no notebook in {FOLDER}");
    paths
}

#[test]
#[ignore = "needs Python with venv, and packages of PyPI"]
fn every_notebook_runs_on_the_demo_with_packages_of_python() {
    let python = python::environment(&Path::new(FOLDER).join("requirements.txt"));
    let own = tempfile::tempdir().unwrap();
    let mut execute = Command::new(python.with_file_name("jupyter-execute"));
    execute
        .args(notebooks())
        .env("RESLATE", env!("CARGO_BIN_EXE_reslate"))
        .env_remove("RESLATE_SNAPSHOT")
        .env("IPYTHONDIR", own.path())
        .env("JUPYTER_RUNTIME_DIR", own.path())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let executed = execute.output().unwrap();
    assert!(executed.status.success(), "{}", String::from_utf8_lossy(&executed.stderr));
}

#[test]
fn no_notebook_is_kept_with_what_it_printed() {
    for path in notebooks() {
        let notebook: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let cells = notebook["cells"].as_array().unwrap();
        for cell in cells.iter().filter(|cell| cell["cell_type"] == "code") {
            let printed = (&cell["outputs"], &cell["execution_count"]);
            assert_eq!(printed, (&json!([]), &Value::Null), "{}: run nbstripout on it", path.display());
        }
    }
}
