-- largest_edges: the largest |edge| that any model bids for a player, and who else bids
-- (specification: selection, "Source model", "Attribution").
-- Grain: bid_set, game_date, player_lookup, game_id.
-- Inputs: bid_sets, bids.
-- Edges in points. n_models_eligible, champion_edge and direction_conflict count bids with |edge| >= attribution_edge; they
-- are NULL where the champion bids alone.
SELECT
    bids.bid_set,
    bids.game_date,
    bids.player_lookup,
    bids.game_id,
    max(bids.abs_edge) AS largest_edge,
    count(*) AS n_bids,
    CASE
        WHEN bid_sets.candidates = 'all' THEN count(*) FILTER (WHERE bids.abs_edge >= bid_sets.attribution_edge)
    END AS n_models_eligible,
    CASE
        WHEN bid_sets.candidates = 'all'
            THEN max(bids.edge) FILTER (WHERE bids.is_champion AND bids.abs_edge >= bid_sets.attribution_edge)
    END AS champion_edge,
    CASE
        WHEN bid_sets.candidates = 'all'
            THEN
                count(*) FILTER (
                    WHERE bids.abs_edge >= bid_sets.attribution_edge AND bids.recommendation = 'OVER'
                ) > 0
                AND count(*) FILTER (
                    WHERE bids.abs_edge >= bid_sets.attribution_edge AND bids.recommendation = 'UNDER'
                ) > 0
    END AS direction_conflict
FROM bids
JOIN bid_sets ON bid_sets.bid_set = bids.bid_set
GROUP BY bids.bid_set, bids.game_date, bids.player_lookup, bids.game_id, bid_sets.candidates
