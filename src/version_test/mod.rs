//! Testing a version: what a person wants to know before trusting an idea.
//!
//! What the version has that the one it extends has not, and how often each of it fires or blocks and wins
//! ([`effects`](SignalEffect)); what it picks otherwise ([`crate::compare`]); and that none of it sees the future
//! ([`LookAhead`]).

mod effects;
mod look_ahead;
mod notes;
mod world;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use effects::{FilterEffect, LikeThem, SignalEffect, Status};
pub use look_ahead::{Leak, LeakedPart, LookAhead, PartOf, Scrambled, Seen, spread};

use crate::audit::Tally;
use crate::compare::{CompareRequest, Contender, Pair, compare};
use crate::count::count;
use crate::dates::Day;
use crate::error::{Error, RequestError, Result};
use crate::formats::SCHEMA_VERSION;
use crate::grade::Odds;
use crate::replay::{self, Dates, Replay};
use crate::snapshot::Snapshot;
use crate::stats::Bootstrap;
use crate::version::Version;
use effects::Effects;

/// What a test is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    pub version: Version,
    /// The version that it is held against: the one it extends; none for the first of all.
    pub parent: Option<Version>,
    pub dates: Dates,
    /// On how many slates it is tested that it cannot see the future; all where there are fewer.
    pub slates: usize,
    pub bootstrap: Bootstrap,
}

/// What is to be known of a version before trusting it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionTest {
    pub schema_version: u32,
    pub version: String,
    /// The version that it extends; null for the first of all.
    pub extends: Option<String>,
    pub from: Day,
    pub to: Day,
    pub slates: u64,
    pub candidates: Tally,
    pub picks: Tally,
    /// What has no effect, is defined anew, never fires or cannot be said, and why.
    pub notes: Vec<String>,
    /// The signals that the version it extends has not, or otherwise; in the version's order.
    pub signals: Vec<SignalEffect>,
    /// The filters, likewise.
    pub filters: Vec<FilterEffect>,
    /// What it picks otherwise than the version it extends; null where there is nothing to compare.
    pub comparison: Option<Pair>,
    pub look_ahead: LookAhead,
    /// What in the rows that were read breaks the contract, and so may not have counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl VersionTest {
    /// Whether a decision of the version sees the future.
    pub fn sees_the_future(&self) -> bool {
        !self.look_ahead.leaks.is_empty()
    }
}

/// Tests a version. `progress` hears how many slates were decided with the future scrambled, and of how many.
///
/// # Errors
/// No slates, or data that breaks the contract.
pub async fn test(
    snapshot: &Snapshot,
    request: &Request,
    mut progress: impl FnMut(usize, usize),
) -> Result<VersionTest> {
    let Request { version, parent, dates, slates, bootstrap } = request;
    let replay = Replay::open(snapshot, replay::Request::new(*dates, version.clone())).await?;
    replay.ensure_chosen_champions_predicted().await?;
    let effects = Effects::of(&replay, version, parent.as_ref()).await?;
    let mut notes = notes::of_version(version);
    notes.extend(notes::of_effects(snapshot, &replay, version, &effects).await?);
    let comparison = match parent {
        Some(parent) => {
            let contenders = [parent, version].map(|of| Contender::new(&of.id, vec![of.clone()])).to_vec();
            let (dates, bootstrap) = (*dates, *bootstrap);
            let request = CompareRequest { contenders, dates, as_of: None, odds: Odds::STANDARD, bootstrap };
            match compare(snapshot, &request).await {
                Ok(mut comparison) => comparison.pairs.pop(),
                Err(error @ Error::Request(RequestError::NothingToCompare { .. })) => {
                    notes.push(error.to_string());
                    None
                }
                Err(error) => return Err(error),
            }
        }
        None => None,
    };
    let dates: Vec<_> = replay.slates.iter().map(|slate| slate.game_date).collect();
    // Of a slate without candidates there is nothing to tell.
    let with_candidates: Vec<_> = dates.iter().copied().filter(|date| effects.dates.contains(date)).collect();
    let tested = spread(if with_candidates.is_empty() { &dates } else { &with_candidates }, *slates);
    progress(0, tested.len());
    let look_ahead = look_ahead::look_ahead(snapshot, version, &tested, |done| progress(done, tested.len())).await?;
    let Effects { candidates, picks, signals, filters, .. } = effects;
    Ok(VersionTest {
        schema_version: SCHEMA_VERSION,
        version: version.id.clone(),
        extends: parent.as_ref().map(|parent| parent.id.clone()),
        from: Day(dates[0]),
        to: Day(dates[dates.len() - 1]),
        slates: count(dates.len()),
        candidates,
        picks,
        notes,
        signals,
        filters,
        comparison,
        look_ahead,
        warnings: replay.engine.ledgers().said(),
    })
}
