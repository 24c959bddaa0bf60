-- affinity_days: how the predictions of a group of models on a side were graded on a day, by the size of their edge, as seen
-- from each vantage (specification: versions, "Model-direction affinity").
-- Grain: affinity_set, vantage, model_group, recommendation, edge_band, game_date.
-- Inputs: affinity_sets, slates, prediction_accuracy.
-- History: days.
-- Slates: together, for itself.
-- Counts of gradings known not to be voided, regraded ones again; total_picks with or without a result. edge_from and
-- edge_below (points) bound the |edge| of the band, the latter excluded.
WITH
seen AS (
    SELECT
        affinity_sets.affinity_set,
        affinity_sets.affinity_min_edge AS min_edge,
        affinity_sets.affinity_low_vegas AS low_vegas,
        slates.vantage,
        slates.past_as_of AS as_of,
        min(slates.game_date - affinity_sets.affinity_days) AS since,
        max(slates.known_before) AS ends_before
    FROM affinity_sets
    CROSS JOIN slates
    GROUP BY
        affinity_sets.affinity_set,
        affinity_sets.affinity_min_edge,
        affinity_sets.affinity_low_vegas,
        slates.vantage,
        slates.past_as_of
),

bands AS (
    SELECT
        band.edge_band,
        band.edge_from,
        band.edge_below
    FROM (VALUES ('3_5', 3, 5), ('5_7', 5, 7), ('7_plus', 7, NULL)) AS band (edge_band, edge_from, edge_below)
),

grouped AS (
    SELECT
        seen.affinity_set,
        seen.vantage,
        grading.game_date,
        CASE
            WHEN starts_with(grading.system_id, 'catboost_v9_low_vegas') AND seen.low_vegas = 'own' THEN 'v9_low_vegas'
            WHEN starts_with(grading.system_id, 'catboost_v9') THEN 'v9'
            WHEN starts_with(grading.system_id, 'catboost_v12_noveg') THEN 'v12_noveg'
            WHEN starts_with(grading.system_id, 'catboost_v12') THEN 'v12_vegas'
        END AS model_group,
        grading.recommendation,
        grading.prediction_correct,
        abs(grading.predicted_points - grading.line_value) AS abs_edge
    FROM seen
    JOIN prediction_accuracy AS grading
        ON grading.game_date >= seen.since
        AND grading.game_date < seen.ends_before
        AND (seen.as_of IS NULL OR grading.graded_at IS NULL OR grading.graded_at <= seen.as_of)
        AND abs(grading.predicted_points - grading.line_value) >= seen.min_edge
    WHERE grading.recommendation IN ('OVER', 'UNDER') AND grading.is_voided = FALSE
)

SELECT
    grouped.affinity_set,
    grouped.vantage,
    grouped.model_group,
    grouped.recommendation,
    bands.edge_band,
    bands.edge_from,
    bands.edge_below,
    grouped.game_date,
    count(*) AS total_picks,
    count(*) FILTER (WHERE grouped.prediction_correct) AS wins,
    count(*) FILTER (WHERE NOT grouped.prediction_correct) AS losses
FROM grouped
JOIN bands
    ON grouped.abs_edge >= bands.edge_from
    AND coalesce(grouped.abs_edge < bands.edge_below, TRUE)
WHERE grouped.model_group IS NOT NULL
GROUP BY
    grouped.affinity_set,
    grouped.vantage,
    grouped.model_group,
    grouped.recommendation,
    bands.edge_band,
    bands.edge_from,
    bands.edge_below,
    grouped.game_date
