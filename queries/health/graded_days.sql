-- graded_days: how the champion's predictions of a day were graded, as seen from each vantage
-- (specification: selection, "Model health", "Direction health").
-- Grain: feature_set, vantage, game_date; a day without any has no row.
-- Inputs: lookbacks, prediction_accuracy.
-- Counts of predictions with |edge| of at least health_min_edge (points). n and wins: with a result, not voided (a row that
-- says nothing of that is not); over_ and under_: known not to be voided, with or without a result.
SELECT
    l.feature_set,
    l.vantage,
    g.game_date,
    count(*) FILTER (WHERE g.prediction_correct IS NOT NULL AND g.is_voided IS NOT TRUE) AS n,
    count(*) FILTER (WHERE g.prediction_correct AND g.is_voided IS NOT TRUE) AS wins,
    count(*) FILTER (WHERE g.recommendation = 'OVER' AND g.is_voided = FALSE) AS over_n,
    count(*) FILTER (WHERE g.recommendation = 'OVER' AND g.prediction_correct AND g.is_voided = FALSE) AS over_wins,
    count(*) FILTER (WHERE g.recommendation = 'UNDER' AND g.is_voided = FALSE) AS under_n,
    count(*) FILTER (WHERE g.recommendation = 'UNDER' AND g.prediction_correct AND g.is_voided = FALSE) AS under_wins
FROM (
    SELECT
        feature_set,
        champion,
        health_min_edge,
        vantage,
        as_of,
        min(least(health_since, direction_since)) AS since,
        max(known_before) AS ends_before
    FROM lookbacks
    GROUP BY feature_set, champion, health_min_edge, vantage, as_of
) AS l
JOIN prediction_accuracy AS g
    ON g.system_id = l.champion
    AND g.game_date >= l.since
    AND g.game_date < l.ends_before
    AND (l.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= l.as_of)
WHERE abs(g.predicted_points - g.line_value) >= l.health_min_edge
GROUP BY l.feature_set, l.vantage, g.game_date
