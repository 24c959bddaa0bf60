-- candidate_affinities: how the models of a candidate's group had done on its side with edges like its own
-- (specification: versions, "Model-direction affinity").
-- Grain: affinity_set, candidate; a candidate whose family has no group, or whose group too few gradings, has no row.
-- Inputs: affinity_sets, winning_bids, model_groups, affinities.
-- affinity_hit_rate in percent. The group goes by the family of the source model, not by its system_id as that of gradings.
WITH judged AS (
    SELECT
        affinity_sets.affinity_set,
        winning_bids.candidate,
        winning_bids.game_date,
        winning_bids.recommendation,
        winning_bids.abs_edge,
        CASE
            WHEN model_groups.source_model_group = 'v9_low_vegas' AND affinity_sets.affinity_low_vegas = 'v9' THEN 'v9'
            ELSE model_groups.source_model_group
        END AS model_group
    FROM affinity_sets
    CROSS JOIN winning_bids
    JOIN model_groups ON model_groups.candidate = winning_bids.candidate
)

SELECT
    judged.affinity_set,
    judged.candidate,
    affinities.hit_rate AS affinity_hit_rate
FROM judged
JOIN affinities
    ON affinities.affinity_set = judged.affinity_set
    AND affinities.game_date = judged.game_date
    AND affinities.recommendation = judged.recommendation
    AND affinities.model_group = judged.model_group
    AND judged.abs_edge >= affinities.edge_from
    AND coalesce(judged.abs_edge < affinities.edge_below, TRUE)
