-- v12_predictions: the slate's V12 prediction of a player that dual_agree and model_consensus_v9_v12 look at
-- (specification: selection, "V12 prediction").
-- Grain: player_lookup, game_id.
-- Inputs: slate_predictions.
-- Any line source; the greatest system_id of several.
SELECT
    p.player_lookup,
    p.game_id,
    p.system_id AS v12_system_id,
    p.recommendation AS v12_recommendation,
    p.abs_edge AS v12_abs_edge
FROM slate_predictions AS p
JOIN (
    SELECT player_lookup, game_id, max(system_id) AS system_id
    FROM slate_predictions
    WHERE starts_with(system_id, 'catboost_v12_noveg') AND strpos(substr(system_id, 19), '_q4') = 0
    GROUP BY player_lookup, game_id
) AS v
    ON v.player_lookup = p.player_lookup AND v.game_id = p.game_id AND v.system_id = p.system_id
