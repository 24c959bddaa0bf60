-- outcomes: what a player scored in a game, from its latest grading by any system.
-- Grain: player_lookup, game_id.
-- Inputs: slates, prediction_accuracy.
-- Read after the decision only: nothing that decides names this relation.
SELECT
    g.player_lookup,
    g.game_id,
    g.actual_points,
    coalesce(g.is_voided, FALSE) AS is_voided
FROM prediction_accuracy AS g
JOIN slates AS s ON s.game_date = g.game_date
QUALIFY row_number() OVER (
    PARTITION BY g.player_lookup, g.game_id
    ORDER BY g.graded_at DESC NULLS LAST, g.system_id, g.line_value, g.actual_points
) = 1
