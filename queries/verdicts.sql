-- verdicts: what every filter says of every candidate of every version, the combo it matches and its score (selection,
-- sections 4 and 5; versions, "Composite score").
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: signals, params, signal_health.
-- filters is a struct of {value, threshold, blocks} a filter. A NULL value: the filter does not apply to the candidate; a
-- NULL threshold: the version has it switched off; neither blocks. It states every filter there is; which of them a
-- version has, and in which order, is its list (params.filters), applied by first_filter() and failing_filters().
-- composite_score ranks; in points of edge, or in production's composite points.
SELECT
    v.version,
    v.game_date,
    v.player_lookup,
    v.game_id,
    v.recommendation,
    v.prop_line_delta,
    v.champion_graded,
    v.champion_hit_rate,
    v.signal_confidence,
    v.signal_tags,
    v.signal_count,
    v.combo,
    v.filters,
    first_filter(v.filter_order, v.filters) AS first_filter,
    failing_filters(v.filter_order, v.filters) AS failing_filters,
    CASE v.score
        WHEN 'edge' THEN v.edge_points
        ELSE round_half_even(
            least(1.0, v.edge_points / 7) * (1 + 0.3 * (least(3.0, v.effective_signals) - 1))
            + CASE WHEN v.combo['classification'] = 'SYNERGISTIC' THEN coalesce(v.combo['score_weight'], 0.0) ELSE 0.0 END
            + CASE WHEN v.consensus_majority = v.recommendation THEN v.consensus_bonus ELSE 0.0 END,
            4
        )
    END AS composite_score
FROM (
    SELECT
        m.*,
        named_struct(
            'player_blacklist', named_struct(
                'value', m.blacklist_rate,
                'threshold', m.blacklist_hit_rate,
                'blocks', coalesce(m.blacklist_rate < m.blacklist_hit_rate, FALSE)
            ),
            'edge_floor', named_struct(
                'value', m.abs_edge,
                'threshold', m.min_edge,
                'blocks', coalesce(m.abs_edge < m.min_edge, FALSE)
            ),
            'under_edge_cap', named_struct(
                'value', m.capped_edge,
                'threshold', m.under_max_edge,
                'blocks', coalesce(m.capped_edge >= m.under_max_edge, FALSE)
            ),
            'rel_edge_cap', named_struct(
                'value', m.relative_edge,
                'threshold', m.rel_edge_cap,
                'blocks', coalesce(m.relative_edge >= m.rel_edge_cap, FALSE)
            ),
            'familiar_matchup', named_struct(
                'value', m.games_vs_opponent,
                'threshold', m.familiar_games,
                'blocks', coalesce(m.games_vs_opponent >= m.familiar_games, FALSE)
            ),
            'feature_quality', named_struct(
                'value', m.quality_score,
                'threshold', m.feature_quality,
                'blocks', coalesce(m.quality_score < m.feature_quality, FALSE)
            ),
            'bench_under_line', named_struct(
                'value', m.under_line,
                'threshold', m.bench_line,
                'blocks', coalesce(m.under_line < m.bench_line, FALSE)
            ),
            'line_jumped_under', named_struct(
                'value', m.under_line_delta,
                'threshold', m.line_jump,
                'blocks', coalesce(m.under_line_delta >= m.line_jump, FALSE)
            ),
            'line_dropped_under', named_struct(
                'value', m.under_line_delta,
                'threshold', -m.line_drop,
                'blocks', coalesce(m.under_line_delta <= -m.line_drop, FALSE)
            ),
            'neg_pm_streak_under', named_struct(
                'value', m.under_neg_pm_streak,
                'threshold', m.neg_pm_streak,
                'blocks', coalesce(m.under_neg_pm_streak >= m.neg_pm_streak, FALSE)
            ),
            'min_signals', named_struct(
                'value', m.signal_count,
                'threshold', m.min_signals,
                'blocks', coalesce(m.signal_count < m.min_signals, FALSE)
            ),
            'confidence_floor', named_struct(
                'value', m.confidence_score,
                'threshold', m.confidence_floor,
                'blocks', coalesce(m.confidence_score < m.confidence_floor, FALSE)
            ),
            'anti_pattern', named_struct(
                'value', m.combo['classification'],
                'threshold', 'ANTI_PATTERN',
                'blocks', coalesce(m.combo['classification'] = 'ANTI_PATTERN', FALSE)
            )
        ) AS filters
    FROM (
        SELECT
            t.*,
            p.filters AS filter_order,
            p.score,
            p.blacklist_hit_rate,
            p.min_edge,
            p.under_max_edge,
            p.rel_edge_cap,
            p.familiar_games,
            p.feature_quality,
            p.bench_line,
            p.line_jump,
            p.line_drop,
            p.neg_pm_streak,
            p.min_signals,
            p.confidence_floor,
            match_combo(p.combos, t.signal_tags) AS combo,
            cardinality(t.signal_tags) AS signal_count,
            effective_signals(t.signal_tags, w.health_rows, p.model_dependent) AS effective_signals,
            CASE WHEN t.champion_graded >= p.blacklist_min_picks THEN t.champion_hit_rate END AS blacklist_rate,
            CASE WHEN t.is_under AND coalesce(t.line < p.under_max_edge_line, TRUE) THEN t.abs_edge END AS capped_edge,
            CASE WHEN t.line > 0 THEN t.abs_edge / t.line END AS relative_edge,
            CASE
                WHEN p.feature_quality_missing = 'block' THEN coalesce(t.feature_quality_score, 0.0)
                WHEN t.feature_quality_score > 0 THEN t.feature_quality_score
            END AS quality_score,
            CASE WHEN t.is_under AND t.line > 0 THEN t.line END AS under_line,
            CASE WHEN t.is_under THEN t.prop_line_delta END AS under_line_delta,
            CASE WHEN t.is_under THEN t.pm_streak END AS under_neg_pm_streak
        FROM (
            SELECT *, signal_tags(signal_order, signal_confidence) AS signal_tags
            FROM signals
        ) AS t
        JOIN params AS p ON p.version = t.version
        LEFT JOIN signal_health AS w ON w.health = p.health AND w.game_date = t.game_date
    ) AS m
) AS v
