-- graded_games: the champion's graded predictions of a player in a season, with the run of results after each
-- (specification: selection, "Streak row").
-- Grain: feature_set, season, vantage, player_lookup, game_number.
-- Inputs: histories, prediction_accuracy, slate_players.
-- History: the season.
-- Slates: together, for itself.
-- over_0 and correct_0 are the row's own (1/0), over_1 those of the game before it, and so on; NULL past the start. The row
-- is the player's latest graded game for dates after game_date up to next_game_date.
WITH results AS (
    SELECT
        histories.feature_set,
        histories.season,
        histories.vantage,
        grading.player_lookup,
        grading.game_id,
        grading.game_date,
        last_value(
            CASE WHEN grading.actual_points > grading.line_value THEN 1 ELSE 0 END
            ORDER BY grading.graded_at ASC NULLS FIRST, grading.line_value ASC, grading.actual_points ASC
        ) AS went_over,
        last_value(
            CASE WHEN grading.prediction_correct THEN 1 ELSE 0 END
            ORDER BY grading.graded_at ASC NULLS FIRST, grading.line_value ASC, grading.actual_points ASC
        ) AS was_correct
    FROM histories
    JOIN prediction_accuracy AS grading
        ON grading.system_id = histories.champion
        AND grading.game_date >= histories.stats_since
        AND grading.game_date < histories.ends_before
        AND (histories.as_of IS NULL OR grading.graded_at IS NULL OR grading.graded_at <= histories.as_of)
    WHERE
        grading.prediction_correct IS NOT NULL
        AND grading.is_voided IS NOT TRUE
        AND grading.line_source IN ('ACTUAL_PROP', 'ODDS_API', 'BETTINGPROS')
        AND grading.player_lookup IN (SELECT slate_players.player_lookup FROM slate_players)
    GROUP BY
        histories.feature_set,
        histories.season,
        histories.vantage,
        grading.player_lookup,
        grading.game_id,
        grading.game_date
)

SELECT
    feature_set,
    season,
    vantage,
    player_lookup,
    game_date,
    lead(game_date) OVER by_date AS next_game_date,
    CAST(row_number() OVER by_date AS BIGINT) AS game_number,
    went_over AS over_0,
    lag(went_over, 1) OVER by_date AS over_1,
    lag(went_over, 2) OVER by_date AS over_2,
    lag(went_over, 3) OVER by_date AS over_3,
    lag(went_over, 4) OVER by_date AS over_4,
    lag(went_over, 5) OVER by_date AS over_5,
    was_correct AS correct_0,
    lag(was_correct, 1) OVER by_date AS correct_1,
    lag(was_correct, 2) OVER by_date AS correct_2,
    lag(was_correct, 3) OVER by_date AS correct_3,
    lag(was_correct, 4) OVER by_date AS correct_4,
    lag(was_correct, 5) OVER by_date AS correct_5
FROM results
WINDOW by_date AS (PARTITION BY feature_set, season, vantage, player_lookup ORDER BY game_date, game_id)
