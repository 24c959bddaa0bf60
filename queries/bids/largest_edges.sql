-- largest_edges: the largest |edge| that any model bids for a player, and who else bids
-- (specification: selection, "Source model", "Attribution").
-- Grain: bid_set, game_date, player_lookup, game_id.
-- Inputs: bid_sets, bids.
-- Edges in points. n_models_eligible, champion_edge and direction_conflict count bids with |edge| >= attribution_edge; they
-- are NULL where the champion bids alone.
SELECT
    b.bid_set,
    b.game_date,
    b.player_lookup,
    b.game_id,
    max(b.abs_edge) AS largest_edge,
    count(*) AS n_bids,
    CASE WHEN x.candidates = 'all' THEN count(*) FILTER (WHERE b.abs_edge >= x.attribution_edge) END
        AS n_models_eligible,
    CASE WHEN x.candidates = 'all' THEN max(b.edge) FILTER (WHERE b.is_champion AND b.abs_edge >= x.attribution_edge) END
        AS champion_edge,
    CASE WHEN x.candidates = 'all' THEN
        count(*) FILTER (WHERE b.abs_edge >= x.attribution_edge AND b.recommendation = 'OVER') > 0
        AND count(*) FILTER (WHERE b.abs_edge >= x.attribution_edge AND b.recommendation = 'UNDER') > 0
    END AS direction_conflict
FROM bids AS b
JOIN bid_sets AS x ON x.bid_set = b.bid_set
GROUP BY b.bid_set, b.game_date, b.player_lookup, b.game_id, x.candidates
