-- outcomes: what a player scored in a game, from its latest grading by any system (specification: selection, "Outcome").
-- Grain: player_lookup, game_id.
-- Inputs: slates, prediction_accuracy.
-- History: the slates.
-- Read after the decision only: nothing that decides names this relation.
SELECT
    grading.player_lookup,
    grading.game_id,
    last_value(
        grading.actual_points
        ORDER BY
            grading.graded_at ASC NULLS FIRST,
            grading.system_id ASC,
            grading.line_value ASC,
            grading.actual_points ASC
    ) AS actual_points,
    last_value(
        CAST(coalesce(grading.is_voided, FALSE) AS INT)
        ORDER BY
            grading.graded_at ASC NULLS FIRST,
            grading.system_id ASC,
            grading.line_value ASC,
            grading.actual_points ASC
    ) = 1 AS is_voided
FROM prediction_accuracy AS grading
JOIN slates ON slates.game_date = grading.game_date
GROUP BY grading.player_lookup, grading.game_id
