//! The model registry: deployment names, which are not the systems' ids.

use chrono::NaiveDate;
use datafusion::arrow::error::ArrowError;

use super::calendar::{self, Calendar};

/// A deployment as it comes every season; dates are month and day.
struct Deployment {
    name: &'static str,
    trained: [(u32, u32); 2],
    deployed: (u32, u32),
    /// Time of day in the name.
    time: &'static str,
    enabled: bool,
    status: &'static str,
}

/// The deployments of a season. One family of the systems has none, and one deployment is of no family.
const DEPLOYMENTS: [Deployment; 8] = [
    Deployment {
        name: "catboost_v9_33f",
        trained: [(11, 2), (1, 8)],
        deployed: (1, 9),
        time: "061500",
        enabled: false,
        status: "retired",
    },
    Deployment {
        name: "catboost_v9_33f",
        trained: [(11, 2), (1, 31)],
        deployed: (2, 2),
        time: "214530",
        enabled: true,
        status: "production",
    },
    Deployment {
        name: "catboost_v9_q43",
        trained: [(11, 2), (1, 31)],
        deployed: (2, 3),
        time: "094010",
        enabled: true,
        status: "shadow",
    },
    Deployment {
        name: "catboost_v9_q45",
        trained: [(11, 2), (1, 31)],
        deployed: (2, 3),
        time: "094525",
        enabled: true,
        status: "shadow",
    },
    Deployment {
        name: "catboost_v9_low_vegas",
        trained: [(1, 6), (2, 5)],
        deployed: (2, 7),
        time: "180205",
        enabled: true,
        status: "shadow",
    },
    Deployment {
        name: "catboost_v12",
        trained: [(11, 2), (1, 31)],
        deployed: (2, 2),
        time: "221140",
        enabled: true,
        status: "shadow",
    },
    Deployment {
        name: "catboost_v12_noveg_q43",
        trained: [(11, 2), (1, 25)],
        deployed: (1, 27),
        time: "120000",
        enabled: true,
        status: "shadow",
    },
    Deployment {
        name: "xgboost_v2_trial",
        trained: [(11, 2), (1, 15)],
        deployed: (1, 16),
        time: "073300",
        enabled: false,
        status: "failed",
    },
];

/// A row of the registry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `NAME_trainYYYYMMDD-YYYYMMDD_YYYYMMDD_HHMMSS`: first and last day of training, time of deployment.
    pub id: String,
    pub training: [NaiveDate; 2],
    pub enabled: bool,
    pub status: &'static str,
}

/// A season's entries, by id.
pub fn entries(calendar: &Calendar) -> Result<Vec<Entry>, ArrowError> {
    let mut entries = Vec::new();
    for deployment in &DEPLOYMENTS {
        let day = |(month, day)| calendar.day(month, day);
        let [start, end] = [day(deployment.trained[0])?, day(deployment.trained[1])?];
        let (from, to) = (calendar::compact(start), calendar::compact(end));
        let deployed = calendar::compact(day(deployment.deployed)?);
        let id = format!("{}_train{from}-{to}_{deployed}_{}", deployment.name, deployment.time);
        entries.push(Entry { id, training: [start, end], enabled: deployment.enabled, status: deployment.status });
    }
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(entries)
}
