-- consensus_members: the models that take part in a slate's consensus, whatever their line source
-- (specification: selection, "Consensus").
-- Grain: consensus_set, game_date, player_lookup, game_id, system_id.
-- Inputs: consensus_sets, slate_predictions, system_families.
-- votes_over, votes_under: the edge is large enough to count for its side. A model that its family only labels has no
-- part.
SELECT
    consensus_sets.consensus_set,
    prediction.game_date,
    prediction.player_lookup,
    prediction.game_id,
    prediction.system_id,
    prediction.abs_edge,
    system_families.feature_set,
    system_families.loss = 'quantile' AS is_quantile,
    prediction.recommendation = 'OVER' AND prediction.abs_edge >= consensus_sets.consensus_edge AS votes_over,
    prediction.recommendation = 'UNDER' AND prediction.abs_edge >= consensus_sets.consensus_edge AS votes_under
FROM consensus_sets
CROSS JOIN slate_predictions AS prediction
JOIN system_families
    ON system_families.family_set = consensus_sets.family_set
    AND system_families.system_id = prediction.system_id
    AND system_families.is_candidate
