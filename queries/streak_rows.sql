-- streak_rows: for every target the run of the champion's results before it (selection, section 2, "Streak row").
-- Grain: feature_set, game_date, player_lookup, game_id; without an earlier graded game, no row.
-- Inputs: feature_sets, slates, targets, graded_games.
-- latest is the player's latest graded game before the slate; the run is read from the game frame_lag before it.
SELECT
    f.feature_set,
    t.game_date,
    t.player_lookup,
    t.game_id,
    latest.game_date AS streak_game_date,
    run.over_1, run.over_2, run.over_3, run.over_4, run.over_5,
    run.correct_1, run.correct_2, run.correct_3, run.correct_4, run.correct_5
FROM feature_sets AS f
CROSS JOIN targets AS t
JOIN slates AS s ON s.game_date = t.game_date
JOIN graded_games AS latest
    ON latest.feature_set = f.feature_set
    AND latest.season = s.season
    AND latest.vantage = s.vantage
    AND latest.player_lookup = t.player_lookup
    AND latest.game_date < s.known_before
    AND (latest.next_game_date IS NULL OR latest.next_game_date >= s.known_before)
JOIN graded_games AS run
    ON run.feature_set = latest.feature_set
    AND run.season = latest.season
    AND run.vantage = latest.vantage
    AND run.player_lookup = latest.player_lookup
    AND run.game_number = latest.game_number - f.frame_lag
