-- predictions: every prediction, with the time in which it was the active one of its grain.
-- Grain: a row of player_prop_predictions.
-- Inputs: player_prop_predictions.
-- edge and abs_edge in points; is_book_line: the line is a sportsbook's; is_current: active in the snapshot as pulled.
-- Active from active_from (inclusive) until active_until (exclusive), UTC. A row without created_at was always known. A
-- last row that is not active today was withdrawn at a time nobody recorded, so it never counts as active.
SELECT
    system_id,
    player_lookup,
    game_date,
    game_id,
    predicted_points,
    confidence_score,
    recommendation,
    current_points_line AS line,
    feature_quality_score,
    predicted_points - current_points_line AS edge,
    abs(predicted_points - current_points_line) AS abs_edge,
    line_source IN ('ACTUAL_PROP', 'ODDS_API', 'BETTINGPROS') AS is_book_line,
    is_active AND sum(CAST(is_active AS INT)) OVER from_latest = 1 AS is_current,
    coalesce(created_at, CAST('0001-01-01T00:00:00' AS TIMESTAMP(6))) AS active_from,
    CASE
        WHEN row_number() OVER from_latest > 1
            THEN coalesce(lag(created_at) OVER from_latest, CAST('0001-01-01T00:00:00' AS TIMESTAMP(6)))
        WHEN is_active
            THEN CAST('9999-12-31T00:00:00' AS TIMESTAMP(6))
        ELSE coalesce(created_at, CAST('0001-01-01T00:00:00' AS TIMESTAMP(6)))
    END AS active_until
FROM player_prop_predictions
WINDOW from_latest AS (
    PARTITION BY system_id, player_lookup, game_id
    ORDER BY created_at DESC NULLS LAST, prediction_version DESC NULLS LAST, prediction_id DESC NULLS LAST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
)
