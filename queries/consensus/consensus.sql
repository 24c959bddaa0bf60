-- consensus: the side on which the models of a slate agree about a player (specification: selection, "Consensus").
-- Grain: consensus_set, game_date, player_lookup, game_id; absent where too few families or models take part, or none
-- votes.
-- Inputs: consensus_sets, consensus_votes, consensus_slates.
-- The majority is OVER when both sides have as many votes. consensus_bonus (points of score) is what a candidate on the
-- majority's side is given; avg_edge_agreeing in points.
WITH majorities AS (
    SELECT
        consensus_votes.consensus_set,
        consensus_votes.game_date,
        consensus_votes.player_lookup,
        consensus_votes.game_id,
        consensus_sets.consensus_diversity_factor AS diversity_factor,
        CASE WHEN consensus_votes.overs >= consensus_votes.unders THEN 'OVER' ELSE 'UNDER' END AS majority,
        CASE
            WHEN consensus_votes.overs >= consensus_votes.unders THEN consensus_votes.overs
            ELSE consensus_votes.unders
        END AS agreement,
        CASE
            WHEN consensus_votes.overs >= consensus_votes.unders THEN consensus_votes.over_feature_sets
            ELSE consensus_votes.under_feature_sets
        END AS diversity,
        CASE
            WHEN consensus_votes.overs >= consensus_votes.unders THEN consensus_votes.over_edges
            ELSE consensus_votes.under_edges
        END AS agreeing_edges,
        CASE
            WHEN consensus_votes.overs >= consensus_votes.unders THEN consensus_votes.over_model_ids
            ELSE consensus_votes.under_model_ids
        END AS agreeing_model_ids,
        consensus_votes.overs < consensus_votes.unders AND CASE consensus_sets.consensus_quantile_rule
            WHEN 'slate'
                THEN
                    consensus_slates.quantile_models >= 2
                    AND consensus_votes.under_quantile_models = consensus_slates.quantile_models
            ELSE consensus_votes.under_quantile_models = consensus_sets.quantile_families
        END AS quantile_consensus_under
    FROM consensus_votes
    JOIN consensus_sets ON consensus_sets.consensus_set = consensus_votes.consensus_set
    JOIN consensus_slates
        ON consensus_slates.consensus_set = consensus_votes.consensus_set
        AND consensus_slates.game_date = consensus_votes.game_date
    WHERE
        consensus_slates.families >= consensus_sets.consensus_slate_families
        AND consensus_votes.models >= 2
        AND consensus_votes.overs + consensus_votes.unders > 0
)

SELECT
    consensus_set,
    game_date,
    player_lookup,
    game_id,
    majority,
    agreement AS model_agreement_count,
    diversity AS feature_set_diversity,
    quantile_consensus_under,
    CASE
        WHEN agreement >= 3 THEN 0.05 * (agreement - 2) * CASE WHEN diversity >= 2 THEN diversity_factor ELSE 1.0 END
        ELSE 0.0
    END
    + CASE WHEN quantile_consensus_under THEN 0.10 ELSE 0.0 END AS consensus_bonus,
    CAST(agreeing_edges AS DOUBLE) / agreement AS avg_edge_agreeing,
    agreeing_model_ids
FROM majorities
