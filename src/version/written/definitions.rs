//! The signals, filters, scores and features that a file defines.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::{Item, Key, Written, entries, number};
use crate::definition::{
    Blocks, COLUMNS, Expression, Feature, Filter, Kind, Known, Last, Meaning, Names, Past, Score, Signal, TagSets,
    Take, Wrong, column, ensure_boolean, ensure_number, ensure_scalar, ensure_text, is_of_candidate,
};
use crate::error::{Result, did_you_mean, one_line};
use crate::pick_columns;
use crate::version::Side;
use crate::version::catalogue::{Catalogue, Parameter, ParameterKind};

/// The tables of definitions.
pub(super) const SIGNALS: &str = "signal";
pub(super) const FILTERS: &str = "filter";
pub(super) const SCORES: &str = "score";
pub(super) const FEATURES: &str = "feature";
pub(super) const TAGS: &str = "tags";

const SIGNAL_KEYS: &[&str] = &["about", "when", "confidence", "also", "parameters"];
const FILTER_KEYS: &[&str] =
    &["about", "value", "blocks", "threshold", "equal", "when", "unless", "mode", "reads", "document", "parameters"];
const SCORE_KEYS: &[&str] = &["about", "value", "parameters"];
const FEATURE_KEYS: &[&str] = &["about", "from", "value", "take", "last", "where"];
const PARAMETER_KEYS: &[&str] = &["value", "over", "under", "kind", "choices", "min", "max", "off", "unit", "about"];

