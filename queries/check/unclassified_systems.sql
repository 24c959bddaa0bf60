-- unclassified_systems: the systems of no model family, whose predictions are never candidates.
-- Grain: system_id. Columns: count, message, example.
-- Inputs: player_prop_predictions, system_families.
SELECT
    count(*) AS count,
    concat(prediction.system_id, ' is of no model family of v307, so its predictions are never candidates') AS message,
    concat(min(prediction.game_date), ' to ', max(prediction.game_date)) AS example
FROM player_prop_predictions AS prediction
LEFT ANTI JOIN system_families ON system_families.system_id = prediction.system_id
WHERE prediction.system_id IS NOT NULL
GROUP BY prediction.system_id
ORDER BY prediction.system_id
