-- slate_systems: the systems with an active prediction on a slate, whatever it recommends.
-- Grain: game_date, system_id.
-- Inputs: predictions, slates.
SELECT DISTINCT p.game_date, p.system_id
FROM predictions AS p
JOIN slates AS s ON s.game_date = p.game_date
WHERE CASE WHEN s.as_of IS NULL THEN p.is_current ELSE p.active_from <= s.as_of AND s.as_of < p.active_until END
