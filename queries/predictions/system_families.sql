-- system_families: the model family of every system_id that predicts (specification: versions, "Families").
-- Grain: family_set, system_id; a system_id of no family has no row.
-- Inputs: predictions, families.
-- Slates: together, for itself.
WITH systems AS (
    SELECT DISTINCT system_id FROM predictions
)

SELECT
    families.family_set,
    systems.system_id,
    families.family,
    families.feature_set,
    families.loss,
    families.is_candidate
FROM systems
JOIN families
    ON CASE families.match
        WHEN 'equals' THEN systems.system_id = families.pattern
        ELSE starts_with(systems.system_id, families.pattern)
    END
QUALIFY row_number() OVER (PARTITION BY families.family_set, systems.system_id ORDER BY families.ordinal) = 1
