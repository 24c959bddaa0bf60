-- signals: what each signal says of every candidate of every version (specification: selection, "Signals"; versions, "Lists").
-- Grain: version, candidate.
-- Inputs: params, slate_versions, candidates, evidence.
-- Carries on what the filters look at: of the candidate, and of the version.
-- qualifies is a struct of booleans, signal_confidence one of confidences (0-1), NULL where the signal does not qualify.
-- They state every signal there is; which of them a version has, and in which order, is its list (signal_order), applied by
-- signal_tags(). The confidence_score is compared raw, on whichever scale its model gave it, as production did; averages
-- that are absent count as 0 in the comparisons, as there.
SELECT
    version,
    feature_set,
    candidate,
    game_date,
    player_lookup,
    game_id,
    is_under,
    line,
    abs_edge,
    edge_points,
    confidence_score,
    feature_quality_score,
    relative_edge,
    under_line,
    under_line_delta,
    under_neg_pm_streak,
    games_vs_opponent,
    CASE WHEN blacklist_works THEN champion_graded END AS champion_graded,
    CASE WHEN blacklist_works THEN champion_hit_rate END AS champion_hit_rate,
    consensus_set,
    signal_order,
    filter_order,
    combos,
    model_dependent,
    health_set,
    score,
    blacklist_hit_rate,
    blacklist_min_picks,
    min_edge,
    under_max_edge,
    under_max_edge_line,
    rel_edge_cap,
    familiar_games,
    feature_quality,
    feature_quality_missing,
    bench_line,
    line_jump,
    line_drop,
    neg_pm_streak,
    min_signals,
    confidence_floor,
    anti_patterns,
    qualifies,
    named_struct(
        'model_health',
        CASE model_health_status WHEN 'blocked' THEN 0.3 WHEN 'watch' THEN 0.7 ELSE 1.0 END,
        'high_edge',
        CASE WHEN qualifies['high_edge'] THEN least(1.0, edge_points / 10) END,
        'dual_agree',
        CASE WHEN qualifies['dual_agree'] THEN least(1.0, CAST(least(abs_edge, v12_abs_edge) AS DOUBLE) / 10) END,
        '3pt_bounce',
        CASE WHEN qualifies['3pt_bounce']
            THEN least(1.0, (three_pct_season - three_pct_last_3) / three_pct_std / 3) END,
        'minutes_surge',
        CASE WHEN qualifies['minutes_surge'] THEN least(1.0, (minutes_surge - 3) / 5) END,
        'cold_snap',
        CASE WHEN qualifies['cold_snap'] THEN least(1.0, under_streak / 5.0) END,
        'blowout_recovery',
        CASE WHEN qualifies['blowout_recovery'] THEN least(1.0, minutes_deficit / 16) END,
        'combo_he_ms',
        CASE WHEN qualifies['combo_he_ms'] THEN 0.85 END,
        'combo_3way',
        CASE WHEN qualifies['combo_3way'] THEN 0.95 END,
        'edge_spread_optimal',
        CASE WHEN qualifies['edge_spread_optimal'] THEN
            least(
                1.0,
                CASE WHEN confidence_score BETWEEN 0.75 AND 0.85 THEN 0.9 WHEN confidence_score > 0.90 THEN 0.95
                    ELSE 0.75 END
                + CASE WHEN abs_edge >= 8 THEN 0.05 ELSE 0.0 END
            )
        END,
        'b2b_fatigue_under',
        CASE WHEN qualifies['b2b_fatigue_under']
            THEN least(1.0, 0.5 + (CAST(minutes_avg_season AS DOUBLE) - 35) / 10) END,
        'rest_advantage_2d',
        CASE WHEN qualifies['rest_advantage_2d'] THEN 0.6 END,
        'model_consensus_v9_v12',
        CASE WHEN qualifies['model_consensus_v9_v12']
            THEN least(1.0, 0.7 + (CAST(abs_edge + v12_abs_edge AS DOUBLE) / 2 - 3) / 10) END,
        'bench_under',
        CASE WHEN qualifies['bench_under'] THEN 0.85 END,
        'high_usage_under',
        CASE WHEN qualifies['high_usage_under']
            THEN least(1.0, 0.70 + (CAST(usage_avg_season AS DOUBLE) - 30) * 0.02) END,
        'volatile_under',
        CASE WHEN qualifies['volatile_under'] THEN least(1.0, 0.70 + (points_std_last_5 - 10) * 0.03) END,
        'high_ft_under',
        CASE WHEN qualifies['high_ft_under'] THEN least(1.0, 0.70 + (fta_season - 7) * 0.05) END,
        'self_creator_under',
        CASE WHEN qualifies['self_creator_under'] THEN least(1.0, 0.70 + (unassisted_fg_season - 5) * 0.075) END,
        'prop_line_drop_over',
        CASE WHEN qualifies['prop_line_drop_over']
            THEN least(1.0, 0.85 + (CAST(-prop_line_delta AS DOUBLE) - 2) * 0.05) END,
        'book_disagreement',
        CASE WHEN qualifies['book_disagreement'] THEN least(0.95, 0.85 + (multi_book_line_std - 1.5) * 0.10) END
    ) AS signal_confidence
