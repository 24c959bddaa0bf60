//! Entries of the lists of a version file that are tables: families and combos.

use toml::de::DeTable;

use super::{Item, Written, entries, number};
use crate::error::{Result, did_you_mean};
use crate::version::catalogue::Catalogue;
use crate::version::{Combo, Family};

/// What a combo may be classified as.
const CLASSES: &[&str] = &["SYNERGISTIC", "ANTI_PATTERN"];
const DIRECTIONS: &[&str] = &["OVER_ONLY", "UNDER_ONLY", "BOTH"];
/// What models are made of and for; the consensus counts v9 and v12, and quantile.
const FEATURE_SETS: &[&str] = &["v9", "v12", "v12_noveg", "v13", "v15_noveg"];
const LOSSES: &[&str] = &["mae", "quantile", "classify"];

impl<'t> Written<'t> {
    pub(super) fn family(&self, item: &Item<'t>) -> Result<Family> {
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

    pub(super) fn combos(&self, item: &Item<'t>, catalogue: &Catalogue) -> Result<Vec<Combo>> {
        let mut combos: Vec<Combo> = Vec::new();
        for item in self.list("combos", item)? {
            let combo = self.combo(item, catalogue)?;
            if combos.iter().any(|other| other.id == combo.id) {
                return Err(self.bad(Some(item.span().start), format!("combo '{}' is listed twice", combo.id)));
            }
            combos.push(combo);
        }
        Ok(combos)
    }

    fn combo(&self, item: &Item<'t>, catalogue: &Catalogue) -> Result<Combo> {
        let known = ["id", "signals", "class", "status", "direction", "hit_rate", "score_weight"];
        let fields = Fields::read(self, "combo", item, &known)?;
        let id = fields.required("id", None)?;
        let signals = match fields.get("signals") {
            Some(item) => self.names("signals", "signal", item, catalogue.signals.keys())?,
            None => id.split('+').map(str::to_owned).collect(),
        };
        if let Some(unknown) = signals.iter().find(|signal| !catalogue.signals.contains_key(*signal)) {
            let hint = did_you_mean(unknown, catalogue.signals.keys().map(String::as_str));
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
