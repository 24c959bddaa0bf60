-- source_models: the model whose bid becomes the candidate: the one with the largest |edge|
-- (specification: selection, "Source model"), or with the largest |edge| x weight where a version weighs models
-- (weighted_bids.sql).
-- Grain: candidate_set, player_lookup, game_id.
-- Inputs: candidate_sets, bids, largest_edges, weighted_bids.
-- source_tie: several models share the largest one; the version's stated rule (tie) then decides, and between weighed models
-- the greatest system_id.
WITH largest AS (
    SELECT
        bids.bid_set,
        bids.player_lookup,
        bids.game_id,
        count(*) AS models,
        min(bids.system_id) AS first_model_id,
        max(bids.system_id) AS last_model_id,
        max(CASE WHEN bids.is_champion THEN bids.system_id END) AS champion_id
    FROM bids
    JOIN largest_edges
        ON largest_edges.bid_set = bids.bid_set
        AND largest_edges.player_lookup = bids.player_lookup
        AND largest_edges.game_id = bids.game_id
        AND largest_edges.largest_edge = bids.abs_edge
    GROUP BY bids.bid_set, bids.player_lookup, bids.game_id
)

SELECT
    candidate_sets.candidate_set,
    largest.player_lookup,
    largest.game_id,
    CASE candidate_sets.tie
        WHEN 'system_id_desc' THEN largest.last_model_id
        WHEN 'system_id_asc' THEN largest.first_model_id
        ELSE coalesce(largest.champion_id, largest.first_model_id)
    END AS source_model_id,
    largest.models > 1 AS source_tie
FROM candidate_sets
JOIN largest ON largest.bid_set = candidate_sets.bid_set
WHERE candidate_sets.source_weight IS NULL
UNION ALL
SELECT
    candidate_set,
    player_lookup,
    game_id,
    max(system_id) AS source_model_id,
    count(*) > 1 AS source_tie
FROM weighted_bids
WHERE weighted_edge = largest_weighted_edge
GROUP BY candidate_set, player_lookup, game_id
