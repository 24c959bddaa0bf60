-- v12_predictions: the slate's V12 prediction of a player that dual_agree and model_consensus_v9_v12 look at
-- (specification: selection, "V12 prediction").
-- Grain: player_lookup, game_id.
-- Inputs: slate_predictions.
-- Any line source; the greatest system_id of several.
WITH latest_systems AS (
    SELECT player_lookup, game_id, max(system_id) AS system_id
    FROM slate_predictions
    WHERE starts_with(system_id, 'catboost_v12_noveg') AND strpos(substr(system_id, 19), '_q4') = 0
    GROUP BY player_lookup, game_id
)

SELECT
    prediction.player_lookup,
    prediction.game_id,
    prediction.system_id AS v12_system_id,
    prediction.recommendation AS v12_recommendation,
    prediction.abs_edge AS v12_abs_edge
FROM slate_predictions AS prediction
JOIN latest_systems
    ON latest_systems.player_lookup = prediction.player_lookup
    AND latest_systems.game_id = prediction.game_id
    AND latest_systems.system_id = prediction.system_id
