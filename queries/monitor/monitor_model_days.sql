-- monitor_model_days: how a model did on a date with edges that count (specification: monitoring, "model_performance_daily").
-- Grain: fidelity, model_id (a runtime system_id of a known family), game_date.
-- Inputs: prediction_accuracy, model_names.
-- As shipped a row without a result is a loss, as intended it is left out, voided ones too.
SELECT
    fidelity,
    model_id,
    family,
    game_date,
    count(*) AS picks,
    count(*) FILTER (WHERE prediction_correct) AS wins
FROM (
    SELECT
        m.fidelity,
        g.system_id AS model_id,
        n.family,
        g.game_date,
        coalesce(g.prediction_correct, FALSE) AS prediction_correct
    FROM (VALUES ('as-shipped'), ('as-intended')) AS m (fidelity)
    CROSS JOIN prediction_accuracy AS g
    JOIN model_names AS n ON n.kind = 'system_id' AND n.name = g.system_id
    WHERE n.family IS NOT NULL
        AND abs(g.predicted_points - g.line_value) >= 3
        AND (m.fidelity = 'as-shipped' OR (g.prediction_correct IS NOT NULL AND g.is_voided IS NOT TRUE))
)
GROUP BY fidelity, model_id, family, game_date
