-- slate_predictions: the predictions of each slate that were active when it was decided
-- (specification: snapshot, "Active predictions").
-- Grain: game_date, system_id, player_lookup, game_id.
-- Inputs: predictions, slates.
SELECT prediction.*
FROM predictions AS prediction
JOIN slates ON slates.game_date = prediction.game_date
WHERE
    prediction.recommendation IN ('OVER', 'UNDER')
    AND prediction.line IS NOT NULL
    AND CASE
        WHEN slates.as_of IS NULL THEN prediction.is_current
        ELSE prediction.active_from <= slates.as_of AND slates.as_of < prediction.active_until
    END
