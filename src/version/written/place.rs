//! Where in the text of a version file something is wrong.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::definitions::{FEATURES, FILTERS, SCORES, SIGNALS};
use super::{Item, Written, entries};
use crate::error::Place;

impl<'t> Written<'t> {
    /// These bytes, with the definition and the key that they are in.
    pub(super) fn place(&self, bytes: Range<usize>) -> Place {
        let mut path = Vec::new();
        leads_to(&self.table, bytes.start, &mut path);
        let (definition, key) = match path.as_slice() {
            [what, name, rest @ ..] if [SIGNALS, FILTERS, SCORES, FEATURES].contains(what) => {
                (Some(format!("{what} {name}")), rest)
            }
            whole => (None, whole),
        };
        let key = (!key.is_empty()).then(|| key.join("."));
        Place { definition, key, bytes }
    }

    /// The bytes of the key or the value that begins with the byte `at`; of a line where none does.
    pub(super) fn whole_at(&self, at: usize) -> Range<usize> {
        beginning_at(&self.table, at).unwrap_or_else(|| {
            let rest = self.text.get(at..).unwrap_or_default();
            at..at + rest.lines().next().unwrap_or_default().trim_end().len()
        })
    }

    /// The bytes of a word of the text that `item` is; all of the item where its letters are not written as they are.
    pub(super) fn word_of(&self, item: &Item<'t>, text: &str, word: Range<usize>) -> Range<usize> {
        let whole = item.span();
        let written = self.text.get(whole.clone()).unwrap_or_default();
        match written.find(text).filter(|_| !text.is_empty()) {
            Some(start) => whole.start + start + word.start..whole.start + start + word.end,
            None => whole,
        }
    }
}

/// Finds the keys that lead to the byte `at`; whether there are any.
fn leads_to<'i>(table: &'i DeTable<'_>, at: usize, path: &mut Vec<&'i str>) -> bool {
    for (key, item) in entries(table) {
        path.push(key.get_ref());
        let is_below = item.get_ref().as_table().is_some_and(|table| leads_to(table, at, path));
        let is_leaf = item.get_ref().as_table().is_none();
        if is_below || key.span().contains(&at) || (is_leaf && item.span().contains(&at)) {
            return true;
        }
        path.pop();
    }
    false
}

fn beginning_at(table: &DeTable<'_>, at: usize) -> Option<Range<usize>> {
    fn of_item(item: &Item<'_>, at: usize) -> Option<Range<usize>> {
        match item.get_ref() {
            DeValue::Table(table) => beginning_at(table, at),
            DeValue::Array(items) => items.iter().find_map(|item| of_item(item, at)),
            _ => None,
        }
        .or_else(|| Some(item.span()).filter(|span| span.start == at))
    }
    let of_entry = |(key, item)| {
        let key: &super::Key<'_> = key;
        Some(key.span()).filter(|span| span.start == at).or_else(|| of_item(item, at))
    };
    entries(table).into_iter().find_map(of_entry)
}
