//! The parts of the pipeline's SQL that follow from the definitions of signals and filters.
//!
//! `signals.sql` and `verdicts.sql` say where each part goes, by a call of no function; the versions that are asked say what
//! stands there. Versions that define a name differently each get what theirs says, told apart by a column of `params`.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::datatypes::DataType;

use crate::definition::{
    Blocks, COLUMNS, Expression, Filter, Kind, Names, SET, Signal, TagSets, column, ensure_scalar, is_of_candidate,
};
use crate::error::{RequestError, Result, one_line};
use crate::queries;
use crate::snapshot::numbered::is_numbered;
use crate::version::Version;
use crate::version::catalogue::{Catalogue, Parameter, ParameterKind, catalogue};

/// The relations whose SQL has such parts.
pub const RELATIONS: [&str; 4] = ["store_features", "signals", "verdicts", "decisions"];

/// Where columns of relations beside evidence stand that versions ask for, and the joins of these relations.
const NAMED: &str = "named_columns() AS generated";
const JOINS: &str = "-- relations_of_definitions()";

/// The relation that has the numbered columns of the feature store.
const STORE: &str = "store_features";

/// The columns of candidates that `signals.sql` has by itself.
const CARRIED: &[&str] = &["game_date", "player_lookup", "game_id", "champion_graded", "champion_hit_rate"];

/// The relations besides evidence and candidates that have columns of candidates, and by which choice each does so; none:
/// by candidate alone.
const BESIDE: &[(&str, Option<&str>)] = &[("model_groups", None), ("candidate_affinities", Some("affinity_set"))];

/// What the versions of a question make of the parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// In the order in which they are defined.
    signals: Vec<(String, Variants<SignalSql>)>,
    filters: Vec<(String, Variants<FilterSql>)>,
    /// The columns of `params` by name, each with the parameter that it is of.
    parameters: BTreeMap<String, Parameter>,
    /// The columns that the signals and filters name or show which the versions list.
    asked: BTreeSet<String>,
}

/// The different things that versions say under a name: as a version's number in `params` counts them.
#[derive(Debug, Clone, PartialEq)]
struct Variants<T>(Vec<T>);

#[derive(Debug, Clone, PartialEq)]
struct SignalSql {
    when: String,
    confidence: String,
    needs: Needs,
}

#[derive(Debug, Clone, PartialEq)]
struct FilterSql {
    /// NULL where the filter does not apply.
    value: String,
    threshold: String,
    rule: Rule,
    /// The column of its threshold, NULL where the version does not ask it, and the parameter that is in it.
    limit: Option<(String, String)>,
    /// What it judges.
    judged: Option<Expression>,
    is_observed: bool,
    looks_at_tags: bool,
    needs: Needs,
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Compares(&'static str),
    /// It blocks this value, if the version asks it.
    Equals(String),
    /// It blocks where this holds, if the version asks it.
    When(String),
}

/// The columns that expressions name: of candidates, and of `params`.
#[derive(Debug, Clone, Default, PartialEq)]
struct Needs {
    columns: BTreeSet<String>,
    parameters: BTreeSet<String>,
}

impl Needs {
    fn of<'e>(expressions: impl Iterator<Item = &'e Expression>) -> Needs {
        let mut needs = Needs::default();
        for expression in expressions {
            needs.columns.extend(expression.columns().iter().cloned());
            needs.parameters.extend(expression.parameters().iter().cloned());
        }
        needs
    }

    fn add(&mut self, other: &Needs) {
        self.columns.extend(other.columns.iter().cloned());
        self.parameters.extend(other.parameters.iter().cloned());
    }
}

impl<T: PartialEq> Variants<T> {
    fn add(&mut self, said: T) -> usize {
        self.0.iter().position(|known| *known == said).unwrap_or_else(|| {
            self.0.push(said);
            self.0.len() - 1
        })
    }
}

