-- streak_rows: for every target the run of the champion's results before it (specification: selection, "Streak row").
-- Grain: feature_set, game_date, player_lookup, game_id; without an earlier graded game, no row.
-- Inputs: stats_rows, graded_games.
-- streak_game_date is the player's latest graded game before the slate; the run is read from the game frame_lag before it.
SELECT
    r.feature_set,
    r.game_date,
    r.player_lookup,
    r.game_id,
    g.game_date AS streak_game_date,
    CASE r.frame_lag WHEN 0 THEN g.over_0 ELSE g.over_1 END AS over_1,
    CASE r.frame_lag WHEN 0 THEN g.over_1 ELSE g.over_2 END AS over_2,
    CASE r.frame_lag WHEN 0 THEN g.over_2 ELSE g.over_3 END AS over_3,
    CASE r.frame_lag WHEN 0 THEN g.over_3 ELSE g.over_4 END AS over_4,
    CASE r.frame_lag WHEN 0 THEN g.over_4 ELSE g.over_5 END AS over_5,
    CASE r.frame_lag WHEN 0 THEN g.correct_0 ELSE g.correct_1 END AS correct_1,
    CASE r.frame_lag WHEN 0 THEN g.correct_1 ELSE g.correct_2 END AS correct_2,
    CASE r.frame_lag WHEN 0 THEN g.correct_2 ELSE g.correct_3 END AS correct_3,
    CASE r.frame_lag WHEN 0 THEN g.correct_3 ELSE g.correct_4 END AS correct_4,
    CASE r.frame_lag WHEN 0 THEN g.correct_4 ELSE g.correct_5 END AS correct_5
FROM stats_rows AS r
JOIN graded_games AS g
    ON g.feature_set = r.feature_set
    AND g.season = r.season
    AND g.vantage = r.vantage
    AND g.player_lookup = r.player_lookup
    AND g.game_date < r.known_before
    AND (g.next_game_date IS NULL OR g.next_game_date >= r.known_before)
WHERE g.game_number > r.frame_lag
