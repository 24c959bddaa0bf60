-- monitor_gradings: the gradings from which the health of signals is computed
-- (specification: monitoring, "signal_health_daily").
-- Grain: fidelity and, as shipped, a row of prediction_accuracy, since production counted a regraded duplicate twice; as
-- intended player_lookup, game_id, system_id, recommendation, line_value, of which the latest grading counts.
-- Inputs: params, grading_places.
-- Champions only. win is 1 or 0; what is not decided, or voided, is left out.
SELECT m.fidelity, g.game_date, g.player_lookup, g.system_id, g.win
FROM grading_places AS g
CROSS JOIN (VALUES ('as-shipped'), ('as-intended')) AS m (fidelity)
WHERE g.is_decided
    AND (m.fidelity = 'as-shipped' OR g.place = 1)
    AND g.system_id IN (SELECT champion FROM params)
