//! To which changed rows a changed pick is traced: those of the inputs in which its two decisions differ.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value as Json};

use super::change::{PickChangeKind, RowChange};
use crate::definition::{Beside, Past};
use crate::engine::{Lineage, Made};
use crate::error::Result;
use crate::snapshot::calendar::Season;
use crate::snapshot::numbered;
use crate::version::{Value, Version};

/// A kind of input of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// The predictions of the player in the game.
    Bids,
    /// The champion's earlier predictions of the player.
    EarlierLines,
    /// The champion's earlier gradings of the player.
    Gradings,
    /// The player's earlier games.
    Games,
    /// What the feature store has of the player on the slate's date.
    Store,
    /// The combo registry.
    Combos,
    /// Signal health, of which some scores are made.
    Health,
}

/// What a candidate's decision looked at, by column; a NULL is left out.
pub type Evidence = Map<String, Json>;

/// By which relations a column of `decisions` comes from an input; from games as from the source's own table.
const THROUGH: &[(Input, &[&str])] = &[
    (Input::Bids, &["bids", "consensus_members", "v12_predictions"]),
    (Input::EarlierLines, &["line_moves"]),
    (Input::Gradings, &["streak_rows", "player_records"]),
    (Input::Games, &["player_games"]),
    (Input::Store, &["book_spreads", "store_features"]),
];
/// What says of a decision that the combo registry or the signals' health decided otherwise.
const JUDGED: &[(Input, &[&str])] =
    &[(Input::Combos, &["matched_combo_id", "combo_classification"]), (Input::Health, &["composite_score"])];

/// The columns of `decisions` by the input that they are made of. One that is made of several tells nothing that its parts
/// do not, and is left out; so is what filters and signals make of them.
#[derive(Debug)]
pub struct Looked(Vec<(Input, Vec<String>)>);

impl Looked {
    /// As the queries say it where some versions are asked.
    ///
    /// # Errors
    /// A query that does not plan.
    pub async fn of_decisions(versions: &[Version]) -> Result<Looked> {
        let lineage = Lineage::by("decisions", versions).await?;
        let mut looked: BTreeMap<Input, Vec<String>> = BTreeMap::new();
        let is_feature =
            |column: &str| versions.iter().any(|version| version.features().iter().any(|of| of.name == column));
        let columns = lineage.columns().filter(|(column, made)| tells(column, made) && !is_feature(column));
        for (column, made) in columns {
            let table = |input: Input| match input {
                Input::Gradings => "prediction_accuracy",
                Input::Games => "player_game_summary",
                Input::Store => numbered::TABLE,
                _ => "player_prop_predictions",
            };
            let is_through = |relations: &[&str]| relations.iter().any(|relation| made.is_through(relation));
            let is_of = |(input, relations): &&(Input, &[&str])| {
                is_through(relations) && (made.is_of(table(*input)) || made.is_of_keys())
            };
            let mut inputs: Vec<Input> = THROUGH.iter().filter(is_of).map(|(input, _)| *input).collect();
            // A date or a name that was looked up for a candidate comes from where it was looked up.
            if made.is_of_keys() && inputs.len() > 1 {
                inputs.retain(|input| *input != Input::Bids);
            }
            if let [input] = inputs[..] {
                looked.entry(input).or_default().push(column.to_owned());
            }
        }
        for feature in versions.iter().flat_map(Version::features) {
            let columns = looked.entry(input_of(feature.from)).or_default();
            if !columns.contains(&feature.name) {
                columns.push(feature.name.clone());
            }
        }
        for (input, columns) in JUDGED {
            looked.insert(*input, columns.iter().map(|column| (*column).to_owned()).collect());
        }
        Ok(Looked(looked.into_iter().collect()))
    }

    /// All of these columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|(_, columns)| columns).map(String::as_str)
    }
}

/// What a feature is made of.
fn input_of(past: Past) -> Input {
    match past {
        Past::Games => Input::Games,
        Past::Gradings => Input::Gradings,
        Past::Predictions => Input::EarlierLines,
    }
}

/// Whether a column says what a decision was made by, besides whose it is. Outcomes come after it, and of the consensus only the bonus counts.
fn tells(column: &str, made: &Made) -> bool {
    let is_key = ["version", "game_date", "player_lookup", "game_id"].contains(&column);
    let is_decided = made.is_through("verdicts") || made.is_through("candidate_outcomes");
    !is_key && !is_decided && (column == "consensus_bonus" || !made.is_through("agreement"))
}

/// The changed rows, by the player they are about.
pub struct Causes<'r> {
    looked: &'r Looked,
    of_players: BTreeMap<&'r str, Vec<&'r RowChange>>,
    /// About no player.
    of_all: Vec<&'r RowChange>,
}

/// The pick whose causes are asked for.
struct ChangedPick<'p> {
    version: &'p Version,
    date: NaiveDate,
    game_id: &'p str,
    sides: [Option<&'p Evidence>; 2],
}

