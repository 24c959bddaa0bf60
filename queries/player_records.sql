-- player_records: how the champion had done on each player this season before a slate (selection, section 2,
-- "player_blacklist").
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: lookbacks, prediction_accuracy.
-- Rows without a result are in the denominator, as in production; hit_rate in percent.
SELECT
    l.feature_set,
    l.game_date,
    g.player_lookup,
    count(*) AS graded,
    hit_rate(sum(CASE WHEN g.prediction_correct THEN 1 ELSE 0 END), count(*)) AS hit_rate
FROM lookbacks AS l
JOIN prediction_accuracy AS g
    ON g.system_id = l.champion
    AND g.game_date >= l.opening_night
    AND g.game_date < l.known_before
    AND (l.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= l.as_of)
WHERE abs(g.predicted_points - g.line_value) >= l.blacklist_min_edge
    AND g.is_voided = FALSE
GROUP BY l.feature_set, l.game_date, g.player_lookup
