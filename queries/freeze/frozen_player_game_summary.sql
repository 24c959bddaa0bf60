-- frozen_player_game_summary: the games of a slate's players this season before it; those without minutes only where a feature
-- is made of games.
-- Grain: a row of player_game_summary.
-- Inputs: player_game_summary, frozen_players, reach.
-- Slates: together.
SELECT box_score.*
FROM player_game_summary AS box_score
LEFT SEMI JOIN frozen_players
    ON frozen_players.player_lookup = box_score.player_lookup
    AND box_score.game_date >= frozen_players.stats_since
    AND box_score.game_date < frozen_players.known_before
WHERE box_score.minutes_played > 0 OR (SELECT reach.all_games FROM reach)
