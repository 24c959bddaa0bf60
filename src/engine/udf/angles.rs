//! The sentences that go with a pick.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, ListBuilder, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::logical_expr::ScalarUDF;

use super::Function;

/// Most angles of a pick.
const MOST: usize = 5;
/// Confidence tiers (percent) with their historical hit rates (percent); of two as near the first counts.
const TIERS: [(f64, f64); 9] = [
    (95.0, 55.4),
    (92.0, 47.5),
    (90.0, 52.7),
    (89.0, 54.8),
    (87.0, 50.9),
    (85.0, 51.2),
    (82.0, 49.8),
    (79.0, 48.1),
    (77.0, 46.5),
];
/// Line tiers: lowest line (points), name, historical hit rates (percent) of OVERs and UNDERs.
const LINE_TIERS: [(f64, &str, f64, f64); 4] = [
    (25.0, "star", 57.7, 65.9),
    (18.0, "starter", 53.2, 52.1),
    (12.0, "role", 55.1, 53.8),
    (f64::MIN, "bench", 58.0, 35.1),
];
const HIGH_CONVICTION_EDGE: f64 = 5.0;
const HIGH_CONVICTION_RATE: f64 = 65.6;
/// Confidences of the worst tier, both ends in, and its hit rate (percent).
const WORST_TIER: (f64, f64, f64) = (0.915, 0.925, 47.5);
/// A direction below this 14-day hit rate (percent) is worth a word.
const WEAK_DIRECTION: f64 = 50.0;

/// `pick_angles(recommendation, line, abs_edge, confidence, subsets, agreement, avg_edge_agreeing, tags, direction_rate)`:
/// at most five sentences, of the kinds, in the order and with the figures specified (specification: selection, "Angles").
pub fn pick_angles() -> ScalarUDF {
    let return_type = |_: &[DataType]| Ok(DataType::new_list(DataType::Utf8View, true));
    Function::any("pick_angles", 9, return_type, |arguments| {
        let double = |at: usize| cast(&arguments[at], &DataType::Float64);
        let [line, edge, confidence, agreeing, rate] = [double(1)?, double(2)?, double(3)?, double(6)?, double(8)?];
        let counts = |at: usize| cast(&arguments[at], &DataType::Int64);
        let [subsets, agreement] = [counts(4)?, counts(5)?];
        let sides = arguments[0].as_string_view();
        let tags = arguments[7].as_list::<i32>();
        let value = |array: &dyn Array, row: usize| {
            let doubles = array.as_primitive::<Float64Type>();
            doubles.is_valid(row).then(|| doubles.value(row))
        };
        let count = |array: &dyn Array, row: usize| array.as_primitive::<Int64Type>().value(row);
        let mut lists = ListBuilder::new(StringViewBuilder::new());
        for row in 0..sides.len() {
            let tags = tags.value(row);
            let pick = Pick {
                side: sides.value(row),
                line: value(&line, row).unwrap_or_default(),
                edge: value(&edge, row).unwrap_or_default(),
                confidence: value(&confidence, row),
                subsets: count(&subsets, row),
                agreement: count(&agreement, row),
                agreeing_edge: value(&agreeing, row),
                tags: tags.as_string_view().iter().flatten().collect(),
                direction_rate: value(&rate, row),
            };
            pick.angles().iter().for_each(|angle| lists.values().append_value(angle));
            lists.append(true);
        }
        Ok(Arc::new(lists.finish()))
    })
}

struct Pick<'a> {
    side: &'a str,
    line: f64,
    edge: f64,
    confidence: Option<f64>,
    subsets: i64,
    agreement: i64,
    agreeing_edge: Option<f64>,
    tags: Vec<&'a str>,
    direction_rate: Option<f64>,
}

impl Pick<'_> {
    fn angles(&self) -> Vec<String> {
        let mut angles = Vec::new();
        if let Some(confidence) = self.confidence {
            let (tier, rate) = nearest_tier((100.0 * confidence).round());
            angles.push(format!("confidence tier {tier:.0}: {rate:.1}% historically"));
        }
        if self.edge >= HIGH_CONVICTION_EDGE {
            angles.push(format!("high conviction, edge {:.1}: {HIGH_CONVICTION_RATE:.1}% historically", self.edge));
        }
        if self.subsets >= 2 {
            angles.push(format!("in {} subsets", self.subsets));
        }
        if let Some((_, tier, over, under)) = LINE_TIERS.iter().find(|(lowest, ..)| self.line >= *lowest) {
            let rate = if self.side == "OVER" { over } else { under };
            angles.push(format!("{tier} {}: {rate:.1}% historically", self.side));
        }
        if self.agreement >= 3 {
            let edge = self.agreeing_edge.map(|edge| format!(", mean edge {edge:.1}")).unwrap_or_default();
            angles.push(format!("{} models agree{edge}", self.agreement));
        }
        let has = |tag: &str| self.tags.contains(&tag);
        angles.extend(self.tags.iter().filter(|tag| **tag != "model_health").map(|tag| format!("signal {tag}")));
        if has("minutes_surge") && has("blowout_recovery") {
            angles.push("warning: contradictory signals".to_owned());
        }
        let (low, high, rate) = WORST_TIER;
        if self.confidence.is_some_and(|confidence| (low..=high).contains(&confidence)) {
            angles.push(format!("warning: worst confidence tier, {rate:.1}% historically"));
        }
        if let Some(rate) = self.direction_rate.filter(|rate| *rate < WEAK_DIRECTION) {
            angles.push(format!("warning: {}s at {rate:.1}% over 14 days", self.side));
        }
        angles.truncate(MOST);
        angles
    }
}

fn nearest_tier(confidence: f64) -> (f64, f64) {
    let nearer = |best: (f64, f64), tier: &(f64, f64)| {
        if (tier.0 - confidence).abs() < (best.0 - confidence).abs() { *tier } else { best }
    };
    TIERS.iter().skip(1).fold(TIERS[0], nearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_tier_is_the_first_of_two_as_near() {
        assert_eq!(nearest_tier(88.0), (89.0, 54.8));
        assert_eq!(nearest_tier(91.0), (92.0, 47.5));
        assert_eq!(nearest_tier(50.0), (77.0, 46.5));
        assert_eq!(nearest_tier(8750.0), (95.0, 55.4));
    }

    #[test]
    fn at_most_five_in_order() {
        let pick = Pick {
            side: "UNDER",
            line: 26.5,
            edge: 6.0,
            confidence: Some(0.92),
            subsets: 2,
            agreement: 4,
            agreeing_edge: Some(5.25),
            tags: vec!["model_health", "high_edge"],
            direction_rate: Some(49.9),
        };
        assert_eq!(
            pick.angles(),
            [
                "confidence tier 92: 47.5% historically",
                "high conviction, edge 6.0: 65.6% historically",
                "in 2 subsets",
                "star UNDER: 65.9% historically",
                "4 models agree, mean edge 5.2",
            ]
        );
    }
}
