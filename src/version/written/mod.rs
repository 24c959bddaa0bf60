//! A version file as written: only what differs from the version it extends. Every error names the line.

mod definitions;
mod entries;
mod place;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::catalogue::{Catalogue, Parameter, ParameterKind, catalogue};
use super::{CONFIDENCE_FLOOR, Cap, Defect, Origin, Part, SHIPPED, Section, Value, Version};
use crate::error::{Error, Result, VersionError, did_you_mean, one_line};
pub use definitions::keys_of_definitions;
use definitions::{FEATURES, FILTERS, SCORES, SIGNALS, TAGS};

/// The keys of a version file.
const KEYS: &[&str] = &[
    "id",
    "extends",
    "algorithm_version",
    "in_production_from",
    "summary",
    "stand_in",
    "parameters",
    CAPS,
    "signals",
    "signals_with",
    "signals_without",
    "filters",
    "filters_with",
    "filters_without",
    "families",
    "families_with",
    "combos",
    "combos_without",
    "confidence_floors",
    "model_dependent",
    "defects",
    "document",
    "document_with",
    SIGNALS,
    FILTERS,
    SCORES,
    FEATURES,
    TAGS,
];

/// The caps of a version, by what is capped.
const CAPS: &str = "cap";

type Key<'t> = Spanned<Cow<'t, str>>;
type Item<'t> = Spanned<DeValue<'t>>;

/// A parsed version file, its keys known and in the order in which they are written.
pub struct Written<'t> {
    file: &'t str,
    text: &'t str,
    table: DeTable<'t>,
}

