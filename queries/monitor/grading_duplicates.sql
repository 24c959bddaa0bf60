-- grading_duplicates: gradings that are counted more than once, and what that does to the hit rate
-- (specification: monitoring, "signal_health_daily").
-- Grain: system_id.
-- Inputs: slates, grading_places.
-- Decided gradings of the slates alone. repeated: those of a bet beyond its latest one; repeated_wins of them won.
SELECT
    g.system_id,
    count(*) AS gradings,
    sum(g.win) AS wins,
    count(*) FILTER (WHERE g.place > 1) AS repeated,
    sum(g.win) FILTER (WHERE g.place > 1) AS repeated_wins
FROM grading_places AS g
JOIN slates AS s ON s.game_date = g.game_date
WHERE g.is_decided
GROUP BY g.system_id
