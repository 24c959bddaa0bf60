-- past_gradings: the features that definitions make of the champion's gradings of a player before a slate
-- (specification: versions, "Features").
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: lookbacks, histories, targets, prediction_accuracy.
-- History: the season.
-- As past_games, of gradings as they were seen from each vantage. Of a game the latest grading counts.
WITH
gradings AS (
    SELECT histories.feature_set, histories.season, histories.vantage, grading.*
    FROM histories
    JOIN prediction_accuracy AS grading
        ON grading.system_id = histories.champion
        AND grading.game_date >= histories.stats_since
        AND grading.game_date < histories.ends_before
        AND (histories.as_of IS NULL OR grading.graded_at IS NULL OR grading.graded_at <= histories.as_of)
    WHERE grading.player_lookup IN (SELECT targets.player_lookup FROM targets)
    QUALIFY row_number() OVER (
        PARTITION BY
            histories.feature_set, histories.season, histories.vantage, grading.player_lookup, grading.game_date
        ORDER BY
            grading.game_id DESC,
            grading.graded_at DESC NULLS LAST,
            grading.line_value DESC NULLS LAST,
            grading.actual_points DESC NULLS LAST,
            grading.predicted_points DESC NULLS LAST,
            grading.recommendation DESC NULLS LAST,
            grading.prediction_correct DESC NULLS LAST,
            grading.is_voided DESC NULLS LAST,
            grading.confidence_score DESC NULLS LAST,
            grading.line_source DESC NULLS LAST,
            grading.team_abbr DESC NULLS LAST,
            grading.opponent_team_abbr DESC NULLS LAST
    ) = 1
),

line_of_time AS (
    SELECT
        feature_set,
        season,
        vantage,
        player_lookup,
        CAST(NULL AS DATE) AS slate,
        game_date - DATE '2000-01-01' AS day,
        2 * (game_date - DATE '2000-01-01') + 1 AS moment,
        values_of_rows() AS generated
    FROM gradings
    UNION ALL
    SELECT DISTINCT
        lookbacks.feature_set,
        lookbacks.season,
        lookbacks.vantage,
        targets.player_lookup,
        lookbacks.game_date AS slate,
        lookbacks.known_before - DATE '2000-01-01' AS day,
        2 * (lookbacks.known_before - DATE '2000-01-01') AS moment,
        values_of_slates() AS generated
    FROM lookbacks
    JOIN targets ON targets.game_date = lookbacks.game_date
),

numbered AS (
    SELECT
        *,
        numbers_of_rows() AS generated
    FROM line_of_time
    WINDOW so_far AS (
        PARTITION BY feature_set, season, vantage, player_lookup ORDER BY moment
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),

taken AS (
    SELECT
        feature_set,
        slate,
        player_lookup,
        what_is_taken() AS generated
    FROM numbered
)

SELECT
    feature_set,
    slate AS game_date,
    player_lookup,
    named_columns() AS generated
FROM taken
WHERE slate IS NOT NULL
