-- recommended_without_line: active predictions that recommend a side of a line they do not have, never candidates.
-- Grain: one row where there are any, else none. Columns: count, message, example.
-- Inputs: player_prop_predictions.
SELECT
    count(*) AS count,
    'recommend OVER or UNDER without a line, so they are never candidates' AS message,
    min(concat(game_date, ' ', system_id, ' ', player_lookup, ' ', game_id, ' ', recommendation)) AS example
FROM player_prop_predictions
WHERE is_active AND recommendation IN ('OVER', 'UNDER') AND current_points_line IS NULL
HAVING count(*) > 0
