-- streak_rows: for every target the run of the champion's results before it (specification: selection, "Streak row").
-- Grain: feature_set, game_date, player_lookup, game_id; without an earlier graded game, no row.
-- Inputs: stats_rows, graded_games.
-- streak_game_date is the player's latest graded game before the slate; the run is read from the game frame_lag before it.
SELECT
    stats_rows.feature_set,
    stats_rows.game_date,
    stats_rows.player_lookup,
    stats_rows.game_id,
    graded_games.game_date AS streak_game_date,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.over_0 ELSE graded_games.over_1 END AS over_1,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.over_1 ELSE graded_games.over_2 END AS over_2,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.over_2 ELSE graded_games.over_3 END AS over_3,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.over_3 ELSE graded_games.over_4 END AS over_4,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.over_4 ELSE graded_games.over_5 END AS over_5,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.correct_0 ELSE graded_games.correct_1 END AS correct_1,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.correct_1 ELSE graded_games.correct_2 END AS correct_2,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.correct_2 ELSE graded_games.correct_3 END AS correct_3,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.correct_3 ELSE graded_games.correct_4 END AS correct_4,
    CASE stats_rows.frame_lag WHEN 0 THEN graded_games.correct_4 ELSE graded_games.correct_5 END AS correct_5
FROM stats_rows
JOIN graded_games
    ON graded_games.feature_set = stats_rows.feature_set
    AND graded_games.season = stats_rows.season
    AND graded_games.vantage = stats_rows.vantage
    AND graded_games.player_lookup = stats_rows.player_lookup
    AND graded_games.game_date < stats_rows.known_before
    AND (graded_games.next_game_date IS NULL OR graded_games.next_game_date >= stats_rows.known_before)
WHERE graded_games.game_number > stats_rows.frame_lag
