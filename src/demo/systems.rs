//! The ten prediction systems: when each runs, whom it covers, how it errs.

/// The scale of a system's confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 0 to 1.
    Unit,
    /// 0 to 100.
    Percent,
    /// 0 to 1, then 0 to 100 from a month and day of the season on.
    PercentFrom(u32, u32),
}

/// The inputs a system is trained on; systems with the same ones err alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Features {
    V9,
    V12,
    Other,
}

/// A system.
#[derive(Debug, Clone, Copy)]
pub struct System {
    pub id: &'static str,
    pub features: Features,
    /// Month and day of its first predictions; `None` is opening night.
    pub since: Option<(u32, u32)>,
    /// Share of the players with a line that it covers.
    pub coverage: f64,
    /// What it adds to every prediction, in points.
    pub bias: f64,
    /// Its error, relative to the others'.
    pub noise: f64,
    pub scale: Scale,
    /// When it runs, in minutes after midnight.
    pub run: f64,
}

pub const CHAMPION: &str = "catboost_v9";
/// The system that now and then has exactly the champion's edge.
pub const TWIN: &str = "catboost_v12";

/// The systems by id, the order of the tables.
pub const SYSTEMS: [System; 10] = [
    System {
        id: TWIN,
        features: Features::V12,
        since: Some((11, 15)),
        coverage: 0.9,
        bias: 0.0,
        noise: 0.97,
        scale: Scale::Unit,
        run: 655.0,
    },
    System {
        id: "catboost_v12_noveg_q43_train1102_0125",
        features: Features::V12,
        since: Some((12, 20)),
        coverage: 0.62,
        bias: -0.8,
        noise: 1.0,
        scale: Scale::Unit,
        run: 700.0,
    },
    System {
        id: "catboost_v12_noveg_q45_train1102_0125",
        features: Features::V12,
        since: Some((12, 20)),
        coverage: 0.62,
        bias: -0.5,
        noise: 1.0,
        scale: Scale::Unit,
        run: 702.0,
    },
    System {
        id: "catboost_v12_noveg_train1102_0205",
        features: Features::V12,
        since: Some((12, 30)),
        coverage: 0.62,
        bias: 0.0,
        noise: 1.02,
        scale: Scale::PercentFrom(2, 10),
        run: 704.0,
    },
    System {
        id: CHAMPION,
        features: Features::V9,
        since: None,
        coverage: 0.97,
        bias: 0.0,
        noise: 1.0,
        scale: Scale::PercentFrom(1, 12),
        run: 600.0,
    },
    System {
        id: "catboost_v9_low_vegas_train0106_0205",
        features: Features::V9,
        since: Some((1, 12)),
        coverage: 0.6,
        bias: 0.15,
        noise: 1.08,
        scale: Scale::Percent,
        run: 690.0,
    },
    System {
        id: "catboost_v9_q43_train1102_0131",
        features: Features::V9,
        since: Some((12, 1)),
        coverage: 0.75,
        bias: -0.8,
        noise: 1.0,
        scale: Scale::Percent,
        run: 640.0,
    },
    System {
        id: "catboost_v9_q45_train1102_0131",
        features: Features::V9,
        since: Some((12, 1)),
        coverage: 0.75,
        bias: -0.5,
        noise: 1.0,
        scale: Scale::Percent,
        run: 642.0,
    },
    System {
        id: "ensemble_v1",
        features: Features::Other,
        since: None,
        coverage: 0.7,
        bias: 0.3,
        noise: 1.1,
        scale: Scale::Unit,
        run: 610.0,
    },
    System {
        id: "similarity_balanced_v1",
        features: Features::Other,
        since: None,
        coverage: 0.55,
        bias: 0.1,
        noise: 1.35,
        scale: Scale::Unit,
        run: 612.0,
    },
];
