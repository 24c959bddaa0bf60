-- evidence: every candidate with all that is known of it and its slate before anything is decided, the same for every
-- version that computes its features alike.
-- Grain: feature_set, candidate.
-- Inputs: feature_sets, winning_bids, slates, features, slate_health, player_records, subset_memberships.
-- prop_line_delta is in points, relative_edge the quotient of the doubles |edge| and line. champion_graded and
-- champion_hit_rate are the champion's record on the player. Percentages 0-100, except three_pct_* and fg_pct_* (0-1).
SELECT
    feature_sets.feature_set,
    winning_bids.candidate,
    slates.season_week,
    CAST(winning_bids.abs_edge AS DOUBLE) AS edge_points,
    winning_bids.recommendation = 'OVER' AS is_over,
    winning_bids.recommendation = 'UNDER' AS is_under,
    CASE WHEN winning_bids.line > 0 THEN CAST(winning_bids.abs_edge AS DOUBLE) / CAST(winning_bids.line AS DOUBLE) END
        AS relative_edge,
    winning_bids.game_date,
    winning_bids.player_lookup,
    winning_bids.game_id,
    features.player_full_name AS player,
    features.team_abbr AS team,
    features.opponent,
    features.is_home,
    features.no_earlier_game,
    winning_bids.source_model_id,
    winning_bids.source_model_family,
    winning_bids.predicted_points,
    winning_bids.line,
    winning_bids.edge,
    winning_bids.abs_edge,
    winning_bids.recommendation,
    winning_bids.confidence_score,
    winning_bids.feature_quality_score,
    features.stats_game_id,
    features.stats_game_date,
    features.prev_minutes,
    features.starter_flag,
    features.rest_days,
    features.three_pct_last_3,
    features.three_pct_season,
    features.three_pct_std,
    features.three_pa_per_game,
    features.minutes_avg_last_3,
    features.minutes_avg_season,
    features.minutes_surge,
    features.minutes_deficit,
    features.fg_pct_last_3,
    features.fg_pct_season,
    features.fg_pct_std,
    features.points_avg_season,
    features.points_std_last_5,
    features.usage_avg_season,
    features.fta_season,
    features.ft_rate_season,
    features.unassisted_fg_season,
    features.neg_pm_1,
    features.neg_pm_2,
    features.neg_pm_3,
    features.neg_pm_streak,
    features.streak_game_date,
    features.prev_over_1,
    features.prev_over_2,
    features.prev_over_3,
    features.prev_over_4,
    features.prev_over_5,
    features.prev_correct_1,
    features.prev_correct_2,
    features.prev_correct_3,
    features.prev_correct_4,
    features.prev_correct_5,
    features.under_streak,
    features.previous_line_date,
    features.previous_line,
    winning_bids.line - features.previous_line AS prop_line_delta,
    features.multi_book_line_std,
    features.games_vs_opponent,
    features.v12_system_id,
    features.v12_recommendation,
    features.v12_abs_edge,
    player_records.graded AS champion_graded,
    player_records.hit_rate AS champion_hit_rate,
    slate_health.model_health_status,
    slate_health.hit_rate_7d,
    subset_memberships.qualifying_subsets,
    CASE winning_bids.recommendation
        WHEN 'OVER' THEN slate_health.over_hr_14d
        ELSE slate_health.under_hr_14d
    END AS direction_hr_14d
FROM feature_sets
CROSS JOIN winning_bids
JOIN slates ON slates.game_date = winning_bids.game_date
JOIN slate_health
    ON slate_health.feature_set = feature_sets.feature_set
    AND slate_health.game_date = winning_bids.game_date
LEFT JOIN player_records
    ON player_records.feature_set = feature_sets.feature_set
    AND player_records.game_date = winning_bids.game_date
    AND player_records.player_lookup = winning_bids.player_lookup
LEFT JOIN subset_memberships
    ON subset_memberships.game_date = winning_bids.game_date
    AND subset_memberships.player_lookup = winning_bids.player_lookup
    AND subset_memberships.game_id = winning_bids.game_id
JOIN features
    ON features.feature_set = feature_sets.feature_set
    AND features.game_date = winning_bids.game_date
    AND features.player_lookup = winning_bids.player_lookup
    AND features.game_id = winning_bids.game_id
