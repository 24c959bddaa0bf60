-- matchups: how often a player has met the candidate's opponent this season (specification: selection, "Familiarity").
-- Grain: feature_set, game_date, player_lookup, game_id; none met, no row.
-- Inputs: stats_rows, player_games.
SELECT
    r.feature_set,
    r.game_date,
    r.player_lookup,
    r.game_id,
    count(*) AS games_vs_opponent
FROM stats_rows AS r
JOIN player_games AS g
    ON g.feature_set = r.feature_set
    AND g.season = r.season
    AND g.player_lookup = r.player_lookup
    AND g.opponent_team_abbr = r.opponent
    AND g.game_date < r.known_before
GROUP BY r.feature_set, r.game_date, r.player_lookup, r.game_id
