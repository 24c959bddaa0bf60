//! A version file as written: only what differs from the version it extends. Every error names the line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::catalogue::{Parameter, ParameterKind, catalogue};
use super::{Combo, Defect, Family, Origin, Part, Section, Value, Version};
use crate::error::{Error, Result, did_you_mean, one_line};

/// The keys of a version file.
const KEYS: &[&str] = &[
    "id",
    "extends",
    "algorithm_version",
    "in_production_from",
    "summary",
    "parameters",
    "signals",
    "signals_without",
    "filters",
    "filters_without",
    "families",
    "combos",
    "combos_without",
    "confidence_floors",
    "model_dependent",
    "defects",
    "document",
];

/// What a combo may be classified as.
const CLASSES: &[&str] = &["SYNERGISTIC", "ANTI_PATTERN"];
const DIRECTIONS: &[&str] = &["OVER_ONLY", "UNDER_ONLY", "BOTH"];
/// The feature sets and losses that the consensus tells apart.
const FEATURE_SETS: &[&str] = &["v9", "v12"];
const LOSSES: &[&str] = &["mae", "quantile"];

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
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut written = Written { file, text, table: DeTable::new() };
        written.table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let at = error.span().map(|span| span.start);
                return Err(written.bad(at, format!("is not TOML: {}", error.message())));
            }
        };
        for (key, _) in entries(&written.table) {
            written.known_key(key)?;
        }
        Ok(written)
    }

    /// An error of the file, at the line of the byte `at` where there is one to name.
    pub fn bad(&self, at: Option<usize>, reason: impl AsRef<str>) -> Error {
        let file = match at {
            Some(at) => {
                let before = self.text.as_bytes().iter().take(at);
                format!("{}, line {}", self.file, before.filter(|byte| **byte == b'\n').count() + 1)
            }
            None => self.file.to_owned(),
        };
        Error::BadVersion { file, reason: one_line(reason.as_ref()) }
    }

    /// The text under a key and where it is; none where the file has no such key.
    ///
    /// # Errors
    /// It is no text.
    pub fn text(&self, key: &str) -> Result<Option<(String, usize)>> {
        let text = |item: &Item<'t>| Ok((self.as_text(key, item)?.to_owned(), item.span().start));
        self.table.get(key).map(text).transpose()
    }

    /// Changes what the file states in `version`, the version it extends.
    ///
    /// # Errors
    /// A value that cannot be, or the name of something that is not there.
    pub fn apply(&self, version: &mut Version, origin: &Origin) -> Result<()> {
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
                "in_production_from" => {
                    version.in_production_from = Some(self.date(item)?);
                    continue;
                }
                "parameters" => {
                    self.parameters(item, version, origin)?;
                    continue;
                }
                "signals" => {
                    version.signals = self.names("signals", "signal", item, catalogue().signals.keys())?;
                    Part::Signals
                }
                "signals_without" => {
                    self.without(("signals", key), ("signal", item), &mut version.signals, String::as_str)?;
                    Part::Signals
                }
                "filters" => {
                    version.filters = self.names("filters", "filter", item, catalogue().filters.keys())?;
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
                "combos" => {
                    version.combos = self.combos(item)?;
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
                    version.model_dependent =
                        self.names("model_dependent", "signal", item, catalogue().signals.keys())?;
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
                _ => continue,
            };
            version.provenance.note_list(part, Some(origin.clone()));
        }
        Ok(())
    }

    fn known_key(&self, key: &Key<'t>) -> Result<()> {
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

    fn parameters(&self, item: &Item<'t>, version: &mut Version, origin: &Origin) -> Result<()> {
        let mut stated = BTreeSet::new();
        for (key, item) in self.table("parameters", item)? {
            self.parameter(key.get_ref(), (key, item), version, origin, &mut stated)?;
        }
        Ok(())
    }

    /// Sets one parameter; a table is a signal's thresholds under its tag (`high_edge.min_edge`).
    fn parameter(
        &self,
        name: &str,
        (key, item): (&Key<'t>, &Item<'t>),
        version: &mut Version,
        origin: &Origin,
        stated: &mut BTreeSet<String>,
    ) -> Result<()> {
        let at = Some(key.span().start);
        let Some(parameter) = catalogue().parameters.get(name) else {
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
                Err(Error::BadParameter { name: name.to_owned(), value, reason })
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

    fn family(&self, item: &Item<'t>) -> Result<Family> {
        let known = ["family", "equals", "starts_with", "feature_set", "loss", "candidate"];
        let fields = Fields::read(self, "family", item, &known)?;
        let family = Family {
            family: fields.required("family", None)?,
            equals: fields.text("equals", None)?,
            starts_with: fields.text("starts_with", None)?,
            feature_set: fields.required("feature_set", Some(FEATURE_SETS))?,
            loss: fields.required("loss", Some(LOSSES))?,
            candidate: fields.boolean("candidate")?.unwrap_or(true),
        };
        if family.equals.is_some() == family.starts_with.is_some() {
            let reason = format!("family {}: give one of equals and starts_with", family.family);
            return Err(self.bad(Some(item.span().start), reason));
        }
        Ok(family)
    }

    fn combos(&self, item: &Item<'t>) -> Result<Vec<Combo>> {
        let mut combos: Vec<Combo> = Vec::new();
        for item in self.list("combos", item)? {
            let combo = self.combo(item)?;
            if combos.iter().any(|other| other.id == combo.id) {
                return Err(self.bad(Some(item.span().start), format!("combo '{}' is listed twice", combo.id)));
            }
            combos.push(combo);
        }
        Ok(combos)
    }

    fn combo(&self, item: &Item<'t>) -> Result<Combo> {
        let known = ["id", "signals", "class", "status", "direction", "hit_rate", "score_weight"];
        let fields = Fields::read(self, "combo", item, &known)?;
        let id = fields.required("id", None)?;
        let signals = match fields.get("signals") {
            Some(item) => self.names("signals", "signal", item, catalogue().signals.keys())?,
            None => id.split('+').map(str::to_owned).collect(),
        };
        if let Some(unknown) = signals.iter().find(|signal| !catalogue().signals.contains_key(*signal)) {
            let hint = did_you_mean(unknown, catalogue().signals.keys().map(String::as_str));
            return Err(self.bad(Some(item.span().start), format!("combo '{id}': unknown signal '{unknown}'{hint}")));
        }
        Ok(Combo {
            id,
            signals,
            class: fields.required("class", Some(CLASSES))?,
            status: fields.required("status", None)?,
            direction: fields.text("direction", Some(DIRECTIONS))?,
            hit_rate: fields.number("hit_rate")?,
            score_weight: fields.number("score_weight")?,
        })
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

/// The fields of an entry of a list.
struct Fields<'w, 't> {
    written: &'w Written<'t>,
    what: &'static str,
    item: &'w Item<'t>,
    table: &'w DeTable<'t>,
}

impl<'w, 't> Fields<'w, 't> {
    fn read(
        written: &'w Written<'t>,
        what: &'static str,
        item: &'w Item<'t>,
        known: &[&str],
    ) -> Result<Fields<'w, 't>> {
        let table = item.get_ref().as_table().ok_or_else(|| written.wrong(item, &format!("a {what}"), "a table"))?;
        for (key, _) in entries(table) {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let hint = did_you_mean(name, known.iter().copied());
                return Err(written.bad(Some(key.span().start), format!("unknown key '{name}' of a {what}{hint}")));
            }
        }
        Ok(Fields { written, what, item, table })
    }

    fn get(&self, name: &str) -> Option<&'w Item<'t>> {
        self.table.get(name)
    }

    /// A text, one of `known` where there is a list of them.
    fn text(&self, name: &str, known: Option<&[&str]>) -> Result<Option<String>> {
        let Some(item) = self.get(name) else {
            return Ok(None);
        };
        let text = match known {
            Some(known) => self.written.one_of(name, item, known.iter().copied())?,
            None => self.written.as_text(name, item)?.to_owned(),
        };
        if text.is_empty() {
            return Err(self.written.bad(Some(item.span().start), format!("{name} of a {} is empty", self.what)));
        }
        Ok(Some(text))
    }

    fn required(&self, name: &str, known: Option<&[&str]>) -> Result<String> {
        let missing = || self.written.bad(Some(self.item.span().start), format!("a {} without {name}", self.what));
        self.text(name, known)?.ok_or_else(missing)
    }

    fn number(&self, name: &str) -> Result<Option<f64>> {
        let read = |item: &Item<'t>| {
            let value =
                number(item.get_ref()).and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite());
            value.ok_or_else(|| self.written.wrong(item, name, "a finite number"))
        };
        self.get(name).map(read).transpose()
    }

    fn boolean(&self, name: &str) -> Result<Option<bool>> {
        let read =
            |item: &Item<'t>| item.get_ref().as_bool().ok_or_else(|| self.written.wrong(item, name, "true or false"));
        self.get(name).map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::super::shipped;
    use super::*;

    /// v318, which has every kind of part, changed by a file of this text.
    fn changed(text: &str) -> Result<Version> {
        let mut version = shipped("v318").unwrap();
        Written::parse("a.toml", text)?.apply(&mut version, &Origin::File("a.toml".to_owned()))?;
        Ok(version)
    }

    fn refused(text: &str) -> String {
        changed(text).unwrap_err().to_string()
    }

    #[test]
    fn values_are_written_in_tomls_types() {
        let version = changed(
            "[parameters]\nmin_edge = 4\nhealth_blocked = 5.25e1\ncap = 0x0A\nstats_since = 2025-11-01\nscore = \"edge\"\n\
             champion = \"catboost_v12\"\nconfidence_band = \"0.5:0.6\"\n\"high_edge.min_edge\" = 4.50\n\
             [parameters.combo_3way]\nmin_edge = 4\n",
        )
        .unwrap();
        let set = |name: &str| version.parameter(name).to_string();
        assert_eq!(["min_edge", "health_blocked", "cap", "stats_since"].map(set), ["4", "52.5", "10", "2025-11-01"]);
        assert_eq!(["confidence_band", "high_edge.min_edge", "combo_3way.min_edge"].map(set), ["0.5:0.6", "4.5", "4"]);
    }

    #[test]
    fn parameters_that_are_none_or_have_no_such_value() {
        let said = |line: &str| refused(&format!("[parameters]\n{line}\n"));
        insta::assert_snapshot!(said("min_egde = 5"), @"a.toml, line 2: unknown parameter 'min_egde'; did you mean 'min_edge'? (`reslate versions show v307` lists them)");
        insta::assert_snapshot!(said("high_edge.min_egde = 5"), @"a.toml, line 2: unknown parameter 'high_edge.min_egde'; did you mean 'high_edge.min_edge'? (`reslate versions show v307` lists them)");
        insta::assert_snapshot!(said("signals = []"), @"a.toml, line 2: 'signals' is no parameter; write it above [parameters]");
        insta::assert_snapshot!(said("min_edge = 101"), @"a.toml, line 2: min_edge=101: is out of range, 0 to 100");
        insta::assert_snapshot!(said("min_edge = nan"), @"a.toml, line 2: min_edge=nan: must be a number or off");
        insta::assert_snapshot!(said("min_edge = \"5\""), @r#"a.toml, line 2: min_edge="5": is a text; write the number without quotes"#);
        insta::assert_snapshot!(said("min_edge = \"five\""), @r#"a.toml, line 2: min_edge="five": must be a number or off"#);
        insta::assert_snapshot!(said("min_edge = [5]"), @r#"a.toml, line 2: min_edge=[5]: must be a number or "off""#);
        insta::assert_snapshot!(said("min_edge = {}"), @r#"a.toml, line 2: min_edge={}: must be a number or "off""#);
        insta::assert_snapshot!(said("cap = 2.5"), @"a.toml, line 2: cap=2.5: must be a whole number");
        insta::assert_snapshot!(said("cap = 99999999999999999999"), @r#"a.toml, line 2: cap=99999999999999999999: must be a number or "off""#);
        insta::assert_snapshot!(said("health_days = \"off\""), @"a.toml, line 2: health_days=off: cannot be switched off");
        insta::assert_snapshot!(said("score = true"), @"a.toml, line 2: score=true: must be one of edge, composite, in quotes");
        insta::assert_snapshot!(said("champion = 9"), @"a.toml, line 2: champion=9: must be a text in quotes");
        insta::assert_snapshot!(said("confidence_band = 0.9"), @r#"a.toml, line 2: confidence_band=0.9: must be a range, "LOW:HIGH""#);
        insta::assert_snapshot!(said("stats_since = 2025"), @"a.toml, line 2: stats_since=2025: must be a date, YYYY-MM-DD");
        insta::assert_snapshot!(said("high_edge.min_edge = 5\n\"high_edge.min_edge\" = 6"), @"a.toml, line 3: high_edge.min_edge is stated twice");
        insta::assert_snapshot!(refused("parameters = 5"), @"a.toml, line 1: parameters must be a table, not an integer");
    }

    #[test]
    fn keys_that_are_none() {
        insta::assert_snapshot!(refused("summary = \"\"\nfilter = []\n"), @"a.toml, line 2: unknown key 'filter'; did you mean 'filters'?");
        insta::assert_snapshot!(refused("min_edge = 4\n"), @"a.toml, line 1: unknown key 'min_edge'; it is a parameter, so write it under [parameters]");
        insta::assert_snapshot!(refused("high_edge.min_edge = 4\n"), @"a.toml, line 1: unknown key 'high_edge'; it is a parameter, so write it under [parameters]");
        insta::assert_snapshot!(refused("summary = 1\n"), @"a.toml, line 1: summary must be a text in quotes, not an integer");
        insta::assert_snapshot!(refused("in_production_from = \"soon\"\n"), @"a.toml, line 1: in_production_from must be a date, YYYY-MM-DD, not a text");
    }

    #[test]
    fn lists_of_what_is_not_there() {
        insta::assert_snapshot!(refused("signals = [\n  \"high_edge\",\n  \"hi_edge\",\n]\n"), @"a.toml, line 3: unknown signal 'hi_edge'; did you mean 'high_edge'?");
        insta::assert_snapshot!(refused("signals = \"high_edge\"\n"), @"a.toml, line 1: signals must be a list, not a text");
        insta::assert_snapshot!(refused("signals = [5]\n"), @"a.toml, line 1: a signal must be a text in quotes, not an integer");
        insta::assert_snapshot!(refused("filters = [\"edge_floor\", \"edge_floor\"]\n"), @"a.toml, line 1: filter 'edge_floor' is listed twice");
        insta::assert_snapshot!(refused("defects = [\"blacklist\"]\n"), @"a.toml, line 1: unknown defect 'blacklist'; did you mean 'player_blacklist'?");
        insta::assert_snapshot!(refused("document = [\"seasons\"]\n"), @"a.toml, line 1: unknown section 'seasons'; did you mean 'season'?");
        insta::assert_snapshot!(refused("signals_without = [\"cold_snap\"]\n"), @"a.toml, line 1: the version it extends has no signal 'cold_snap'");
        insta::assert_snapshot!(refused("filters = []\nfilters_without = [\"edge_floor\"]\n"), @"a.toml, line 2: give filters or filters_without, not both");
        insta::assert_snapshot!(refused("confidence_floors = { catboost_v9 = \"off\" }\n"), @"a.toml, line 1: the floor of catboost_v9: must be a number; leave the model out for none");
        insta::assert_snapshot!(refused("confidence_floors = { catboost_v9 = 101 }\n"), @"a.toml, line 1: the floor of catboost_v9: is out of range, 0 to 100");
    }

    #[test]
    fn combos_and_families_that_are_none() {
        let combo = |fields: &str| refused(&format!("combos = [\n  {{ {fields} }},\n]\n"));
        insta::assert_snapshot!(combo("id = \"high_edge\", class = \"ANTIPATTERN\", status = \"X\""), @"a.toml, line 2: unknown class 'ANTIPATTERN'; did you mean 'ANTI_PATTERN'?");
        insta::assert_snapshot!(combo("id = \"hi_edge\", class = \"ANTI_PATTERN\", status = \"X\""), @"a.toml, line 2: combo 'hi_edge': unknown signal 'hi_edge'; did you mean 'high_edge'?");
        insta::assert_snapshot!(combo("id = \"high_edge\", status = \"X\""), @"a.toml, line 2: a combo without class");
        insta::assert_snapshot!(combo("id = \"high_edge\", clas = \"ANTI_PATTERN\""), @"a.toml, line 2: unknown key 'clas' of a combo; did you mean 'class'?");
        insta::assert_snapshot!(combo("id = \"high_edge\", class = \"ANTI_PATTERN\", status = \"X\", hit_rate = \"60\""), @"a.toml, line 2: hit_rate must be a finite number, not a text");
        insta::assert_snapshot!(refused("combos = [5]"), @"a.toml, line 1: a combo must be a table, not an integer");
        let family = |fields: &str| {
            refused(&format!("[[families]]\nfamily = \"x\"\nfeature_set = \"v9\"\nloss = \"mae\"\n{fields}\n"))
        };
        insta::assert_snapshot!(family(""), @"a.toml, line 1: family x: give one of equals and starts_with");
        insta::assert_snapshot!(family("equals = \"\""), @"a.toml, line 5: equals of a family is empty");
        insta::assert_snapshot!(family("equals = \"x\"\ncandidate = \"no\""), @"a.toml, line 6: candidate must be true or false, not a text");
        insta::assert_snapshot!(refused("[[families]]\nfamily = \"x\"\nequals = \"x\"\nfeature_set = \"v10\"\nloss = \"mae\""), @"a.toml, line 4: unknown feature_set 'v10'; did you mean 'v12'?");
    }

    #[test]
    fn parts_are_taken_out_of_an_inherited_list() {
        let version = changed(
            "signals_without = [\"bench_under\"]\nfilters_without = [\"min_signals\"]\ncombos_without = [\"bench_under\"]\n",
        )
        .unwrap();
        let before = shipped("v318").unwrap();
        let without = |list: &[String], name: &str| list.iter().filter(|own| *own != name).cloned().collect::<Vec<_>>();
        assert_eq!(version.signals, without(&before.signals, "bench_under"));
        assert_eq!(version.filters, without(&before.filters, "min_signals"));
        assert_eq!(version.combos.len() + 1, before.combos.len());
        let file = Origin::File("a.toml".to_owned());
        assert_eq!(version.provenance.list(Part::Combos), Some(&file));
        assert_eq!(version.provenance.list(Part::Families), before.provenance.list(Part::Families));
    }
}
