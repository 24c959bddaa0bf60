-- outcomes: what a player scored in a game, from its latest grading by any system (specification: selection, "Outcome").
-- Grain: player_lookup, game_id.
-- Inputs: slates, prediction_accuracy.
-- Read after the decision only: nothing that decides names this relation.
SELECT
    g.player_lookup,
    g.game_id,
    last_value(g.actual_points ORDER BY g.graded_at NULLS FIRST, g.system_id, g.line_value, g.actual_points)
        AS actual_points,
    last_value(
        CAST(coalesce(g.is_voided, FALSE) AS INT)
        ORDER BY g.graded_at NULLS FIRST, g.system_id, g.line_value, g.actual_points
    ) = 1 AS is_voided
FROM prediction_accuracy AS g
JOIN slates AS s ON s.game_date = g.game_date
GROUP BY g.player_lookup, g.game_id
