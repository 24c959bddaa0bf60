-- graded_days: how the champion's predictions of a day were graded, as seen from each vantage
-- (specification: selection, "Model health", "Direction health").
-- Grain: feature_set, vantage, game_date; a day without any has no row.
-- Inputs: lookbacks, prediction_accuracy.
-- History: days.
-- Slates: together, for itself.
-- Counts of predictions with |edge| of at least health_min_edge (points). n and wins: with a result, not voided (a row that
-- says nothing of that is not); over_ and under_: known not to be voided, with or without a result.
WITH seen AS (
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
)

SELECT
    seen.feature_set,
    seen.vantage,
    grading.game_date,
    count(*) FILTER (WHERE grading.prediction_correct IS NOT NULL AND grading.is_voided IS NOT TRUE) AS n,
    count(*) FILTER (WHERE grading.prediction_correct AND grading.is_voided IS NOT TRUE) AS wins,
    count(*) FILTER (WHERE grading.recommendation = 'OVER' AND grading.is_voided = FALSE) AS over_n,
    count(*) FILTER (
        WHERE grading.recommendation = 'OVER' AND grading.prediction_correct AND grading.is_voided = FALSE
    ) AS over_wins,
    count(*) FILTER (WHERE grading.recommendation = 'UNDER' AND grading.is_voided = FALSE) AS under_n,
    count(*) FILTER (
        WHERE grading.recommendation = 'UNDER' AND grading.prediction_correct AND grading.is_voided = FALSE
    ) AS under_wins
FROM seen
JOIN prediction_accuracy AS grading
    ON grading.system_id = seen.champion
    AND grading.game_date >= seen.since
    AND grading.game_date < seen.ends_before
    AND (seen.as_of IS NULL OR grading.graded_at IS NULL OR grading.graded_at <= seen.as_of)
WHERE abs(grading.predicted_points - grading.line_value) >= seen.health_min_edge
GROUP BY seen.feature_set, seen.vantage, grading.game_date
