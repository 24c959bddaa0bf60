-- consensus: the side on which the models of a slate agree about a player (specification: selection, "Consensus").
-- Grain: consensus_set, game_date, player_lookup, game_id; absent where too few families or models take part, or none
-- votes.
-- Inputs: consensus_sets, consensus_votes, consensus_slates.
-- The majority is OVER when both sides have as many votes. consensus_bonus (points of score) is what a candidate on the
-- majority's side is given; avg_edge_agreeing in points.
SELECT
    consensus_set,
    game_date,
    player_lookup,
    game_id,
    majority,
    agreement AS model_agreement_count,
    diversity AS feature_set_diversity,
    quantile_consensus_under,
    CASE WHEN agreement >= 3
        THEN 0.05 * (agreement - 2) * CASE WHEN diversity >= 2 THEN diversity_factor ELSE 1.0 END
        ELSE 0.0
    END
    + CASE WHEN quantile_consensus_under THEN 0.10 ELSE 0.0 END AS consensus_bonus,
    CAST(agreeing_edges AS DOUBLE) / agreement AS avg_edge_agreeing,
    agreeing_model_ids
FROM (
    SELECT
        v.consensus_set,
        v.game_date,
        v.player_lookup,
        v.game_id,
        c.consensus_diversity_factor AS diversity_factor,
        CASE WHEN v.overs >= v.unders THEN 'OVER' ELSE 'UNDER' END AS majority,
        CASE WHEN v.overs >= v.unders THEN v.overs ELSE v.unders END AS agreement,
        CASE WHEN v.overs >= v.unders THEN v.over_feature_sets ELSE v.under_feature_sets END AS diversity,
        CASE WHEN v.overs >= v.unders THEN v.over_edges ELSE v.under_edges END AS agreeing_edges,
        CASE WHEN v.overs >= v.unders THEN v.over_model_ids ELSE v.under_model_ids END AS agreeing_model_ids,
        v.overs < v.unders AND CASE c.consensus_quantile_rule
            WHEN 'slate' THEN s.quantile_models >= 2 AND v.under_quantile_models = s.quantile_models
            ELSE v.under_quantile_models = c.quantile_families
        END AS quantile_consensus_under
    FROM consensus_votes AS v
    JOIN consensus_sets AS c ON c.consensus_set = v.consensus_set
    JOIN consensus_slates AS s ON s.consensus_set = v.consensus_set AND s.game_date = v.game_date
    WHERE s.families >= c.consensus_slate_families
        AND v.models >= 2
        AND v.overs + v.unders > 0
)
