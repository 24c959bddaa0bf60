//! Whether a decision can see the future: slates are decided again in a world in which everything that they may not know
//! came otherwise.
//!
//! What a candidate is decided by counts beside what is decided, so that a leak is seen though it turned nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::world::{Change, Dated, KEYS, World};
use crate::count::count;
use crate::dates::Day;
use crate::document::documents;
use crate::engine::Engine;
use crate::engine::slates::slates_on;
use crate::error::{Error, Result};
use crate::replay::{Dates, Replay, Request};
use crate::snapshot::Snapshot;
use crate::version::Version;

/// What came of deciding again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookAhead {
    /// The slates that were decided again, ascending.
    pub slates: Vec<Day>,
    /// How many of them are decided the same to the byte.
    pub held: u64,
    /// Those of which the snapshot has nothing that they may not know, so that nothing could be told of them.
    pub without_future: Vec<Day>,
    /// The tables that were read and came otherwise.
    pub scrambled: Vec<Scrambled>,
    /// The slates that are decided otherwise, ascending.
    pub leaks: Vec<Leak>,
    /// What the first of them sees: each table whose rows alone make it decide otherwise.
    pub seen: Vec<Seen>,
}

/// A table of which rows came otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scrambled {
    pub table: String,
    /// All slates together.
    pub rows: u64,
}

/// A slate that is decided otherwise when what it may not know comes otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leak {
    pub date: Day,
    /// The player_lookup of those whose candidates differ, ascending.
    pub players: Vec<String>,
    /// What differs, inputs first.
    pub parts: Vec<LeakedPart>,
}

/// What differs between two decisions about a slate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeakedPart {
    pub of: PartOf,
    /// A column, an entry of one such as `filters.edge_floor`, or a section of the document.
    pub part: String,
    /// How many candidates differ in it; 1 of a document.
    pub count: u64,
    /// Whose the example is; null of a document.
    pub player_lookup: Option<String>,
    /// As the snapshot has it.
    pub known: String,
    /// As it is with the future scrambled.
    pub scrambled: String,
}

/// What a part belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PartOf {
    /// What is known of a candidate before anything is decided.
    Input,
    /// What is decided about a candidate.
    Decision,
    /// The decision document.
    Document,
}

/// A table that a decision sees more of than it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    pub table: String,
    /// The columns that alone make the difference; none where no single one does.
    pub columns: Vec<String>,
    /// Whether rows of the slate's own date alone do.
    pub on_the_slate: bool,
    /// Whether rows of later dates alone do.
    pub later: bool,
}

/// So many of the slates, spread evenly from the first to the last; all where there are no more.
pub fn spread(slates: &[NaiveDate], wanted: usize) -> Vec<NaiveDate> {
    match (slates.len(), wanted) {
        (_, 0) => Vec::new(),
        (all, wanted) if wanted >= all => slates.to_vec(),
        (all, 1) => vec![slates[all / 2]],
        (all, wanted) => (0..wanted).map(|at| slates[at * (all - 1) / (wanted - 1)]).collect(),
    }
}

/// Decides each of `slates` (ascending) by `version`, as the snapshot is and with everything scrambled that the slate may
/// not know. `progress` hears how many were decided again.
///
/// As the snapshot is they are decided all at once, as a season is replayed; again each beside the last one alone. So what
/// reaches from one slate of a question to another is seen, too.
///
/// # Errors
/// Data that breaks the contract.
pub async fn look_ahead(
    snapshot: &Snapshot,
    version: &Version,
    slates: &[NaiveDate],
    mut progress: impl FnMut(usize),
) -> Result<LookAhead> {
    let mut test = Test::open(snapshot, version, slates).await?;
    let known = test.decided().await?;
    let (mut held, mut without_future, mut leaks) = (0, Vec::new(), Vec::new());
    let mut scrambled = BTreeMap::new();
    for (at, slate) in slates.iter().enumerate() {
        let leak = test.leak(&known, Change::of_everything(*slate)).await?;
        let met = test.world.met();
        match (met.is_empty(), &leak) {
            (true, _) => without_future.push(Day(*slate)),
            (false, None) => held += 1,
            (false, Some(_)) => {}
        }
        for (table, met) in met {
            *scrambled.entry(table).or_default() += count(met.rows);
        }
        leaks.extend(leak);
        progress(at + 1);
    }
    let seen = match leaks.first() {
        Some(Leak { date, .. }) => test.seen(date.0).await?,
        None => Vec::new(),
    };
    Ok(LookAhead {
        held,
        slates: slates.iter().copied().map(Day).collect(),
        without_future,
        scrambled: scrambled.into_iter().map(|(table, rows)| Scrambled { table: table.to_owned(), rows }).collect(),
        leaks,
        seen,
    })
}

