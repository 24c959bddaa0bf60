//! Comparing versions over the same slates: what each picked, where they part, and whether the difference is more than luck.

mod contender;
mod diverge;
mod pair;
mod picks;

pub use contender::{Contender, ContenderResult};
pub use diverge::{Change, Difference};
pub use pair::{Flipped, Pair, StepCount};
pub use picks::Bet;
pub(crate) use picks::read as bets_of;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::count;
use crate::dates::Day;
use crate::engine::AsOf;
use crate::error::{Error, RequestError, Result};
use crate::formats::{SCHEMA_VERSION, rows};
use crate::grade::{Odds, Record};
use crate::replay::{Dates, Replay, Request};
use crate::snapshot::Snapshot;
use crate::stats::{Bootstrap, Estimate, SlatePair, holm};
use crate::version::Version;

/// The request of a comparison.
#[derive(Debug, Clone)]
pub struct CompareRequest {
    /// Two or more, each of another name; the others are compared with the first.
    pub contenders: Vec<Contender>,
    pub dates: Dates,
    pub as_of: Option<AsOf>,
    pub odds: Odds,
    pub bootstrap: Bootstrap,
}

/// How versions did on the same slates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    pub schema_version: u32,
    pub from: Day,
    pub to: Day,
    /// Compared slates.
    pub slates: u64,
    /// American odds.
    pub odds: String,
    /// Slates that are not compared, since one of the versions lacks an input there.
    pub left_out: Vec<LeftOut>,
    pub versions: Vec<ContenderResult>,
    /// Each later version against the first.
    pub pairs: Vec<Pair>,
    /// What in the rows that were read breaks the contract, and so may not have counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A slate that is not compared, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    pub date: Day,
    pub version: String,
    pub missing: String,
}

impl Comparison {
    /// Whether any pick differs.
    pub fn differs(&self) -> bool {
        self.pairs.iter().any(|pair| !pair.differences.is_empty())
    }
}

#[derive(Deserialize)]
struct Missing {
    version: String,
    game_date: Day,
    missing: String,
}

#[derive(Deserialize)]
struct Counted {
    version: String,
    game_date: Day,
    candidates: u64,
}

/// A comparison with what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    pub comparison: Comparison,
    /// The compared slates, ascending.
    pub slates: Vec<NaiveDate>,
    /// By contender, in the order asked for, the record of each slate.
    pub records: Vec<Vec<Record>>,
    /// What goes amiss with the versions' own definitions, a line each.
    pub amiss: Vec<String>,
}

impl Compared {
    /// How the first contender and another one did on each slate: what is drawn from.
    pub fn slate_pairs(&self, other: usize, odds: Odds) -> Vec<SlatePair> {
        let sides = self.records.first().zip(self.records.get(other));
        let pairs = sides.into_iter().flat_map(|(a, b)| a.iter().zip(b));
        pairs.map(|(a, b)| pair::slate_pair([*a, *b], odds)).collect()
    }
}

/// Compares versions.
///
/// # Errors
/// As for [`compared`].
pub async fn compare(snapshot: &Snapshot, request: &CompareRequest) -> Result<Comparison> {
    Ok(compared(snapshot, request).await?.comparison)
}

