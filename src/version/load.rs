//! Reading versions: the shipped ones by name, and resolving what a version extends.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use include_dir::{Dir, include_dir};
use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::catalogue::catalogue;
use super::{Combo, Defect, Family, Section, Version};
use crate::error::{Error, Result, did_you_mean, one_line};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries/versions");

/// The ids of the shipped versions, in the order in which production had them.
pub const SHIPPED: &[&str] =
    &["v279", "v284a", "v284b", "v294", "v295", "v296", "v297", "v298", "v307", "v307q", "v314", "v316", "v318"];

/// A version file as written: only what differs from the version it extends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    extends: Option<Spanned<String>>,
    algorithm_version: Option<String>,
    in_production_from: Option<toml::value::Datetime>,
    summary: Option<String>,
    #[serde(default)]
    parameters: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    signals: Option<Vec<Spanned<String>>>,
    filters: Option<Vec<Spanned<String>>>,
    families: Option<Vec<Family>>,
    combos: Option<Vec<Combo>>,
    confidence_floors: Option<BTreeMap<String, f64>>,
    model_dependent: Option<Vec<String>>,
    defects: Option<Vec<Defect>>,
    document: Option<Vec<Section>>,
}

/// The shipped version `id`.
///
/// # Errors
/// No such version.
pub fn shipped(id: &str) -> Result<Version> {
    let text = FILES.get_file(format!("{id}.toml")).and_then(|file| file.contents_utf8());
    match text {
        Some(text) => resolve(id, &format!("queries/versions/{id}.toml"), text, &mut Vec::new()),
        None => Err(Error::UnknownVersion { name: id.to_owned(), hint: did_you_mean(id, SHIPPED.iter().copied()) }),
    }
}

/// The version that `name` means: an id, a unique prefix of one, or production's full string (the latest id wins, and
/// the second value says so).
///
/// # Errors
/// Nothing or several versions match.
pub fn find(name: &str) -> Result<(Version, Option<String>)> {
    if SHIPPED.contains(&name) {
        return Ok((shipped(name)?, None));
    }
    let versions = SHIPPED.iter().map(|id| shipped(id)).collect::<Result<Vec<_>>>()?;
    let mut named: Vec<Version> = versions.iter().filter(|v| v.algorithm_version == name).cloned().collect();
    if let Some(latest) = named.pop() {
        let note = named.first().map(|_| format!("{name} names several versions; taking the latest, {}", latest.id));
        return Ok((latest, note));
    }
    let matching: Vec<&Version> = versions.iter().filter(|v| v.id.starts_with(name)).collect();
    match matching.as_slice() {
        [only] if !name.is_empty() => Ok(((*only).clone(), None)),
        [] | [_] => {
            Err(Error::UnknownVersion { name: name.to_owned(), hint: did_you_mean(name, SHIPPED.iter().copied()) })
        }
        several => Err(Error::AmbiguousVersion {
            name: name.to_owned(),
            candidates: several.iter().map(|v| v.id.as_str()).collect::<Vec<_>>().join(", "),
        }),
    }
}

fn resolve(id: &str, file: &str, text: &str, extending: &mut Vec<String>) -> Result<Version> {
    let source = SourceText { file, text };
    let written: Written = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| source.line(span.start));
        source.bad(line, &one_line(error.message()))
    })?;
    extending.push(id.to_owned());
    let mut version = match &written.extends {
        None => root(id),
        Some(parent) if extending.contains(parent.get_ref()) => {
            let line = Some(source.line(parent.span().start));
            return Err(
                source.bad(line, &format!("extends itself: {} -> {}", extending.join(" -> "), parent.get_ref()))
            );
        }
        Some(parent) => {
            let name = parent.get_ref();
            let text = FILES.get_file(format!("{name}.toml")).and_then(|file| file.contents_utf8());
            let Some(text) = text else {
                let hint = did_you_mean(name, SHIPPED.iter().copied());
                return Err(source
                    .bad(Some(source.line(parent.span().start)), &format!("extends unknown version '{name}'{hint}")));
            };
            resolve(name, &format!("queries/versions/{name}.toml"), text, extending)?
        }
    };
    version.id = id.to_owned();
    source.apply(written, &mut version)?;
    Ok(version)
}

fn root(id: &str) -> Version {
    Version {
        id: id.to_owned(),
        algorithm_version: id.to_owned(),
        in_production_from: None,
        summary: String::new(),
        parameters: BTreeMap::new(),
        signals: Vec::new(),
        filters: Vec::new(),
        families: Vec::new(),
        combos: Vec::new(),
        confidence_floors: BTreeMap::new(),
        model_dependent: Vec::new(),
        defects: Vec::new(),
        document: Vec::new(),
    }
}

/// A version file's text, for errors that name the line.
struct SourceText<'a> {
    file: &'a str,
    text: &'a str,
}

