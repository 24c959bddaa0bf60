//! The parts of the SQL of the relations `past_*` that follow from the features which definitions name.
//!
//! Such a relation lays the rows of a player's past and the player's slates in one line, in which every feature has a frame
//! that ends with the slate. What differs by feature is what is read of a row, which rows are counted, and what is made of a
//! frame.

use std::sync::Arc;

use crate::definition::{Expression, FEATURE, Feature, Kind, Last, Past, TagSets, Take};
use crate::sql::name as quote;

/// Where the parts stand, in the order in which a relation has them.
const VALUES: &str = "values_of_rows() AS generated";
const NULLS: &str = "values_of_slates() AS generated";
const NUMBERS: &str = "numbers_of_rows() AS generated";
const TAKEN: &str = "what_is_taken() AS generated";

/// A feature by the name of its column.
pub struct Column<'f> {
    pub name: String,
    pub feature: &'f Arc<Feature>,
}

/// The column of what versions define as the `at`th of a name.
pub fn column(name: &str, at: usize) -> String {
    if at == 0 { format!("{FEATURE}{name}") } else { format!("{FEATURE}{name} {at}") }
}

/// The parts of the relation of `past`, with its features.
pub fn parts(past: Past, features: &[Column<'_>], named: &'static str) -> Vec<(&'static str, Vec<String>)> {
    let taken = features.iter().map(|column| format!("{} AS {}", column.taken(past), quote(&column.name)));
    vec![
        (VALUES, features.iter().flat_map(Column::of_row).collect()),
        (NULLS, features.iter().flat_map(Column::of_slate).collect()),
        (NUMBERS, features.iter().flat_map(Column::number).collect()),
        (TAKEN, taken.collect()),
        (named, features.iter().map(|column| quote(&column.name)).collect()),
    ]
}

impl Column<'_> {
    fn value(&self) -> String {
        quote(&format!("value {}", self.name))
    }

    fn counts(&self) -> String {
        quote(&format!("counts {}", self.name))
    }

    fn numbered(&self) -> String {
        quote(&format!("number {}", self.name))
    }

    fn counts_rows(&self) -> bool {
        matches!(self.feature.last, Last::Rows(_))
    }

    /// What is read of a row, NULL of one that does not count; and whether it counts, where rows are numbered.
    fn of_row(&self) -> Vec<String> {
        let none = TagSets::new();
        let read = self.feature.value.as_ref().map_or_else(|| "1".to_owned(), |value| value.sql(&none));
        let read = format!("CAST({read} AS {})", self.kind());
        let is_risky = self.feature.value.as_ref().is_some_and(Expression::may_be_infinite);
        let read = if is_risky { format!("finite({read})") } else { read };
        let read = if self.feature.take == Take::First { format!("make_array({read})") } else { read };
        let only = self.feature.only.as_ref().map(|only| only.sql(&none));
        let value = match &only {
            Some(only) => format!("CASE WHEN {only} THEN {read} END AS {}", self.value()),
            None => format!("{read} AS {}", self.value()),
        };
        let counts = only.map_or_else(|| "TRUE".to_owned(), |only| format!("coalesce({only}, FALSE)"));
        let counts = self.counts_rows().then(|| format!("{counts} AS {}", self.counts()));
        std::iter::once(value).chain(counts).collect()
    }

    /// The same of a slate, which is no row.
    fn of_slate(&self) -> Vec<String> {
        let value = format!("NULL AS {}", self.value());
        std::iter::once(value).chain(self.counts_rows().then(|| format!("FALSE AS {}", self.counts()))).collect()
    }

    /// How many rows count up to each.
    fn number(&self) -> Vec<String> {
        let count = || format!("count(CASE WHEN {} THEN 1 END) OVER so_far AS {}", self.counts(), self.numbered());
        self.counts_rows().then(count).into_iter().collect()
    }

    /// The type as which values are read.
    fn kind(&self) -> &'static str {
        match (self.feature.take, self.feature.read) {
            (Take::Avg, Kind::Integer | Kind::Double) | (Take::Stddev, _) => "DOUBLE",
            (_, Kind::Boolean) => "BOOLEAN",
            (_, Kind::Integer) => "BIGINT",
            (_, Kind::Decimal) => "DECIMAL(38, 9)",
            (_, Kind::Double) => "DOUBLE",
            (_, Kind::Text) => "VARCHAR",
            (_, Kind::Date) => "DATE",
        }
    }

    /// What is made of the frame.
    fn taken(&self, past: Past) -> String {
        let value = self.value();
        let over = |function: &str| format!("{function}({value}) OVER {}", self.frame(past));
        match (self.feature.take, self.feature.read) {
            (Take::Avg, Kind::Decimal) => format!("decimal_mean({}, {})", over("sum"), over("count")),
            (Take::Avg, _) => over("double_mean"),
            (Take::Sum, Kind::Double) => over("double_sum"),
            (Take::Sum, _) => over("sum"),
            (Take::Stddev, _) => over("double_stddev"),
            (Take::Min, _) => over("min"),
            (Take::Max, _) => over("max"),
            (Take::Count, _) => over("count"),
            (Take::First, _) => format!("array_element(last_value({value}) IGNORE NULLS OVER {}, 1)", self.frame(past)),
            (Take::Share, _) => {
                let trues = format!("sum(CAST({value} AS BIGINT)) OVER {}", self.frame(past));
                format!("CAST({trues} AS DOUBLE) / nullif({}, 0)", over("count"))
            }
        }
    }

    /// The rows of a player up to a slate, of which the slate sees all.
    fn frame(&self, past: Past) -> String {
        let vantage = if past == Past::Games { "" } else { "vantage, " };
        let rows = match self.feature.last {
            Last::Rows(rows) => {
                format!("ORDER BY {} RANGE BETWEEN {} PRECEDING AND CURRENT ROW", self.numbered(), rows - 1)
            }
            Last::Days(days) => format!("ORDER BY day RANGE BETWEEN {days} PRECEDING AND 1 PRECEDING"),
            Last::Season => "ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING".to_owned(),
        };
        format!("(PARTITION BY feature_set, season, {vantage}player_lookup {rows})")
    }
}
