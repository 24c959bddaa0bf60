-- confidence_scales: the systems whose confidences are on both scales, 0-1 and 0-100.
-- Grain: system_id. Columns: count, message, example.
-- Inputs: player_prop_predictions.
SELECT
    count(*) AS count,
    concat(
        system_id, ' has confidences on both scales: ',
        count(*) FILTER (WHERE confidence_score <= 1), ' of 0-1 and ',
        count(*) FILTER (WHERE confidence_score > 1), ' of 0-100'
    ) AS message,
    concat(
        '0-1 from ', min(game_date) FILTER (WHERE confidence_score <= 1),
        ' to ', max(game_date) FILTER (WHERE confidence_score <= 1),
        ', 0-100 from ', min(game_date) FILTER (WHERE confidence_score > 1),
        ' to ', max(game_date) FILTER (WHERE confidence_score > 1)
    ) AS example
FROM player_prop_predictions
WHERE confidence_score IS NOT NULL
GROUP BY system_id
HAVING min(confidence_score) <= 1 AND max(confidence_score) > 1
ORDER BY system_id
