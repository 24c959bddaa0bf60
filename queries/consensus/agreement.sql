-- agreement: how far the models of a slate agree with a candidate (specification: selection, "Consensus").
-- Grain: consensus_set, candidate.
-- Inputs: consensus_sets, winning_bids, consensus.
-- 0, FALSE or empty where there is no consensus; consensus_bonus (points of score) only for a candidate on the majority's side.
SELECT
    consensus_sets.consensus_set,
    winning_bids.candidate,
    coalesce(consensus.model_agreement_count, 0) AS model_agreement_count,
    coalesce(consensus.feature_set_diversity, 0) AS feature_set_diversity,
    consensus.majority AS consensus_majority,
    coalesce(consensus.quantile_consensus_under, FALSE) AS quantile_consensus_under,
    CASE
        WHEN consensus.majority = winning_bids.recommendation THEN consensus.consensus_bonus
        ELSE 0.0
    END AS consensus_bonus,
    consensus.avg_edge_agreeing,
    coalesce(consensus.agreeing_model_ids, make_array()) AS agreeing_model_ids
FROM consensus_sets
CROSS JOIN winning_bids
LEFT JOIN consensus
    ON consensus.consensus_set = consensus_sets.consensus_set
    AND consensus.game_date = winning_bids.game_date
    AND consensus.player_lookup = winning_bids.player_lookup
    AND consensus.game_id = winning_bids.game_id
