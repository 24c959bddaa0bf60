//! `--profile`: what each relation took.

use std::time::Instant;

use bytesize::ByteSize;
use serde::Serialize;

use super::output::{Grid, Report};
use crate::count::counted;
use crate::engine::profile::{self, Took};
use crate::error::Result;
use crate::formats;

/// A profile of the command that runs.
pub struct Profile {
    format: Report,
    start: Instant,
}

#[derive(Serialize)]
struct Said {
    /// From the command's start to its end.
    seconds: f64,
    relations: Vec<Took>,
}

impl Profile {
    /// Begins it.
    pub fn start(format: Report) -> Profile {
        profile::keep();
        Profile { format, start: Instant::now() }
    }

    /// Says what was found on standard error, so that the answer is what it is without.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn say(self) -> Result<()> {
        let said = Said { seconds: self.start.elapsed().as_secs_f64(), relations: profile::kept() };
        let text = match self.format {
            Report::Table => table(said),
            Report::Json => formats::pretty_json(&said)?,
        };
        anstream::eprint!("{text}");
        Ok(())
    }
}

fn table(mut said: Said) -> String {
    said.relations
        .sort_by(|a, b| (b.planning_seconds + b.running_seconds).total_cmp(&(a.planning_seconds + a.running_seconds)));
    let mut grid = Grid::new(&["RELATION", ">TIMES", ">PLANNED", ">RAN", ">ROWS", ">MEMORY"]);
    let milliseconds = |seconds: f64| format!("{:.1} ms", seconds * 1000.0);
    for took in &said.relations {
        let of_rows = |text: String| if took.is_kept { text } else { String::new() };
        grid.row([
            took.relation.clone(),
            of_rows(took.times.to_string()),
            milliseconds(took.planning_seconds),
            of_rows(milliseconds(took.running_seconds)),
            of_rows(took.rows.to_string()),
            of_rows(ByteSize::b(took.bytes).display().iec().to_string()),
        ]);
    }
    let total = |of: fn(&Took) -> f64| milliseconds(said.relations.iter().map(of).sum());
    format!(
        "{}\n{} planned in {} and ran in {}, side by side; {} from start to end\n",
        grid.render(0),
        counted(said.relations.len(), "relation"),
        total(|took| took.planning_seconds),
        total(|took| took.running_seconds),
        milliseconds(said.seconds)
    )
}
