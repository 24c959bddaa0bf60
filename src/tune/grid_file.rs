//! A grid from a file.

use std::path::Path;

use bytesize::ByteSize;
use serde::Deserialize;
use toml::{Table, Value};

use super::axis::Axis;
use crate::error::{Error, FileError, Result, VersionError, one_line};
use crate::file;
use crate::version::catalogue::Catalogue;

/// Larger than any grid file.
const MOST: ByteSize = ByteSize::mib(1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    parameters: Table,
}

/// The dimensions that a file lists under `[parameters]`: by name the values to try, as a text like that of `--param`, a
/// number or a list of them.
///
/// # Errors
/// The file cannot be read, is no TOML, or lists something that is no parameter or no value of it.
pub fn grid_file(path: &Path, catalogue: &Catalogue) -> Result<Vec<Axis>> {
    let bad = |reason: &str| {
        let file = path.display().to_string();
        Error::Version(VersionError::BadFile { file, reason: one_line(reason).into(), place: None })
    };
    let text = file::text_at_most(path, MOST)
        .map_err(|error| FileError::Input { path: path.to_owned(), reason: error.into() })?;
    let written: Written = toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        bad(&format!("{line}{}; a grid file has its parameters under [parameters]", error.message()))
    })?;
    let mut axes = Vec::new();
    flatten("", &written.parameters, &mut |name, value| {
        let values =
            values(value).ok_or_else(|| bad(&format!("{name}: write values as a text, a number or a list")))?;
        axes.push(Axis::parse(&format!("{name}={values}"), catalogue).map_err(|error| bad(&error.to_string()))?);
        Ok(())
    })?;
    Ok(axes)
}

/// Every entry under its dotted name: `high_edge.min_edge` may be written as a table.
fn flatten(prefix: &str, table: &Table, visit: &mut impl FnMut(&str, &Value) -> Result<()>) -> Result<()> {
    for (key, value) in table {
        let name = format!("{prefix}{key}");
        match value {
            Value::Table(inner) => flatten(&format!("{name}."), inner, visit)?,
            value => visit(&name, value)?,
        }
    }
    Ok(())
}

fn values(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Array(items) => Some(items.iter().map(values).collect::<Option<Vec<_>>>()?.join(",")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grid.toml");
        std::fs::write(&path, text).unwrap();
        let axes = grid_file(&path, crate::version::catalogue::catalogue())?;
        Ok(axes.iter().map(|axis| format!("{}={}", axis.knob, axis.texts().join(","))).collect())
    }

    #[test]
    fn a_file_lists_what_the_options_do() {
        let text = "[parameters]\nmin_edge = \"3:4:0.5\"\nbench_line = [8, \"10:11:1\", 12.5]\ncap = 5\n\
                    high_edge.min_edge = [5, 6]\n\"signal.cold_snap\" = \"on,off\"\n";
        let mut axes = read(text).unwrap();
        axes.sort();
        assert_eq!(
            axes,
            [
                "bench_line=8,10,11,12.5",
                "cap=5",
                "high_edge.min_edge=5,6",
                "min_edge=3,3.5,4",
                "signal.cold_snap=on,off"
            ]
        );
    }

    #[test]
    fn what_is_no_grid_is_refused() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert!(error("min_edge = 5").contains("grid.toml: line 1: unknown field `min_edge`"));
        assert!(error("[parameters]\nmin_edg = 5").contains("grid.toml: unknown parameter 'min_edg'"));
        assert!(error("[parameters]\nmin_edge = true").contains("min_edge: write values as"));
        assert!(error("[parameters]\nmin_edge =").contains("line 2"));
    }
}
