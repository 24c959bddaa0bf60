-- predictions: every prediction that was the active one of its grain at a time of the request, of the days at which the
-- slates look (specification: snapshot, "Active predictions").
-- Grain: a row of player_prop_predictions.
-- Inputs: player_prop_predictions, contested_predictions, slates, reach.
-- History: lines.
-- edge and abs_edge in points; is_book_line: the line is a sportsbook's; is_current: active in the snapshot as pulled.
-- Active from active_from (inclusive) until active_until (exclusive), UTC. A row without created_at was always known. A
-- last row that is not active today was withdrawn at a time that is not recorded, so it never counts as active.
WITH
uncontested AS (
    SELECT
        prediction.*,
        TRUE AS is_current,
        coalesce(prediction.created_at, arrow_cast('0001-01-01T00:00:00', 'Timestamp(µs)')) AS active_from,
        arrow_cast('9999-12-31T00:00:00', 'Timestamp(µs)') AS active_until
    FROM player_prop_predictions AS prediction
    LEFT ANTI JOIN contested_predictions AS grain
        ON grain.system_id = prediction.system_id
        AND grain.player_lookup = prediction.player_lookup
        AND grain.game_id = prediction.game_id
    WHERE prediction.is_active
),

contested AS (
    SELECT
        prediction.*,
        prediction.is_active AND sum(CAST(prediction.is_active AS INT)) OVER from_latest = 1 AS is_current,
        coalesce(prediction.created_at, arrow_cast('0001-01-01T00:00:00', 'Timestamp(µs)')) AS active_from,
        CASE
            WHEN row_number() OVER from_latest > 1
                THEN coalesce(
                    lag(prediction.created_at) OVER from_latest,
                    arrow_cast('0001-01-01T00:00:00', 'Timestamp(µs)')
                )
            WHEN prediction.is_active THEN arrow_cast('9999-12-31T00:00:00', 'Timestamp(µs)')
            ELSE coalesce(prediction.created_at, arrow_cast('0001-01-01T00:00:00', 'Timestamp(µs)'))
        END AS active_until
    FROM player_prop_predictions AS prediction
    JOIN contested_predictions AS grain
        ON grain.system_id = prediction.system_id
        AND grain.player_lookup = prediction.player_lookup
        AND grain.game_id = prediction.game_id
    WINDOW from_latest AS (
        PARTITION BY prediction.system_id, prediction.player_lookup, prediction.game_id
        ORDER BY
            prediction.created_at DESC NULLS LAST,
            prediction.prediction_version DESC NULLS LAST,
            prediction.prediction_id DESC NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),

once_active AS (
    SELECT * FROM uncontested
    UNION ALL
    SELECT * FROM contested
)

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
    is_current,
    active_from,
    active_until
FROM once_active
WHERE
    game_date >= (SELECT min(game_date) FROM slates) - (SELECT line_days FROM reach)
    AND game_date <= (SELECT max(game_date) FROM slates)
