-- weighted_bids: what each bid weighs, where a version chooses the source model by how the models did (source_weight)
-- (specification: versions, "Source weights").
-- Grain: candidate_set, player_lookup, game_id, system_id; none of versions that choose by the edge alone.
-- Inputs: candidate_sets, source_weights, bids.
-- weighted_edge = |edge| x weight. Where no model that bids is trusted all of them are 0, and system_id decides.
WITH weighted AS (
    SELECT
        source_weights.candidate_set,
        bids.game_date,
        bids.player_lookup,
        bids.game_id,
        bids.system_id,
        source_weights.weight,
        CAST(bids.abs_edge AS DOUBLE) * source_weights.weight AS weighted_edge
    FROM source_weights
    JOIN candidate_sets ON candidate_sets.candidate_set = source_weights.candidate_set
    JOIN bids
        ON bids.bid_set = candidate_sets.bid_set
        AND bids.game_date = source_weights.game_date
        AND bids.system_id = source_weights.system_id
        AND bids.recommendation = source_weights.recommendation
)

SELECT
    candidate_set,
    game_date,
    player_lookup,
    game_id,
    system_id,
    weight,
    weighted_edge,
    max(weighted_edge) OVER (PARTITION BY candidate_set, player_lookup, game_id) AS largest_weighted_edge
FROM weighted
