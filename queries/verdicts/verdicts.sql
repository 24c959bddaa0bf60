-- verdicts: what every filter says of every candidate of every version, the combo it matches and its score
-- (specification: selection, "Filters", "Combo match", "Ranking"; versions, "Composite score").
-- Grain: version, candidate.
-- Inputs: signals, signal_health, agreement.
-- filters is a struct of {value, threshold, blocks} a filter. A NULL value: the filter does not apply to the candidate; a
-- NULL threshold: the version has it switched off or does not have it; neither blocks. In which order a version tries its
-- filters is its list (filter_order), applied by first_filter() and failing_filters().
-- stands: no filter blocks it that looks at the candidate itself; passes: nor one that looks at its signals.
-- composite_score ranks; in points of edge, or in production's composite points.
WITH
tagged AS (
    SELECT
        signals.*,
        signal_health.health_rows,
        agreement.consensus_bonus,
        signal_tags(signals.signal_order, signals.qualifies) AS signal_tags
    FROM signals
    LEFT JOIN signal_health
        ON signal_health.health_set = signals.health_set
        AND signal_health.game_date = signals.game_date
    JOIN agreement
        ON agreement.consensus_set = signals.consensus_set
        AND agreement.candidate = signals.candidate
),

compared AS (
    SELECT
        *,
        cardinality(signal_tags) AS signal_count,
        match_combo(combos, signal_tags) AS combo,
        effective_signals(signal_tags, health_rows, model_dependent) AS effective_signals,
        CASE WHEN champion_graded >= blacklist_min_picks THEN champion_hit_rate END AS blacklist_rate,
        CASE WHEN is_under AND coalesce(line < under_max_edge_line, TRUE) THEN abs_edge END AS capped_edge,
        CASE
            WHEN feature_quality_missing = 'block' THEN coalesce(feature_quality_score, 0.0)
            WHEN feature_quality_score > 0 THEN feature_quality_score
        END AS quality_score
    FROM tagged
),

blocked AS (
    SELECT
        *,
        coalesce(blacklist_rate < blacklist_hit_rate, FALSE) AS blocks_player_blacklist,
        coalesce(abs_edge < min_edge, FALSE) AS blocks_edge_floor,
        coalesce(capped_edge >= under_max_edge, FALSE) AS blocks_under_edge_cap,
        coalesce(relative_edge >= rel_edge_cap, FALSE) AS blocks_rel_edge_cap,
        coalesce(games_vs_opponent >= familiar_games, FALSE) AS blocks_familiar_matchup,
        coalesce(quality_score < feature_quality, FALSE) AS blocks_feature_quality,
        coalesce(under_line < bench_line, FALSE) AS blocks_bench_under_line,
        coalesce(under_line_delta >= line_jump, FALSE) AS blocks_line_jumped_under,
        coalesce(under_line_delta <= -line_drop, FALSE) AS blocks_line_dropped_under,
        coalesce(under_neg_pm_streak >= neg_pm_streak, FALSE) AS blocks_neg_pm_streak_under,
        coalesce(signal_count < min_signals, FALSE) AS blocks_min_signals,
        coalesce(confidence_score < confidence_floor, FALSE) AS blocks_confidence_floor,
        anti_patterns AND coalesce(combo['classification'] = 'ANTI_PATTERN', FALSE) AS blocks_anti_pattern
    FROM compared
),

judged AS (
    SELECT
        *,
        named_struct(
            'player_blacklist', named_struct(
                'value', blacklist_rate,
                'threshold', blacklist_hit_rate,
                'blocks', blocks_player_blacklist
            ),
            'edge_floor', named_struct(
                'value', abs_edge,
                'threshold', min_edge,
                'blocks', blocks_edge_floor
            ),
            'under_edge_cap', named_struct(
                'value', capped_edge,
                'threshold', under_max_edge,
                'blocks', blocks_under_edge_cap
            ),
            'rel_edge_cap', named_struct(
                'value', relative_edge,
                'threshold', rel_edge_cap,
                'blocks', blocks_rel_edge_cap
            ),
            'familiar_matchup', named_struct(
                'value', games_vs_opponent,
                'threshold', familiar_games,
                'blocks', blocks_familiar_matchup
            ),
            'feature_quality', named_struct(
                'value', quality_score,
                'threshold', feature_quality,
                'blocks', blocks_feature_quality
            ),
            'bench_under_line', named_struct(
                'value', under_line,
                'threshold', bench_line,
                'blocks', blocks_bench_under_line
            ),
            'line_jumped_under', named_struct(
                'value', under_line_delta,
                'threshold', line_jump,
                'blocks', blocks_line_jumped_under
            ),
            'line_dropped_under', named_struct(
                'value', under_line_delta,
                'threshold', -line_drop,
                'blocks', blocks_line_dropped_under
            ),
            'neg_pm_streak_under', named_struct(
                'value', under_neg_pm_streak,
                'threshold', neg_pm_streak,
                'blocks', blocks_neg_pm_streak_under
            ),
            'min_signals', named_struct(
                'value', signal_count,
                'threshold', min_signals,
                'blocks', blocks_min_signals
            ),
            'confidence_floor', named_struct(
                'value', confidence_score,
                'threshold', confidence_floor,
                'blocks', blocks_confidence_floor
            ),
            'anti_pattern', named_struct(
                'value', combo['classification'],
                'threshold', 'ANTI_PATTERN',
                'blocks', blocks_anti_pattern
            )
        ) AS filters,
        NOT blocks_player_blacklist
        AND NOT blocks_edge_floor
        AND NOT blocks_under_edge_cap
        AND NOT blocks_rel_edge_cap
        AND NOT blocks_familiar_matchup
        AND NOT blocks_feature_quality
        AND NOT blocks_bench_under_line
        AND NOT blocks_line_jumped_under
        AND NOT blocks_line_dropped_under
        AND NOT blocks_neg_pm_streak_under
        AND NOT blocks_confidence_floor AS stands
    FROM blocked
)

SELECT
    version,
    feature_set,
    consensus_set,
    candidate,
    game_date,
    player_lookup,
    game_id,
    signal_confidence,
    signal_tags,
    signal_count,
    combo,
    filters,
    first_filter(filter_order, filters) AS first_filter,
    failing_filters(filter_order, filters) AS failing_filters,
    stands,
    stands AND NOT blocks_min_signals AND NOT blocks_anti_pattern AS passes,
    CASE score
        WHEN 'edge' THEN edge_points
        ELSE round_half_even(
            least(1.0, edge_points / 7) * (1 + 0.3 * (least(3.0, effective_signals) - 1))
            + CASE WHEN combo['classification'] = 'SYNERGISTIC' THEN coalesce(combo['score_weight'], 0.0) ELSE 0.0 END
            + consensus_bonus,
            4
        )
    END AS composite_score
FROM judged
