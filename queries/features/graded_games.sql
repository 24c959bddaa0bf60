-- graded_games: the champion's graded predictions of a player in a season, with the run of results after each
-- (specification: selection, "Streak row").
-- Grain: feature_set, season, vantage, player_lookup, game_number.
-- Inputs: histories, prediction_accuracy, slate_players.
-- over_0 and correct_0 are the row's own (1/0), over_1 those of the game before it, and so on; NULL past the start. The row
-- is the player's latest graded game for dates after game_date up to next_game_date.
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
FROM (
    SELECT
        h.feature_set,
        h.season,
        h.vantage,
        g.player_lookup,
        g.game_id,
        g.game_date,
        last_value(
            CASE WHEN g.actual_points > g.line_value THEN 1 ELSE 0 END
            ORDER BY g.graded_at NULLS FIRST, g.line_value, g.actual_points
        ) AS went_over,
        last_value(
            CASE WHEN g.prediction_correct THEN 1 ELSE 0 END
            ORDER BY g.graded_at NULLS FIRST, g.line_value, g.actual_points
        ) AS was_correct
    FROM histories AS h
    JOIN prediction_accuracy AS g
        ON g.system_id = h.champion
        AND g.game_date >= h.stats_since
        AND g.game_date < h.ends_before
        AND (h.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= h.as_of)
    WHERE g.prediction_correct IS NOT NULL
        AND g.is_voided IS NOT TRUE
        AND g.line_source IN ('ACTUAL_PROP', 'ODDS_API', 'BETTINGPROS')
        AND g.player_lookup IN (SELECT player_lookup FROM slate_players)
    GROUP BY h.feature_set, h.season, h.vantage, g.player_lookup, g.game_id, g.game_date
)
WINDOW by_date AS (PARTITION BY feature_set, season, vantage, player_lookup ORDER BY game_date, game_id)
