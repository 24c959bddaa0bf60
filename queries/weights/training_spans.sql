-- training_spans: until when the models of a family were trained, as known on a date
-- (specification: monitoring, "Model names").
-- Grain: family_set (-1: the families by which monitoring sorts models), family, training_end; only families with a training
-- end in model_registry.
-- Inputs: families, model_families, model_registry.
-- A deployment name is of the first of the set's families whose pattern fits, else of monitoring's. Known from known_from
-- (inclusive) until known_until (exclusive): the latest end that is not after a date, the earliest where all are.
SELECT
    family_set,
    family,
    training_end,
    CASE
        WHEN lag(training_end) OVER by_end IS NULL THEN DATE '0001-01-01'
        ELSE training_end
    END AS known_from,
    coalesce(lead(training_end) OVER by_end, DATE '9999-12-31') AS known_until
FROM (
    SELECT DISTINCT family_set, family, training_end
    FROM (
        SELECT f.family_set, f.family, r.training_end_date AS training_end
        FROM model_registry AS r
        JOIN (
            SELECT family_set, ordinal, family, match, pattern FROM families
            UNION ALL
            SELECT family_set, ordinal, family, match, pattern FROM model_families
            UNION ALL
            SELECT s.family_set, 1000 + m.ordinal AS ordinal, m.family, m.match, m.pattern
            FROM (SELECT DISTINCT family_set FROM families) AS s
            CROSS JOIN model_families AS m
        ) AS f
            ON CASE f.match WHEN 'equals' THEN r.model_id = f.pattern ELSE starts_with(r.model_id, f.pattern) END
        WHERE r.training_end_date IS NOT NULL
        QUALIFY row_number() OVER (
            PARTITION BY f.family_set, r.model_id, r.training_end_date ORDER BY f.ordinal
        ) = 1
    )
)
WINDOW by_end AS (PARTITION BY family_set, family ORDER BY training_end)
