-- recorded_outcomes: what is recorded of a pick's outcome against what the player scored, on the row's own line and side.
-- Grain: a row of signal_best_bets_picks on a slate.
-- Inputs: slates, signal_best_bets_picks, outcomes, player_game_summary, prediction_accuracy.
-- verdict: right, wrong, half_filled (one of the two columns is recorded, and right), unfilled (nothing is recorded) or
-- unknown (what the player scored is not known). actual_points are those of the latest grading, else of the box score;
-- correct is NULL for a push or a void.
-- attached_*: of a wrong one, a grading of the same player and game with just this outcome, as far as it is recorded: one of
-- the same side and line (attached_is_same_bet), which a later one superseded, else that of the row's system_id where it has
-- one. NULL where no grading says so.
WITH
recorded AS (
    SELECT
        pick.game_date,
        pick.player_lookup,
        pick.game_id,
        pick.algorithm_version,
        pick.system_id,
        pick.recommendation,
        pick.line_value,
        pick.actual_points AS recorded_points,
        pick.prediction_correct AS recorded_correct,
        coalesce(outcomes.actual_points, box_score.points) AS actual_points,
        coalesce(outcomes.is_voided, FALSE) AS is_voided,
        row_number() OVER (
            ORDER BY pick.game_date, pick.player_lookup, pick.game_id, pick.algorithm_version, pick.created_at
        ) AS record
    FROM signal_best_bets_picks AS pick
    JOIN slates ON slates.game_date = pick.game_date
    LEFT JOIN outcomes
        ON outcomes.player_lookup = pick.player_lookup
        AND outcomes.game_id = pick.game_id
    LEFT JOIN player_game_summary AS box_score
        ON box_score.player_lookup = pick.player_lookup
        AND box_score.game_id = pick.game_id
),

decided AS (
    SELECT
        *,
        CASE
            WHEN is_voided OR actual_points = line_value THEN NULL
            ELSE (actual_points > line_value) = (recommendation = 'OVER')
        END AS correct
    FROM recorded
),

judged AS (
    SELECT
        *,
        CASE
            WHEN recorded_points IS NULL AND recorded_correct IS NULL THEN 'unfilled'
            WHEN actual_points IS NULL AND NOT is_voided THEN 'unknown'
            WHEN
                (recorded_correct IS NOT DISTINCT FROM correct)
                AND (is_voided OR (recorded_points IS NOT DISTINCT FROM actual_points))
                THEN 'right'
            WHEN recorded_points IS NULL AND (recorded_correct IS NOT DISTINCT FROM correct) THEN 'half_filled'
            WHEN recorded_correct IS NULL AND recorded_points = actual_points THEN 'half_filled'
            ELSE 'wrong'
        END AS verdict
    FROM decided
)

SELECT
    judged.game_date,
    judged.player_lookup,
    judged.game_id,
    judged.algorithm_version,
    judged.recommendation,
    judged.line_value,
    judged.recorded_points,
    judged.recorded_correct,
    judged.actual_points,
    judged.correct,
    judged.verdict,
    grading.system_id AS attached_system_id,
    grading.recommendation AS attached_recommendation,
    grading.line_value AS attached_line_value,
    grading.recommendation = judged.recommendation AND grading.line_value = judged.line_value AS attached_is_same_bet
FROM judged
LEFT JOIN prediction_accuracy AS grading
    ON grading.player_lookup = judged.player_lookup
    AND grading.game_id = judged.game_id
    AND judged.verdict = 'wrong'
    AND (judged.recorded_correct IS NULL OR grading.prediction_correct = judged.recorded_correct)
    AND (judged.recorded_points IS NULL OR grading.actual_points = judged.recorded_points)
QUALIFY row_number() OVER (
    PARTITION BY judged.record
    ORDER BY
        grading.recommendation = judged.recommendation AND grading.line_value = judged.line_value DESC NULLS LAST,
        grading.system_id = judged.system_id DESC NULLS LAST,
        grading.system_id ASC,
        grading.line_value ASC,
        grading.recommendation ASC,
        grading.graded_at ASC NULLS FIRST
) = 1
