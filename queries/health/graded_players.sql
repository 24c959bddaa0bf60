-- graded_players: the champion's (blacklist_systems: every model's) record on each player in a season after each day, as seen from each vantage
-- (specification: selection, "Player blacklist").
-- Grain: feature_set, season, vantage, player_lookup, game_date.
-- Inputs: lookbacks, prediction_accuracy.
-- History: the season.
-- graded and wins count from opening night on, predictions with |edge| of at least blacklist_min_edge (points); rows without
-- a result are among those graded, as in production. The row holds for dates after game_date up to next_game_date.
WITH
seen AS (
    SELECT
        feature_set,
        champion,
        blacklist_systems,
        blacklist_min_edge,
        season,
        opening_night,
        vantage,
        as_of,
        max(known_before) AS ends_before
    FROM lookbacks
    GROUP BY feature_set, champion, blacklist_systems, blacklist_min_edge, season, opening_night, vantage, as_of
),

graded_dates AS (
    SELECT
        seen.feature_set,
        seen.season,
        seen.vantage,
        grading.player_lookup,
        grading.game_date,
        count(*) AS graded,
        count(*) FILTER (WHERE grading.prediction_correct) AS wins
    FROM seen
    JOIN prediction_accuracy AS grading
        ON (grading.system_id = seen.champion OR seen.blacklist_systems = 'all')
        AND grading.game_date >= seen.opening_night
        AND grading.game_date < seen.ends_before
        AND (seen.as_of IS NULL OR grading.graded_at IS NULL OR grading.graded_at <= seen.as_of)
    WHERE
        abs(grading.predicted_points - grading.line_value) >= seen.blacklist_min_edge
        AND grading.is_voided = FALSE
    GROUP BY seen.feature_set, seen.season, seen.vantage, grading.player_lookup, grading.game_date
)

SELECT
    feature_set,
    season,
    vantage,
    player_lookup,
    game_date,
    lead(game_date) OVER by_date AS next_game_date,
    sum(graded) OVER by_date AS graded,
    sum(wins) OVER by_date AS wins
FROM graded_dates
WINDOW by_date AS (
    PARTITION BY feature_set, season, vantage, player_lookup ORDER BY game_date
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
)