/// A replay in a world in which things may come otherwise.
struct Test<'a> {
    snapshot: &'a Snapshot,
    version: &'a Version,
    last: Option<NaiveDate>,
    world: Arc<World>,
    replay: Replay,
}

impl<'a> Test<'a> {
    async fn open(snapshot: &'a Snapshot, version: &'a Version, slates: &[NaiveDate]) -> Result<Test<'a>> {
        let world = Arc::new(World::default());
        let seen = Arc::clone(&world);
        let engine = Engine::seen_through(snapshot, Arc::new(move |table| seen.table(table)))?;
        let request = Request::new(Dates::Range { from: None, to: None }, version.clone());
        let replay = Replay::on(snapshot, engine, slates, request).await?;
        Ok(Test { snapshot, version, last: slates.last().copied(), world, replay })
    }

    /// In which parts a slate is decided otherwise than `known` has it when something comes otherwise.
    async fn leak(&mut self, known: &BTreeMap<NaiveDate, Decision>, change: Change) -> Result<Option<Leak>> {
        let slate = change.slate;
        let decided = self.again(slate, Some(change)).await?;
        let nothing = Decision::default();
        Ok(known.get(&slate).unwrap_or(&nothing).leak(decided.get(&slate).unwrap_or(&nothing), slate))
    }

    /// Decides a slate again, beside the last one.
    async fn again(&mut self, slate: NaiveDate, change: Option<Change>) -> Result<BTreeMap<NaiveDate, Decision>> {
        self.world.change(change);
        let slates: BTreeSet<NaiveDate> = [slate].into_iter().chain(self.last).collect();
        self.replay.slates = slates_on(&slates.into_iter().collect::<Vec<_>>(), None, None)?;
        self.replay.ask(vec![self.version.clone()])?;
        self.replay.engine.forget()?;
        self.decided().await
    }

    /// What of the future the slate sees, by what is decided in the same question as the snapshot is.
    async fn seen(&mut self, slate: NaiveDate) -> Result<Vec<Seen>> {
        let known = &self.again(slate, None).await?;
        self.leak(known, Change::of_everything(slate)).await?;
        let mut seen = Vec::new();
        for (table, met) in self.world.met() {
            let of_table = Change { table: Some(table), ..Change::of_everything(slate) };
            if self.leak(known, of_table.clone()).await?.is_none() {
                continue;
            }
            let mut columns = Vec::new();
            for column in met.columns.into_iter().filter(|column| !KEYS.contains(&column.as_str())) {
                let of_column = Change { column: Some(column.clone()), ..of_table.clone() };
                if self.leak(known, of_column).await?.is_some() {
                    columns.push(column);
                }
            }
            let mut is_seen = [false; 2];
            for (is_seen, dated) in is_seen.iter_mut().zip([Dated::OnTheSlate, Dated::Later]) {
                *is_seen = self.leak(known, Change { dated, ..of_table.clone() }).await?.is_some();
            }
            let [on_the_slate, later] = is_seen;
            seen.push(Seen { table: table.to_owned(), columns, on_the_slate, later });
        }
        Ok(seen)
    }

    /// The decisions about the slates of the question, by date.
    async fn decided(&self) -> Result<BTreeMap<NaiveDate, Decision>> {
        let mut decisions = BTreeMap::<NaiveDate, Decision>::new();
        for document in documents(&self.replay, self.snapshot).await? {
            let Value::Object(sections) = serde_json::to_value(&document).map_err(Error::Json)? else { continue };
            let sections = sections.into_iter().map(|(name, section)| (name, section.to_string()));
            decisions.entry(document.date.0).or_default().document = sections.collect();
        }
        let engine = &self.replay.engine;
        let mut queries = vec![(PartOf::Decision, "SELECT * FROM decisions".to_owned())];
        queries.extend(engine.over_facts("*", "TRUE").map(|sql| (PartOf::Input, sql)));
        for (of, sql) in queries {
            let mut rows = Vec::new();
            for batch in engine.query(&sql).await? {
                let texts = Texts::of(&batch, of)?;
                for row in 0..batch.num_rows() {
                    rows.push((texts.key(row)?, texts.row(row)?));
                }
            }
            // A candidate that is there twice, which is none of the pipeline's, is there in some order.
            rows.sort_unstable();
            for ((date, candidate), texts) in rows {
                decisions.entry(date).or_default().candidates.entry(candidate).or_default().extend(texts);
            }
        }
        Ok(decisions)
    }
}

