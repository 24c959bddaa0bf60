-- player_records: how the champion had done on each player this season before a slate
-- (specification: selection, "Player blacklist").
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: lookbacks, graded_players.
-- Rows without a result are in the denominator, as in production; hit_rate in percent.
SELECT
    lookbacks.feature_set,
    lookbacks.game_date,
    graded_players.player_lookup,
    graded_players.graded,
    hit_rate(graded_players.wins, graded_players.graded) AS hit_rate
FROM lookbacks
JOIN graded_players
    ON graded_players.feature_set = lookbacks.feature_set
    AND graded_players.season = lookbacks.season
    AND graded_players.vantage = lookbacks.vantage
    AND graded_players.game_date < lookbacks.known_before
    AND (graded_players.next_game_date IS NULL OR graded_players.next_game_date >= lookbacks.known_before)