/// The keys of a definition's table: of a signal, of a filter, of a score, of a feature, and of a parameter.
pub fn keys_of_definitions() -> [(&'static str, &'static [&'static str]); 5] {
    [
        (SIGNALS, SIGNAL_KEYS),
        (FILTERS, FILTER_KEYS),
        (SCORES, SCORE_KEYS),
        (FEATURES, FEATURE_KEYS),
        ("parameter", PARAMETER_KEYS),
    ]
}

/// Columns that tell what came of a bet.
const AFTERWARDS: &[&str] =
    &["actual_points", "outcome", "units", "prediction_correct", "is_correct", "points", "minutes_played"];

/// What a score is called that a file states by an expression alone.
const OWN_SCORE: &str = "own";

/// How strongly a signal qualifies where nothing is said.
const FULLY: &str = "1.0";

/// The value that a definition gives a parameter of its own, as `--set` takes it, and where it does.
pub struct Given {
    pub parameter: String,
    pub value: String,
    pub at: usize,
}

/// A definition as it is written.
struct Table<'w, 't> {
    written: &'w Written<'t>,
    /// signal, filter or score.
    what: &'static str,
    name: &'w str,
    at: usize,
    table: &'w DeTable<'t>,
}

impl<'t> Written<'t> {
    /// Adds what the file defines to `catalogue`, or puts it in the place of what has its name there.
    ///
    /// # Errors
    /// What is no definition; the message names the line.
    pub fn define(&self, catalogue: &mut Catalogue, is_own: bool) -> Result<Vec<Given>> {
        let mut given = Vec::new();
        self.define_features(catalogue, is_own)?;
        let (signals, filters) = (self.definitions(SIGNALS, SIGNAL_KEYS)?, self.definitions(FILTERS, FILTER_KEYS)?);
        let scores = self.scores(catalogue)?;
        let all = || signals.iter().chain(&filters).chain(&scores);
        for definition in all() {
            let is_other = |what: &str| {
                let is_known = match what {
                    SIGNALS => catalogue.signals.contains_key(definition.name),
                    FILTERS => catalogue.filters.contains_key(definition.name),
                    _ => catalogue.scores.contains_key(definition.name),
                };
                what != definition.what
                    && (is_known || all().any(|other| other.what == what && other.name == definition.name))
            };
            if let Some(other) = [SIGNALS, FILTERS, SCORES].into_iter().find(|what| is_other(what)) {
                let (first, second) =
                    if definition.what < other { (other, definition.what) } else { (definition.what, other) };
                let reason = format!("is the name of a {first} and of a {second}; their parameters would be the same");
                return Err(self.bad(Some(definition.at), format!("'{}' {reason}", definition.name)));
            }
        }
        // Expressions may name the parameters of any of them, whatever the order in which they are written.
        for definition in all() {
            definition.parameters(catalogue, &mut given)?;
            definition.threshold(catalogue, &mut given)?;
        }
        if let Some(item) = self.table.get(TAGS) {
            let own: Vec<String> = signals.iter().map(|definition| definition.name.to_owned()).collect();
            for (key, item) in self.table(TAGS, item)? {
                let known = catalogue.signals.keys().chain(&own);
                let tags = self.names(key.get_ref(), "signal", item, known)?;
                catalogue.tags.insert(key.get_ref().to_string(), tags);
            }
            // A set means the same in all of a version, and what counts another one is another definition.
            let of_signals = catalogue.signals.values_mut().map(|signal| (&mut signal.tags, &mut signal.is_own));
            let of_filters = catalogue.filters.values_mut().map(|filter| (&mut filter.tags, &mut filter.is_own));
            let of_scores = catalogue.scores.values_mut().map(|score| (&mut score.tags, &mut score.is_own));
            for (sets, is_of_version) in of_signals.chain(of_filters).chain(of_scores) {
                for (set, tags) in sets {
                    if let Some(stated) = catalogue.tags.get(set).filter(|stated| *stated != tags) {
                        tags.clone_from(stated);
                        *is_of_version |= is_own;
                    }
                }
            }
        }
        let places: Vec<(&str, usize)> = signals.iter().map(|definition| (definition.name, definition.at)).collect();
        for definition in signals {
            let signal = definition.signal(catalogue, is_own)?;
            catalogue.signals.insert(definition.name.to_owned(), signal);
        }
        self.ensure_one_look(catalogue, &places)?;
        for definition in filters {
            let filter = definition.filter(catalogue, is_own)?;
            catalogue.filters.insert(definition.name.to_owned(), filter);
        }
        for definition in scores {
            let score = definition.score(catalogue, is_own)?;
            let choices = catalogue.parameters.get_mut(SCORES).map(|parameter| &mut parameter.choices);
            if let Some(choices) = choices.filter(|choices| !choices.iter().any(|known| known == definition.name)) {
                choices.push(definition.name.to_owned());
            }
            catalogue.scores.insert(definition.name.to_owned(), score);
        }
        Ok(given)
    }

    /// Whether the signals that look at tags look at those of signals alone that look at none.
    fn ensure_one_look(&self, catalogue: &Catalogue, places: &[(&str, usize)]) -> Result<()> {
        let looking = |name: &str| catalogue.signals.get(name).filter(|signal| signal.looks_at_tags());
        let next = |name: &str| looking(name)?.looks_at().find(|other| looking(other).is_some());
        let Some((first, second)) = catalogue.signals.keys().find_map(|name| Some((name, next(name)?))) else {
            return Ok(());
        };
        let mut chain = vec![first];
        let mut further = Some(second);
        while let Some(name) = further {
            further = if chain.contains(&name) { None } else { next(name) };
            chain.push(name);
        }
        let is_circle = chain.last().is_some_and(|last| chain.iter().filter(|name| name == &last).count() > 1);
        let shape = if is_circle { "circle" } else { "row" };
        let chain = chain.into_iter().map(String::as_str).collect::<Vec<_>>().join(" -> ");
        let at = places.iter().find(|(name, _)| name == first).or(places.first()).map(|(_, at)| *at);
        Err(self.bad(
            at,
            format!(
                "signals look at each other in a {shape}, {chain}; a signal may look at tags of those alone that \
                 look at none"
            ),
        ))
    }

    /// Whether the file defines a signal of this name.
    fn defines_signal(&self, name: &str) -> bool {
        self.table.get(SIGNALS).and_then(|item| item.get_ref().as_table()).is_some_and(|table| table.contains_key(name))
    }

    /// The names of what it defines.
    pub(super) fn defined(&self) -> BTreeSet<String> {
        let tables = [SIGNALS, FILTERS, SCORES, FEATURES]
            .into_iter()
            .filter_map(|what| self.table.get(what)?.get_ref().as_table());
        tables.flat_map(|table| table.keys().map(|name| name.get_ref().to_string())).collect()
    }

    /// The scores: tables, or one that is stated by an expression alone.
    fn scores(&self, catalogue: &Catalogue) -> Result<Vec<Table<'_, 't>>> {
        let Some(item) = self.table.get(SCORES) else { return Ok(Vec::new()) };
        match item.get_ref().as_str() {
            Some(name) if catalogue.scores.contains_key(name) => Ok(Vec::new()),
            Some(_) => Ok(vec![Table {
                written: self,
                what: SCORES,
                name: OWN_SCORE,
                at: item.span().start,
                table: &self.table,
            }]),
            None if item.get_ref().as_table().is_some() => self.definitions(SCORES, SCORE_KEYS),
            None => {
                let reason = format!("{SCORES} must be an expression in quotes, or a table of definitions");
                Err(self.bad(Some(item.span().start), reason))
            }
        }
    }

    /// The score that the file ranks by where it says so above its parameters: one of a name, or its own.
    pub(super) fn chosen_score(&self, catalogue: &Catalogue) -> Option<(&str, usize)> {
        let item = self.table.get(SCORES)?;
        let text = item.get_ref().as_str()?;
        Some((if catalogue.scores.contains_key(text) { text } else { OWN_SCORE }, item.span().start))
    }

    /// Adds the features that the file defines, also to what names a feature that is defined anew.
    fn define_features(&self, catalogue: &mut Catalogue, is_own: bool) -> Result<()> {
        let definitions = self.definitions(FEATURES, FEATURE_KEYS)?;
        let names: Vec<&str> = definitions.iter().map(|definition| definition.name).collect();
        for definition in &definitions {
            let feature = definition.feature(catalogue, &names, is_own)?;
            catalogue.features.insert(feature.name.clone(), Arc::new(feature));
        }
        if !definitions.is_empty() {
            let features = catalogue.features.clone();
            catalogue.signals.values_mut().for_each(|signal| *signal = signal.redefining(&features));
            catalogue.filters.values_mut().for_each(|filter| *filter = filter.redefining(&features));
            catalogue.scores.values_mut().for_each(|score| *score = score.redefining(&features));
        }
        Ok(())
    }

    fn definitions<'w>(&'w self, what: &'static str, known: &[&str]) -> Result<Vec<Table<'w, 't>>> {
        let Some(item) = self.table.get(what) else { return Ok(Vec::new()) };
        if item.get_ref().as_array().is_some() {
            let reason = format!("{what} must be a table of definitions; a list of names is written {what}s = [...]");
            return Err(self.bad(Some(item.span().start), reason));
        }
        let definition = |(key, item): (&'w Key<'t>, &'w Item<'t>)| {
            let name = key.get_ref().as_ref();
            let at = key.span().start;
            let table =
                item.get_ref().as_table().ok_or_else(|| self.wrong(item, &format!("{what} {name}"), "a table"))?;
            let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            if name.is_empty() || !name.chars().all(is_plain) {
                let reason = format!("'{}' is no name of a {what}: letters, digits and _ only", one_line(name));
                return Err(self.bad(Some(at), reason));
            }
            self.ensure_keys(table, &format!("{what} {name}"), known)?;
            Ok(Table { written: self, what, name, at, table })
        };
        self.table(what, item)?.into_iter().map(definition).collect()
    }

    pub(super) fn ensure_keys(&self, table: &DeTable<'t>, what: &str, known: &[&str]) -> Result<()> {
        for (key, _) in entries(table) {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let hint = did_you_mean(name, known.iter().copied());
                return Err(
                    self.bad(Some(key.span().start), format!("unknown key '{}' of {what}{hint}", one_line(name)))
                );
            }
        }
        Ok(())
    }
}

