-- source_models: the model whose bid becomes the candidate: the one with the largest |edge|
-- (specification: selection, "Source model"), or with the largest |edge| x weight where a version weighs models
-- (weighted_bids.sql).
-- Grain: candidate_set, player_lookup, game_id.
-- Inputs: candidate_sets, bids, largest_edges, weighted_bids.
-- source_tie: several models share the largest one; the version's stated rule (tie) then decides, and between weighed models
-- the greatest system_id.
SELECT
    c.candidate_set,
    e.player_lookup,
    e.game_id,
    CASE c.tie
        WHEN 'system_id_desc' THEN e.last_model_id
        WHEN 'system_id_asc' THEN e.first_model_id
        ELSE coalesce(e.champion_id, e.first_model_id)
    END AS source_model_id,
    e.models > 1 AS source_tie
FROM candidate_sets AS c
JOIN (
    SELECT
        b.bid_set,
        b.player_lookup,
        b.game_id,
        count(*) AS models,
        min(b.system_id) AS first_model_id,
        max(b.system_id) AS last_model_id,
        max(CASE WHEN b.is_champion THEN b.system_id END) AS champion_id
    FROM bids AS b
    JOIN largest_edges AS l
        ON l.bid_set = b.bid_set
        AND l.player_lookup = b.player_lookup
        AND l.game_id = b.game_id
        AND l.largest_edge = b.abs_edge
    GROUP BY b.bid_set, b.player_lookup, b.game_id
) AS e
    ON e.bid_set = c.bid_set
WHERE c.source_weight IS NULL
UNION ALL
SELECT candidate_set, player_lookup, game_id, max(system_id) AS source_model_id, count(*) > 1 AS source_tie
FROM weighted_bids
WHERE weighted_edge = largest_weighted_edge
GROUP BY candidate_set, player_lookup, game_id
