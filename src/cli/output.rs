//! Where output goes: results to standard output or a file, everything else to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anstyle::Style;
use clap::{Args, ValueEnum};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, CellAlignment, Color, ContentArrangement, Table};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use schemars::JsonSchema;
use serde::Serialize;

use super::style;
use crate::audit::Tally;
use crate::error::{Error, FileError, RequestError, Result};
use crate::formats::{self, RowFormat};
use crate::snapshot::write::{write_whole, write_whole_by};
use crate::text::{visible, visible_lines};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// A JSON document
    Json,
    /// An object a line
    #[value(alias = "jsonl")]
    Ndjson,
    /// A row a line, under a heading
    Csv,
    /// Rows with their types
    Parquet,
}

/// How a result that is not rows is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Report {
    /// For people
    #[default]
    Table,
    /// One object
    Json,
}

/// `--format` and `--out`: how the result is written, and where it goes.
#[derive(Debug, Clone, Args)]
pub struct Output<F: ValueEnum + Send + Sync + 'static> {
    /// How the result is written [default: by the ending of --out, else table]
    #[arg(long, value_enum)]
    format: Option<F>,
    #[command(flatten)]
    pub out: Out,
}

impl<F: ValueEnum + Default + Send + Sync + 'static> Output<F> {
    /// The format that `--format` names.
    pub fn chosen(&self) -> Option<F> {
        self.format.clone()
    }

    /// The format asked for; else the one that the ending of --out names, else a table.
    ///
    /// # Errors
    /// The ending names a format, but not one in which this result is written.
    pub fn format(&self) -> Result<F> {
        let path = self.out.path().unwrap_or(Path::new(""));
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match (&self.format, F::from_str(ending, false)) {
            (Some(format), _) => Ok(format.clone()),
            (None, Ok(format)) => Ok(format),
            (None, Err(_)) if Format::from_str(ending, false).is_err() => Ok(F::default()),
            (None, Err(_)) => {
                let names = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
                let names: Vec<String> = names.map(|name| name.get_name().to_owned()).collect();
                Err(Error::Request(RequestError::BadArgument {
                    what: "--out",
                    value: path.display().to_string(),
                    reason: format!("the result is written as {}; say which with --format", names.join(" or ")),
                }))
            }
        }
    }
}

impl Output<Format> {
    /// Standard output in a format, where no file can be asked for.
    pub fn to_stdout(format: Format) -> Output<Format> {
        Output { format: Some(format), out: Out { out: None } }
    }
}

impl Output<Report> {
    /// Writes a result as a table or as JSON, as was asked for.
    ///
    /// # Errors
    /// As for [`Output::format`] and [`Out::text`].
    pub fn report<T: Serialize>(&self, result: &T, table: impl FnOnce(&T) -> String) -> Result<()> {
        match self.format()? {
            Report::Table => self.out.text(&table(result)),
            Report::Json => self.out.bytes(formats::pretty_json(result)?.as_bytes(), false),
        }
    }
}

impl Output<Format> {
    /// Writes a result as a table, as a JSON document, or its rows in the other formats.
    ///
    /// # Errors
    /// As for [`Output::format`] and [`Out::text`].
    pub fn result<T: Serialize, R: Serialize + JsonSchema>(
        &self,
        result: &T,
        table: impl FnOnce(&T) -> String,
        rows: impl FnOnce(&T) -> Vec<R>,
    ) -> Result<()> {
        match self.format()? {
            Format::Table => self.out.text(&table(result)),
            Format::Json => self.out.bytes(formats::pretty_json(result)?.as_bytes(), false),
            Format::Ndjson => self.out.bytes(formats::lines(&rows(result))?.as_bytes(), false),
            Format::Csv => self.out.bytes(&formats::csv(&[formats::batch(&rows(result))?])?, false),
            Format::Parquet => self.out.bytes(&formats::parquet(&[formats::batch(&rows(result))?])?, true),
        }
    }

