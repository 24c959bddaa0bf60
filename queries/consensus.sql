-- consensus: the side on which the models of a slate agree about a player (selection, section 2, "Consensus").
-- Grain: consensus_set, game_date, player_lookup, game_id; absent where too few families or models take part, or none
-- votes.
-- Inputs: consensus_sets, consensus_members, consensus_slates.
-- The majority is OVER when both sides have as many votes. consensus_bonus (points of score) is what a candidate on the
-- majority's side is given; avg_edge_agreeing in points.
SELECT
    m.consensus_set,
    m.game_date,
    m.player_lookup,
    m.game_id,
    m.majority,
    m.model_agreement_count,
    m.feature_set_diversity,
    m.quantile_consensus_under,
    CASE WHEN m.model_agreement_count >= 3
        THEN 0.05
            * (m.model_agreement_count - 2)
            * CASE WHEN m.feature_set_diversity >= 2 THEN m.diversity_factor ELSE 1.0 END
        ELSE 0.0
    END
    + CASE WHEN m.quantile_consensus_under THEN 0.10 ELSE 0.0 END AS consensus_bonus,
    m.avg_edge_agreeing,
    m.agreeing_model_ids
FROM (
    SELECT
        v.consensus_set,
        v.game_date,
        v.player_lookup,
        v.game_id,
        v.recommendation AS majority,
        v.votes AS model_agreement_count,
        v.feature_sets AS feature_set_diversity,
        v.recommendation = 'UNDER' AND CASE c.consensus_quantile_rule
            WHEN 'slate' THEN s.quantile_models >= 2 AND v.quantile_votes = s.quantile_models
            ELSE v.quantile_votes = c.quantile_families
        END AS quantile_consensus_under,
        v.avg_edge_agreeing,
        v.agreeing_model_ids,
        c.consensus_diversity_factor AS diversity_factor,
        sum(v.models) OVER (PARTITION BY v.consensus_set, v.player_lookup, v.game_id) AS models,
        row_number() OVER (
            PARTITION BY v.consensus_set, v.player_lookup, v.game_id
            ORDER BY v.votes DESC, v.recommendation
        ) AS place
    FROM (
        SELECT
            consensus_set,
            game_date,
            player_lookup,
            game_id,
            recommendation,
            count(*) AS models,
            count(*) FILTER (WHERE votes) AS votes,
            count(DISTINCT CASE WHEN votes THEN feature_set END) AS feature_sets,
            count(*) FILTER (WHERE votes AND is_quantile) AS quantile_votes,
            CAST(sum(abs_edge) FILTER (WHERE votes) AS DOUBLE) / count(*) FILTER (WHERE votes) AS avg_edge_agreeing,
            array_agg(system_id ORDER BY system_id) FILTER (WHERE votes) AS agreeing_model_ids
        FROM consensus_members
        GROUP BY consensus_set, game_date, player_lookup, game_id, recommendation
    ) AS v
    JOIN consensus_sets AS c ON c.consensus_set = v.consensus_set
    JOIN consensus_slates AS s ON s.consensus_set = v.consensus_set AND s.game_date = v.game_date
    WHERE s.families >= c.consensus_slate_families
) AS m
WHERE m.models >= 2
    AND m.place = 1
    AND m.model_agreement_count > 0