/// A decision about a slate in texts.
#[derive(Debug, Clone, Default)]
struct Decision {
    /// By section.
    document: BTreeMap<String, String>,
    /// By player and game, each in its parts.
    candidates: BTreeMap<[String; 2], Vec<(Part, String)>>,
}

/// What a text is of.
type Part = (PartOf, Arc<str>);

impl Decision {
    /// In what another decision about the same slate differs; none where it is the same.
    fn leak(&self, other: &Decision, slate: NaiveDate) -> Option<Leak> {
        let (mut players, mut parts) = (BTreeSet::new(), Vec::<LeakedPart>::new());
        let mut differ = |part: &Part, player: Option<&String>, known: &str, scrambled: &str| {
            let (of, name) = part;
            match parts.iter_mut().find(|part| part.of == *of && *part.part == **name) {
                Some(found) => found.count += 1,
                None => parts.push(LeakedPart {
                    of: *of,
                    part: name.to_string(),
                    count: 1,
                    player_lookup: player.cloned(),
                    known: known.to_owned(),
                    scrambled: scrambled.to_owned(),
                }),
            }
        };
        let whole: Part = (PartOf::Decision, "candidate".into());
        let both = self.candidates.keys().chain(other.candidates.keys()).collect::<BTreeSet<_>>();
        for key in both {
            let player = &key[0];
            match (self.candidates.get(key), other.candidates.get(key)) {
                (Some(known), Some(scrambled)) if known == scrambled => continue,
                (Some(known), Some(scrambled)) => {
                    for ((part, known), (_, scrambled)) in known.iter().zip(scrambled) {
                        if known != scrambled {
                            differ(part, Some(player), known, scrambled);
                        }
                    }
                }
                (known, scrambled) => {
                    let [known, scrambled] =
                        [known, scrambled].map(|of| if of.is_some() { "there" } else { "not there" });
                    differ(&whole, Some(player), known, scrambled);
                }
            }
            players.insert(player.clone());
        }
        let sections = self.document.keys().chain(other.document.keys()).collect::<BTreeSet<_>>();
        for section in sections {
            let [known, scrambled] = [self, other].map(|of| of.document.get(section).map_or("", String::as_str));
            if known != scrambled {
                differ(&(PartOf::Document, section.as_str().into()), None, known, scrambled);
            }
        }
        parts.sort_by_key(|part| part.of);
        (!parts.is_empty()).then(|| Leak { date: Day(slate), players: players.into_iter().collect(), parts })
    }
}

/// Columns that tell what came of a bet, or by which number something goes in one question.
const NOT_DECIDED: [&str; 7] =
    ["actual_points", "outcome", "units", "candidate", "feature_set", "consensus_set", "health_set"];

/// Columns whose fields are told apart.
const IN_FIELDS: [&str; 2] = ["filters", "signal_confidence"];

