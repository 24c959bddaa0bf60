-- evidence: every candidate of every version with all that signals and filters look at.
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: params, slate_versions, candidates, slates, features, consensus, slate_health, player_records.
-- prop_line_delta in points; agrees_v12: the V12 model takes the same side. Percentages 0-100, except three_pct_* (0-1).
SELECT
    c.*,
    p.version,
    c.recommendation = 'OVER' AS is_over,
    c.recommendation = 'UNDER' AS is_under,
    c.line - f.previous_line AS prop_line_delta,
    c.recommendation = f.v12_recommendation AS agrees_v12,
    h.model_health_status,
    CASE WHEN p.blacklist_works THEN r.graded END AS champion_graded,
    CASE WHEN p.blacklist_works THEN r.hit_rate END AS champion_hit_rate,
    f.v12_abs_edge,
    f.rest_days,
    f.is_home,
    f.starter_flag,
    f.three_pct_last_3,
    f.three_pct_season,
    f.three_pct_std,
    f.three_pa_per_game,
    f.minutes_avg_season,
    f.minutes_surge,
    f.minutes_deficit,
    f.usage_avg_season,
    f.points_std_last_5,
    f.fta_season,
    f.unassisted_fg_season,
    f.under_streak,
    f.multi_book_line_std,
    f.games_vs_opponent,
    f.neg_pm_streak,
    k.majority AS consensus_majority,
    k.consensus_bonus,
    s.season_week
FROM params AS p
JOIN slate_versions AS d ON d.version = p.version
JOIN candidates AS c ON c.candidate_set = p.candidate_set AND c.game_date = d.game_date
JOIN slates AS s ON s.game_date = c.game_date
JOIN slate_health AS h ON h.feature_set = p.feature_set AND h.game_date = c.game_date
LEFT JOIN player_records AS r
    ON r.feature_set = p.feature_set
    AND r.game_date = c.game_date
    AND r.player_lookup = c.player_lookup
LEFT JOIN consensus AS k
    ON k.consensus_set = p.consensus_set
    AND k.game_date = c.game_date
    AND k.player_lookup = c.player_lookup
    AND k.game_id = c.game_id
JOIN features AS f
    ON f.feature_set = p.feature_set
    AND f.game_date = c.game_date
    AND f.player_lookup = c.player_lookup
    AND f.game_id = c.game_id
