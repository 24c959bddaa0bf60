-- agreement: how far the models of a slate agree with a candidate (specification: selection, "Consensus").
-- Grain: consensus_set, candidate.
-- Inputs: consensus_sets, winning_bids, consensus.
-- 0, FALSE or empty where there is no consensus; consensus_bonus (points of score) only for a candidate on the majority's side.
SELECT
    x.consensus_set,
    c.candidate,
    coalesce(k.model_agreement_count, 0) AS model_agreement_count,
    coalesce(k.feature_set_diversity, 0) AS feature_set_diversity,
    k.majority AS consensus_majority,
    coalesce(k.quantile_consensus_under, FALSE) AS quantile_consensus_under,
    CASE WHEN k.majority = c.recommendation THEN k.consensus_bonus ELSE 0.0 END AS consensus_bonus,
    k.avg_edge_agreeing,
    coalesce(k.agreeing_model_ids, make_array()) AS agreeing_model_ids
FROM consensus_sets AS x
CROSS JOIN winning_bids AS c
LEFT JOIN consensus AS k
    ON k.consensus_set = x.consensus_set
    AND k.game_date = c.game_date
    AND k.player_lookup = c.player_lookup
    AND k.game_id = c.game_id
