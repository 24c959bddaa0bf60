-- past_predictions: the features that definitions make of the champion's predictions of a player for earlier slates
-- (specification: versions, "Features").
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: lookbacks, histories, targets, predictions.
-- As past_games, of the predictions that were active ones as seen from each vantage; a prediction counts for the slates after
-- its own. Of several on a day the one with the greatest game_id counts.
WITH
earlier AS (
    SELECT
        histories.feature_set,
        histories.season,
        histories.vantage,
        prediction.*
    FROM histories
    JOIN predictions AS prediction
        ON prediction.system_id = histories.champion
        AND prediction.game_date >= histories.stats_since
        AND prediction.game_date < histories.last_slate
        AND CASE
            WHEN histories.as_of IS NULL THEN prediction.is_current
            ELSE prediction.active_from <= histories.as_of AND histories.as_of < prediction.active_until
        END
    WHERE prediction.player_lookup IN (SELECT targets.player_lookup FROM targets)
    QUALIFY row_number() OVER (
        PARTITION BY
            histories.feature_set, histories.season, histories.vantage, prediction.player_lookup, prediction.game_date
        ORDER BY
            prediction.game_id DESC,
            prediction.active_from DESC,
            prediction.line DESC NULLS LAST,
            prediction.predicted_points DESC
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
    FROM earlier
    UNION ALL
    SELECT DISTINCT
        lookbacks.feature_set,
        lookbacks.season,
        lookbacks.vantage,
        targets.player_lookup,
        lookbacks.game_date AS slate,
        lookbacks.game_date - DATE '2000-01-01' AS day,
        2 * (lookbacks.game_date - DATE '2000-01-01') AS moment,
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
