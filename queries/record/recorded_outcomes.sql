-- recorded_outcomes: what is recorded of a pick's outcome against what the player scored, on the row's own line and side.
-- Grain: a row of signal_best_bets_picks on a slate.
-- Inputs: slates, signal_best_bets_picks, outcomes, player_game_summary, prediction_accuracy.
-- verdict: right, wrong, half_filled (one of the two columns is recorded, and right), unfilled (nothing is recorded) or
-- unknown (nobody knows what the player scored). actual_points are those of the latest grading, else of the box score;
-- correct is NULL for a push or a void.
-- attached_*: of a wrong one, a grading of the same player and game with just this outcome, as far as it is recorded: one of
-- the same side and line (attached_is_same_bet), which a later one superseded, else that of the row's system_id where it has
-- one. NULL where no grading says so.
SELECT
    r.game_date,
    r.player_lookup,
    r.game_id,
    r.algorithm_version,
    r.recommendation,
    r.line_value,
    r.recorded_points,
    r.recorded_correct,
    r.actual_points,
    r.correct,
    r.verdict,
    g.system_id AS attached_system_id,
    g.recommendation AS attached_recommendation,
    g.line_value AS attached_line_value,
    g.recommendation = r.recommendation AND g.line_value = r.line_value AS attached_is_same_bet
FROM (
    SELECT
        *,
        CASE
            WHEN recorded_points IS NULL AND recorded_correct IS NULL THEN 'unfilled'
            WHEN actual_points IS NULL AND NOT is_voided THEN 'unknown'
            WHEN (recorded_correct IS NOT DISTINCT FROM correct)
                AND (is_voided OR (recorded_points IS NOT DISTINCT FROM actual_points)) THEN 'right'
            WHEN recorded_points IS NULL AND (recorded_correct IS NOT DISTINCT FROM correct) THEN 'half_filled'
            WHEN recorded_correct IS NULL AND recorded_points = actual_points THEN 'half_filled'
            ELSE 'wrong'
        END AS verdict
    FROM (
        SELECT
            *,
            CASE
                WHEN is_voided OR actual_points = line_value THEN NULL
                ELSE (actual_points > line_value) = (recommendation = 'OVER')
            END AS correct
        FROM (
            SELECT
                p.game_date,
                p.player_lookup,
                p.game_id,
                p.algorithm_version,
                p.system_id,
                p.recommendation,
                p.line_value,
                p.actual_points AS recorded_points,
                p.prediction_correct AS recorded_correct,
                coalesce(o.actual_points, b.points) AS actual_points,
                coalesce(o.is_voided, FALSE) AS is_voided,
                row_number() OVER (ORDER BY p.game_date, p.player_lookup, p.game_id, p.algorithm_version, p.created_at)
                    AS record
            FROM signal_best_bets_picks AS p
            JOIN slates AS s ON s.game_date = p.game_date
            LEFT JOIN outcomes AS o ON o.player_lookup = p.player_lookup AND o.game_id = p.game_id
            LEFT JOIN player_game_summary AS b ON b.player_lookup = p.player_lookup AND b.game_id = p.game_id
        )
    )
) AS r
LEFT JOIN prediction_accuracy AS g
    ON g.player_lookup = r.player_lookup
    AND g.game_id = r.game_id
    AND r.verdict = 'wrong'
    AND (r.recorded_correct IS NULL OR g.prediction_correct = r.recorded_correct)
    AND (r.recorded_points IS NULL OR g.actual_points = r.recorded_points)
QUALIFY row_number() OVER (
    PARTITION BY r.record
    ORDER BY
        g.recommendation = r.recommendation AND g.line_value = r.line_value DESC NULLS LAST,
        g.system_id = r.system_id DESC NULLS LAST,
        g.system_id,
        g.line_value,
        g.recommendation,
        g.graded_at NULLS FIRST
) = 1
