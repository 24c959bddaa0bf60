-- confidence_scale_of_systems: the systems with confidences of 0-100 only, where other systems have 0-1 only.
-- Grain: system_id. Columns: count, message, example.
-- Inputs: player_prop_predictions.
SELECT
    confidences AS count,
    concat(system_id, ' has confidences of 0-100 where others have 0-1') AS message,
    concat('0-1: ', first_of_fractions) AS example
FROM (
    SELECT *, min(system_id) FILTER (WHERE highest <= 1) OVER () AS first_of_fractions
    FROM (
        SELECT system_id, count(*) AS confidences, min(confidence_score) AS lowest, max(confidence_score) AS highest
        FROM player_prop_predictions
        WHERE confidence_score IS NOT NULL
        GROUP BY system_id
    )
)
WHERE lowest > 1 AND first_of_fractions IS NOT NULL
ORDER BY system_id