impl<'t> Written<'t> {
    /// Parses the text of `file`, its name in messages.
    ///
    /// # Errors
    /// It is no TOML, or has a key that version files have not.
    pub fn parse(file: &'t str, text: &'t str) -> Result<Written<'t>> {
        let written = Written::of_any_keys(file, text)?;
        for (key, _) in entries(&written.table) {
            written.ensure_known(key)?;
        }
        Ok(written)
    }

    /// Parses a file of nothing but definitions.
    ///
    /// # Errors
    /// It is no TOML, or has a key that is none of definitions.
    pub fn of_definitions(file: &'t str, text: &'t str) -> Result<Written<'t>> {
        let written = Written::of_any_keys(file, text)?;
        written.ensure_keys(&written.table, "a file of definitions", &[SIGNALS, FILTERS, SCORES, FEATURES, TAGS])?;
        Ok(written)
    }

    fn of_any_keys(file: &'t str, text: &'t str) -> Result<Written<'t>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut written = Written { file, text, table: DeTable::new() };
        written.table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let reason = format!("is not TOML: {}", error.message());
                return Err(match error.span() {
                    Some(bytes) => written.bad_at(bytes, reason),
                    None => written.bad(None, reason),
                });
            }
        };
        Ok(written)
    }

    /// An error of the file, at the line of the byte `at` where there is one to name.
    pub fn bad(&self, at: Option<usize>, reason: impl AsRef<str>) -> Error {
        match at {
            Some(at) => self.bad_at(self.whole_at(at), reason),
            None => {
                let reason = one_line(reason.as_ref()).into();
                VersionError::BadFile { file: self.file.to_owned(), reason, place: None }.into()
            }
        }
    }

    /// An error of the file that these bytes are to blame for.
    fn bad_at(&self, bytes: Range<usize>, reason: impl AsRef<str>) -> Error {
        let before = self.text.as_bytes().iter().take(bytes.start);
        let file = format!("{}, line {}", self.file, before.filter(|byte| **byte == b'\n').count() + 1);
        let place = Some(Box::new(self.place(bytes)));
        Error::Version(VersionError::BadFile { file, reason: one_line(reason.as_ref()).into(), place })
    }

    /// The text under a key and where it is; none where the file has no such key.
    ///
    /// # Errors
    /// It is no text.
    pub fn text(&self, key: &str) -> Result<Option<(String, usize)>> {
        let text = |item: &Item<'t>| Ok((self.as_text(key, item)?.to_owned(), item.span().start));
        self.table.get(key).map(text).transpose()
    }

    /// The date from which production had the version, as far as it can be read.
    pub fn in_production_from(&self) -> Option<NaiveDate> {
        self.date(self.table.get("in_production_from")?).ok()
    }

    /// Changes what the file states in `version`, the version it extends.
    ///
    /// # Errors
    /// A value that cannot be, or the name of something that is not there.
    pub fn apply(&self, version: &mut Version, origin: &Origin) -> Result<()> {
        let is_of_user = matches!(origin, Origin::File(_));
        version.provenance.defined = if is_of_user { self.defined() } else { BTreeSet::new() };
        let has_definitions =
            [SIGNALS, FILTERS, SCORES, FEATURES, TAGS].iter().any(|key| self.table.contains_key(*key));
        if has_definitions {
            let mut catalogue = Catalogue::clone(&version.catalogue);
            let given = self.define(&mut catalogue, true)?;
            if let Origin::File(file) = origin {
                catalogue.file = Some(file.clone());
            }
            version.catalogue = Arc::new(catalogue);
            for value in given {
                let set = version.set_from(&value.parameter, &value.value, origin.clone());
                set.map_err(|error| self.bad(Some(value.at), error.to_string()))?;
            }
        }
        if let Some((name, at)) = self.chosen_score(&version.catalogue) {
            let parameters = self.table.get("parameters").and_then(|item| item.get_ref().as_table());
            if parameters.is_some_and(|table| table.contains_key(SCORES)) {
                return Err(self.bad(Some(at), "give score here or under [parameters], not both"));
            }
            version.set_from(SCORES, name, origin.clone()).map_err(|error| self.bad(Some(at), error.to_string()))?;
        }
        let known = Arc::clone(&version.catalogue);
        let mut stated = BTreeSet::new();
        for (key, item) in entries(&self.table) {
            let part = match key.get_ref().as_ref() {
                "algorithm_version" => {
                    version.algorithm_version = one_line(self.as_text("algorithm_version", item)?);
                    continue;
                }
                "summary" => {
                    version.summary = one_line(self.as_text("summary", item)?);
                    continue;
                }
                "stand_in" => {
                    version.stand_in = Some(self.one_of("version", item, SHIPPED.iter().copied())?);
                    continue;
                }
                "in_production_from" => {
                    version.in_production_from = Some(self.date(item)?);
                    continue;
                }
                "parameters" => {
                    for (key, item) in self.table("parameters", item)? {
                        self.parameter(key.get_ref(), (key, item), version, origin, &mut stated)?;
                    }
                    continue;
                }
                CAPS => {
                    self.caps((key, item), version, origin, &mut stated)?;
                    continue;
                }
                "signals" => {
                    version.signals = self.names("signals", "signal", item, known.signals.keys())?;
                    Part::Signals
                }
                "signals_with" => {
                    self.with(("signals", key), "signal", item, known.signals.keys(), &mut version.signals)?;
                    Part::Signals
                }
                "signals_without" => {
                    self.without(("signals", key), ("signal", item), &mut version.signals, String::as_str)?;
                    Part::Signals
                }
                "filters" => {
                    version.filters = self.names("filters", "filter", item, known.filters.keys())?;
                    Part::Filters
                }
                "filters_with" => {
                    self.with(("filters", key), "filter", item, known.filters.keys(), &mut version.filters)?;
                    Part::Filters
                }
                "filters_without" => {
                    self.without(("filters", key), ("filter", item), &mut version.filters, String::as_str)?;
                    Part::Filters
                }
                "families" => {
                    version.families =
                        self.list("families", item)?.iter().map(|item| self.family(item)).collect::<Result<_>>()?;
                    Part::Families
                }
                "families_with" => {
                    if self.table.contains_key("families") {
                        let reason = "give families or families_with, not both";
                        return Err(self.bad(Some(key.span().start), reason));
                    }
                    // Tried before those that are inherited: a pattern of theirs may fit as well.
                    let with = self.list("families_with", item)?;
                    let with = with.iter().map(|item| self.family(item)).collect::<Result<Vec<_>>>()?;
                    version.families.splice(0..0, with);
                    Part::Families
                }
                "combos" => {
                    version.combos = self.combos(item, &known)?;
                    Part::Combos
                }
                "combos_without" => {
                    self.without(("combos", key), ("combo", item), &mut version.combos, |combo| combo.id.as_str())?;
                    Part::Combos
                }
                "confidence_floors" => {
                    version.confidence_floors = self.floors(item)?;
                    Part::ConfidenceFloors
                }
                "model_dependent" => {
                    version.model_dependent = self.names("model_dependent", "signal", item, known.signals.keys())?;
                    Part::ModelDependent
                }
                "defects" => {
                    version.defects = self.choices(("defects", "defect"), item, &Defect::ALL, Defect::name)?;
                    Part::Defects
                }
                "document" => {
                    version.document = self.choices(("document", "section"), item, &Section::ALL, Section::name)?;
                    Part::Document
                }
                "document_with" => {
                    let known: Vec<String> = Section::ALL.iter().map(|section| section.name().to_owned()).collect();
                    let mut names = version.document.iter().map(|section| section.name().to_owned()).collect();
                    self.with(("document", key), "section", item, known.iter(), &mut names)?;
                    let is_listed = |section: &Section| names.iter().any(|name| name == section.name());
                    version.document = Section::ALL.into_iter().filter(is_listed).collect();
                    Part::Document
                }
                _ => continue,
            };
            version.provenance.note_list(part, Some(origin.clone()));
        }
        let has_value = |name: &&String| *name == CONFIDENCE_FLOOR || version.parameters.contains_key(*name);
        match known.parameters.keys().find(|name| !has_value(name)) {
            Some(name) if has_definitions => {
                Err(self.bad(None, format!("parameter '{name}' has no value; state one, such as value = 5")))
            }
            _ => Ok(()),
        }
    }

    fn ensure_known(&self, key: &Key<'t>) -> Result<()> {
        let name = key.get_ref().as_ref();
        if KEYS.contains(&name) {
            return Ok(());
        }
        let of_parameters = |parameter: &String| {
            parameter.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let hint = if catalogue().parameters.keys().any(of_parameters) {
            "; it is a parameter, so write it under [parameters]".to_owned()
        } else {
            did_you_mean(name, KEYS.iter().copied())
        };
        Err(self.bad(Some(key.span().start), format!("unknown key '{name}'{hint}")))
    }

    /// What `what` should have been.
    fn wrong(&self, item: &Item<'t>, what: &str, wanted: &str) -> Error {
        let found = match item.get_ref() {
            DeValue::Integer(_) => "an integer",
            DeValue::Array(_) => "a list",
            DeValue::Datetime(_) => "a date or time",
            DeValue::String(_) => "a text",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Table(_) => "a table",
        };
        self.bad(Some(item.span().start), format!("{what} must be {wanted}, not {found}"))
    }

    fn as_text<'i>(&self, what: &str, item: &'i Item<'t>) -> Result<&'i str> {
        item.get_ref().as_str().ok_or_else(|| self.wrong(item, what, "a text in quotes"))
    }

    fn date(&self, item: &Item<'t>) -> Result<NaiveDate> {
        let text = match item.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        text.parse().map_err(|_| self.wrong(item, "in_production_from", "a date, YYYY-MM-DD"))
    }

    fn list<'i>(&self, what: &str, item: &'i Item<'t>) -> Result<&'i [Item<'t>]> {
        let list = item.get_ref().as_array().ok_or_else(|| self.wrong(item, what, "a list"))?;
        Ok(list)
    }

    fn table<'i>(&self, what: &str, item: &'i Item<'t>) -> Result<Vec<(&'i Key<'t>, &'i Item<'t>)>> {
        let table = item.get_ref().as_table().ok_or_else(|| self.wrong(item, what, "a table"))?;
        Ok(entries(table))
    }

    /// A list of names that are known, each once.
    fn names<'n>(
        &self,
        key: &str,
        what: &str,
        item: &Item<'t>,
        known: impl Iterator<Item = &'n String> + Clone,
    ) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for item in self.list(key, item)? {
            let name = self.one_of(what, item, known.clone().map(String::as_str))?;
            if names.contains(&name) {
                return Err(self.bad(Some(item.span().start), format!("{what} '{name}' is listed twice")));
            }
            names.push(name);
        }
        Ok(names)
    }

    fn one_of<'n>(&self, what: &str, item: &Item<'t>, known: impl Iterator<Item = &'n str> + Clone) -> Result<String> {
        let name = self.as_text(&format!("a {what}"), item)?;
        if known.clone().any(|other| other == name) {
            return Ok(name.to_owned());
        }
        let hint = did_you_mean(name, known);
        Err(self.bad(Some(item.span().start), format!("unknown {what} '{name}'{hint}")))
    }

    fn choices<T: Copy>(
        &self,
        (key, what): (&str, &str),
        item: &Item<'t>,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Result<Vec<T>> {
        let known: Vec<String> = all.iter().map(|choice| name(*choice).to_owned()).collect();
        let names = self.names(key, what, item, known.iter())?;
        Ok(names.iter().filter_map(|wanted| all.iter().find(|choice| name(**choice) == wanted).copied()).collect())
    }

    /// Adds items to an inherited list, at its end.
    fn with<'n>(
        &self,
        (whole, key): (&str, &Key<'t>),
        what: &str,
        item: &Item<'t>,
        known: impl Iterator<Item = &'n String> + Clone,
        list: &mut Vec<String>,
    ) -> Result<()> {
        if self.table.contains_key(whole) {
            let reason = format!("give {whole} or {whole}_with, not both");
            return Err(self.bad(Some(key.span().start), reason));
        }
        for name in self.names(key.get_ref(), what, item, known)? {
            if !list.contains(&name) {
                list.push(name);
            }
        }
        Ok(())
    }

    /// Takes items out of an inherited list.
    fn without<T>(
        &self,
        (whole, key): (&str, &Key<'t>),
        (what, item): (&str, &Item<'t>),
        list: &mut Vec<T>,
        name: impl Fn(&T) -> &str,
    ) -> Result<()> {
        if self.table.contains_key(whole) {
            let reason = format!("give {whole} or {whole}_without, not both");
            return Err(self.bad(Some(key.span().start), reason));
        }
        let inherited: Vec<String> = list.iter().map(|item| name(item).to_owned()).collect();
        for item in self.list(key.get_ref(), item)? {
            let wanted = self.as_text(&format!("a {what}"), item)?;
            if !inherited.iter().any(|name| name == wanted) {
                let hint = did_you_mean(wanted, inherited.iter().map(String::as_str));
                let reason = format!("the version it extends has no {what} '{wanted}'{hint}");
                return Err(self.bad(Some(item.span().start), reason));
            }
            list.retain(|item| name(item) != wanted);
        }
        Ok(())
    }

    /// The parameters of caps as a table of what is capped.
    fn caps(
        &self,
        (key, item): (&Key<'t>, &Item<'t>),
        version: &mut Version,
        origin: &Origin,
        stated: &mut BTreeSet<String>,
    ) -> Result<()> {
        let Some(caps) = item.get_ref().as_table() else {
            let reason = format!("{CAPS} is a table here, such as [{CAPS}] slate = 5; or write it under [parameters]");
            return Err(self.bad(Some(key.span().start), reason));
        };
        for (key, item) in entries(caps) {
            let name = key.get_ref().as_ref();
            let Some(cap) = Cap::ALL.into_iter().find(|cap| cap.name() == name) else {
                let hint = did_you_mean(name, Cap::ALL.iter().map(|cap| cap.name()));
                return Err(
                    self.bad(Some(key.span().start), format!("unknown key '{}' of {CAPS}{hint}", one_line(name)))
                );
            };
            self.parameter(cap.parameter(), (key, item), version, origin, stated)?;
        }
        Ok(())
    }

    /// Sets one parameter; a table is those whose names begin with its own, such as a signal's thresholds under its tag
    /// (`high_edge.min_edge`).
    fn parameter(
        &self,
        name: &str,
        (key, item): (&Key<'t>, &Item<'t>),
        version: &mut Version,
        origin: &Origin,
        stated: &mut BTreeSet<String>,
    ) -> Result<()> {
        let at = Some(key.span().start);
        let catalogue = Arc::clone(&version.catalogue);
        let is_of_parts = item.get_ref().as_table().is_some_and(|table| !table.is_empty());
        let parameter = catalogue.parameter(name).filter(|_| !is_of_parts);
        let Some(parameter) = parameter else {
            if let Some(thresholds) = item.get_ref().as_table() {
                return entries(thresholds).into_iter().try_for_each(|(key, item)| {
                    self.parameter(&format!("{name}.{}", key.get_ref()), (key, item), version, origin, stated)
                });
            }
            if KEYS.contains(&name) {
                return Err(self.bad(at, format!("'{name}' is no parameter; write it above [parameters]")));
            }
            return version.set_from(name, "", origin.clone()).map_err(|error| self.bad(at, error.to_string()));
        };
        if !stated.insert(name.to_owned()) {
            return Err(self.bad(at, format!("{name} is stated twice")));
        }
        let set = match text_of(parameter, item.get_ref()) {
            Ok(text) => version.set_from(name, &text, origin.clone()),
            Err(reason) => {
                let value = self.text.get(item.span()).unwrap_or_default().to_owned();
                Err(VersionError::BadParameter { name: name.to_owned(), value, reason }.into())
            }
        };
        set.map_err(|error| self.bad(at, error.to_string()))
    }

    fn floors(&self, item: &Item<'t>) -> Result<BTreeMap<String, Decimal>> {
        let floor = |(key, item): (&Key<'t>, &Item<'t>)| {
            let wrong =
                |reason: String| self.bad(Some(key.span().start), format!("the floor of {}: {reason}", key.get_ref()));
            let parameter = &catalogue().parameters[super::CONFIDENCE_FLOOR];
            let value = text_of(parameter, item.get_ref()).and_then(|text| Value::parse(parameter, &text));
            match value.map_err(wrong)? {
                Value::Number(floor) => Ok((key.get_ref().to_string(), floor)),
                _ => Err(wrong("must be a number; leave the model out for none".to_owned())),
            }
        };
        self.table("confidence_floors", item)?.into_iter().map(floor).collect()
    }
}

/// The entries of a table in the order in which they are written.
fn entries<'i, 't>(table: &'i DeTable<'t>) -> Vec<(&'i Key<'t>, &'i Item<'t>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// A number as it is written, in digits that a decimal and a double are read from.
fn number(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|integer| integer.to_string())
        }
        DeValue::Float(float) => Some(float.as_str().to_owned()),
        _ => None,
    }
}

