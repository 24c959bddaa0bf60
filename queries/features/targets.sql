-- targets: the players and games of which features are wanted, whichever choice of candidates brought them.
-- Grain: game_date, player_lookup, game_id.
-- Inputs: winning_bids.
-- away and home are parsed from game_id (YYYYMMDD_AWAY_HOME).
SELECT DISTINCT
    game_date,
    player_lookup,
    game_id,
    split_part(game_id, '_', 2) AS away,
    split_part(game_id, '_', 3) AS home
FROM winning_bids
