-- frozen_player_prop_predictions: the predictions that a decision looks at: all of the slate, and the champion's earlier ones
-- of its players, from which lines move.
-- Grain: a row of player_prop_predictions.
-- Inputs: player_prop_predictions, frozen_players.
-- Rows that are superseded or were written later, too: by its successor a row is known to have been the active one.
SELECT p.*
FROM player_prop_predictions AS p
LEFT SEMI JOIN frozen_players AS f
    ON f.player_lookup = p.player_lookup
    AND (
        p.game_date = f.game_date
        OR (p.system_id = f.champion AND p.game_date >= f.lines_since AND p.game_date < f.game_date)
    )
