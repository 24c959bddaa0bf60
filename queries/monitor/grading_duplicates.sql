-- grading_duplicates: gradings that are counted more than once, and what that does to the hit rate
-- (specification: monitoring, "signal_health_daily").
-- Grain: system_id.
-- Inputs: slates, grading_places.
-- Slates: together.
-- Decided gradings of the slates alone. repeated: those of a bet beyond its latest one; repeated_wins of them won.
SELECT
    grading_places.system_id,
    count(*) AS gradings,
    sum(grading_places.win) AS wins,
    count(*) FILTER (WHERE grading_places.place > 1) AS repeated,
    sum(grading_places.win) FILTER (WHERE grading_places.place > 1) AS repeated_wins
FROM grading_places
JOIN slates ON slates.game_date = grading_places.game_date
WHERE grading_places.is_decided
GROUP BY grading_places.system_id
