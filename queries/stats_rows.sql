-- stats_rows: for every target the player's latest game before the slate, and the opponent it implies (selection,
-- section 2, "Stats row", "Home and opponent").
-- Grain: feature_set, game_date, player_lookup, game_id.
-- Inputs: feature_sets, slates, targets, player_games.
-- stats_game_* are NULL for a player without a game; he then counts as the visitor, as in production.
SELECT
    f.feature_set,
    s.season,
    t.game_date,
    t.player_lookup,
    t.game_id,
    s.vantage,
    s.known_before,
    coalesce(f.stats_since, s.stats_since) AS stats_since,
    r.game_id AS stats_game_id,
    r.game_date AS stats_game_date,
    r.game_number - f.frame_lag AS frame_number,
    r.player_full_name,
    r.team_abbr,
    coalesce(r.team_abbr = t.home, FALSE) AS is_home,
    CASE WHEN r.team_abbr = t.home THEN t.away ELSE t.home END AS opponent,
    r.minutes_played AS prev_minutes,
    r.starter_flag,
    t.game_date - r.game_date AS rest_days
FROM feature_sets AS f
CROSS JOIN targets AS t
JOIN slates AS s ON s.game_date = t.game_date
LEFT JOIN player_games AS r
    ON r.feature_set = f.feature_set
    AND r.season = s.season
    AND r.player_lookup = t.player_lookup
    AND r.game_date < s.known_before
    AND (r.next_game_date IS NULL OR r.next_game_date >= s.known_before)