    /// Writes rows as a table, as a JSON document, or as they are in the other formats.
    ///
    /// # Errors
    /// As for [`Output::format`] and [`Out::text`].
    pub fn rows(
        &self,
        rows: &[RecordBatch],
        table: impl FnOnce() -> Result<String>,
        json: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<()> {
        match self.format()? {
            Format::Table => self.out.text(&table()?),
            Format::Json => self.out.bytes(&json()?, false),
            Format::Ndjson => self.out.bytes(&formats::ndjson(rows)?, false),
            Format::Csv => self.out.bytes(&formats::csv(rows)?, false),
            Format::Parquet => self.out.bytes(&formats::parquet(rows)?, true),
        }
    }
}

/// `--out`: where the result goes.
#[derive(Debug, Clone, Args)]
pub struct Out {
    /// Write to this file instead of standard output, whole or not at all
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

impl Out {
    /// The file that the result is written to; none: standard output, also where `-` is asked for.
    pub fn path(&self) -> Option<&Path> {
        self.out.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// Writes text, without its styles where they are not wanted. Its line breaks and styles are taken for the program's own:
    /// what comes from the data is made visible before ([`visible`]; [`Cell`], [`style::paint`] and [`wrapped`] do it
    /// themselves). Everything else that is no glyph is made visible here.
    ///
    /// # Errors
    /// The file cannot be written, or the reader of standard output went away.
    pub fn text(&self, text: &str) -> Result<()> {
        let text = visible_lines(text);
        match self.path() {
            Some(path) => write_whole(path, anstream::adapter::strip_str(&text).to_string().as_bytes()),
            None => {
                let mut stdout = anstream::AutoStream::auto(io::stdout().lock());
                stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(stdout_failed)
            }
        }
    }

    /// Writes bytes as they are; binary ones not to a terminal.
    pub fn bytes(&self, bytes: &[u8], binary: bool) -> Result<()> {
        match self.path() {
            Some(path) => write_whole(path, bytes),
            None => {
                let mut stdout = stdout(binary)?;
                stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(stdout_failed)
            }
        }
    }

    /// Writes rows as they come.
    ///
    /// # Errors
    /// A batch that is one; or as for [`Out::bytes`].
    pub fn rows(
        &self,
        format: RowFormat,
        schema: &Schema,
        batches: impl IntoIterator<Item = Result<RecordBatch>>,
    ) -> Result<()> {
        match self.path() {
            Some(path) => write_whole_by(path, |file| formats::write_rows(format, schema, batches, file)),
            None => {
                let mut stdout = io::BufWriter::new(stdout(format == RowFormat::Parquet)?);
                formats::write_rows(format, schema, batches, &mut stdout)?;
                stdout.flush().map_err(stdout_failed)
            }
        }
    }
}

fn stdout(binary: bool) -> Result<io::Stdout> {
    if binary && io::stdout().is_terminal() {
        return Err(Error::Request(RequestError::BadArgument {
            what: "--format",
            value: "parquet".to_owned(),
            reason: "is binary; give --out PATH or redirect".to_owned(),
        }));
    }
    Ok(io::stdout())
}

fn stdout_failed(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::BrokenPipe,
        _ => Error::File(FileError::Output { path: PathBuf::from("standard output"), reason: error.into() }),
    }
}

/// Text, made visible, in lines of at most `width` characters, broken between words.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in visible(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The hit rate of a tally with its N, such as `60.0 % of 20`; a dash where nothing was decided.
pub fn rate_of(tally: &Tally) -> String {
    tally.hit_rate.map_or("-".to_owned(), |rate| format!("{rate:.1} % of {}", tally.record.decided()))
}

/// The units of a tally; a dash where nothing was decided.
pub fn units(tally: &Tally) -> String {
    tally.hit_rate.map_or("-".to_owned(), |_| format!("{:+.2}", tally.units))
}

/// A p-value; one too small for three digits is said to be so.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

/// Says something beside the result, on standard error.
pub fn note(text: impl Display) {
    say(style::NOTE, "note:", text);
}

/// Says something on standard error in a line that begins with what it is.
pub fn say(style: Style, what: &str, text: impl Display) {
    anstream::eprintln!("{} {}", style::paint(style, what), visible(text));
}

/// How a styled cell ends: all styles, or its colour alone.
const STYLE_ENDS: [&str; 2] = ["\u{1b}[0m", "\u{1b}[39m"];

/// Spaces between columns.
const GAP: u16 = 2;

/// A cell of a [`Grid`]: its text, made visible.
pub struct Cell(comfy_table::Cell);

impl Cell {
    pub fn new(text: impl Display) -> Cell {
        Cell(comfy_table::Cell::new(visible(text)))
    }

    /// Its text in a colour; of nothing nothing, so that an empty last cell ends its line.
    pub fn fg(self, colour: Color) -> Cell {
        if self.0.content().is_empty() { self } else { Cell(self.0.fg(colour)) }
    }

    pub fn bold(self) -> Cell {
        Cell(self.0.add_attribute(Attribute::Bold))
    }
}

impl<T: Display> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::new(text)
    }
}

/// A table without borders, its columns as wide as their cells.
pub struct Grid {
    table: Table,
    right_aligned: Vec<bool>,
}

impl Grid {
    /// Headings; one that starts with '>' heads a right-aligned column.
    pub fn new(headings: &[&str]) -> Grid {
        let mut table = Table::new();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled).enforce_styling();
        let right_aligned = headings.iter().map(|heading| heading.starts_with('>')).collect();
        let mut grid = Grid { table, right_aligned };
        let heading = |text: &&str| Cell::new(text.trim_start_matches('>')).bold();
        grid.row(headings.iter().map(heading));
        let last = headings.len().saturating_sub(1);
        for (at, column) in grid.table.column_iter_mut().enumerate() {
            column.set_padding((0, if at == last { 0 } else { GAP }));
        }
        grid
    }

    /// One more row: texts, or cells with a colour of their own.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let aligned = cells.into_iter().zip(&self.right_aligned).map(|(cell, right)| {
            cell.into().0.set_alignment(if *right { CellAlignment::Right } else { CellAlignment::Left })
        });
        self.table.add_row(aligned.collect::<Vec<_>>());
    }

    /// The table's lines, indented by `indent` spaces.
    pub fn render(&self, indent: usize) -> String {
        let margin = " ".repeat(indent);
        // Padding lies inside a styled cell: nothing but the style's end may follow the last word.
        let line = |line: String| {
            let ends = STYLE_ENDS.iter().find_map(|end| Some((line.trim_end().strip_suffix(end)?, *end)));
            let (styled, end) = ends.unwrap_or((&line, ""));
            format!("{margin}{}{end}\n", styled.trim_end())
        };
        self.table.lines().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 3), ["unbreakable"]);
        assert!(wrapped("", 3).is_empty());
    }
}
