-- predictions: every prediction that was the active one of its grain at a time that is asked for, of the days at which the
-- slates look (specification: snapshot, "Active predictions").
-- Grain: a row of player_prop_predictions.
-- Inputs: player_prop_predictions, contested_predictions, slates, reach.
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
    is_current,
    active_from,
    active_until
FROM (
    SELECT
        p.*,
        TRUE AS is_current,
        coalesce(p.created_at, CAST('0001-01-01T00:00:00' AS TIMESTAMP(6))) AS active_from,
        CAST('9999-12-31T00:00:00' AS TIMESTAMP(6)) AS active_until
    FROM player_prop_predictions AS p
    LEFT ANTI JOIN contested_predictions AS c
        ON c.system_id = p.system_id AND c.player_lookup = p.player_lookup AND c.game_id = p.game_id
    WHERE p.is_active
    UNION ALL
    SELECT
        p.*,
        p.is_active AND sum(CAST(p.is_active AS INT)) OVER from_latest = 1 AS is_current,
        coalesce(p.created_at, CAST('0001-01-01T00:00:00' AS TIMESTAMP(6))) AS active_from,
        CASE
            WHEN row_number() OVER from_latest > 1
                THEN coalesce(lag(p.created_at) OVER from_latest, CAST('0001-01-01T00:00:00' AS TIMESTAMP(6)))
            WHEN p.is_active
                THEN CAST('9999-12-31T00:00:00' AS TIMESTAMP(6))
            ELSE coalesce(p.created_at, CAST('0001-01-01T00:00:00' AS TIMESTAMP(6)))
        END AS active_until
    FROM player_prop_predictions AS p
    JOIN contested_predictions AS c
        ON c.system_id = p.system_id AND c.player_lookup = p.player_lookup AND c.game_id = p.game_id
    WINDOW from_latest AS (
        PARTITION BY p.system_id, p.player_lookup, p.game_id
        ORDER BY p.created_at DESC NULLS LAST, p.prediction_version DESC NULLS LAST, p.prediction_id DESC NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
WHERE game_date >= (SELECT min(game_date) FROM slates) - (SELECT line_days FROM reach)
    AND game_date <= (SELECT max(game_date) FROM slates)
