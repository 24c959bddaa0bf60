-- evidence: every candidate with all that is known of it and its slate before anything is decided, the same for every
-- version that computes its features alike.
-- Grain: feature_set, candidate.
-- Inputs: feature_sets, winning_bids, slates, features, slate_health, player_records, subset_memberships.
-- agrees_v12: the V12 model takes the same side. prop_line_delta is in points, relative_edge the quotient of the doubles
-- |edge| and line; the under_ columns are those of an UNDER, NULL for an OVER. champion_graded and champion_hit_rate are the
-- champion's record on the player. Percentages 0-100, except three_pct_* and fg_pct_* (0-1).
SELECT
    x.feature_set,
    c.candidate,
    s.season_week,
    CAST(c.abs_edge AS DOUBLE) AS edge_points,
    c.recommendation = 'OVER' AS is_over,
    c.recommendation = 'UNDER' AS is_under,
    c.recommendation = f.v12_recommendation AS agrees_v12,
    CASE WHEN c.line > 0 THEN CAST(c.abs_edge AS DOUBLE) / CAST(c.line AS DOUBLE) END AS relative_edge,
    CASE WHEN c.recommendation = 'UNDER' AND c.line > 0 THEN c.line END AS under_line,
    CASE WHEN c.recommendation = 'UNDER' THEN c.line - f.previous_line END AS under_line_delta,
    CASE WHEN c.recommendation = 'UNDER' THEN f.neg_pm_streak END AS under_neg_pm_streak,
    c.game_date,
    c.player_lookup,
    c.game_id,
    f.player_full_name AS player,
    f.team_abbr AS team,
    f.opponent,
    f.is_home,
    f.no_earlier_game,
    c.source_model_id,
    c.source_model_family,
    c.predicted_points,
    c.line,
    c.edge,
    c.abs_edge,
    c.recommendation,
    c.confidence_score,
    c.feature_quality_score,
    f.stats_game_id,
    f.stats_game_date,
    f.prev_minutes,
    f.starter_flag,
    f.rest_days,
    f.three_pct_last_3,
    f.three_pct_season,
    f.three_pct_std,
    f.three_pa_per_game,
    f.minutes_avg_last_3,
    f.minutes_avg_season,
    f.minutes_surge,
    f.minutes_deficit,
    f.fg_pct_last_3,
    f.fg_pct_season,
    f.fg_pct_std,
    f.points_avg_season,
    f.points_std_last_5,
    f.usage_avg_season,
    f.fta_season,
    f.unassisted_fg_season,
    f.neg_pm_1,
    f.neg_pm_2,
    f.neg_pm_3,
    f.neg_pm_streak,
    f.streak_game_date,
    f.prev_over_1,
    f.prev_over_2,
    f.prev_over_3,
    f.prev_over_4,
    f.prev_over_5,
    f.prev_correct_1,
    f.prev_correct_2,
    f.prev_correct_3,
    f.prev_correct_4,
    f.prev_correct_5,
    f.under_streak,
    f.previous_line_date,
    f.previous_line,
    c.line - f.previous_line AS prop_line_delta,
    f.multi_book_line_std,
    f.games_vs_opponent,
    f.v12_system_id,
    f.v12_recommendation,
    f.v12_abs_edge,
    r.graded AS champion_graded,
    r.hit_rate AS champion_hit_rate,
    h.model_health_status,
    h.hit_rate_7d,
    q.qualifying_subsets,
    CASE c.recommendation WHEN 'OVER' THEN h.over_hr_14d ELSE h.under_hr_14d END AS direction_hr_14d
FROM feature_sets AS x
CROSS JOIN winning_bids AS c
JOIN slates AS s ON s.game_date = c.game_date
JOIN slate_health AS h ON h.feature_set = x.feature_set AND h.game_date = c.game_date
LEFT JOIN player_records AS r
    ON r.feature_set = x.feature_set
    AND r.game_date = c.game_date
    AND r.player_lookup = c.player_lookup
LEFT JOIN subset_memberships AS q
    ON q.game_date = c.game_date
    AND q.player_lookup = c.player_lookup
    AND q.game_id = c.game_id
JOIN features AS f
    ON f.feature_set = x.feature_set
    AND f.game_date = c.game_date
    AND f.player_lookup = c.player_lookup
    AND f.game_id = c.game_id
