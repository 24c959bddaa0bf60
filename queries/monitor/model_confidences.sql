-- model_confidences: on which scale each model gives its confidences, 0-1 or 0-100 (specification: monitoring, "Doctor").
-- Grain: system_id of a known family.
-- Inputs: slates, player_prop_predictions, model_names.
-- Slates: together.
SELECT
    prediction.system_id,
    count(*) FILTER (WHERE prediction.confidence_score <= 1) AS fractions,
    count(*) FILTER (WHERE prediction.confidence_score > 1) AS percents
FROM player_prop_predictions AS prediction
JOIN slates ON slates.game_date = prediction.game_date
JOIN model_names ON model_names.kind = 'system_id' AND model_names.name = prediction.system_id
WHERE prediction.is_active AND model_names.family IS NOT NULL AND prediction.confidence_score IS NOT NULL
GROUP BY prediction.system_id
