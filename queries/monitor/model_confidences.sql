-- model_confidences: on which scale each model gives its confidences, 0-1 or 0-100 (specification: monitoring, "Doctor").
-- Grain: system_id of a known family.
-- Inputs: slates, player_prop_predictions, model_names.
SELECT
    p.system_id,
    count(*) FILTER (WHERE p.confidence_score <= 1) AS fractions,
    count(*) FILTER (WHERE p.confidence_score > 1) AS percents
FROM player_prop_predictions AS p
JOIN slates AS s ON s.game_date = p.game_date
JOIN model_names AS m ON m.kind = 'system_id' AND m.name = p.system_id
WHERE p.is_active AND m.family IS NOT NULL AND p.confidence_score IS NOT NULL
GROUP BY p.system_id