impl<T> Variants<T> {
    /// `sql` of the variant that a version has.
    fn choose(&self, column: &str, sql: impl Fn(usize, &T) -> String) -> String {
        match self.0.as_slice() {
            [only] => sql(0, only),
            several => {
                let cases = several.iter().enumerate().map(|(at, of)| format!("WHEN {at} THEN {}", sql(at, of)));
                format!("CASE {column} {} END", cases.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn are_several(&self) -> bool {
        self.0.len() > 1
    }
}

impl SignalSql {
    fn of(signal: &Signal) -> SignalSql {
        let none = TagSets::new();
        let confidence = signal.confidence.sql(&none);
        let when = signal.when.sql(&none);
        SignalSql {
            when: if signal.is_own { format!("CAST({when} AS BOOLEAN)") } else { when },
            confidence: if signal.is_own { format!("CAST({confidence} AS DOUBLE)") } else { confidence },
            needs: Needs::of([&signal.when, &signal.confidence].into_iter()),
        }
    }
}

impl FilterSql {
    fn of(name: &str, filter: &Filter) -> FilterSql {
        let sql = |expression: &Expression| expression.sql(&filter.tags);
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let limit = filter.parameter.as_ref().map(|of| (format!("threshold {name} {of}"), of.clone()));
        let value = filter.value.as_ref().or(filter.when.as_ref()).map(sql).unwrap_or_default();
        let value = match &filter.unless {
            Some(unless) => format!("CASE WHEN NOT coalesce({}, FALSE) THEN {value} END", sql(unless)),
            None => value,
        };
        let (threshold, rule) = match (&limit, filter.blocks, &filter.equal) {
            (Some((column, _)), Some(Blocks::Below), _) => (quote(column), Rule::Compares("<")),
            (Some((column, _)), Some(Blocks::DownTo), _) => (format!("-{}", quote(column)), Rule::Compares("<=")),
            (Some((column, _)), _, _) => (quote(column), Rule::Compares(">=")),
            (None, _, Some(equal)) => (quoted(equal), Rule::Equals(quoted(equal))),
            (None, _, None) => {
                let when = filter.when.as_ref().map(sql).unwrap_or_default();
                let unless = filter.unless.as_ref().map(sql);
                let unless = unless.map(|unless| format!(" AND NOT coalesce({unless}, FALSE)")).unwrap_or_default();
                ("TRUE".to_owned(), Rule::When(format!("({when}){unless}")))
            }
        };
        FilterSql {
            value,
            threshold,
            rule,
            limit,
            judged: filter.value.as_ref().or(filter.when.as_ref()).cloned(),
            is_observed: filter.is_observed,
            looks_at_tags: filter.looks_at_tags(),
            needs: Needs::of(filter.expressions()),
        }
    }

    /// Whether it blocks, given the columns that its value is in and whether the version asks it.
    fn blocks(&self, value: &str, asks: &str) -> String {
        match &self.rule {
            Rule::Compares(sign) => format!("coalesce({value} {sign} {}, FALSE)", self.threshold),
            Rule::Equals(text) => format!("{asks} AND coalesce({value} = {text}, FALSE)"),
            Rule::When(condition) => format!("{asks} AND coalesce({condition}, FALSE)"),
        }
    }
}

/// The column of `params` that numbers the variant of a definition.
fn variant(what: &str, name: &str) -> String {
    format!("{what} {name}")
}

/// The column of `params` that says whether a version asks a filter.
fn asks(name: &str) -> String {
    format!("asks {name}")
}

fn quote(name: &str) -> String {
    format!("\"{name}\"")
}

/// The relation beside evidence and candidates that has a column.
fn beside(name: &str) -> Option<&'static str> {
    match COLUMNS.get(name) {
        Some(column) => column.relation.as_deref(),
        None => is_numbered(name).then_some(STORE),
    }
}

/// What is said under a name so far.
fn variants_of<'a, T>(all: &'a mut Vec<(String, Variants<T>)>, name: &str) -> &'a mut Variants<T> {
    let at = all.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        all.push((name.to_owned(), Variants(Vec::new())));
        all.len() - 1
    });
    &mut all[at].1
}

impl Generated {
    /// What is generated for `versions`, beside all shipped definitions.
    ///
    /// # Errors
    /// Two of them have parameters of a name that are of different kinds.
    pub fn of(versions: &[Version]) -> Result<Generated> {
        let mut generated = Generated {
            signals: Vec::new(),
            filters: Vec::new(),
            parameters: BTreeMap::new(),
            asked: versions.iter().flat_map(Version::columns).map(|(column, _)| column.to_owned()).collect(),
        };
        generated.add(catalogue(), "a shipped version")?;
        for version in versions.iter().filter(|version| version.catalogue.has_own()) {
            generated.add(&version.catalogue, &version.id)?;
        }
        Ok(generated)
    }