/// Compares versions, and keeps how each did on each slate.
///
/// # Errors
/// Fewer than two versions, one of them twice, no slates, no slate on which all of them have their inputs, or data that
/// breaks the contract.
pub async fn compared(snapshot: &Snapshot, request: &CompareRequest) -> Result<Compared> {
    ensure_distinct(&request.contenders)?;
    let versions = request.contenders.iter().flat_map(|contender| contender.versions().cloned()).collect();
    let replayed_by = Request {
        dates: request.dates,
        versions,
        as_of: request.as_of,
        subset_version: None,
        partitions: None,
        memory: None,
    };
    let later: Vec<Version> =
        request.contenders.iter().skip(1).flat_map(|other| diverge::hybrids(&request.contenders[0], other)).collect();
    let mut replay = Replay::open_for(snapshot, replayed_by, &later).await?;
    replay.compute(&["picks", "slate_candidates", "missing_inputs"]).await?;
    let contenders: Vec<Contender> =
        request.contenders.iter().map(|contender| contender.as_decided(&replay.versions)).collect();
    let name_of = |version: &str| {
        let found = request.contenders.iter().position(|contender| contender.has(version));
        found.ok_or_else(|| Error::Engine(format!("picks has a version nobody asked for: {version}").into()))
    };
    let missing = "SELECT version, game_date, missing FROM missing_inputs ORDER BY game_date, version, missing";
    let missing: Vec<Missing> = rows(&replay.engine.query(missing).await?)?;
    let left_out = missing
        .into_iter()
        .map(|row| {
            let version = request.contenders[name_of(&row.version)?].name.clone();
            Ok(LeftOut { date: row.game_date, version, missing: row.missing })
        })
        .collect::<Result<Vec<_>>>()?;
    let excluded: BTreeSet<NaiveDate> = left_out.iter().map(|slate| slate.date.0).collect();
    let slates: Vec<NaiveDate> =
        replay.slates.iter().map(|slate| slate.game_date).filter(|date| !excluded.contains(date)).collect();
    let (Some(first), Some(last)) = (slates.first(), slates.last()) else {
        let why = left_out.first().map(|slate| format!("{} has {} on {}", slate.version, slate.missing, slate.date.0));
        return Err(RequestError::NothingToCompare { slates: excluded.len(), example: why.unwrap_or_default() }.into());
    };
    let counts = "SELECT d.version, d.game_date, c.candidates FROM slate_versions AS d \
                  JOIN params AS p ON p.version = d.version \
                  JOIN slate_candidates AS c ON c.candidate_set = p.candidate_set AND c.game_date = d.game_date";
    let mut candidates = vec![0; request.contenders.len()];
    for row in rows::<Counted>(&replay.engine.query(counts).await?)? {
        if !excluded.contains(&row.game_date.0) {
            candidates[name_of(&row.version)?] += row.candidates;
        }
    }
    let mut amiss = Vec::new();
    for (version, said) in replay.amiss().await? {
        amiss.push(format!("{}: {said}", request.contenders[name_of(&version)?].name));
    }
    let mut picks: Vec<BTreeMap<NaiveDate, Vec<Bet>>> = vec![BTreeMap::new(); request.contenders.len()];
    for (version, bet) in picks::read(&replay).await? {
        if !excluded.contains(&bet.date.0) {
            picks[name_of(&version)?].entry(bet.date.0).or_default().push(bet);
        }
    }
    let results = request.contenders.iter().zip(&picks).zip(candidates);
    let results = results.map(|((contender, picks), candidates)| {
        ContenderResult::of(contender, candidates, &slates, picks, request.odds)
    });
    let versions = results.collect();
    let record_of =
        |picks: &BTreeMap<NaiveDate, Vec<Bet>>, date| picks.get(date).map(picks::record).unwrap_or_default();
    let records = picks.iter().map(|picks| slates.iter().map(|date| record_of(picks, date)).collect()).collect();
    let sides: Vec<_> =
        contenders.iter().zip(&picks).skip(1).map(|other| [(&contenders[0], &picks[0]), other]).collect();
    let differences = diverge::differences(&mut replay, &sides).await?;
    let pairs = sides.into_iter().zip(differences);
    let mut pairs: Vec<Pair> =
        pairs.map(|(sides, differences)| Pair::of(sides, &slates, differences, request)).collect();
    adjust(&mut pairs);
    let comparison = Comparison {
        schema_version: SCHEMA_VERSION,
        from: Day(*first),
        to: Day(*last),
        slates: count(slates.len()),
        odds: request.odds.to_string(),
        left_out,
        versions,
        pairs,
        warnings: [replay.engine.ledgers().said(), amiss.clone()].concat(),
    };
    Ok(Compared { comparison, slates, records, amiss })
}

fn ensure_distinct(contenders: &[Contender]) -> Result<()> {
    for (at, contender) in contenders.iter().enumerate() {
        if contenders[..at].iter().any(|earlier| earlier.name == contender.name) {
            return Err(Error::Request(RequestError::BadArgument {
                what: "version",
                value: contender.name.clone(),
                reason: "is given twice; give two files ids of their own (id = \"...\")".to_owned(),
            }));
        }
    }
    if contenders.len() < 2 {
        return Err(Error::Request(RequestError::BadArgument {
            what: "version",
            value: contenders.first().map(|contender| contender.name.clone()).unwrap_or_default(),
            reason: "is the only one; give at least two to compare".to_owned(),
        }));
    }
    Ok(())
}

/// Adjusts the p-values of several pairs (Holm), each measure for itself.
fn adjust(pairs: &mut [Pair]) {
    if pairs.len() < 2 {
        return;
    }
    let measures: [fn(&mut Pair) -> Option<&mut Estimate>; 2] =
        [|pair| pair.units.as_mut(), |pair| pair.hit_rate.as_mut()];
    for measure in measures {
        let mut estimates: Vec<_> = pairs.iter_mut().filter_map(measure).collect();
        let p: Vec<f64> = estimates.iter().map(|estimate| estimate.p).collect();
        for (estimate, adjusted) in estimates.iter_mut().zip(holm(&p)) {
            estimate.p_adjusted = Some(adjusted);
        }
    }
}
