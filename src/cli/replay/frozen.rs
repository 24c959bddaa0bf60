//! `reslate replay --frozen`: deciding by a frozen decision alone, and comparing with it.

use std::path::Path;

use super::write;
use crate::cli::output::{Format, Out, note, say};
use crate::cli::select::Policy;
use crate::cli::style::ERROR;
use crate::cli::{Exit, Location};
use crate::error::Result;
use crate::freeze::{Change, Difference, Frozen};

pub async fn run(file: &Path, policy: &Policy, location: &Location, format: Format, out: &Out) -> Result<Exit> {
    let frozen = Frozen::open(file)?;
    let others = policy.instead_of(frozen.version()?)?;
    let is_other = others.is_some();
    let thawed = frozen.replay(file, others).await?;
    location.reads(vec![("", thawed.snapshot.ledgers())]);
    write(&thawed.replay, &thawed.snapshot, false, format, out).await?;
    let differences = frozen.differences(&thawed).await?;
    if is_other {
        note(against(&frozen, &differences));
        return Ok(Exit::Done);
    }
    if differences.is_empty() {
        note(format!("as frozen, decided by {} alone", file.display()));
        return Ok(Exit::Done);
    }
    for difference in &differences {
        say(ERROR, "differs:", difference);
    }
    let (then, now) = (&frozen.head().reslate, env!("CARGO_PKG_VERSION"));
    note(format!("{} was frozen by reslate {then}; this is reslate {now}", file.display()));
    Ok(Exit::Differs)
}

/// How the picks of another version compare with those that were frozen.
fn against(frozen: &Frozen, differences: &[Difference]) -> String {
    let count = |change| {
        differences.iter().filter(|difference| difference.is_of_picks(change) && difference.field.is_none()).count()
    };
    let (gone, new) = (count(Change::Gone), count(Change::New));
    let kept = frozen.picks().saturating_sub(gone);
    format!(
        "{} was frozen: of its {} picks {kept} kept and {gone} gone, {new} new",
        frozen.head().version,
        frozen.picks()
    )
}
