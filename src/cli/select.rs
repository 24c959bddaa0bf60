//! Arguments that several commands share: which slates, which version, seen from when.

use chrono::NaiveDate;
use clap::Args;

use super::output::note;
use crate::engine::AsOf;
use crate::error::{Error, Result};
use crate::replay::{Dates, Request};
use crate::version::{self, Version};

/// A date argument; the error says what a date looks like.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "not a date; write YYYY-MM-DD".to_owned())
}

/// `--from` and `--to`, both ends in.
#[derive(Debug, Clone, Args)]
pub struct Range {
    /// First date, included
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<NaiveDate>,
    /// Last date, included
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub to: Option<NaiveDate>,
}

impl Range {
    pub fn is_given(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    pub fn dates(&self) -> Dates {
        Dates::Range { from: self.from, to: self.to }
    }
}

/// Which version decides, and what it knew.
#[derive(Debug, Clone, Args)]
pub struct Policy {
    /// Algorithm version: an id, a unique prefix, or production's full name
    #[arg(long, value_name = "VERSION", default_value = "v307")]
    version: String,
    /// Set a parameter of the version, `off` to switch it off; see `reslate versions show VERSION`
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Best-bets model (champion): catboost_v9, or catboost_v12 as the live service ran
    #[arg(long, value_name = "SYSTEM_ID")]
    model_id: Option<String>,
    /// Only what had been written by then counts: a timestamp, or a time of day on each slate's date (UTC)
    #[arg(long, value_name = "TIMESTAMP|HH:MM")]
    as_of: Option<AsOf>,
    /// version_id of the subset picks to attach, as a strftime pattern of the slate's date
    #[arg(long, value_name = "PATTERN")]
    subset_version: Option<String>,
}

impl Policy {
    /// The version with every setting applied.
    ///
    /// # Errors
    /// No such version or parameter, or a value it cannot have.
    pub fn version(&self) -> Result<Version> {
        let (mut version, ambiguous) = version::find(&self.version)?;
        if let Some(text) = ambiguous {
            note(text);
        }
        if let Some(model) = &self.model_id {
            version.set("champion", model)?;
        }
        for setting in &self.settings {
            let (name, value) = setting.split_once('=').ok_or_else(|| Error::BadArgument {
                what: "--set",
                value: setting.clone(),
                reason: "must be NAME=VALUE, such as min_edge=4.5 or cap=off".to_owned(),
            })?;
            version.set(name.trim(), value)?;
        }
        Ok(version)
    }

    pub fn request(&self, dates: Dates) -> Result<Request> {
        let mut request = Request::new(dates, self.version()?);
        request.as_of = self.as_of;
        request.subset_version.clone_from(&self.subset_version);
        Ok(request)
    }
}
