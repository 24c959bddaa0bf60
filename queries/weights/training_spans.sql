-- training_spans: until when the models of a family were trained, as known on a date
-- (specification: monitoring, "Model names").
-- Grain: family_set (-1: the families by which monitoring sorts models), family, training_end; only families with a training
-- end in model_registry.
-- Inputs: families, model_families, model_registry.
-- A deployment name is of the first of the set's families whose pattern fits, else of monitoring's. Known from known_from
-- (inclusive) until known_until (exclusive): the latest end that is not after a date, the earliest where all are.
WITH
family_sets AS (
    SELECT DISTINCT family_set FROM families
),

tried AS (
    SELECT family_set, ordinal, family, match, pattern FROM families
    UNION ALL
    SELECT family_set, ordinal, family, match, pattern FROM model_families
    UNION ALL
    SELECT
        family_sets.family_set,
        1000 + model_families.ordinal AS ordinal,
        model_families.family,
        model_families.match,
        model_families.pattern
    FROM family_sets
    CROSS JOIN model_families
),

first_fitting AS (
    SELECT tried.family_set, tried.family, deployed.training_end_date AS training_end
    FROM model_registry AS deployed
    JOIN tried
        ON CASE tried.match
            WHEN 'equals' THEN deployed.model_id = tried.pattern
            ELSE starts_with(deployed.model_id, tried.pattern)
        END
    WHERE deployed.training_end_date IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY tried.family_set, deployed.model_id, deployed.training_end_date ORDER BY tried.ordinal
    ) = 1
),

training_ends AS (
    SELECT DISTINCT family_set, family, training_end FROM first_fitting
)

SELECT
    family_set,
    family,
    training_end,
    CASE
        WHEN lag(training_end) OVER by_end IS NULL THEN DATE '0001-01-01'
        ELSE training_end
    END AS known_from,
    coalesce(lead(training_end) OVER by_end, DATE '9999-12-31') AS known_until
FROM training_ends
WINDOW by_end AS (PARTITION BY family_set, family ORDER BY training_end)
