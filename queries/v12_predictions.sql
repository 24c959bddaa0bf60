-- v12_predictions: the slate's V12 prediction of a player that dual_agree and model_consensus_v9_v12 look at (versions,
-- "Signals").
-- Grain: player_lookup, game_id.
-- Inputs: slate_predictions.
-- Any line source; the greatest system_id of several.
SELECT
    player_lookup,
    game_id,
    system_id AS v12_system_id,
    recommendation AS v12_recommendation,
    abs_edge AS v12_abs_edge
FROM slate_predictions
WHERE starts_with(system_id, 'catboost_v12_noveg')
    AND strpos(substr(system_id, 19), '_q4') = 0
QUALIFY row_number() OVER (PARTITION BY player_lookup, game_id ORDER BY system_id DESC) = 1
