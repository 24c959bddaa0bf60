-- frozen_player_prop_predictions: the predictions that a decision looks at: all of the slate, and the champion's earlier ones
-- of its players, from which lines move.
-- Grain: a row of player_prop_predictions.
-- Inputs: player_prop_predictions, frozen_players.
-- Slates: together.
-- Rows that are superseded or were written later, too: by its successor a row is known to have been the active one.
SELECT prediction.*
FROM player_prop_predictions AS prediction
LEFT SEMI JOIN frozen_players
    ON frozen_players.player_lookup = prediction.player_lookup
    AND (
        prediction.game_date = frozen_players.game_date
        OR (
            prediction.system_id = frozen_players.champion
            AND prediction.game_date >= frozen_players.lines_since
            AND prediction.game_date < frozen_players.game_date
        )
    )
