-- source_models: the model whose bid becomes the candidate: the one with the largest |edge| (selection, section 1.2), or
-- with the largest |edge| x weight where a version weighs models (weighted_bids.sql).
-- Grain: candidate_set, player_lookup, game_id.
-- Inputs: candidate_sets, bids, largest_edges, weighted_bids.
-- source_tie: several models share the largest one; the version's stated rule (tie) then decides, and between weighed models
-- the greatest system_id.
SELECT
    b.candidate_set,
    b.player_lookup,
    b.game_id,
    CASE c.tie
        WHEN 'system_id_desc' THEN max(b.system_id)
        WHEN 'system_id_asc' THEN min(b.system_id)
        ELSE coalesce(max(CASE WHEN b.is_champion THEN b.system_id END), min(b.system_id))
    END AS source_model_id,
    count(*) > 1 AS source_tie
FROM bids AS b
JOIN candidate_sets AS c ON c.candidate_set = b.candidate_set
JOIN largest_edges AS e
    ON e.candidate_set = b.candidate_set
    AND e.player_lookup = b.player_lookup
    AND e.game_id = b.game_id
    AND e.largest_edge = b.abs_edge
WHERE c.source_weight IS NULL
GROUP BY b.candidate_set, b.player_lookup, b.game_id, c.tie
UNION ALL
SELECT candidate_set, player_lookup, game_id, max(system_id) AS source_model_id, count(*) > 1 AS source_tie
FROM weighted_bids
WHERE weighted_edge = largest_weighted_edge
GROUP BY candidate_set, player_lookup, game_id
