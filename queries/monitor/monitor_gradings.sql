-- monitor_gradings: the gradings from which the health of signals is computed
-- (specification: monitoring, "signal_health_daily").
-- Grain: fidelity and, as shipped, a row of prediction_accuracy, since production counted a regraded duplicate twice; as
-- intended player_lookup, game_id, system_id, recommendation, line_value, of which the latest grading counts.
-- Inputs: params, grading_places.
-- Champions only. win is 1 or 0; what is not decided, or voided, is left out.
SELECT
    mode.fidelity,
    grading_places.game_date,
    grading_places.player_lookup,
    grading_places.system_id,
    grading_places.win
FROM grading_places
CROSS JOIN (VALUES ('as-shipped'), ('as-intended')) AS mode (fidelity)
WHERE
    grading_places.is_decided
    AND (mode.fidelity = 'as-shipped' OR grading_places.place = 1)
    AND grading_places.system_id IN (SELECT champion FROM params)
