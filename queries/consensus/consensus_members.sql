-- consensus_members: the models that take part in a slate's consensus, whatever their line source
-- (specification: selection, "Consensus").
-- Grain: consensus_set, game_date, player_lookup, game_id, system_id.
-- Inputs: consensus_sets, slate_predictions, system_families.
-- votes_over, votes_under: the model's |edge| is large enough to count for its side.
SELECT
    c.consensus_set,
    p.game_date,
    p.player_lookup,
    p.game_id,
    p.system_id,
    p.abs_edge,
    f.feature_set,
    f.loss = 'quantile' AS is_quantile,
    p.recommendation = 'OVER' AND p.abs_edge >= c.consensus_edge AS votes_over,
    p.recommendation = 'UNDER' AND p.abs_edge >= c.consensus_edge AS votes_under
FROM consensus_sets AS c
CROSS JOIN slate_predictions AS p
JOIN system_families AS f ON f.family_set = c.family_set AND f.system_id = p.system_id
