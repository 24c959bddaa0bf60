-- model_names: every name under which a model appears, and its family (specification: monitoring, "Model names").
-- Grain: kind (system_id: at run time, in predictions and gradings; model_id: at deployment, in model_registry), name.
-- Inputs: player_prop_predictions, prediction_accuracy, model_registry, model_families.
-- family, feature_set, loss and pattern are those of the first family whose pattern fits; NULL where none does.
SELECT n.kind, n.name, f.family, f.feature_set, f.loss, f.match, f.pattern
FROM (
    SELECT 'system_id' AS kind, system_id AS name FROM player_prop_predictions WHERE system_id IS NOT NULL
    UNION
    SELECT 'system_id' AS kind, system_id AS name FROM prediction_accuracy WHERE system_id IS NOT NULL
    UNION
    SELECT 'model_id' AS kind, model_id AS name FROM model_registry WHERE model_id IS NOT NULL
) AS n
LEFT JOIN model_families AS f
    ON CASE f.match WHEN 'equals' THEN n.name = f.pattern ELSE starts_with(n.name, f.pattern) END
QUALIFY row_number() OVER (PARTITION BY n.kind, n.name ORDER BY f.ordinal NULLS LAST) = 1
