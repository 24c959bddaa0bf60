-- player_records: how the champion had done on each player this season before a slate
-- (specification: selection, "Player blacklist").
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: lookbacks, graded_players.
-- Rows without a result are in the denominator, as in production; hit_rate in percent.
SELECT
    l.feature_set,
    l.game_date,
    g.player_lookup,
    g.graded,
    hit_rate(g.wins, g.graded) AS hit_rate
FROM lookbacks AS l
JOIN graded_players AS g
    ON g.feature_set = l.feature_set
    AND g.season = l.season
    AND g.vantage = l.vantage
    AND g.game_date < l.known_before
    AND (g.next_game_date IS NULL OR g.next_game_date >= l.known_before)
