//! Where the tables lie in BigQuery.

use std::fmt;
use std::str::FromStr;

use crate::error::did_you_mean;
use crate::snapshot::TABLES;
use crate::snapshot::contract::{self, Table};

/// The dataset of box scores, and the one of all other tables (specification: snapshot, "Tables").
const ANALYTICS: &str = "nba_analytics";
const PREDICTIONS: &str = "nba_predictions";

/// A project, and the one dataset that has all tables, where they are not in their usual ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub project: String,
    pub dataset: Option<String>,
}

impl Address {
    /// Where `table` lies unless a mapping says otherwise.
    pub fn usual(&self, table: &Table) -> Place {
        let usual = if table.name == "player_game_summary" { ANALYTICS } else { PREDICTIONS };
        let name = match table.name {
            "subset_performance" => "v_dynamic_subset_performance",
            name => name,
        };
        Place {
            project: self.project.clone(),
            dataset: self.dataset.clone().unwrap_or_else(|| usual.to_owned()),
            table: name.to_owned(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bigquery://{}", self.project)?;
        self.dataset.iter().try_for_each(|dataset| write!(f, ".{dataset}"))
    }
}

impl FromStr for Address {
    type Err = String;

    /// Reads what stands after `bigquery://`: PROJECT or PROJECT.DATASET. The project may be one of a domain
    /// (`example.com:project`).
    fn from_str(text: &str) -> Result<Address, String> {
        let (domain, rest) = text.rfind(':').map_or(("", text), |colon| text.split_at(colon + 1));
        let (project, dataset) = match rest.split_once('.') {
            Some((project, dataset)) => (project, Some(dataset)),
            None => (rest, None),
        };
        let project = format!("{domain}{project}");
        if !is_project(&project) {
            return Err("has no name of a project; write bigquery://PROJECT or bigquery://PROJECT.DATASET".to_owned());
        }
        if dataset.is_some_and(|dataset| !is_dataset(dataset)) {
            return Err("has no name of a dataset after the project; write bigquery://PROJECT.DATASET".to_owned());
        }
        Ok(Address { project, dataset: dataset.map(str::to_owned) })
    }
}

/// A table in BigQuery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub project: String,
    pub dataset: String,
    pub table: String,
}

impl Place {
    /// Its name in the Storage Read API.
    pub fn resource(&self) -> String {
        format!("projects/{}/datasets/{}/tables/{}", self.project, self.dataset, self.table)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.project, self.dataset, self.table)
    }
}

/// That a table lies elsewhere than usual: `--map TABLE=[PROJECT.]DATASET.NAME`.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub table: &'static Table,
    project: Option<String>,
    dataset: String,
    name: String,
}

impl Mapping {
    /// The table's place, in `project` unless the mapping names another.
    pub fn place(&self, project: &str) -> Place {
        Place {
            project: self.project.clone().unwrap_or_else(|| project.to_owned()),
            dataset: self.dataset.clone(),
            table: self.name.clone(),
        }
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.table.name)?;
        self.project.iter().try_for_each(|project| write!(f, "{project}."))?;
        write!(f, "{}.{}", self.dataset, self.name)
    }
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Mapping, String> {
        let form = || "write it as TABLE=DATASET.NAME or TABLE=PROJECT.DATASET.NAME".to_owned();
        let (table, place) = text.split_once('=').ok_or_else(form)?;
        let known = contract::table(table);
        let table = known.ok_or_else(|| {
            let names = TABLES.iter().map(|table| table.name);
            format!("'{table}' is no table of the contract{}", did_you_mean(table, names))
        })?;
        let (rest, name) = place.rsplit_once('.').ok_or_else(form)?;
        let (project, dataset) = match rest.rsplit_once('.') {
            Some((project, dataset)) => (Some(project), dataset),
            None => (None, rest),
        };
        if project.is_some_and(|project| !is_project(project)) || !is_dataset(dataset) || !is_table(name) {
            return Err(form());
        }
        Ok(Mapping { table, project: project.map(str::to_owned), dataset: dataset.to_owned(), name: name.to_owned() })
    }
}

fn is_project(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | ':');
    !name.is_empty() && name.chars().all(is_letter)
}

fn is_dataset(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Names of tables may have any letters, but none that could end a quoted name.
fn is_table(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(address: &str, table: &str) -> String {
        address.parse::<Address>().unwrap().usual(contract::table(table).unwrap()).to_string()
    }

    #[test]
    fn tables_lie_in_their_usual_datasets_or_all_in_one() {
        assert_eq!(usual("nba-prod", "player_game_summary"), "nba-prod.nba_analytics.player_game_summary");
        assert_eq!(usual("nba-prod", "prediction_accuracy"), "nba-prod.nba_predictions.prediction_accuracy");
        assert_eq!(usual("nba-prod", "subset_performance"), "nba-prod.nba_predictions.v_dynamic_subset_performance");
        assert_eq!(usual("nba-prod.mirror", "player_game_summary"), "nba-prod.mirror.player_game_summary");
        assert_eq!(usual("example.com:nba.mirror", "model_registry"), "example.com:nba.mirror.model_registry");
        assert_eq!("nba.mirror".parse::<Address>().unwrap().to_string(), "bigquery://nba.mirror");
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for address in ["", ".d", "p.", "p.d.t", "p/d", "P`", "p.d`"] {
            assert!(address.parse::<Address>().is_err(), "{address}");
        }
        let refused = |mapping: &str| mapping.parse::<Mapping>().unwrap_err();
        assert_eq!(
            refused("prediction_acuracy=d.t"),
            "'prediction_acuracy' is no table of the contract; did you mean 'prediction_accuracy'?"
        );
        for mapping in
            ["", "model_registry", "model_registry=", "model_registry=t", "model_registry=d.", "model_registry=d.t`x"]
        {
            assert!(mapping.parse::<Mapping>().is_err(), "{mapping}");
        }
    }

    #[test]
    fn a_mapping_may_name_a_project() {
        let place = |mapping: &str| mapping.parse::<Mapping>().unwrap().place("p").to_string();
        assert_eq!(place("model_registry=ml.models"), "p.ml.models");
        assert_eq!(place("model_registry=other.ml.models"), "other.ml.models");
        assert_eq!(
            "model_registry=other.ml.models".parse::<Mapping>().unwrap().to_string(),
            "model_registry=other.ml.models"
        );
    }
}