impl<'t> Table<'_, 't> {
    fn label(&self) -> String {
        match self.is_expression_alone() {
            true => self.what.to_owned(),
            false => format!("{} {}", self.what, self.name),
        }
    }

    /// Whether it is stated by an expression at the top of the file.
    fn is_expression_alone(&self) -> bool {
        std::ptr::eq(self.table, &raw const self.written.table)
    }

    fn bad(&self, at: usize, reason: impl AsRef<str>) -> crate::error::Error {
        self.written.bad(Some(at), format!("{}: {}", self.label(), reason.as_ref()))
    }

    /// What is wrong with a key.
    fn of_key(&self, key: &str, reason: &str) -> String {
        if self.is_expression_alone() { reason.to_owned() } else { format!("{key}: {reason}") }
    }

    /// An error of the expression `text` under a key, at the word that is to blame.
    fn bad_word(&self, key: &str, text: &str, Wrong { reason, word }: Wrong) -> crate::error::Error {
        let reason = self.of_key(key, &reason);
        match (self.table.get(key), word) {
            (Some(item), Some(word)) => {
                let bytes = self.written.word_of(item, text, word);
                self.written.bad_at(bytes, format!("{}: {reason}", self.label()))
            }
            (Some(item), None) => self.bad(item.span().start, reason),
            (None, _) => self.bad(self.at, reason),
        }
    }

    fn text(&self, key: &str) -> Result<Option<(&str, usize)>> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        Ok(Some((self.written.as_text(&format!("{key} of {}", self.label()), item)?, item.span().start)))
    }

    fn texts(&self, key: &str) -> Result<Vec<(String, usize)>> {
        let Some(item) = self.table.get(key) else { return Ok(Vec::new()) };
        let what = format!("{key} of {}", self.label());
        let text = |item: &Item<'t>| Ok((self.written.as_text(&what, item)?.to_owned(), item.span().start));
        self.written.list(&what, item)?.iter().map(text).collect()
    }

    fn about(&self) -> Result<String> {
        match self.text("about")? {
            Some((about, _)) => Ok(one_line(about)),
            None if self.is_expression_alone() => Ok(format!("as {} says", self.written.file)),
            None => Ok(format!("{} of {}", self.what, self.written.file)),
        }
    }

    fn signal(&self, catalogue: &Catalogue, is_own: bool) -> Result<Signal> {
        let Some(when) = self.expression("when", Known::Candidate, catalogue)? else {
            return Err(
                self.bad(self.at, "states no condition; add a line such as when = \"is_over AND abs_edge >= 4\"")
            );
        };
        let confidence = match self.expression("confidence", Known::Candidate, catalogue)? {
            Some(confidence) => confidence,
            None => {
                Expression::parse(FULLY, |_| Err(String::new())).map_err(|wrong| self.bad(self.at, wrong.reason))?
            }
        };
        if is_own {
            self.ensure("when", &when, catalogue, ensure_boolean)?;
            self.ensure("confidence", &confidence, catalogue, ensure_number)?;
        }
        let also = self.texts("also")?;
        if let Some((unknown, at)) = also.iter().find(|(column, _)| !is_of_candidate(column)) {
            return Err(self.bad(*at, unknown_column(unknown)));
        }
        let also = also.into_iter().map(|(column, _)| column).collect();
        let parameter = |column: &str| parameter_of(catalogue, column);
        let tags = self.tag_sets([&when, &confidence], catalogue)?;
        let place = catalogue.signals.get(self.name).map_or(catalogue.signals.len(), |known| known.place);
        Ok(Signal::new(self.about()?, (when, confidence), (also, tags), place, is_own, parameter))
    }

    fn filter(&self, catalogue: &Catalogue, is_own: bool) -> Result<Filter> {
        let [value, when, unless] = ["value", "when", "unless"].map(|key| self.expression(key, Known::Tags, catalogue));
        let (value, when, unless) = (value?, when?, unless?);
        let blocks = match self.text("blocks")? {
            None => None,
            Some((name, at)) => match Blocks::NAMES.iter().find(|(known, _)| *known == name) {
                Some((_, blocks)) => Some(*blocks),
                None => {
                    let known: Vec<&str> = Blocks::NAMES.iter().map(|(known, _)| *known).collect();
                    let reason = format!("blocks must be one of {}, not '{}'", known.join(", "), one_line(name));
                    return Err(self.bad(at, reason));
                }
            },
        };
        let parameter = self.threshold_name(catalogue)?;
        if let Some(known) = parameter.as_ref().and_then(|name| catalogue.parameters.get(name))
            && !matches!(known.kind, ParameterKind::Decimal | ParameterKind::Double | ParameterKind::Integer)
        {
            let at = self.table.get("threshold").map_or(self.at, |item| item.span().start);
            return Err(self.bad(at, format!("threshold must be a number, not a {}", known.kind.name())));
        }
        let equal = self.text("equal")?.map(|(text, _)| text.to_owned());
        let forms = [parameter.is_some(), equal.is_some(), when.is_some()];
        if forms.iter().filter(|form| **form).count() != 1
            || parameter.is_some() != blocks.is_some()
            || when.is_none() == value.is_none()
        {
            let reason = "states no rule; give value, blocks and threshold, or value and equal, or when alone";
            return Err(self.bad(self.at, reason));
        }
        if is_own {
            if let Some(value) = &value {
                let ensure = if equal.is_some() { ensure_text } else { ensure_number };
                self.ensure("value", value, catalogue, ensure)?;
            }
            for (key, condition) in [("when", &when), ("unless", &unless)] {
                if let Some(condition) = condition {
                    self.ensure(key, condition, catalogue, ensure_boolean)?;
                }
            }
        }
        let is_observed = match self.text("mode")? {
            None | Some(("block", _)) => false,
            Some(("observe", _)) => true,
            Some((other, at)) => {
                return Err(self.bad(at, format!("mode must be block or observe, not '{}'", one_line(other))));
            }
        };
        let mut companions: Vec<String> = Vec::new();
        let named = value.iter().chain(&when).chain(&unless).flat_map(Expression::parameters);
        let named: Vec<String> = named.map(|column| parameter_of(catalogue, column)).collect();
        for (name, at) in named.into_iter().map(|name| (name, self.at)).chain(self.texts("reads")?) {
            if !catalogue.parameters.contains_key(&name) {
                return Err(self.bad(at, unknown_parameter(&name, catalogue)));
            }
            if !companions.contains(&name) && parameter.as_ref() != Some(&name) {
                companions.push(name);
            }
        }
        let tags = self.tag_sets(value.iter().chain(&when).chain(&unless), catalogue)?;
        Ok(Filter {
            about: self.about()?,
            value,
            parameter,
            blocks,
            equal,
            when,
            unless,
            is_observed,
            companions,
            tags,
            place: catalogue.filters.get(self.name).map_or(catalogue.filters.len(), |known| known.place),
            document: self.text("document")?.map_or_else(|| self.name.to_owned(), |(key, _)| key.to_owned()),
            is_own,
        })
    }

    fn score(&self, catalogue: &Catalogue, is_own: bool) -> Result<Score> {
        let key = if self.is_expression_alone() { SCORES } else { "value" };
        let Some(value) = self.expression(key, Known::Tags, catalogue)? else {
            return Err(self.bad(self.at, "states no value; add a line such as value = \"abs_edge\""));
        };
        if is_own {
            self.ensure(key, &value, catalogue, ensure_number)?;
        }
        let mut parameters: Vec<String> = Vec::new();
        for named in value.parameters().iter().map(|column| parameter_of(catalogue, column)) {
            if !parameters.contains(&named) {
                parameters.push(named);
            }
        }
        Ok(Score {
            about: self.about()?,
            parameters,
            tags: self.tag_sets([&value], catalogue)?,
            place: catalogue.scores.get(self.name).map_or(catalogue.scores.len(), |known| known.place),
            value,
            is_own,
        })
    }

    /// The sets of tags that expressions count.
    fn tag_sets<'e>(&self, of: impl IntoIterator<Item = &'e Expression>, catalogue: &Catalogue) -> Result<TagSets> {
        let mut tags = TagSets::new();
        for set in of.into_iter().flat_map(Expression::tag_sets) {
            let Some(members) = catalogue.tags.get(set) else {
                let hint = did_you_mean(set, catalogue.tags.keys().map(String::as_str));
                return Err(
                    self.bad(self.at, format!("there is no set of tags '{}'{hint}; name it in [tags]", one_line(set)))
                );
            };
            tags.insert(set.clone(), members.clone());
        }
        Ok(tags)
    }

    /// `names` are those of the features of the same file.
    fn feature(&self, catalogue: &Catalogue, names: &[&str], is_own: bool) -> Result<Feature> {
        self.ensure_name_of_a_feature(catalogue)?;
        let from = self.choice("from", &Past::NAMES)?;
        let take = self.choice("take", &Take::NAMES)?;
        let last = self.last()?;
        let meaning = |name: &str| match from.columns().get(name) {
            Some(_) => Ok(Meaning::Column(name.to_owned())),
            None if names.contains(&name) || catalogue.features.contains_key(name) => Err(format!(
                "{name} is a feature, and a feature is made of rows of the {}, not of features",
                from.name()
            )),
            None => {
                let known = from.columns().keys().map(String::as_str);
                let hint = did_you_mean(name, known);
                Err(format!("there is no column '{}' in a row of the {}{hint}", one_line(name), from.name()))
            }
        };
        let at = |key: &str| self.table.get(key).map_or(self.at, |item| item.span().start);
        let [value, only] = ["value", "where"].map(|key| -> Result<Option<Expression>> {
            let Some((expression, _)) = self.parsed(key, meaning)? else { return Ok(None) };
            match expression.looks_at_tags() {
                true => {
                    Err(self.bad(at(key), format!("{key}: only filters look at tags, and these are of the candidate")))
                }
                false => Ok(Some(expression)),
            }
        });
        let (value, only) = (value?, only?);
        let column = |name: &str| from.columns().get(name).map(|column| column.kind);
        let of_row = Names { columns: &column, parameters: &|_| None };
        if let Some(only) = &only {
            ensure_boolean(only, &of_row).map_err(|wrong| self.bad_word("where", only.text(), wrong))?;
        }
        let read = match &value {
            Some(value) => ensure_scalar(value, &of_row)
                .map_err(|wrong| self.bad_word("value", value.text(), wrong))?
                .ok_or_else(|| self.bad(at("value"), "value: is always NULL"))?,
            None if take == Take::Count => Kind::Integer,
            None => {
                let reason = "states no value; add what is read of a row, such as value = \"points\"";
                return Err(self.bad(self.at, reason));
            }
        };
        let kind = take.kind(read).map_err(|wanted| {
            self.bad(at("take"), format!("take: {} is of {wanted}, and value is {}", take.name(), read.name()))
        })?;
        if let Some(known) = catalogue.features.get(self.name).filter(|known| known.kind != kind) {
            let reason =
                format!("has values of another kind in the version it extends, where it is {}", known.described());
            return Err(self.bad(self.at, format!("{reason}; give it another name")));
        }
        let (name, about) = (self.name.to_owned(), self.about()?);
        Ok(Feature { name, about, from, value, take, last, only, kind, read, is_own })
    }

    /// A feature is a column of candidates, so it has a name that none of theirs is.
    fn ensure_name_of_a_feature(&self, catalogue: &Catalogue) -> Result<()> {
        let name = self.name;
        let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) || !name.chars().all(is_plain) {
            let reason = format!("'{name}' is no name of a feature: a-z, 0-9 and _ only, a letter first");
            return Err(self.written.bad(Some(self.at), reason));
        }
        let is_of_decisions = pick_columns::COLUMNS.iter().any(|column| column.name == name);
        if column(name).is_some() || is_of_decisions || AFTERWARDS.contains(&name) {
            return Err(self.bad(self.at, "is the name of a column already; give it another one"));
        }
        if catalogue.parameter_of(name).is_some() {
            return Err(self.bad(self.at, "is the name of a parameter already; give it another one"));
        }
        Ok(())
    }

    /// One of several names, which has to be given.
    fn choice<T: Copy>(&self, key: &str, choices: &[(&'static str, T)]) -> Result<T> {
        let known = || choices.iter().map(|(name, _)| *name);
        let listed = || known().collect::<Vec<_>>().join(", ");
        let Some((text, at)) = self.text(key)? else {
            return Err(self.bad(self.at, format!("states no {key}; give one of {}", listed())));
        };
        match choices.iter().find(|(name, _)| *name == text) {
            Some((_, choice)) => Ok(*choice),
            None => {
                let hint = did_you_mean(text, known());
                Err(self.bad(at, format!("{key} must be one of {}, not '{}'{hint}", listed(), one_line(text))))
            }
        }
    }

    /// How many rows a feature looks at: a text, or a number of rows.
    fn last(&self) -> Result<Last> {
        let Some(item) = self.table.get("last") else {
            return Err(self
                .bad(self.at, "states no last; give a number of rows, such as \"5\", or \"14 days\", or \"season\""));
        };
        let text = match item.get_ref() {
            DeValue::Integer(_) => number(item.get_ref()).unwrap_or_default(),
            _ => self.written.as_text(&format!("last of {}", self.label()), item)?.to_owned(),
        };
        Last::parse(&text).map_err(|reason| self.bad(item.span().start, format!("{reason}, not '{}'", one_line(&text))))
    }

    /// The expression under a key, its names resolved; none where there is no such key.
    fn expression(&self, key: &str, known: Known, catalogue: &Catalogue) -> Result<Option<Expression>> {
        let Some((expression, text)) = self.parsed(key, |name| self.meaning(name, known, catalogue))? else {
            return Ok(None);
        };
        let is_known = |tag: &String| catalogue.signals.contains_key(tag) || self.written.defines_signal(tag);
        if let Some(unknown) = expression.tags().iter().find(|tag| !is_known(tag)) {
            let hint = did_you_mean(unknown, catalogue.signals.keys().map(String::as_str));
            let word = text.find(&format!("'{unknown}'")).map(|start| start + 1..start + 1 + unknown.len());
            let reason = format!("unknown signal '{}'{hint}", one_line(unknown));
            return Err(self.bad_word(key, text, Wrong { reason, word }));
        }
        Ok(Some(expression))
    }

    /// The same with names that mean what `meaning` says, and its text.
    fn parsed(
        &self,
        key: &str,
        meaning: impl Fn(&str) -> Result<Meaning, String>,
    ) -> Result<Option<(Expression, &str)>> {
        let Some((text, _)) = self.text(key)? else { return Ok(None) };
        let expression = Expression::parse(text, meaning).map_err(|wrong| self.bad_word(key, text, wrong))?;
        Ok(Some((expression, text)))
    }

    /// What a name means: the definition's own parameters come first, then the columns, then any parameter.
    fn meaning(&self, name: &str, known: Known, catalogue: &Catalogue) -> Result<Meaning, String> {
        let own = format!("{}.{name}", self.name);
        if catalogue.parameter_of(&own).is_some() {
            return Ok(Meaning::Parameter(own));
        }
        match column(name) {
            Some((_, Known::Tags)) if known == Known::Candidate => {
                return Err(format!("{name} is known only once the signals are; only filters and scores may name it"));
            }
            Some(_) => return Ok(Meaning::Column(name.to_owned())),
            None => {}
        }
        if let Some(feature) = catalogue.features.get(name) {
            return Ok(Meaning::Feature(Arc::clone(feature)));
        }
        if catalogue.parameter_of(name).is_some() {
            return Ok(Meaning::Parameter(name.to_owned()));
        }
        if AFTERWARDS.contains(&name) {
            return Err(format!("{name} is known only after the game, and a definition decides before it"));
        }
        let prefix = format!("{}.", self.name);
        let own = catalogue.parameters.keys().filter_map(|known| known.strip_prefix(prefix.as_str()));
        let known =
            own.chain(COLUMNS.keys().map(String::as_str)).chain(catalogue.parameters.keys().map(String::as_str));
        let known = known.chain(catalogue.features.keys().map(String::as_str));
        Err(format!("there is no column or parameter '{}'{}", one_line(name), did_you_mean(name, known)))
    }

    fn ensure(
        &self,
        key: &str,
        expression: &Expression,
        catalogue: &Catalogue,
        ensure: impl Fn(&Expression, &Names<'_>) -> Result<(), Wrong>,
    ) -> Result<()> {
        let column = |name: &str| column(name).map(|(kind, _)| kind);
        let parameter = |name: &str| catalogue.parameter_of(name).map(|(_, known)| known.kind.values());
        ensure(expression, &Names { columns: &column, parameters: &parameter })
            .map_err(|wrong| self.bad_word(key, expression.text(), wrong))
    }

    /// Adds the definition's own parameters to the catalogue.
    fn parameters(&self, catalogue: &mut Catalogue, given: &mut Vec<Given>) -> Result<()> {
        // Those above all tables are the version's.
        let own = self.table.get("parameters").filter(|_| !self.is_expression_alone());
        let Some(item) = own else { return Ok(()) };
        for (key, item) in self.written.table(&format!("parameters of {}", self.label()), item)? {
            let name = key.get_ref().as_ref();
            let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
            if name.is_empty() || !name.chars().all(is_plain) {
                let reason = format!("'{}' is no name of a parameter: a-z, 0-9 and _ only", one_line(name));
                return Err(self.bad(key.span().start, reason));
            }
            if column(name).is_some() {
                let reason = format!("'{name}' is the name of a column; give the parameter another one");
                return Err(self.bad(key.span().start, reason));
            }
            self.parameter(name, item, catalogue, given)?;
        }
        Ok(())
    }

    /// The parameter that `threshold` names, or else the definition's own of that name.
    fn threshold_name(&self, catalogue: &Catalogue) -> Result<Option<String>> {
        let Some(item) = self.table.get("threshold") else { return Ok(None) };
        let DeValue::String(name) = item.get_ref() else { return Ok(Some(self.own("threshold"))) };
        let own = self.own(name);
        let named = if catalogue.parameters.contains_key(&own) { own } else { name.to_string() };
        match catalogue.parameters.contains_key(&named) {
            true => Ok(Some(named)),
            false => Err(self.bad(item.span().start, unknown_parameter(name, catalogue))),
        }
    }

    /// Makes a threshold that is a value a parameter of the definition's own.
    fn threshold(&self, catalogue: &mut Catalogue, given: &mut Vec<Given>) -> Result<()> {
        match self.table.get("threshold") {
            Some(item) if !matches!(item.get_ref(), DeValue::String(_)) => {
                self.parameter("threshold", item, catalogue, given)?;
                if let Some(parameter) = catalogue.parameters.get_mut(&self.own("threshold")) {
                    parameter.off = true;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn own(&self, parameter: &str) -> String {
        format!("{}.{parameter}", self.name)
    }

    /// A parameter: a value, whose kind it is of, or a table that says what values it takes.
    fn parameter(&self, name: &str, item: &Item<'t>, catalogue: &mut Catalogue, given: &mut Vec<Given>) -> Result<()> {
        let whole = self.own(name);
        let value = match item.get_ref() {
            DeValue::Table(table) => {
                self.written.ensure_keys(table, &format!("parameter {whole}"), PARAMETER_KEYS)?;
                let parameter = self.stated(&whole, item, table)?;
                if let Some(known) = catalogue.parameters.get(&whole).filter(|known| known.kind != parameter.kind) {
                    let reason = format!("{whole} is of kind {} in the version it extends", known.kind.name());
                    return Err(self.bad(item.span().start, reason));
                }
                catalogue.parameters.insert(whole.clone(), parameter);
                table.get("value")
            }
            value => {
                let parameter = Parameter { about: format!("of {}", self.label()), ..Parameter::of(kind_of(value)) };
                // What another file says of its values goes on with another value.
                catalogue.parameters.entry(whole.clone()).or_insert(parameter);
                Some(item)
            }
        };
        let side = |side: Side| Some((side.parameter(&whole), item.get_ref().as_table()?.get(side.key())?));
        let sides = Side::ALL.into_iter().filter_map(side);
        for (parameter, value) in value.map(|value| (whole.clone(), value)).into_iter().chain(sides) {
            let text = match value.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                other => number(other),
            };
            let Some(text) = text else {
                return Err(self.bad(value.span().start, format!("{parameter} must be a number or a text")));
            };
            given.push(Given { parameter, value: text, at: value.span().start });
        }
        Ok(())
    }

    /// A parameter as a table states it.
    fn stated(&self, whole: &str, item: &Item<'t>, table: &DeTable<'t>) -> Result<Parameter> {
        let mut plain = toml::Table::new();
        for (key, item) in table.iter().filter(|(key, _)| !["value", "over", "under"].contains(&key.get_ref().as_ref()))
        {
            plain.insert(key.get_ref().to_string(), plain_value(item.get_ref()));
        }
        if let Some(value) = table.get("value").filter(|_| !plain.contains_key("kind")) {
            let kind = kind_of(value.get_ref());
            plain.insert("kind".to_owned(), toml::Value::from(kind.name()));
        }
        let about = format!("of {}", self.label());
        plain.entry("about").or_insert_with(|| toml::Value::from(about));
        plain.try_into().map_err(|error: toml::de::Error| {
            self.bad(item.span().start, format!("{whole}: {}", one_line(error.message())))
        })
    }
}

/// The kind of a parameter that is only given a value.
fn kind_of(value: &DeValue<'_>) -> ParameterKind {
    match value {
        DeValue::String(_) => ParameterKind::Text,
        _ => ParameterKind::Decimal,
    }
}

fn plain_value(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::from(text.as_ref()),
        DeValue::Boolean(flag) => toml::Value::from(*flag),
        DeValue::Array(items) => items.iter().map(|item| plain_value(item.get_ref())).collect::<Vec<_>>().into(),
        other => match number(other) {
            Some(digits) => match (digits.parse::<i64>(), digits.parse::<f64>()) {
                (Ok(whole), _) => toml::Value::from(whole),
                (_, Ok(double)) => toml::Value::from(double),
                _ => toml::Value::from(digits),
            },
            None => toml::Value::from(""),
        },
    }
}

/// The name of the parameter of a column of `params`.
fn parameter_of(catalogue: &Catalogue, column: &str) -> String {
    catalogue.parameter_of(column).map_or(column, |(name, _)| name).to_owned()
}

fn unknown_parameter(name: &str, catalogue: &Catalogue) -> String {
    format!(
        "unknown parameter '{}'{}",
        one_line(name),
        did_you_mean(name, catalogue.parameters.keys().map(String::as_str))
    )
}

fn unknown_column(name: &str) -> String {
    format!("there is no column '{}'{}", one_line(name), did_you_mean(name, COLUMNS.keys().map(String::as_str)))
}
