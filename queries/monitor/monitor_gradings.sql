-- monitor_gradings: the gradings from which the health of signals is computed (monitoring, "signal_health_daily").
-- Grain: fidelity and, as shipped, a row of prediction_accuracy, since production counted a regraded duplicate twice; as
-- intended player_lookup, game_id, system_id, recommendation, line_value, of which the latest grading counts.
-- Inputs: params, prediction_accuracy.
-- Champions only. win is 1 or 0; what is not decided, or voided, is left out.
SELECT fidelity, game_date, player_lookup, system_id, CAST(prediction_correct AS BIGINT) AS win
FROM (
    SELECT 'as-shipped' AS fidelity, game_date, player_lookup, system_id, prediction_correct, is_voided
    FROM prediction_accuracy
    WHERE system_id IN (SELECT champion FROM params)
    UNION ALL
    SELECT 'as-intended' AS fidelity, game_date, player_lookup, system_id, prediction_correct, is_voided
    FROM prediction_accuracy
    WHERE system_id IN (SELECT champion FROM params)
    QUALIFY row_number() OVER (
        PARTITION BY player_lookup, game_id, system_id, recommendation, line_value
        ORDER BY graded_at DESC NULLS LAST, is_voided NULLS FIRST, prediction_correct NULLS FIRST
    ) = 1
)
WHERE prediction_correct IS NOT NULL AND is_voided IS NOT TRUE
