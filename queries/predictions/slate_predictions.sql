-- slate_predictions: the predictions of each slate that were active when it was decided
-- (specification: snapshot, "Active predictions").
-- Grain: game_date, system_id, player_lookup, game_id.
-- Inputs: predictions, slates.
SELECT p.*
FROM predictions AS p
JOIN slates AS s ON s.game_date = p.game_date
WHERE CASE WHEN s.as_of IS NULL THEN p.is_current ELSE p.active_from <= s.as_of AND s.as_of < p.active_until END
    AND p.recommendation IN ('OVER', 'UNDER')
    AND p.line IS NOT NULL
