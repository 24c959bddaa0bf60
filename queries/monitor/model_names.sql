-- model_names: every name under which a model appears, and its family (specification: monitoring, "Model names").
-- Grain: kind (system_id: at run time, in predictions and gradings; model_id: at deployment, in model_registry), name.
-- Inputs: player_prop_predictions, prediction_accuracy, model_registry, model_families.
-- family, feature_set, loss and pattern are those of the first family whose pattern fits; NULL where none does.
WITH names AS (
    SELECT 'system_id' AS kind, system_id AS name FROM player_prop_predictions WHERE system_id IS NOT NULL
    UNION DISTINCT
    SELECT 'system_id' AS kind, system_id AS name FROM prediction_accuracy WHERE system_id IS NOT NULL
    UNION DISTINCT
    SELECT 'model_id' AS kind, model_id AS name FROM model_registry WHERE model_id IS NOT NULL
)

SELECT
    names.kind,
    names.name,
    model_families.family,
    model_families.feature_set,
    model_families.loss,
    model_families.match,
    model_families.pattern
FROM names
LEFT JOIN model_families
    ON CASE model_families.match
        WHEN 'equals' THEN names.name = model_families.pattern
        ELSE starts_with(names.name, model_families.pattern)
    END
QUALIFY row_number() OVER (
    PARTITION BY names.kind, names.name ORDER BY model_families.ordinal ASC NULLS LAST
) = 1
