-- player_records: how the champion had done on each player this season before a slate (selection, section 2,
-- "player_blacklist").
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: feature_sets, slates, prediction_accuracy.
-- Rows without a result are in the denominator, as in production; hit_rate in percent.
SELECT
    f.feature_set,
    s.game_date,
    g.player_lookup,
    count(*) AS graded,
    hit_rate(sum(CASE WHEN g.prediction_correct THEN 1 ELSE 0 END), count(*)) AS hit_rate
FROM feature_sets AS f
CROSS JOIN slates AS s
JOIN prediction_accuracy AS g
    ON g.system_id = f.champion
    AND g.game_date >= s.opening_night
    AND g.game_date < s.known_before
    AND (s.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= s.as_of)
WHERE abs(g.predicted_points - g.line_value) >= f.blacklist_min_edge
    AND g.is_voided = FALSE
GROUP BY f.feature_set, s.game_date, g.player_lookup
