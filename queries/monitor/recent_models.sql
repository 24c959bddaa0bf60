-- recent_models: the models of the last three slates by the families of the version that decides the newest one, and the
-- families that have none (specification: monitoring, "Configuration view").
-- Grain: a system_id with active predictions on the last three slates, or a family without any (system_id NULL).
-- Inputs: slates, player_prop_predictions, deciding_families, prediction_accuracy.
-- Slates: together.
-- state: ACTIVE, UNCLASSIFIED (a system_id that fits the pattern of no family), INACTIVE (a family without predictions).
-- days_since_grading: from its last graded date to the last graded date of any model, up to the newest slate; NULL for one
-- never graded.
WITH
newest AS (
    SELECT max(game_date) AS slate FROM slates
),

last_slates AS (
    SELECT game_date FROM slates ORDER BY game_date DESC LIMIT 3
),

predicting AS (
    SELECT prediction.system_id, count(*) AS predictions
    FROM player_prop_predictions AS prediction
    JOIN last_slates ON last_slates.game_date = prediction.game_date
    WHERE prediction.is_active
    GROUP BY prediction.system_id
),

classified AS (
    SELECT predicting.system_id, deciding_families.family, predicting.predictions
    FROM predicting
    LEFT JOIN deciding_families
        ON CASE deciding_families.match
            WHEN 'equals' THEN predicting.system_id = deciding_families.pattern
            ELSE starts_with(predicting.system_id, deciding_families.pattern)
        END
    QUALIFY row_number() OVER (
        PARTITION BY predicting.system_id ORDER BY deciding_families.ordinal ASC NULLS LAST
    ) = 1
),

bidding_families AS (
    SELECT DISTINCT family FROM deciding_families WHERE is_candidate
),

gradings AS (
    SELECT grading.system_id, grading.game_date
    FROM prediction_accuracy AS grading
    JOIN newest ON grading.game_date <= newest.slate
),

graded AS (
    SELECT system_id, max(game_date) AS last_graded
    FROM gradings
    GROUP BY system_id
),

newest_grading AS (
    SELECT max(game_date) AS game_date FROM gradings
)

SELECT
    coalesce(classified.family, bidding_families.family) AS family,
    classified.system_id,
    CASE
        WHEN classified.system_id IS NULL THEN 'INACTIVE'
        WHEN classified.family IS NULL THEN 'UNCLASSIFIED'
        ELSE 'ACTIVE'
    END AS state,
    coalesce(classified.predictions, 0) AS predictions,
    graded.last_graded,
    newest_grading.game_date - graded.last_graded AS days_since_grading
FROM classified
FULL JOIN bidding_families ON bidding_families.family = classified.family
LEFT JOIN graded ON graded.system_id = classified.system_id
CROSS JOIN newest_grading