/// The rows of a batch as texts.
struct Texts<'a> {
    columns: Vec<(Part, ArrayFormatter<'a>)>,
    key: [ArrayFormatter<'a>; 3],
}

impl<'a> Texts<'a> {
    fn of(batch: &'a RecordBatch, of: PartOf) -> Result<Texts<'a>> {
        let mut columns = Vec::new();
        let text = |values: &'a ArrayRef| ArrayFormatter::try_new(values.as_ref(), &OPTIONS);
        for (field, values) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let name = field.name().as_str();
            match values.data_type() {
                _ if NOT_DECIDED.contains(&name) => {}
                DataType::Struct(fields) if IN_FIELDS.contains(&name) => {
                    for (field, values) in fields.iter().zip(values.as_struct().columns()) {
                        columns.push(((of, format!("{name}.{}", field.name()).into()), text(values)?));
                    }
                }
                _ => columns.push(((of, name.into()), text(values)?)),
            }
        }
        let column = |name: &str| {
            let values = batch.column_by_name(name);
            text(values.ok_or_else(|| Error::Engine(format!("decisions have no column {name}").into()))?)
                .map_err(Error::from)
        };
        Ok(Texts { columns, key: [column("game_date")?, column("player_lookup")?, column("game_id")?] })
    }

    /// The slate's date, and the player and game of a row.
    fn key(&self, row: usize) -> Result<(NaiveDate, [String; 2])> {
        let [date, player, game] = self.key.each_ref().map(|column| column.value(row).to_string());
        let date = date.parse().map_err(|_| Error::Engine(format!("'{date}' is no date of a slate").into()))?;
        Ok((date, [player, game]))
    }

    fn row(&self, row: usize) -> Result<Vec<(Part, String)>> {
        let text = |(part, values): &(Part, ArrayFormatter<'a>)| Ok((part.clone(), values.value(row).try_to_string()?));
        self.columns.iter().map(text).collect()
    }
}

static OPTIONS: FormatOptions<'static> = FormatOptions::new().with_null("NULL");

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn slates_are_spread_from_the_first_to_the_last() {
        let slates: Vec<NaiveDate> = (0..10).map(|day| date("2026-02-01") + chrono::TimeDelta::days(day)).collect();
        let days = |wanted| spread(&slates, wanted).iter().map(|date| date.to_string()).collect::<Vec<_>>();
        assert_eq!(days(3), ["2026-02-01", "2026-02-05", "2026-02-10"]);
        assert_eq!(days(1), ["2026-02-06"]);
        assert_eq!(spread(&slates, 10), slates);
        assert_eq!(spread(&slates, 99), slates);
        assert!(spread(&slates, 0).is_empty() && spread(&[], 3).is_empty());
    }

    fn decision(rows: &[(&str, &[&str])], health: &str) -> Decision {
        let parts: [Part; 2] = [(PartOf::Decision, "rank".into()), (PartOf::Input, "rest_days".into())];
        let row = |(player, values): &(&str, &[&str])| {
            let texts = parts.iter().cloned().zip(values.iter().map(|value| (*value).to_owned())).collect();
            ([(*player).to_owned(), "g".to_owned()], texts)
        };
        let document = BTreeMap::from([("signal_health".to_owned(), health.to_owned())]);
        Decision { document, candidates: rows.iter().map(row).collect() }
    }

    #[test]
    fn a_leak_says_who_and_what() {
        let known = decision(&[("al", &["1", "2"]), ("bo", &["2", "3"]), ("cy", &["3", "1"])], "{}");
        assert_eq!(known.leak(&known.clone(), date("2026-02-11")), None);
        let other = decision(&[("al", &["1", "2"]), ("bo", &["1", "4"]), ("di", &["3", "1"])], "{}");
        let leak = known.leak(&other, date("2026-02-11")).unwrap();
        assert_eq!(leak.players, ["bo", "cy", "di"]);
        let parts: Vec<_> = leak.parts.iter().map(|part| (part.part.as_str(), part.count)).collect();
        assert_eq!(parts, [("rest_days", 1), ("rank", 1), ("candidate", 2)]);
        assert_eq!((leak.parts[0].known.as_str(), leak.parts[0].scrambled.as_str()), ("3", "4"));
        let leak = known.leak(&Decision { document: BTreeMap::new(), ..known.clone() }, date("2026-02-11")).unwrap();
        assert_eq!((leak.players.len(), leak.parts[0].of), (0, PartOf::Document));
    }
}
