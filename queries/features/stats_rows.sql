-- stats_rows: for every target the player's latest game before the slate, and the opponent it implies
-- (specification: selection, "Stats row", "Home and opponent").
-- Grain: feature_set, game_date, player_lookup, game_id.
-- Inputs: lookbacks, targets, player_games.
-- stats_game_* are NULL for a player without a game of the season before the slate (no_earlier_game), who then counts as the
-- visitor, with the home team as opponent, as in production. Carries on from where the target is seen.
SELECT
    lookbacks.feature_set,
    lookbacks.season,
    lookbacks.game_date,
    targets.player_lookup,
    targets.game_id,
    lookbacks.vantage,
    lookbacks.known_before,
    lookbacks.frame_lag,
    lookbacks.lines_since,
    player_games.game_id AS stats_game_id,
    player_games.game_date AS stats_game_date,
    player_games.game_number - lookbacks.frame_lag AS frame_number,
    player_games.player_full_name,
    player_games.team_abbr,
    coalesce(player_games.team_abbr = targets.home, FALSE) AS is_home,
    CASE WHEN player_games.team_abbr = targets.home THEN targets.away ELSE targets.home END AS opponent,
    player_games.game_date IS NULL AS no_earlier_game,
    player_games.minutes_played AS prev_minutes,
    player_games.starter_flag,
    targets.game_date - player_games.game_date AS rest_days
FROM lookbacks
JOIN targets ON targets.game_date = lookbacks.game_date
LEFT JOIN player_games
    ON player_games.feature_set = lookbacks.feature_set
    AND player_games.season = lookbacks.season
    AND player_games.player_lookup = targets.player_lookup
    AND player_games.game_date < lookbacks.known_before
    AND (player_games.next_game_date IS NULL OR player_games.next_game_date >= lookbacks.known_before)
