//! What deserves to be said of a version before its numbers: what has no effect, is defined anew, or never fires and why.

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;

use super::effects::Effects;
use crate::count::counted;
use crate::definition::{Expression, SET, TagSets, is_of_candidate};
use crate::error::Result;
use crate::explain::{Missing, as_written};
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::sql;
use crate::version::Version;
use crate::version::catalogue::{Catalogue, catalogue};

/// What its file and settings say without effect, and which shipped names it defines anew.
pub fn of_version(version: &Version) -> Vec<String> {
    let (own, shipped) = (&version.catalogue, catalogue());
    let mut notes = version.idle_settings();
    let defined = &version.provenance.defined;
    let signals = shipped.signals.keys().filter(|name| defined.contains(*name)).map(|name| ("signal", name));
    let filters = shipped.filters.keys().filter(|name| defined.contains(*name)).map(|name| ("filter", name));
    let anew = signals.chain(filters);
    notes
        .extend(anew.map(|(what, name)| format!("{name} is the name of a shipped {what}, which is defined anew here")));
    notes.extend(uncounted(own, shipped));
    notes
}

/// The sets of tags of a user's file that nothing counts.
fn uncounted<'a>(own: &'a Catalogue, shipped: &'a Catalogue) -> impl Iterator<Item = String> + 'a {
    let is_counted = |set: &String| {
        own.filters.values().any(|filter| filter.tags.contains_key(set))
            || own.signals.values().any(|signal| signal.tags.contains_key(set))
            || own.scores.values().any(|score| score.tags.contains_key(set))
    };
    let sets = own.tags.keys().filter(move |set| !shipped.tags.contains_key(*set) && !is_counted(set));
    sets.map(|set| format!("the set of tags {set} has no effect: nothing counts it"))
}

/// What of a version's own definitions never comes to anything over the slates of a replay, and why.
///
/// # Errors
/// Data that breaks the contract.
pub async fn of_effects(
    snapshot: &Snapshot,
    replay: &Replay,
    version: &Version,
    effects: &Effects,
) -> Result<Vec<String>> {
    let all = effects.candidates;
    if all.count == 0 {
        return Ok(vec!["no slate has a candidate, so nothing can be said of what fires or blocks".to_owned()]);
    }
    let mut notes = Vec::new();
    if all.record.decided() == 0 {
        notes.push("no candidate has a result, so nothing can be said of hit rates".to_owned());
    }
    let asked = Asked { snapshot, replay, version, candidates: counted(all.count, "candidate") };
    for effect in effects.signals.iter().filter(|effect| effect.candidates.count == 0) {
        let Some(signal) = version.catalogue.signals.get(&effect.signal) else { continue };
        let why = match asked.why_nothing(&effect.signal, &[&signal.when]).await? {
            Some(why) => why,
            None => "its conditions never hold together".to_owned(),
        };
        notes.push(format!("{} fires on none of {}: {why}", effect.signal, asked.candidates));
    }
    for effect in effects.filters.iter().filter(|effect| effect.any.count == 0) {
        let Some(filter) = version.catalogue.filters.get(&effect.filter) else { continue };
        let judged: Vec<&Expression> = filter.value.iter().chain(&filter.when).collect();
        let why = asked.why_nothing(&effect.filter, &judged).await?.map(|why| format!(": {why}")).unwrap_or_default();
        notes.push(format!("{} blocks none of {}{why}", effect.filter, asked.candidates));
    }
    Ok(notes)
}

/// What is asked why nothing came of it.
struct Asked<'a> {
    snapshot: &'a Snapshot,
    replay: &'a Replay,
    version: &'a Version,
    candidates: String,
}

/// What an expression needs to come to anything.
enum Need {
    /// A column of the candidate.
    Column(String),
    /// A threshold.
    Parameter(String),
    /// A part of its conjunction, as it is written.
    Part(String),
}

impl Asked<'_> {
    /// What of the expressions of the definition called `name` no candidate has: a column or threshold that is NULL
    /// everywhere, else a part that never holds.
    async fn why_nothing(&self, name: &str, expressions: &[&Expression]) -> Result<Option<String>> {
        let mut needs: Vec<(Need, String)> = Vec::new();
        for column in expressions.iter().flat_map(|of| of.columns()).filter(|column| is_of_candidate(column)) {
            needs.push((Need::Column(column.clone()), format!("count(\"{column}\")")));
        }
        for parameter in expressions.iter().flat_map(|of| of.parameters()) {
            needs.push((Need::Parameter(parameter.clone()), format!("count(\"{SET}{parameter}\")")));
        }
        for expression in expressions.iter().filter(|of| !of.looks_at_tags()) {
            let parts = expression.conjuncts(&TagSets::new());
            let is_boolean = parts.len() > 1 || parts.iter().any(|part| part.comparison.is_some());
            for part in parts.into_iter().filter(|_| is_boolean) {
                let written = as_written(&part.text, name);
                needs.push((Need::Part(written), format!("count(*) FILTER (WHERE CAST(({}) AS BOOLEAN))", part.sql)));
            }
        }
        let counts = self.counts(&needs).await?;
        let unmet = needs.into_iter().zip(counts).find(|(_, count)| *count == 0);
        let Some(((need, _), _)) = unmet else { return Ok(None) };
        Ok(Some(match need {
            Need::Column(column) => {
                let missing = Missing::of(self.snapshot, std::slice::from_ref(self.version)).await?.of_column(&column);
                let missing = missing.map(|missing| format!(" ({missing})")).unwrap_or_default();
                format!("{column} is NULL on all of them{missing}")
            }
            Need::Parameter(parameter) => format!("{parameter} is off"),
            Need::Part(part) => format!("{part} holds on none of them"),
        }))
    }

    /// How many candidates have each of what is needed.
    async fn counts(&self, needs: &[(Need, String)]) -> Result<Vec<i64>> {
        if needs.is_empty() {
            return Ok(Vec::new());
        }
        let columns = needs.iter().enumerate().map(|(at, (_, sql))| format!("{sql} AS \"need {at}\""));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let condition = format!("version = {}", sql::text(&self.version.id));
        let Some(sql) = self.replay.engine.over_facts(&columns, &condition) else { return Ok(Vec::new()) };
        let found = self.replay.engine.query(&sql).await?;
        let count = |row: &RecordBatch, at: usize| row.column(at).as_primitive::<Int64Type>().value(0);
        let row = found.iter().find(|batch| batch.num_rows() > 0);
        Ok(row.map(|row| (0..needs.len()).map(|at| count(row, at)).collect()).unwrap_or_default())
    }
}