    fn add(&mut self, catalogue: &Catalogue, version: &str) -> Result<()> {
        let mut signals: Vec<_> = catalogue.signals.iter().collect();
        signals.sort_by_key(|(_, signal)| signal.place);
        for (name, signal) in signals {
            variants_of(&mut self.signals, name).add(SignalSql::of(signal));
        }
        let mut filters: Vec<_> = catalogue.filters.iter().collect();
        filters.sort_by_key(|(_, filter)| filter.place);
        for (name, filter) in filters {
            variants_of(&mut self.filters, name).add(FilterSql::of(name, filter));
        }
        for (name, parameter) in &catalogue.parameters {
            let known = self.parameters.entry(name.clone()).or_insert_with(|| parameter.clone());
            if known.kind != parameter.kind {
                let [known, own] = [known.kind, parameter.kind].map(ParameterKind::name);
                return Err(RequestError::BadArgument {
                    what: "version",
                    value: one_line(version),
                    reason: format!(
                        "{name} is of kind {own} in it, and of kind {known} in another; say its kind in both"
                    ),
                }
                .into());
            }
        }
        Ok(())
    }

    /// The parameters that `params` has columns of.
    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.parameters
    }

    /// The columns of `params` that tell variants apart and say which filters a version asks, each with its type.
    pub fn columns(&self) -> Vec<(String, DataType)> {
        let signals = self.signals.iter().filter(|(_, of)| of.are_several()).map(|(name, _)| variant("signal", name));
        let filters = self.filters.iter().filter(|(_, of)| of.are_several()).map(|(name, _)| variant("filter", name));
        let numbers = signals.chain(filters).map(|column| (column, DataType::Int64));
        let asked = self.filters.iter().map(|(name, _)| (asks(name), DataType::Boolean));
        numbers.chain(asked).collect()
    }

    /// The values of these columns for a version.
    pub fn values(&self, version: &Version) -> Vec<Option<i64>> {
        let number = |at: Option<usize>| at.and_then(|at| i64::try_from(at).ok());
        let of_signal = |(name, variants): &(String, Variants<SignalSql>)| {
            let said = version.catalogue.signals.get(name).map(SignalSql::of);
            number(said.and_then(|said| variants.0.iter().position(|known| *known == said)))
        };
        let of_filter = |(name, variants): &(String, Variants<FilterSql>)| {
            let said = version.catalogue.filters.get(name).map(|filter| FilterSql::of(name, filter));
            number(said.and_then(|said| variants.0.iter().position(|known| *known == said)))
        };
        let signals = self.signals.iter().filter(|(_, of)| of.are_several()).map(of_signal);
        let filters = self.filters.iter().filter(|(_, of)| of.are_several()).map(of_filter);
        let asked = self.filters.iter().map(|(name, _)| Some(i64::from(version.filters.contains(name))));
        signals.chain(filters).chain(asked).collect()
    }

    /// The SQL of a relation; none for one that has no generated parts.
    pub fn sql(&self, relation: &str) -> Option<String> {
        let template = queries::in_use().relation(relation)?;
        let parts = match relation {
            STORE => self.of_store(),
            "signals" => self.of_signals(),
            "verdicts" => self.of_verdicts(),
            "decisions" => self.of_decisions(),
            _ => return None,
        };
        let mut filled = String::new();
        let mut rest = template;
        for (call, lines) in parts {
            // In the order in which the template has them, so that nothing is looked for in what definitions say.
            let (before, after) = rest.split_once(call)?;
            filled += before;
            if lines.is_empty() {
                // Neither its line stays, nor the comma before it.
                filled.truncate(filled.trim_end().trim_end_matches(',').len());
            }
            let end = if call == JOINS { "" } else { "," };
            let indent = filled.rsplit('\n').next().unwrap_or_default().len();
            filled += &lines.join(&format!("{end}\n{}", " ".repeat(indent)));
            rest = after;
        }
        filled += rest;
        Some(filled)
    }

    /// The WITH clause of `signals.sql` up to its `facts`; none where the file has none.
    pub fn facts(&self) -> Option<String> {
        let sql = self.sql("signals")?;
        let end = sql.find("\nqualified AS (")?;
        Some(sql[..end].trim_end().trim_end_matches(',').to_owned())
    }

    /// The columns of the feature store that the versions ask for.
    pub fn store_columns(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().map(String::as_str).filter(|column| is_numbered(column))
    }

    fn of_store(&self) -> Vec<(&'static str, Vec<String>)> {
        let largest = |column: &str| format!("max(feature_row.{0}) AS {0}", quote(column));
        vec![(NAMED, self.store_columns().map(largest).collect())]
    }

    fn of_decisions(&self) -> Vec<(&'static str, Vec<String>)> {
        let columns = self.store_columns().map(|column| format!("{STORE}.{}", quote(column)));
        vec![(NAMED, columns.collect()), (JOINS, self.store_join("evidence"))]
    }

    /// The join of the feature store to a relation of candidates, where a version asks for a column of it.
    fn store_join(&self, candidates: &str) -> Vec<String> {
        let join = || {
            vec![
                format!("LEFT JOIN {STORE}"),
                format!("    ON {STORE}.game_date = {candidates}.game_date"),
                format!("    AND {STORE}.player_lookup = {candidates}.player_lookup"),
            ]
        };
        self.store_columns().next().map(|_| join()).unwrap_or_default()
    }

    fn of_signals(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut of_filters = Needs::default();
        self.filters.iter().flat_map(|(_, of)| &of.0).for_each(|of| of_filters.add(&of.needs));
        let mut all = of_filters.clone();
        self.signals.iter().flat_map(|(_, of)| &of.0).for_each(|of| all.add(&of.needs));
        // The score is made of it.
        of_filters.columns.insert("edge_points".to_owned());
        all.columns.insert("edge_points".to_owned());
        let known = |column: &&String| is_of_candidate(column) && !CARRIED.contains(&column.as_str());
        let columns = |needs: &Needs, of: &dyn Fn(&str) -> String| {
            needs.columns.iter().filter(known).map(|column| of(column)).collect::<Vec<_>>()
        };
        let several = |of_signals: bool| {
            let signals = self.signals.iter().filter(|(_, of)| of_signals && of.are_several());
            let filters = self.filters.iter().filter(|(_, of)| of.are_several());
            let signals = signals.map(|(name, _)| variant("signal", name));
            signals.chain(filters.map(|(name, _)| variant("filter", name))).collect::<Vec<_>>()
        };
        let limits = || {
            let of = |(name, of): &(String, Variants<FilterSql>)| {
                let limits = of.0.iter().filter_map(|of| of.limit.clone());
                limits.map(|(column, parameter)| (asks(name), column, parameter)).collect::<BTreeSet<_>>()
            };
            self.filters.iter().flat_map(of)
        };
        // A filter without a threshold that could be NULL.
        let is_without = |of: &&FilterSql| of.limit.is_none();
        let without = || self.filters.iter().filter(|(_, of)| of.0.iter().any(|of| is_without(&of)));
        let asked = || without().map(|(name, _)| asks(name));
        let stated = |needs: &Needs, of_signals: bool| {
            let own = needs.parameters.iter().map(|name| format!("versions.{} AS \"{SET}{name}\"", quote(name)));
            let rest = several(of_signals).into_iter().chain(asked());
            let rest = rest.map(|name| format!("versions.{}", quote(&name)));
            let limit = |(asks, column, parameter): (String, String, String)| {
                let [asks, column, parameter] = [asks, column, parameter].map(|name| quote(&name));
                format!("CASE WHEN versions.{asks} THEN versions.{parameter} END AS {column}")
            };
            own.chain(rest).chain(limits().map(limit)).collect::<Vec<_>>()
        };
        let kept = |needs: &Needs| {
            let own = needs.parameters.iter().map(|name| format!("\"{SET}{name}\""));
            let rest = several(false).into_iter().chain(asked()).chain(limits().map(|(_, column, _)| column));
            own.chain(rest.map(|name| quote(&name))).collect::<Vec<_>>()
        };
        let field = |name: &String, sql: String| format!("'{name}', {sql}");
        let qualifies = self
            .signals
            .iter()
            .map(|(name, of)| field(name, of.choose(&quote(&variant("signal", name)), |_, of| of.when.clone())));
        let confidences = self.signals.iter().map(|(name, of)| {
            let sql = of.choose(&quote(&variant("signal", name)), |_, of| of.confidence.clone());
            field(name, format!("CASE WHEN qualifies['{name}'] THEN {sql} END"))
        });
        vec![
            (
                "facts_of_definitions() AS generated",
                [columns(&all, &|column| self.column(column)), stated(&all, true)].concat(),
            ),
            (JOINS, self.relations_beside()),
            ("what_qualifies()", qualifies.collect()),
            ("facts_of_filters() AS generated", [columns(&of_filters, &quote), kept(&of_filters)].concat()),
            ("how_strongly()", confidences.collect()),
        ]
    }

    /// A column of candidates in `facts`: NULL where a relation of its own has it and no version asks for it.
    fn column(&self, name: &str) -> String {
        match (beside(name), column(name)) {
            (Some(relation), _) if self.asked.contains(name) => format!("{relation}.{}", quote(name)),
            (Some(_), Some((kind, _))) => format!("CAST(NULL AS {}) AS {}", kind.sql(), quote(name)),
            _ => format!("known.{}", quote(name)),
        }
    }

    /// The joins of the relations that have columns which the versions ask for.
    fn relations_beside(&self) -> Vec<String> {
        let is_asked = |relation: &str| self.asked.iter().filter_map(|name| beside(name)).any(|of| of == relation);
        let joins = BESIDE.iter().filter(|(relation, _)| is_asked(relation)).flat_map(|(relation, set)| {
            let of_set = set.map(|set| format!("    AND {relation}.{set} = versions.{set}"));
            let join = [format!("LEFT JOIN {relation}"), format!("    ON {relation}.candidate = known.candidate")];
            join.into_iter().chain(of_set)
        });
        joins.chain(self.store_join("known")).collect()
    }

    /// The type as which the values of a filter are shown that versions define differently; none where they are of one type
    /// anyway. Each is compared as what it is.
    fn common_type(&self, variants: &Variants<FilterSql>) -> Option<&'static str> {
        if !variants.are_several() {
            return None;
        }
        let column = |name: &str| column(name).map(|(kind, _)| kind);
        let parameter = |name: &str| {
            let of_range = || name.strip_suffix(".low").or_else(|| name.strip_suffix(".high"));
            let known = self.parameters.get(name).or_else(|| self.parameters.get(of_range()?));
            known.map(|known| known.kind.values())
        };
        let names = Names { columns: &column, parameters: &parameter };
        let kind = |of: &FilterSql| ensure_scalar(of.judged.as_ref()?, &names).ok().flatten();
        let kinds: Vec<Option<Kind>> = variants.0.iter().map(kind).collect();
        let all = |wanted: &dyn Fn(Kind) -> bool| kinds.iter().all(|kind| kind.is_some_and(wanted));
        match () {
            () if all(&|kind| kind == Kind::Boolean) => None,
            () if all(&Kind::is_number) => Some("DOUBLE"),
            () => Some("VARCHAR"),
        }
    }

    fn of_verdicts(&self) -> Vec<(&'static str, Vec<String>)> {
        let value = |name: &str, at: usize| quote(&format!("value {name} {at}"));
        let blocks = |name: &str| quote(&format!("blocks {name}"));
        let column = |name: &str| quote(&variant("filter", name));
        let (mut values, mut judged, mut fields) = (Vec::new(), Vec::new(), Vec::new());
        for (name, of) in &self.filters {
            let each = of.0.iter().enumerate();
            values.extend(each.map(|(at, variant)| format!("{} AS {}", variant.value, value(name, at))));
            let asks = quote(&asks(name));
            let judgement = of.choose(&column(name), |at, of| of.blocks(&value(name, at), &asks));
            judged.push(format!("{judgement} AS {}", blocks(name)));
            let shown_as = self.common_type(of);
            let cast = |sql: String| match shown_as {
                Some(kind) => format!("CAST({sql} AS {kind})"),
                None => sql,
            };
            let shown = of.choose(&column(name), |at, _| cast(value(name, at)));
            let threshold = of.choose(&column(name), |_, of| cast(of.threshold.clone()));
            fields.push(format!(
                "'{name}', named_struct('value', {shown}, 'threshold', {threshold}, 'blocks', {})",
                blocks(name)
            ));
        }
        let passes = |of_tags: bool| {
            let of_kind = move |of: &&FilterSql| of.looks_at_tags == of_tags && !of.is_observed;
            let conditions: Vec<String> = self
                .filters
                .iter()
                .filter(|(_, of)| of.0.iter().any(|of| of_kind(&of)))
                .map(|(name, of)| match of.0.as_slice() {
                    [_] => format!("NOT {}", blocks(name)),
                    several => {
                        let counted = several.iter().enumerate().filter(|(_, of)| of_kind(of));
                        let counted: Vec<String> = counted.map(|(at, _)| at.to_string()).collect();
                        let is_counted = format!("coalesce({} IN ({}), FALSE)", column(name), counted.join(", "));
                        format!("NOT ({} AND {is_counted})", blocks(name))
                    }
                })
                .collect();
            if conditions.is_empty() { vec!["TRUE".to_owned()] } else { vec![conditions.join(" AND ")] }
        };
        vec![
            ("what_filters_compare() AS generated", values),
            ("what_filters_say() AS generated", judged),
            ("filters_in_full()", fields),
            ("passes_filters_of_candidates()", passes(false)),
            ("passes_filters_of_tags()", passes(true)),
        ]
    }
}
