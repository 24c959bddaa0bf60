-- signals: what each signal says of every candidate of every version (specification: selection, "Signals"; versions, "Lists").
-- Grain: version, candidate.
-- Inputs: params, slate_versions, candidates, evidence.
-- Carries on what the filters look at: of the candidate, and of the version.
-- qualifies is a struct of booleans, signal_confidence one of confidences (0-1), NULL where the signal does not qualify.
-- They state every signal there is; which of them a version has, and in which order, is its list (signal_order), applied by
-- signal_tags(). The confidence_score is compared raw, on whichever scale its model gave it, as production did; averages
-- that are absent count as 0 in the comparisons, as there.
WITH
choices AS (
    SELECT DISTINCT candidate_set, feature_set FROM params
),

known AS (
    SELECT
        candidates.candidate_set,
        evidence.* EXCEPT (usage_avg_season, points_std_last_5, fta_season, unassisted_fg_season),
        coalesce(evidence.usage_avg_season, 0) AS usage_avg_season,
        coalesce(evidence.points_std_last_5, 0) AS points_std_last_5,
        coalesce(evidence.fta_season, 0) AS fta_season,
        coalesce(evidence.unassisted_fg_season, 0) AS unassisted_fg_season
    FROM choices
    JOIN candidates ON candidates.candidate_set = choices.candidate_set
    JOIN evidence
        ON evidence.feature_set = choices.feature_set
        AND evidence.candidate = candidates.candidate
),

versions AS (
    SELECT params.*, slate_versions.game_date
    FROM params
    JOIN slate_versions ON slate_versions.version = params.version
),

