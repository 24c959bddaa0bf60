-- unclassified_systems: the systems of no model family, whose predictions are never candidates.
-- Grain: system_id. Columns: count, message, example.
-- Inputs: player_prop_predictions, system_families.
SELECT
    count(*) AS count,
    concat(system_id, ' is of no model family of v307, so its predictions are never candidates') AS message,
    concat(min(game_date), ' to ', max(game_date)) AS example
FROM player_prop_predictions
WHERE system_id IS NOT NULL AND system_id NOT IN (SELECT system_id FROM system_families WHERE system_id IS NOT NULL)
GROUP BY system_id
ORDER BY system_id
