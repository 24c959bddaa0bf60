-- system_families: the model family of every system_id that predicts (specification: versions, "Families").
-- Grain: family_set, system_id; a system_id of no family has no row.
-- Inputs: predictions, families.
SELECT
    f.family_set,
    s.system_id,
    f.family,
    f.feature_set,
    f.loss,
    f.is_candidate
FROM (SELECT DISTINCT system_id FROM predictions) AS s
JOIN families AS f
    ON CASE f.match WHEN 'equals' THEN s.system_id = f.pattern ELSE starts_with(s.system_id, f.pattern) END
QUALIFY row_number() OVER (PARTITION BY f.family_set, s.system_id ORDER BY f.ordinal) = 1