impl SourceText<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text[..offset.min(self.text.len())].matches('\n').count() + 1
    }

    fn bad(&self, line: Option<usize>, reason: &str) -> Error {
        let file = match line {
            Some(line) => format!("{}, line {line}", self.file),
            None => self.file.to_owned(),
        };
        Error::BadVersion { file, reason: reason.to_owned() }
    }

    fn apply(&self, written: Written, version: &mut Version) -> Result<()> {
        if let Some(name) = written.algorithm_version {
            version.algorithm_version = name;
        }
        if let Some(date) = written.in_production_from {
            version.in_production_from = Some(self.date(&date)?);
        }
        if let Some(summary) = written.summary {
            version.summary = summary;
        }
        for (name, value) in written.parameters {
            self.set(version, name.get_ref(), value.get_ref(), name.span().start)?;
        }
        if let Some(signals) = written.signals {
            version.signals = self.known("signal", signals, catalogue().signals.keys())?;
        }
        if let Some(filters) = written.filters {
            version.filters = self.known("filter", filters, catalogue().filters.keys())?;
        }
        if let Some(families) = written.families {
            if let Some(bad) = families.iter().find(|f| f.equals.is_some() == f.starts_with.is_some()) {
                return Err(self.bad(None, &format!("family {}: give one of equals and starts_with", bad.family)));
            }
            version.families = families;
        }
        if let Some(mut combos) = written.combos {
            for combo in combos.iter_mut().filter(|combo| combo.signals.is_empty()) {
                combo.signals = combo.id.split('+').map(str::to_owned).collect();
            }
            version.combos = combos;
        }
        if let Some(floors) = written.confidence_floors {
            let decimal = |value: f64| {
                Decimal::try_from(value)
                    .map_err(|_| self.bad(None, &format!("confidence_floors: {value} is no decimal")))
            };
            version.confidence_floors =
                floors.into_iter().map(|(model, floor)| Ok((model, decimal(floor)?))).collect::<Result<_>>()?;
        }
        version.model_dependent = written.model_dependent.unwrap_or_else(|| version.model_dependent.clone());
        version.defects = written.defects.unwrap_or_else(|| version.defects.clone());
        version.document = written.document.unwrap_or_else(|| version.document.clone());
        Ok(())
    }

    /// Sets one parameter; a table is a signal's thresholds under its tag (`high_edge.min_edge`).
    fn set(&self, version: &mut Version, name: &str, value: &toml::Value, offset: usize) -> Result<()> {
        let text = match value {
            toml::Value::Table(thresholds) => {
                for (threshold, value) in thresholds {
                    self.set(version, &format!("{name}.{threshold}"), value, offset)?;
                }
                return Ok(());
            }
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        version.set(name, &text).map_err(|error| self.bad(Some(self.line(offset)), &error.to_string()))
    }

    fn known<'a>(
        &self,
        what: &str,
        names: Vec<Spanned<String>>,
        catalogue: impl Iterator<Item = &'a String> + Clone,
    ) -> Result<Vec<String>> {
        let mut known = Vec::with_capacity(names.len());
        for name in names {
            let line = Some(self.line(name.span().start));
            let name = name.into_inner();
            if !catalogue.clone().any(|other| *other == name) {
                let hint = did_you_mean(&name, catalogue.map(String::as_str));
                return Err(self.bad(line, &format!("unknown {what} '{name}'{hint}")));
            }
            if known.contains(&name) {
                return Err(self.bad(line, &format!("{what} '{name}' is listed twice")));
            }
            known.push(name);
        }
        Ok(known)
    }

    fn date(&self, date: &toml::value::Datetime) -> Result<NaiveDate> {
        let bad = || self.bad(None, &format!("in_production_from = {date} is not a date"));
        date.to_string().parse().map_err(|_| bad())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Value;
    use super::*;

    #[test]
    fn every_shipped_version_resolves_completely() {
        for id in SHIPPED {
            let version = shipped(id).unwrap();
            for name in catalogue().parameters.keys().filter(|name| *name != "confidence_floor") {
                assert!(version.parameters.contains_key(name), "{id}: {name}");
            }
            assert!(!version.signals.is_empty() && !version.filters.is_empty() && !version.summary.is_empty());
        }
    }

    #[test]
    fn a_version_differs_from_the_one_it_extends_only_in_what_it_states() {
        let (v307, v298) = (shipped("v307").unwrap(), shipped("v298").unwrap());
        assert_eq!(v298.parameter("line_jump"), Value::Number(Decimal::from(3)));
        assert_eq!(v298.parameter("min_edge"), v307.parameter("min_edge"));
        assert_eq!(v298.signals, v307.signals);
        assert!(!v298.works(Defect::PlayerBlacklist) && v307.works(Defect::PlayerBlacklist));
    }

    #[test]
    fn versions_are_found_by_id_prefix_and_full_string() {
        assert_eq!(find("v316").unwrap().0.id, "v316");
        assert_eq!(find("v27").unwrap().0.id, "v279");
        let (latest, note) = find("v307_multi_source").unwrap();
        assert_eq!(latest.id, "v307q");
        assert!(note.unwrap().contains("latest"));
        assert!(matches!(find("v29"), Err(Error::AmbiguousVersion { .. })));
        assert!(matches!(find("v999"), Err(Error::UnknownVersion { .. })));
    }

    #[test]
    fn the_confidence_floor_follows_the_champion() {
        let mut version = shipped("v307").unwrap();
        assert_eq!(version.parameter("confidence_floor"), Value::Off);
        version.set("champion", "catboost_v12").unwrap();
        assert_eq!(version.parameter("confidence_floor"), Value::Number(Decimal::new(9, 1)));
        version.set("confidence_floor", "off").unwrap();
        assert_eq!(version.parameter("confidence_floor"), Value::Off);
    }

    #[test]
    fn errors_name_the_line() {
        let text = "extends = \"v307\"\n\n[parameters]\nmin_egde = 5\n";
        let error = resolve("mine", "mine.toml", text, &mut Vec::new()).unwrap_err().to_string();
        assert_eq!(
            error,
            "mine.toml, line 4: unknown parameter 'min_egde'; did you mean 'min_edge'? (`reslate versions show v307` lists them)"
        );
        let text = "extends = \"mine\"\n";
        let error = resolve("mine", "mine.toml", text, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("extends itself"), "{error}");
    }
}