impl<'r> Causes<'r> {
    pub fn of(rows: &'r [RowChange], looked: &'r Looked) -> Causes<'r> {
        let mut causes = Causes { looked, of_players: BTreeMap::new(), of_all: Vec::new() };
        for row in rows {
            match &row.player_lookup {
                Some(player) => causes.of_players.entry(player).or_default().push(row),
                None => causes.of_all.push(row),
            }
        }
        causes
    }

    /// What made a pick another one, a row each.
    pub fn of_pick(
        &self,
        version: &Version,
        (date, player, game_id): (NaiveDate, &str, &str),
        change: PickChangeKind,
        outcome_differs: bool,
        sides: [Option<&Evidence>; 2],
    ) -> Vec<String> {
        let pick = ChangedPick { version, date, game_id, sides };
        let of_player = self.of_players.get(player).into_iter().flatten().copied();
        let rows: Vec<&RowChange> = of_player.chain(self.of_all.iter().copied()).collect();
        let mut found: Vec<&RowChange> = Vec::new();
        if change != PickChangeKind::Outcome {
            for (input, columns) in &self.looked.0 {
                if pick.differs_in(*input, columns) {
                    found.extend(rows.iter().filter(|row| pick.is_of(*input, row)));
                }
            }
        }
        if outcome_differs {
            found.extend(
                rows.iter().filter(|row| row.table == "prediction_accuracy" && row.game_id.as_deref() == Some(game_id)),
            );
        }
        let sources = pick.sources();
        let is_of_source = |row: &&RowChange| {
            row.table == "player_prop_predictions" && row.system_id.as_deref().is_some_and(|id| sources.contains(&id))
        };
        // Of the bids, the winning models' own tell; the others only where those are as they were.
        let on_slate =
            |row: &&RowChange| row.table == "player_prop_predictions" && row.date.map(|day| day.0) == Some(date);
        if found.iter().any(|row| on_slate(row) && is_of_source(row)) {
            found.retain(|row| !on_slate(row) || is_of_source(row));
        }
        let mut said: Vec<String> = Vec::new();
        for row in found {
            let text = cause(row);
            if !said.contains(&text) {
                said.push(text);
            }
        }
        said
    }
}

impl<'p> ChangedPick<'p> {
    /// Whether the two decisions saw something else of an input.
    fn differs_in(&self, input: Input, columns: &[String]) -> bool {
        if input == Input::Health
            && (!self.version.looks_at(Beside::SignalHealth) || self.version.text("health") == "live")
        {
            return false;
        }
        match self.sides {
            [Some(a), Some(b)] => columns.iter().any(|column| a.get(column) != b.get(column)),
            // Only by its predictions is a player a candidate.
            _ => input == Input::Bids,
        }
    }

    fn sources(&self) -> Vec<&'p str> {
        self.sides.into_iter().flatten().filter_map(|side| side.get("source_model_id")?.as_str()).collect()
    }

    /// Whether a row is one of those that an input is made of.
    fn is_of(&self, input: Input, row: &RowChange) -> bool {
        let date = row.date.map(|day| day.0);
        let is_before = date.is_some_and(|date| date < self.date && Season::of(date) == Season::of(self.date));
        let is_of_champion = row.system_id.as_deref() == Some(self.version.champion().as_str());
        match input {
            Input::Bids => {
                row.table == "player_prop_predictions"
                    && date == Some(self.date)
                    && row.game_id.as_deref() == Some(self.game_id)
            }
            Input::EarlierLines => {
                let days = match self.version.parameter("line_move_days") {
                    Value::Integer(days) => u64::try_from(days).unwrap_or_default(),
                    _ => 0,
                };
                let since = self.date.checked_sub_days(Days::new(days));
                let is_late = date.zip(since).is_some_and(|(date, since)| since <= date && date < self.date);
                let is_of_feature = self.version.features().iter().any(|of| of.from == Past::Predictions) && is_before;
                row.table == "player_prop_predictions" && is_of_champion && (is_late || is_of_feature)
            }
            Input::Gradings => row.table == "prediction_accuracy" && is_of_champion && is_before,
            Input::Games => row.table == "player_game_summary" && is_before,
            Input::Store => row.table == numbered::TABLE && date == Some(self.date),
            Input::Combos => row.table == "signal_combo_registry",
            Input::Health => row.table == "signal_health_daily" && date.is_some_and(|date| date <= self.date),
        }
    }
}

/// A row in words: its table, what identifies it besides the player, and what became of it.
fn cause(row: &RowChange) -> String {
    let date = row.date.map(|day| day.0.to_string());
    let identity = [date.as_deref(), row.system_id.as_deref(), row.key.as_deref()];
    let identity: Vec<&str> = identity.into_iter().flatten().collect();
    let fields = row.in_short();
    let fields = if fields.is_empty() { String::new() } else { format!(": {fields}") };
    format!("{} {} {}{fields}", row.table, identity.join(" "), row.change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::shipped;

    #[tokio::test]
    async fn a_column_tells_of_the_one_input_that_it_is_made_of() {
        let looked = Looked::of_decisions(&[shipped("v307").unwrap()]).await.unwrap();
        let lines = looked.0.iter().map(|(input, columns)| format!("{input:?}: {}", columns.join(" ")));
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
        Bids: source_model_id source_model_family predicted_points line edge abs_edge recommendation confidence_score feature_quality_score v12_system_id v12_recommendation v12_abs_edge n_bids source_tie n_models_eligible champion_edge direction_conflict consensus_bonus
        EarlierLines: previous_line_date previous_line
        Gradings: streak_game_date prev_over_1 prev_over_2 prev_over_3 prev_over_4 prev_over_5 prev_correct_1 prev_correct_2 prev_correct_3 prev_correct_4 prev_correct_5 under_streak champion_graded champion_hit_rate
        Games: player team opponent is_home no_earlier_game stats_game_id stats_game_date prev_minutes starter_flag rest_days three_pct_last_3 three_pct_season three_pct_std three_pa_per_game minutes_avg_last_3 minutes_avg_season minutes_surge minutes_deficit fg_pct_last_3 fg_pct_season fg_pct_std points_avg_season points_std_last_5 usage_avg_season fta_season ft_rate_season unassisted_fg_season neg_pm_1 neg_pm_2 neg_pm_3 neg_pm_streak games_vs_opponent
        Store: multi_book_line_std
        Combos: matched_combo_id combo_classification
        Health: composite_score
        ");
    }
}