FROM (
    SELECT
        e.* EXCEPT (candidate_set, neg_pm_streak),
        p.version,
        p.signals AS signal_order,
        p.filters AS filter_order,
        p.combos,
        p.model_dependent,
        p.consensus_set,
        p.health_set,
        p.blacklist_works,
        p.score,
        p.blacklist_hit_rate,
        p.blacklist_min_picks,
        p.min_edge,
        p.under_max_edge,
        p.under_max_edge_line,
        p.rel_edge_cap,
        p.familiar_games,
        p.feature_quality,
        p.feature_quality_missing,
        p.bench_line,
        p.line_jump,
        p.line_drop,
        p.neg_pm_streak,
        p.min_signals,
        p.confidence_floor,
        p.anti_patterns,
        named_struct(
            'model_health',
            TRUE,
            'high_edge',
            e.abs_edge >= p."high_edge.min_edge",
            'dual_agree',
            e.agrees_v12 AND least(e.abs_edge, e.v12_abs_edge) >= p."dual_agree.min_edge",
            '3pt_bounce',
            e.is_over
                AND e.three_pa_per_game >= p."3pt_bounce.min_attempts"
                AND e.three_pct_std > 0
                AND e.three_pct_last_3 < e.three_pct_season - e.three_pct_std,
            'minutes_surge',
            e.is_over AND e.minutes_surge >= p."minutes_surge.min_surge",
            'cold_snap',
            e.is_over AND e.is_home AND e.under_streak >= p."cold_snap.min_streak",
            'blowout_recovery',
            e.is_over
                AND coalesce(e.rest_days >= p."blowout_recovery.min_rest", TRUE)
                AND e.minutes_deficit >= p."blowout_recovery.min_deficit",
            'combo_he_ms',
            e.is_over
                AND e.abs_edge >= p."combo_he_ms.min_edge"
                AND e.minutes_surge >= p."combo_he_ms.min_surge",
            'combo_3way',
            (e.is_over OR p."combo_3way.sides" = 'both')
                AND e.abs_edge >= p."combo_3way.min_edge"
                AND e.minutes_surge >= p."combo_3way.min_surge"
                AND e.confidence_score >= p."combo_3way.min_confidence"
                AND NOT coalesce(e.confidence_score BETWEEN p."confidence_band.low" AND p."confidence_band.high", FALSE),
            'edge_spread_optimal',
            e.abs_edge >= p."edge_spread_optimal.min_edge"
                AND e.confidence_score >= p."edge_spread_optimal.min_confidence"
                AND NOT coalesce(e.confidence_score BETWEEN p."confidence_band.low" AND p."confidence_band.high", FALSE),
            'b2b_fatigue_under',
            e.is_under AND e.rest_days = 1 AND e.minutes_avg_season >= p."b2b_fatigue_under.min_minutes",
            'rest_advantage_2d',
            e.is_over
                AND e.rest_days >= p."rest_advantage_2d.min_rest"
                AND e.abs_edge >= p."rest_advantage_2d.min_edge"
                AND NOT coalesce(e.season_week > p."rest_advantage_2d.max_weeks", FALSE),
            'model_consensus_v9_v12',
            e.agrees_v12 AND least(e.abs_edge, e.v12_abs_edge) >= p."model_consensus_v9_v12.min_edge",
            'bench_under',
            e.is_under AND e.starter_flag = FALSE,
            'high_usage_under',
            e.is_under AND e.usage_avg_season >= p."high_usage_under.min_usage",
            'volatile_under',
            e.is_under AND e.points_std_last_5 >= p."volatile_under.min_std",
            'high_ft_under',
            e.is_under AND e.fta_season >= p."high_ft_under.min_attempts",
            'self_creator_under',
            e.is_under AND e.unassisted_fg_season >= p."self_creator_under.min_makes",
            'prop_line_drop_over',
            e.is_over AND -e.prop_line_delta >= p."prop_line_drop_over.min_drop",
            'book_disagreement',
            e.multi_book_line_std >= p."book_disagreement.min_std"
        ) AS qualifies
    FROM (
        SELECT p.*, d.game_date
        FROM params AS p
        JOIN slate_versions AS d ON d.version = p.version
    ) AS p
    JOIN (
        SELECT
            c.candidate_set,
            e.* EXCEPT (usage_avg_season, points_std_last_5, fta_season, unassisted_fg_season),
            coalesce(e.usage_avg_season, 0) AS usage_avg_season,
            coalesce(e.points_std_last_5, 0) AS points_std_last_5,
            coalesce(e.fta_season, 0) AS fta_season,
            coalesce(e.unassisted_fg_season, 0) AS unassisted_fg_season
        FROM (SELECT DISTINCT candidate_set, feature_set FROM params) AS x
        JOIN candidates AS c ON c.candidate_set = x.candidate_set
        JOIN evidence AS e ON e.feature_set = x.feature_set AND e.candidate = c.candidate
    ) AS e
        ON e.candidate_set = p.candidate_set AND e.feature_set = p.feature_set AND e.game_date = p.game_date
)
