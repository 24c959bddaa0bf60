-- bids: the predictions that may become candidates, one of each model that bids for a player
-- (specification: selection, "Bids").
-- Grain: bid_set, game_date, player_lookup, game_id, system_id.
-- Inputs: bid_sets, slate_predictions, system_families.
-- The champion bids alone where a version takes the champion's predictions only, whatever its family.
SELECT
    bid_sets.bid_set,
    prediction.game_date,
    prediction.player_lookup,
    prediction.game_id,
    prediction.system_id,
    system_families.family,
    prediction.system_id = bid_sets.champion AS is_champion,
    prediction.predicted_points,
    prediction.line,
    prediction.edge,
    prediction.abs_edge,
    prediction.recommendation,
    prediction.confidence_score,
    prediction.feature_quality_score
FROM bid_sets
CROSS JOIN slate_predictions AS prediction
LEFT JOIN system_families
    ON system_families.family_set = bid_sets.family_set
    AND system_families.system_id = prediction.system_id
WHERE
    prediction.is_book_line
    AND CASE bid_sets.candidates
        WHEN 'champion' THEN prediction.system_id = bid_sets.champion
        ELSE system_families.is_candidate
    END
