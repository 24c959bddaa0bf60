//! Columns that a table has by number, any of which a snapshot may have (specification: snapshot, "Columns").
//!
//! The contract names those columns that the program itself reads. Which others there are differs from snapshot to snapshot,
//! so that a table of a snapshot is the contract's with those that its files have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::contract::{self, Column, Kind, Table};

/// How a table's numbered columns are called: a number without zeros before it between two texts.
struct Numbered {
    table: &'static str,
    before: &'static str,
    behind: &'static str,
    most: u16,
}

/// All of them are optional doubles.
const NUMBERED: Numbered = Numbered { table: "ml_feature_store_v2", before: "feature_", behind: "_value", most: 999 };

/// The table that has numbered columns.
pub const TABLE: &str = NUMBERED.table;

/// Whether a column of this name may be in [`TABLE`], by number; among them those that the contract names.
pub fn is_numbered(column: &str) -> bool {
    number(column).is_some()
}

/// Whether NaN is NULL in a column: in those that the contract does not name.
pub fn may_be_nan(column: &Column) -> bool {
    is_numbered(column.name) && contract::table(TABLE).is_some_and(|named| named.column(column.name).is_none())
}

fn number(column: &str) -> Option<u16> {
    let digits = column.strip_prefix(NUMBERED.before)?.strip_suffix(NUMBERED.behind)?;
    let number = digits.parse::<u16>().ok().filter(|number| *number <= NUMBERED.most)?;
    (digits == number.to_string()).then_some(number)
}

/// The tables with further columns, by their numbers. There are as many as there are kinds of snapshots.
static TABLES: LazyLock<Mutex<BTreeMap<BTreeSet<u16>, &'static Table>>> = LazyLock::new(Mutex::default);

impl Table {
    /// The table with the numbered columns among `names` besides its own: those of the contract first, then by number. It is
    /// the same table for the same columns.
    pub fn with_numbered<'n>(&'static self, names: impl IntoIterator<Item = &'n str>) -> &'static Table {
        let Some(named) = contract::table(self.name).filter(|table| table.name == TABLE) else { return self };
        let own = self.columns.iter().map(|column| column.name);
        let numbers = own.chain(names).filter(|name| named.column(name).is_none()).filter_map(number);
        let numbers: BTreeSet<u16> = numbers.collect();
        if numbers.is_empty() {
            return named;
        }
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = tables.get(&numbers) {
            return known;
        }
        let column = |number: &u16| {
            let name: &'static str = format!("{}{number}{}", NUMBERED.before, NUMBERED.behind).leak();
            Column { name, kind: Kind::Double, required: false, words: &[] }
        };
        let columns: Vec<Column> = named.columns.iter().copied().chain(numbers.iter().map(column)).collect();
        let table: &'static Table = Box::leak(Box::new(Table { columns: columns.leak(), ..*named }));
        tables.insert(numbers, table);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_numbered_by_its_whole_name() {
        let numbered = ["feature_0_value", "feature_3_value", "feature_50_value", "feature_999_value"];
        assert!(numbered.into_iter().all(is_numbered));
        let others =
            ["feature_03_value", "feature_1000_value", "feature_x_value", "feature_3_source", "feature__value"];
        assert!(!others.into_iter().any(is_numbered));
        assert!(!["feature_+3_value", "feature_-3_value", "a_feature_3_value"].into_iter().any(is_numbered));
    }

    #[test]
    fn a_table_with_numbered_columns_is_one_whatever_they_come_from() {
        let store = contract::table(TABLE).unwrap();
        assert!(std::ptr::eq(store.with_numbered(["feature_50_value", "player", "feature_7"]), store));
        let wider = store.with_numbered(["feature_47_value", "x", "feature_3_value", "feature_47_value"]);
        let further: Vec<&str> = wider.columns[store.columns.len()..].iter().map(|column| column.name).collect();
        assert_eq!(further, ["feature_3_value", "feature_47_value"]);
        assert_eq!(wider.grain, store.grain);
        assert!(std::ptr::eq(store.with_numbered(["feature_3_value"]).with_numbered(["feature_47_value"]), wider));
        let games = contract::table("player_game_summary").unwrap();
        assert!(std::ptr::eq(games.with_numbered(["feature_3_value"]), games));
    }
}
