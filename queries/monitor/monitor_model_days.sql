-- monitor_model_days: how a model did on a date with edges that count (specification: monitoring, "model_performance_daily").
-- Grain: fidelity, model_id (a runtime system_id of a known family), game_date.
-- Inputs: prediction_accuracy, model_names.
-- As shipped a row without a result is a loss, as intended it is left out, voided ones too.
WITH counted AS (
    SELECT
        mode.fidelity,
        grading.system_id AS model_id,
        model_names.family,
        grading.game_date,
        coalesce(grading.prediction_correct, FALSE) AS prediction_correct
    FROM (VALUES ('as-shipped'), ('as-intended')) AS mode (fidelity)
    CROSS JOIN prediction_accuracy AS grading
    JOIN model_names ON model_names.kind = 'system_id' AND model_names.name = grading.system_id
    WHERE
        model_names.family IS NOT NULL
        AND abs(grading.predicted_points - grading.line_value) >= 3
        AND (
            mode.fidelity = 'as-shipped'
            OR (grading.prediction_correct IS NOT NULL AND grading.is_voided IS NOT TRUE)
        )
)

SELECT
    fidelity,
    model_id,
    family,
    game_date,
    count(*) AS picks,
    count(*) FILTER (WHERE prediction_correct) AS wins
FROM counted
GROUP BY fidelity, model_id, family, game_date
