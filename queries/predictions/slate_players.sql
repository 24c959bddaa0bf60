-- slate_players: the players whom some model predicted for a slate that is decided.
-- Grain: player_lookup.
-- Inputs: slate_predictions.
-- Slates: together, for itself.
-- Other players do not matter, and a set of players is joined faster than their predictions are.
SELECT DISTINCT player_lookup
FROM slate_predictions
