-- frozen_players: every player whom some system predicted on a slate, and how far back a decision about that player looks.
-- Grain: feature_set, game_date, player_lookup.
-- Inputs: lookbacks, player_prop_predictions.
-- Whichever version's candidates they are, so that other versions can decide by what was frozen, too.
SELECT DISTINCT
    l.feature_set,
    l.game_date,
    p.player_lookup,
    l.champion,
    l.lines_since,
    l.stats_since,
    l.known_before
FROM lookbacks AS l
JOIN player_prop_predictions AS p ON p.game_date = l.game_date
