-- stats_rows: for every target the player's latest game before the slate, and the opponent it implies
-- (specification: selection, "Stats row", "Home and opponent").
-- Grain: feature_set, game_date, player_lookup, game_id.
-- Inputs: lookbacks, targets, player_games.
-- stats_game_* are NULL for a player without a game of the season before the slate (no_earlier_game), who then counts as the
-- visitor, with the home team as opponent, as in production. Carries on from where the target is seen.
SELECT
    l.feature_set,
    l.season,
    l.game_date,
    t.player_lookup,
    t.game_id,
    l.vantage,
    l.known_before,
    l.frame_lag,
    l.lines_since,
    r.game_id AS stats_game_id,
    r.game_date AS stats_game_date,
    r.game_number - l.frame_lag AS frame_number,
    r.player_full_name,
    r.team_abbr,
    coalesce(r.team_abbr = t.home, FALSE) AS is_home,
    CASE WHEN r.team_abbr = t.home THEN t.away ELSE t.home END AS opponent,
    r.game_date IS NULL AS no_earlier_game,
    r.minutes_played AS prev_minutes,
    r.starter_flag,
    t.game_date - r.game_date AS rest_days
FROM lookbacks AS l
JOIN targets AS t ON t.game_date = l.game_date
LEFT JOIN player_games AS r
    ON r.feature_set = l.feature_set
    AND r.season = l.season
    AND r.player_lookup = t.player_lookup
    AND r.game_date < l.known_before
    AND (r.next_game_date IS NULL OR r.next_game_date >= l.known_before)
