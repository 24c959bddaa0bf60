-- bids: the predictions that may become candidates, one of each model that bids for a player
-- (specification: selection, "Bids").
-- Grain: bid_set, game_date, player_lookup, game_id, system_id.
-- Inputs: bid_sets, slate_predictions, system_families.
-- The champion bids alone where a version takes the champion's predictions only, whatever its family.
SELECT
    x.bid_set,
    p.game_date,
    p.player_lookup,
    p.game_id,
    p.system_id,
    f.family,
    p.system_id = x.champion AS is_champion,
    p.predicted_points,
    p.line,
    p.edge,
    p.abs_edge,
    p.recommendation,
    p.confidence_score,
    p.feature_quality_score
FROM bid_sets AS x
CROSS JOIN slate_predictions AS p
LEFT JOIN system_families AS f ON f.family_set = x.family_set AND f.system_id = p.system_id
WHERE p.is_book_line
    AND CASE x.candidates WHEN 'champion' THEN p.system_id = x.champion ELSE f.is_candidate END
