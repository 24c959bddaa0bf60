//! What the planner tries on a query. The pipeline's relations are many and their plans small: on one slate, planning takes
//! longer than deciding. So rules that find nothing there are left out; a user's query, which may be anything, gets all.

use datafusion::config::OptimizerOptions;
use datafusion::execution::SessionStateBuilder;
use datafusion::optimizer::Optimizer;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::SessionConfig;

/// Rules of logical plans that the pipeline does without, each with its reason.
const LOGICAL: &[(&str, &str)] = &[
    ("rewrite_set_comparison", "no query compares with ANY or ALL of a subquery"),
    ("decorrelate_lateral_join", "no query joins LATERAL"),
    ("optimize_unions", "no query nests UNION ALL"),
    ("unions_to_filter", "the branches of a union read different relations"),
    ("eliminate_duplicated_expr", "no query sorts or groups by a column twice"),
    ("eliminate_group_by_constant", "no query groups by a constant"),
    ("eliminate_limit", "no query has LIMIT 0"),
    ("push_down_limit", "rows are in memory: a scan that stops early saves nothing"),
    ("filter_null_join_keys", "it is off by default, and walks the plan all the same"),
    ("extract_leaf_expressions", "fields of structs are read from memory, where a scan cannot do it for less"),
    ("push_down_leaf_projections", "as above; and push_down_filter undoes what it does, pass after pass"),
];

/// The same of physical plans.
const PHYSICAL: &[(&str, &str)] = &[
    ("aggregate_statistics", "relations in memory have no statistics but a count of rows"),
    ("LimitedDistinctAggregation", "no query limits a DISTINCT"),
    ("FilterPushdown", "relations in memory take no filters"),
    ("FilterPushdown(Post)", "the same, of filters that are made on the way"),
    ("WindowTopN", "no query keeps the first rows of a window"),
    ("LimitAggregation", "no query limits groups"),
    ("LimitPushPastWindows", "no query limits a window"),
    ("HashJoinBuffering", "it is off by default"),
    ("LimitPushdown", "as for push_down_limit"),
    ("TopKRepartition", "no query is repartitioned"),
    ("PushdownSort", "relations in memory are not sorted by scans"),
    (
        "SanityCheckPlan",
        "it changes nothing: what it refuses is a mistake of the planner, which tests run with all rules find",
    ),
];

/// Which rules a session plans by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Those that the pipeline needs, in one pass: another would only find that nothing is left to do.
    Needed,
    /// All that the engine has.
    All,
}

impl Rules {
    /// Has sessions of `state` plan by these rules.
    pub fn given_to(self, mut state: SessionStateBuilder) -> SessionStateBuilder {
        let config = state.config().take().unwrap_or_default();
        let is_needed = |left_out: &[(&str, &str)], name: &str| {
            self == Rules::All || left_out.iter().all(|(rule, _)| *rule != name)
        };
        let mut logical = Optimizer::new().rules;
        logical.retain(|rule| is_needed(LOGICAL, rule.name()));
        let mut physical = PhysicalOptimizer::new().rules;
        physical.retain(|rule| is_needed(PHYSICAL, rule.name()));
        state.with_config(self.stated_in(config)).with_optimizer_rules(logical).with_physical_optimizer_rules(physical)
    }

    fn stated_in(self, mut config: SessionConfig) -> SessionConfig {
        let all = OptimizerOptions::default();
        let (is_all, options) = (self == Rules::All, &mut config.options_mut().optimizer);
        options.max_passes = if is_all { all.max_passes } else { 1 };
        options.enable_leaf_expression_pushdown = is_all && all.enable_leaf_expression_pushdown;
        options.enable_dynamic_filter_pushdown = is_all && all.enable_dynamic_filter_pushdown;
        options.enable_topk_dynamic_filter_pushdown = is_all && all.enable_topk_dynamic_filter_pushdown;
        options.enable_join_dynamic_filter_pushdown = is_all && all.enable_join_dynamic_filter_pushdown;
        options.enable_aggregate_dynamic_filter_pushdown = is_all && all.enable_aggregate_dynamic_filter_pushdown;
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_is_left_out_is_one_of_the_engine() {
        let logical = Optimizer::new().rules;
        for (name, _) in LOGICAL {
            assert!(logical.iter().any(|rule| rule.name() == *name), "{name}");
        }
        let physical = PhysicalOptimizer::new().rules;
        for (name, _) in PHYSICAL {
            assert!(physical.iter().any(|rule| rule.name() == *name), "{name}");
        }
    }
}
