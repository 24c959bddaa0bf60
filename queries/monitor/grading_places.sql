-- grading_places: every grading, and whether a later one of the same bet takes its place
-- (specification: monitoring, "signal_health_daily").
-- Grain: a row of prediction_accuracy.
-- Inputs: prediction_accuracy.
-- place: 1 for the latest grading of a player, game, system_id, recommendation and line. is_decided: it has a result, and was
-- not voided; win is 1 or 0.
SELECT
    game_date,
    player_lookup,
    system_id,
    CAST(prediction_correct AS BIGINT) AS win,
    prediction_correct IS NOT NULL AND is_voided IS NOT TRUE AS is_decided,
    row_number() OVER (
        PARTITION BY player_lookup, game_id, system_id, recommendation, line_value
        ORDER BY graded_at DESC NULLS LAST, is_voided NULLS FIRST, prediction_correct NULLS FIRST
    ) AS place
FROM prediction_accuracy
