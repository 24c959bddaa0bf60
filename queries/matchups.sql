-- matchups: how often a player has met the candidate's opponent this season (selection, section 2, "Familiarity").
-- Grain: feature_set, game_date, player_lookup, game_id; none met, no row.
-- Inputs: stats_rows, player_game_summary.
SELECT
    r.feature_set,
    r.game_date,
    r.player_lookup,
    r.game_id,
    count(*) AS games_vs_opponent
FROM stats_rows AS r
JOIN player_game_summary AS g
    ON g.player_lookup = r.player_lookup
    AND g.opponent_team_abbr = r.opponent
    AND g.game_date >= r.stats_since
    AND g.game_date < r.known_before
WHERE g.minutes_played > 0
GROUP BY r.feature_set, r.game_date, r.player_lookup, r.game_id
