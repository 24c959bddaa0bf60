-- source_models: the model whose bid becomes the candidate: the one with the largest |edge| (selection, section 1.2).
-- Grain: candidate_set, player_lookup, game_id.
-- Inputs: candidate_sets, bids, largest_edges.
-- source_tie: several models share the largest |edge|; the version's stated rule (tie) then decides.
SELECT
    b.candidate_set,
    b.player_lookup,
    b.game_id,
    CASE c.tie
        WHEN 'system_id_desc' THEN max(b.system_id)
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
GROUP BY b.candidate_set, b.player_lookup, b.game_id, c.tie
