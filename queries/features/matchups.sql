-- matchups: how often a player has met the candidate's opponent this season (specification: selection, "Familiarity").
-- Grain: feature_set, game_date, player_lookup, game_id; none met, no row.
-- Inputs: stats_rows, player_games.
SELECT
    stats_rows.feature_set,
    stats_rows.game_date,
    stats_rows.player_lookup,
    stats_rows.game_id,
    count(*) AS games_vs_opponent
FROM stats_rows
JOIN player_games
    ON player_games.feature_set = stats_rows.feature_set
    AND player_games.season = stats_rows.season
    AND player_games.player_lookup = stats_rows.player_lookup
    AND player_games.opponent_team_abbr = stats_rows.opponent
    AND player_games.game_date < stats_rows.known_before
GROUP BY stats_rows.feature_set, stats_rows.game_date, stats_rows.player_lookup, stats_rows.game_id
