-- slate_systems: the systems with an active prediction on a slate, whatever it recommends.
-- Grain: game_date, system_id.
-- Inputs: predictions, slates.
SELECT DISTINCT prediction.game_date, prediction.system_id
FROM predictions AS prediction
JOIN slates ON slates.game_date = prediction.game_date
WHERE
    CASE
        WHEN slates.as_of IS NULL THEN prediction.is_current
        ELSE prediction.active_from <= slates.as_of AND slates.as_of < prediction.active_until
    END
