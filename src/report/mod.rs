//! Reports to look at: one page from one value, without anything else that a browser would have to fetch.
//!
//! A [`Page`] is all that a page shows. [`html`] puts it into a file of its own; whoever serves it may hand the page
//! another one later (`reslate.render(page)` in the browser), and the charts move to it.

mod compare;
mod page;
mod replay;
mod tune;

pub use compare::{ComparePage, Curve, Distribution, PairPage, compare};
pub use page::{POLICY, html, live_html};
pub use replay::{FunnelBar, GroupsBy, ReplayOutline, ReplayPage, SignalBar, Slates, outline, replay};
pub use tune::{Heatmap, TunePage, tune};

use serde::Serialize;

use crate::grade::{Odds, Record};
use crate::snapshot::{Origin, Snapshot};

/// What a page shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Page {
    Replay(Box<ReplayPage>),
    Compare(Box<ComparePage>),
    Tune(Box<TunePage>),
}

impl Page {
    /// What the page is called.
    pub fn title(&self) -> String {
        match self {
            Page::Replay(page) => format!("{}, {} to {}", page.version, page.from.0, page.to.0),
            Page::Compare(page) => {
                let versions: Vec<&str> = page.versions.iter().map(|version| version.version.as_str()).collect();
                format!("{}, {} to {}", versions.join(", "), page.from.0, page.to.0)
            }
            Page::Tune(page) => format!("{} tuned, {} to {}", page.tuned.version, page.tuned.from.0, page.tuned.to.0),
        }
    }
}

/// Which rows a page is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageSource {
    /// The snapshot's name: no path, since pages are handed on.
    pub name: String,
    /// Its id; null for a plain folder.
    pub id: Option<String>,
    /// When it was pulled (RFC 3339, UTC); null for a plain folder, which does not say.
    pub pulled_at: Option<String>,
    /// Whether the data are invented.
    pub is_demo: bool,
}

impl PageSource {
    fn of(snapshot: &Snapshot) -> PageSource {
        let name = match snapshot.origin() {
            Origin::Demo => snapshot.origin().to_string(),
            Origin::Folder(path) | Origin::Frozen(path) => {
                let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                whole.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
            }
        };
        let pulled_at = snapshot.pulled_at();
        PageSource {
            name,
            id: snapshot.manifest().map(|manifest| manifest.id.clone()),
            pulled_at: pulled_at.map(|moment| moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            is_demo: *snapshot.origin() == Origin::Demo,
        }
    }
}

/// The hit rate at which nothing is won or lost, in percent.
fn break_even(odds: Odds) -> f64 {
    100.0 / (1.0 + odds.win_pays())
}

/// The running total of units after each slate, and how far it then is below its highest point so far.
fn running(records: &[Record], odds: Odds) -> (Vec<f64>, Vec<f64>) {
    let (mut whole, mut peak) = (Record::default(), 0.0_f64);
    let after = records.iter().map(|record| {
        whole.add(*record);
        // Of all records at once, so that sums do not drift.
        let total = whole.units_at(odds);
        peak = peak.max(total);
        (total, peak - total)
    });
    after.unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_total_falls_from_its_peak() {
        let record = |wins, losses| Record { wins, losses, ..Record::default() };
        let (totals, falls) = running(&[record(0, 1), record(3, 0), record(0, 2)], "+100".parse().unwrap());
        assert_eq!((totals, falls), (vec![-1.0, 2.0, 0.0], vec![1.0, 0.0, 2.0]));
    }

    #[test]
    fn what_a_win_pays_says_how_many_must_be_won() {
        assert!((break_even(Odds::STANDARD) - 52.380_952).abs() < 1e-6);
        assert!((break_even("+100".parse().unwrap()) - 50.0).abs() < 1e-12);
    }
}
