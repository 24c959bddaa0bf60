-- confidence_scale_of_systems: the systems with confidences of 0-100 only, where other systems have 0-1 only.
-- Grain: system_id. Columns: count, message, example.
-- Inputs: player_prop_predictions.
WITH
systems AS (
    SELECT
        system_id,
        count(*) AS confidences,
        min(confidence_score) AS lowest,
        max(confidence_score) AS highest
    FROM player_prop_predictions
    WHERE confidence_score IS NOT NULL
    GROUP BY system_id
),

fractions AS (
    SELECT min(system_id) AS first_system FROM systems WHERE highest <= 1
)

SELECT
    systems.confidences AS count,
    concat(systems.system_id, ' has confidences of 0-100 where others have 0-1') AS message,
    concat('0-1: ', fractions.first_system) AS example
FROM systems
CROSS JOIN fractions
WHERE systems.lowest > 1 AND fractions.first_system IS NOT NULL
ORDER BY systems.system_id
