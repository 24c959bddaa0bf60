-- grading_duplicates: gradings that are counted more than once, and what that does to the hit rate (monitoring,
-- "signal_health_daily").
-- Grain: system_id.
-- Inputs: slates, prediction_accuracy.
-- Decided gradings of the slates alone. repeated: those of a player, game, system_id, recommendation and line beyond the
-- latest one; repeated_wins of them won.
SELECT
    system_id,
    count(*) AS gradings,
    sum(win) AS wins,
    count(*) FILTER (WHERE place > 1) AS repeated,
    sum(win) FILTER (WHERE place > 1) AS repeated_wins
FROM (
    SELECT
        g.system_id,
        CAST(g.prediction_correct AS BIGINT) AS win,
        row_number() OVER (
            PARTITION BY g.player_lookup, g.game_id, g.system_id, g.recommendation, g.line_value
            ORDER BY g.graded_at DESC NULLS LAST, g.is_voided NULLS FIRST, g.prediction_correct NULLS FIRST
        ) AS place
    FROM prediction_accuracy AS g
    JOIN slates AS s ON s.game_date = g.game_date
    WHERE g.prediction_correct IS NOT NULL AND g.is_voided IS NOT TRUE
)
GROUP BY system_id
