-- weighted_bids: what each bid weighs, where a version chooses the source model by how the models did (source_weight)
-- (specification: versions, "Source weights").
-- Grain: candidate_set, player_lookup, game_id, system_id; none of versions that choose by the edge alone.
-- Inputs: candidate_sets, source_weights, bids.
-- weighted_edge = |edge| x weight. Where no model that bids is trusted all of them are 0, and system_id decides.
SELECT
    candidate_set,
    game_date,
    player_lookup,
    game_id,
    system_id,
    weight,
    weighted_edge,
    max(weighted_edge) OVER (PARTITION BY candidate_set, player_lookup, game_id) AS largest_weighted_edge
FROM (
    SELECT
        w.candidate_set,
        b.game_date,
        b.player_lookup,
        b.game_id,
        b.system_id,
        w.weight,
        CAST(b.abs_edge AS DOUBLE) * w.weight AS weighted_edge
    FROM source_weights AS w
    JOIN candidate_sets AS c ON c.candidate_set = w.candidate_set
    JOIN bids AS b
        ON b.bid_set = c.bid_set
        AND b.game_date = w.game_date
        AND b.system_id = w.system_id
        AND b.recommendation = w.recommendation
)
