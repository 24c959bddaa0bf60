//! A prediction and its recommendation.

use chrono::NaiveDateTime;

use super::columns::Tenths;

/// From which difference to the line on a system recommends a side.
const PASS_BELOW: Tenths = Tenths(10);
/// With little confidence and a difference below this it recommends to wait.
const HOLD_BELOW: Tenths = Tenths(20);
/// Below this a confidence is little, in hundredths of 1.
const LITTLE_CONFIDENCE: i64 = 70;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recommendation {
    Over,
    Under,
    Pass,
    Hold,
    NoLine,
}

impl Recommendation {
    /// What a system recommends; `confidence` is in hundredths of 1.
    pub fn of(predicted: Tenths, line: Option<Tenths>, confidence: i64) -> Self {
        let Some(line) = line else {
            return Recommendation::NoLine;
        };
        let edge = Tenths((predicted.0 - line.0).abs());
        if edge < PASS_BELOW {
            Recommendation::Pass
        } else if confidence < LITTLE_CONFIDENCE && edge < HOLD_BELOW {
            Recommendation::Hold
        } else if predicted > line {
            Recommendation::Over
        } else {
            Recommendation::Under
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Recommendation::Over => "OVER",
            Recommendation::Under => "UNDER",
            Recommendation::Pass => "PASS",
            Recommendation::Hold => "HOLD",
            Recommendation::NoLine => "NO_LINE",
        }
    }

    /// Whether it takes a side.
    pub fn takes_side(self) -> bool {
        matches!(self, Recommendation::Over | Recommendation::Under)
    }
}

/// A row of a system.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Indices into the systems and the season's quotes.
    pub system: usize,
    pub quote: usize,
    pub predicted: Tenths,
    pub line: Option<Tenths>,
    pub recommendation: Recommendation,
    /// Hundredths, of 1 or of 100.
    pub confidence: Option<i64>,
    pub active: bool,
    pub version: i64,
    pub created_at: NaiveDateTime,
    /// Whether the next row supersedes this one.
    pub superseded: bool,
}

impl Prediction {
    /// Prediction minus line.
    pub fn edge(&self) -> Option<Tenths> {
        self.line.map(|line| Tenths(self.predicted.0 - line.0))
    }
}
