-- model_results: how each model's gradings went by date and side, where a version weighs models
-- (specification: versions, "Source weights").
-- Grain: candidate_set, vantage (slates seen from the same moment), system_id, recommendation, game_date.
-- Inputs: weighing_sets, slates, prediction_accuracy.
-- History: the season.
-- Slates: together, for itself.
-- Decided gradings with |edge| >= source_weight_min_edge, as written by as_of; of a regraded one the latest counts, by
-- gradings every row does.
WITH
seen AS (
    SELECT
        weighing_sets.candidate_set,
        weighing_sets.source_weight,
        weighing_sets.source_weight_min_edge AS min_edge,
        slates.vantage,
        slates.past_as_of AS as_of,
        min(slates.opening_night) AS opening_night,
        max(slates.known_before) AS known_before
    FROM weighing_sets
    CROSS JOIN slates
    WHERE weighing_sets.source_weight <> 'performance'
    GROUP BY
        weighing_sets.candidate_set,
        weighing_sets.source_weight,
        weighing_sets.source_weight_min_edge,
        slates.vantage,
        slates.past_as_of
),

counted AS (
    SELECT
        seen.candidate_set,
        seen.vantage,
        grading.system_id,
        grading.recommendation,
        grading.game_date,
        grading.prediction_correct,
        grading.is_voided
    FROM seen
    JOIN prediction_accuracy AS grading
        ON grading.game_date >= seen.opening_night
        AND grading.game_date < seen.known_before
        AND abs(grading.predicted_points - grading.line_value) >= seen.min_edge
        AND (seen.as_of IS NULL OR grading.graded_at IS NULL OR grading.graded_at <= seen.as_of)
    QUALIFY seen.source_weight = 'gradings' OR row_number() OVER (
        PARTITION BY
            seen.candidate_set,
            seen.vantage,
            grading.player_lookup,
            grading.game_id,
            grading.system_id,
            grading.recommendation,
            grading.line_value
        ORDER BY
            grading.graded_at DESC NULLS LAST,
            grading.is_voided ASC NULLS FIRST,
            grading.prediction_correct ASC NULLS FIRST
    ) = 1
)

SELECT
    candidate_set,
    vantage,
    system_id,
    recommendation,
    game_date,
    count(*) AS graded,
    sum(CAST(prediction_correct AS BIGINT)) AS wins
FROM counted
WHERE prediction_correct IS NOT NULL AND is_voided IS NOT TRUE
GROUP BY candidate_set, vantage, system_id, recommendation, game_date
