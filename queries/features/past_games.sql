-- past_games: the features that definitions make of a player's games before a slate (specification: versions, "Features").
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: lookbacks, targets, player_game_summary.
-- History: the season.
-- Which features there are follows from the versions that are asked: the calls below stand for what each reads of a row, how
-- it counts rows and what it takes (`relations show past_games --version FILE` prints it). Where there is none nothing reads
-- this.
-- Rows and slates lie in one line: a slate stands at the day from which it is seen (known_before), in front of the rows of that
-- day (moment, one number: a union of two orders, one of them of a constant, does not plan), and a feature is what its frame
-- has that ends there. So no frame has a row that the slate may not see. Of several games on a day, an error of the data, the
-- greatest game_id counts.
WITH
seasons AS (
    SELECT feature_set, season, min(stats_since) AS stats_since, max(known_before) AS ends_before
    FROM lookbacks
    GROUP BY feature_set, season
),

games AS (
    SELECT seasons.feature_set, seasons.season, box_score.*
    FROM seasons
    JOIN player_game_summary AS box_score
        ON box_score.game_date >= seasons.stats_since
        AND box_score.game_date < seasons.ends_before
    WHERE box_score.player_lookup IN (SELECT targets.player_lookup FROM targets)
    QUALIFY row_number() OVER (
        PARTITION BY seasons.feature_set, seasons.season, box_score.player_lookup, box_score.game_date
        ORDER BY box_score.game_id DESC
    ) = 1
),

line_of_time AS (
    SELECT
        feature_set,
        season,
        player_lookup,
        CAST(NULL AS DATE) AS slate,
        game_date - DATE '2000-01-01' AS day,
        2 * (game_date - DATE '2000-01-01') + 1 AS moment,
        values_of_rows() AS generated
    FROM games
    UNION ALL
    SELECT DISTINCT
        lookbacks.feature_set,
        lookbacks.season,
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
        PARTITION BY feature_set, season, player_lookup ORDER BY moment
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
