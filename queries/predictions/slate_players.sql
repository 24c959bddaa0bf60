-- slate_players: the players whom some model predicted for a slate that is decided.
-- Grain: player_lookup.
-- Inputs: slate_predictions.
-- What is known of other players is of no matter, and a set of them is joined faster than their predictions are.
SELECT DISTINCT player_lookup
FROM slate_predictions