qualified AS (
    SELECT
        known.candidate,
        known.game_date,
        known.player_lookup,
        known.game_id,
        known.feature_set,
        known.is_under,
        known.line,
        known.abs_edge,
        known.edge_points,
        known.confidence_score,
        known.feature_quality_score,
        known.relative_edge,
        known.under_line,
        known.under_line_delta,
        known.under_neg_pm_streak,
        known.games_vs_opponent,
        known.champion_graded,
        known.champion_hit_rate,
        known.model_health_status,
        known.v12_abs_edge,
        known.three_pct_last_3,
        known.three_pct_season,
        known.three_pct_std,
        known.minutes_surge,
        known.under_streak,
        known.minutes_deficit,
        known.minutes_avg_season,
        known.usage_avg_season,
        known.points_std_last_5,
        known.fta_season,
        known.unassisted_fg_season,
        known.prop_line_delta,
        known.multi_book_line_std,
        versions.version,
        versions.signals AS signal_order,
        versions.filters AS filter_order,
        versions.combos,
        versions.model_dependent,
        versions.consensus_set,
        versions.health_set,
        versions.blacklist_works,
        versions.score,
        versions.blacklist_hit_rate,
        versions.blacklist_min_picks,
        versions.min_edge,
        versions.under_max_edge,
        versions.under_max_edge_line,
        versions.rel_edge_cap,
        versions.familiar_games,
        versions.feature_quality,
        versions.feature_quality_missing,
        versions.bench_line,
        versions.line_jump,
        versions.line_drop,
        versions.neg_pm_streak,
        versions.min_signals,
        versions.confidence_floor,
        versions.anti_patterns,
        named_struct(
            'model_health',
            TRUE,
            'high_edge',
            known.abs_edge >= versions."high_edge.min_edge",
            'dual_agree',
            known.agrees_v12 AND least(known.abs_edge, known.v12_abs_edge) >= versions."dual_agree.min_edge",
            '3pt_bounce',
            known.is_over
            AND known.three_pa_per_game >= versions."3pt_bounce.min_attempts"
            AND known.three_pct_std > 0
            AND known.three_pct_last_3 < known.three_pct_season - known.three_pct_std,
            'minutes_surge',
            known.is_over AND known.minutes_surge >= versions."minutes_surge.min_surge",
            'cold_snap',
            known.is_over AND known.is_home AND known.under_streak >= versions."cold_snap.min_streak",
            'blowout_recovery',
            known.is_over
            AND coalesce(known.rest_days >= versions."blowout_recovery.min_rest", TRUE)
            AND known.minutes_deficit >= versions."blowout_recovery.min_deficit",
            'combo_he_ms',
            known.is_over
            AND known.abs_edge >= versions."combo_he_ms.min_edge"
            AND known.minutes_surge >= versions."combo_he_ms.min_surge",
            'combo_3way',
            (known.is_over OR versions."combo_3way.sides" = 'both')
            AND known.abs_edge >= versions."combo_3way.min_edge"
            AND known.minutes_surge >= versions."combo_3way.min_surge"
            AND known.confidence_score >= versions."combo_3way.min_confidence"
            AND NOT coalesce(
                known.confidence_score BETWEEN versions."confidence_band.low" AND versions."confidence_band.high",
                FALSE
            ),
            'edge_spread_optimal',
            known.abs_edge >= versions."edge_spread_optimal.min_edge"
            AND known.confidence_score >= versions."edge_spread_optimal.min_confidence"
            AND NOT coalesce(
                known.confidence_score BETWEEN versions."confidence_band.low" AND versions."confidence_band.high",
                FALSE
            ),
            'b2b_fatigue_under',
            known.is_under
            AND known.rest_days = 1
            AND known.minutes_avg_season >= versions."b2b_fatigue_under.min_minutes",
            'rest_advantage_2d',
            known.is_over
            AND known.rest_days >= versions."rest_advantage_2d.min_rest"
            AND known.abs_edge >= versions."rest_advantage_2d.min_edge"
            AND NOT coalesce(known.season_week > versions."rest_advantage_2d.max_weeks", FALSE),
            'model_consensus_v9_v12',
            known.agrees_v12
            AND least(known.abs_edge, known.v12_abs_edge) >= versions."model_consensus_v9_v12.min_edge",
            'bench_under',
            known.is_under AND known.starter_flag = FALSE,
            'high_usage_under',
            known.is_under AND known.usage_avg_season >= versions."high_usage_under.min_usage",
            'volatile_under',
            known.is_under AND known.points_std_last_5 >= versions."volatile_under.min_std",
            'high_ft_under',
            known.is_under AND known.fta_season >= versions."high_ft_under.min_attempts",
            'self_creator_under',
            known.is_under AND known.unassisted_fg_season >= versions."self_creator_under.min_makes",
            'prop_line_drop_over',
            known.is_over AND -known.prop_line_delta >= versions."prop_line_drop_over.min_drop",
            'book_disagreement',
            known.multi_book_line_std >= versions."book_disagreement.min_std"
        ) AS qualifies
    FROM versions
    JOIN known
        ON known.candidate_set = versions.candidate_set
        AND known.feature_set = versions.feature_set
        AND known.game_date = versions.game_date
)

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
        CASE
            WHEN qualifies['3pt_bounce']
                THEN least(1.0, (three_pct_season - three_pct_last_3) / three_pct_std / 3)
        END,
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
        CASE
            WHEN qualifies['edge_spread_optimal']
                THEN
                    least(
                        1.0,
                        CASE
                            WHEN confidence_score BETWEEN 0.75 AND 0.85 THEN 0.9
                            WHEN confidence_score > 0.90 THEN 0.95
                            ELSE 0.75
                        END
                        + CASE WHEN abs_edge >= 8 THEN 0.05 ELSE 0.0 END
                    )
        END,
        'b2b_fatigue_under',
        CASE
            WHEN qualifies['b2b_fatigue_under']
                THEN least(1.0, 0.5 + (CAST(minutes_avg_season AS DOUBLE) - 35) / 10)
        END,
        'rest_advantage_2d',
        CASE WHEN qualifies['rest_advantage_2d'] THEN 0.6 END,
        'model_consensus_v9_v12',
        CASE
            WHEN qualifies['model_consensus_v9_v12']
                THEN least(1.0, 0.7 + (CAST(abs_edge + v12_abs_edge AS DOUBLE) / 2 - 3) / 10)
        END,
        'bench_under',
        CASE WHEN qualifies['bench_under'] THEN 0.85 END,
        'high_usage_under',
        CASE
            WHEN qualifies['high_usage_under']
                THEN least(1.0, 0.70 + (CAST(usage_avg_season AS DOUBLE) - 30) * 0.02)
        END,
        'volatile_under',
        CASE WHEN qualifies['volatile_under'] THEN least(1.0, 0.70 + (points_std_last_5 - 10) * 0.03) END,
        'high_ft_under',
        CASE WHEN qualifies['high_ft_under'] THEN least(1.0, 0.70 + (fta_season - 7) * 0.05) END,
        'self_creator_under',
        CASE WHEN qualifies['self_creator_under'] THEN least(1.0, 0.70 + (unassisted_fg_season - 5) * 0.075) END,
        'prop_line_drop_over',
        CASE
            WHEN qualifies['prop_line_drop_over']
                THEN least(1.0, 0.85 + (CAST(-prop_line_delta AS DOUBLE) - 2) * 0.05)
        END,
        'book_disagreement',
        CASE WHEN qualifies['book_disagreement'] THEN least(0.95, 0.85 + (multi_book_line_std - 1.5) * 0.10) END
    ) AS signal_confidence
FROM qualified
