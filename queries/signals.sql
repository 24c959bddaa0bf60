-- signals: what each signal says of every candidate of every version (selection, section 3; versions, "Signals").
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: evidence, params.
-- Carries on what the filters look at.
-- signal_confidence is a struct of confidences (0-1), NULL where the signal does not qualify. It states every signal there
-- is; which of them a version has, and in which order, is its list (params.signals), applied by signal_tags().
-- The confidence_score is compared raw, on whichever scale its model gave it, as production did.
SELECT
    e.version,
    e.game_date,
    e.player_lookup,
    e.game_id,
    e.recommendation,
    e.is_under,
    e.line,
    e.abs_edge,
    e.edge_points,
    e.confidence_score,
    e.feature_quality_score,
    e.prop_line_delta,
    e.champion_graded,
    e.champion_hit_rate,
    e.games_vs_opponent,
    e.neg_pm_streak AS pm_streak,
    e.consensus_majority,
    e.consensus_bonus,
    p.signals AS signal_order,
    named_struct(
        'model_health',
        CASE e.model_health_status WHEN 'blocked' THEN 0.3 WHEN 'watch' THEN 0.7 ELSE 1.0 END,
        'high_edge',
        CASE WHEN e.abs_edge >= p."high_edge.min_edge" THEN least(1.0, e.edge_points / 10) END,
        'dual_agree',
        CASE WHEN e.agrees_v12 AND least(e.abs_edge, e.v12_abs_edge) >= p."dual_agree.min_edge"
            THEN least(1.0, CAST(least(e.abs_edge, e.v12_abs_edge) AS DOUBLE) / 10) END,
        '3pt_bounce',
        CASE WHEN e.is_over
                AND e.three_pa_per_game >= p."3pt_bounce.min_attempts"
                AND e.three_pct_std > 0
                AND e.three_pct_last_3 < e.three_pct_season - e.three_pct_std
            THEN least(1.0, (e.three_pct_season - e.three_pct_last_3) / e.three_pct_std / 3) END,
        'minutes_surge',
        CASE WHEN e.is_over AND e.minutes_surge >= p."minutes_surge.min_surge"
            THEN least(1.0, (CAST(e.minutes_surge AS DOUBLE) - 3) / 5) END,
        'cold_snap',
        CASE WHEN e.is_over AND e.is_home AND e.under_streak >= p."cold_snap.min_streak"
            THEN least(1.0, e.under_streak / 5.0) END,
        'blowout_recovery',
        CASE WHEN e.is_over
                AND coalesce(e.rest_days >= p."blowout_recovery.min_rest", TRUE)
                AND e.minutes_deficit >= p."blowout_recovery.min_deficit"
            THEN least(1.0, CAST(e.minutes_deficit AS DOUBLE) / 16) END,
        'combo_he_ms',
        CASE WHEN e.is_over
                AND e.abs_edge >= p."combo_he_ms.min_edge"
                AND e.minutes_surge >= p."combo_he_ms.min_surge"
            THEN 0.85 END,
        'combo_3way',
        CASE WHEN (e.is_over OR p."combo_3way.sides" = 'both')
                AND e.abs_edge >= p."combo_3way.min_edge"
                AND e.minutes_surge >= p."combo_3way.min_surge"
                AND e.confidence_score >= p."combo_3way.min_confidence"
                AND NOT coalesce(e.confidence_score BETWEEN p."confidence_band.low" AND p."confidence_band.high", FALSE)
            THEN 0.95 END,
        'edge_spread_optimal',
        CASE WHEN e.abs_edge >= p."edge_spread_optimal.min_edge"
                AND e.confidence_score >= p."edge_spread_optimal.min_confidence"
                AND NOT coalesce(e.confidence_score BETWEEN p."confidence_band.low" AND p."confidence_band.high", FALSE)
            THEN least(
                1.0,
                CASE WHEN e.confidence_score BETWEEN 0.75 AND 0.85 THEN 0.9 WHEN e.confidence_score > 0.90 THEN 0.95
                    ELSE 0.75 END
                + CASE WHEN e.abs_edge >= 8 THEN 0.05 ELSE 0.0 END
            ) END,
        'b2b_fatigue_under',
        CASE WHEN e.is_under AND e.rest_days = 1 AND e.minutes_avg_season >= p."b2b_fatigue_under.min_minutes"
            THEN least(1.0, 0.5 + (CAST(e.minutes_avg_season AS DOUBLE) - 35) / 10) END,
        'rest_advantage_2d',
        CASE WHEN e.is_over
                AND e.rest_days >= p."rest_advantage_2d.min_rest"
                AND e.abs_edge >= p."rest_advantage_2d.min_edge"
                AND NOT coalesce(e.season_week > p."rest_advantage_2d.max_weeks", FALSE)
            THEN 0.6 END,
        'model_consensus_v9_v12',
        CASE WHEN e.agrees_v12 AND least(e.abs_edge, e.v12_abs_edge) >= p."model_consensus_v9_v12.min_edge"
            THEN least(1.0, 0.7 + (CAST(e.abs_edge + e.v12_abs_edge AS DOUBLE) / 2 - 3) / 10) END,
        'bench_under',
        CASE WHEN e.is_under AND e.starter_flag = FALSE THEN 0.85 END,
        'high_usage_under',
        CASE WHEN e.is_under AND e.usage_avg_season >= p."high_usage_under.min_usage"
            THEN least(1.0, 0.70 + (CAST(e.usage_avg_season AS DOUBLE) - 30) * 0.02) END,
        'volatile_under',
        CASE WHEN e.is_under AND e.points_std_last_5 >= p."volatile_under.min_std"
            THEN least(1.0, 0.70 + (e.points_std_last_5 - 10) * 0.03) END,
        'high_ft_under',
        CASE WHEN e.is_under AND e.fta_season >= p."high_ft_under.min_attempts"
            THEN least(1.0, 0.70 + (e.fta_season - 7) * 0.05) END,
        'self_creator_under',
        CASE WHEN e.is_under AND e.unassisted_fg_season >= p."self_creator_under.min_makes"
            THEN least(1.0, 0.70 + (e.unassisted_fg_season - 5) * 0.075) END,
        'prop_line_drop_over',
        CASE WHEN e.is_over AND -e.prop_line_delta >= p."prop_line_drop_over.min_drop"
            THEN least(1.0, 0.85 + (CAST(-e.prop_line_delta AS DOUBLE) - 2) * 0.05) END,
        'book_disagreement',
        CASE WHEN e.multi_book_line_std >= p."book_disagreement.min_std"
            THEN least(0.95, 0.85 + (e.multi_book_line_std - 1.5) * 0.10) END
    ) AS signal_confidence
FROM (SELECT *, CAST(abs_edge AS DOUBLE) AS edge_points FROM evidence) AS e
JOIN params AS p ON p.version = e.version