/// The text that sets a parameter to a value of TOML's, or what is wrong with the value's type.
fn text_of(parameter: &Parameter, value: &DeValue<'_>) -> Result<String, String> {
    use ParameterKind::{Choice, Date, Decimal, Double, Integer, Range, Text};
    match (parameter.kind, value) {
        (_, DeValue::String(text)) if text == "off" => Ok("off".to_owned()),
        (Decimal | Double | Integer, DeValue::String(text)) => match Value::parse(parameter, text) {
            Ok(_) => Err("is a text; write the number without quotes".to_owned()),
            Err(reason) => Err(reason),
        },
        (Choice | Text | Range | Date, DeValue::String(text)) => Ok(text.to_string()),
        (Date, DeValue::Datetime(date)) => Ok(date.to_string()),
        (Decimal | Double | Integer, value) => {
            let off = if parameter.off { " or \"off\"" } else { "" };
            number(value).ok_or_else(|| format!("must be a number{off}"))
        }
        (Choice, _) => Err(format!("must be one of {}, in quotes", parameter.choices.join(", "))),
        (Text, _) => Err("must be a text in quotes".to_owned()),
        (Range, _) => Err("must be a range, \"LOW:HIGH\"".to_owned()),
        (Date, _) => Err("must be a date, YYYY-MM-DD".to_owned()),
    }
}
