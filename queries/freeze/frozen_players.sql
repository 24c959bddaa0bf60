-- frozen_players: every player whom some system predicted on a slate, and how far back a decision about that player looks.
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: lookbacks, player_prop_predictions, reach.
-- Slates: together.
-- Whichever version's candidates they are, so that other versions can decide by what was frozen, too.
SELECT DISTINCT
    lookbacks.feature_set,
    lookbacks.game_date,
    prediction.player_lookup,
    lookbacks.champion,
    CASE WHEN reach.all_lines THEN least(lookbacks.lines_since, lookbacks.stats_since) ELSE lookbacks.lines_since END
        AS lines_since,
    lookbacks.stats_since,
    lookbacks.known_before
FROM lookbacks
CROSS JOIN reach
JOIN player_prop_predictions AS prediction ON prediction.game_date = lookbacks.game_date
