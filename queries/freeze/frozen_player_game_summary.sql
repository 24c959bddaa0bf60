-- frozen_player_game_summary: the games of a slate's players this season before it, those without minutes left out.
-- Grain: a row of player_game_summary.
-- Inputs: player_game_summary, frozen_players.
SELECT g.*
FROM player_game_summary AS g
LEFT SEMI JOIN frozen_players AS f
    ON f.player_lookup = g.player_lookup
    AND g.game_date >= f.stats_since
    AND g.game_date < f.known_before
WHERE g.minutes_played > 0
