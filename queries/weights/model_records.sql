-- model_records: how each model did before a slate, lately and this season, where a version weighs models
-- (specification: versions, "Source weights").
-- Grain: candidate_set, game_date, system_id (with predictions on the slate), recommendation (a side).
-- Inputs: weighing_sets, slates, slate_systems, model_results.
-- Gradings of the season, dated before the slate. graded and wins: of the last source_weight_days days, both sides;
-- side_*: of the side alone; season_*: of the side since opening night. credibility (0-1): how much of the side's recent
-- rate counts, source_weight_shrink_graded gradings being all of it.
WITH
weighed AS (
    SELECT
        weighing_sets.candidate_set,
        slates.game_date,
        slates.vantage,
        slates.known_before,
        slates.opening_night,
        slates.game_date - weighing_sets.source_weight_days AS since,
        weighing_sets.source_weight_shrink_graded AS shrink_graded,
        slate_systems.system_id,
        side.recommendation
    FROM weighing_sets
    CROSS JOIN slates
    JOIN slate_systems ON slate_systems.game_date = slates.game_date
    CROSS JOIN (VALUES ('OVER'), ('UNDER')) AS side (recommendation)
),

counted AS (
    SELECT
        weighed.candidate_set,
        weighed.game_date,
        weighed.system_id,
        weighed.recommendation,
        weighed.shrink_graded,
        model_results.graded,
        model_results.wins,
        model_results.game_date >= weighed.since AS is_recent,
        model_results.recommendation = weighed.recommendation AS is_of_side
    FROM weighed
    LEFT JOIN model_results
        ON model_results.candidate_set = weighed.candidate_set
        AND model_results.vantage = weighed.vantage
        AND model_results.system_id = weighed.system_id
        AND model_results.game_date >= weighed.opening_night
        AND model_results.game_date < weighed.known_before
)

SELECT
    candidate_set,
    game_date,
    system_id,
    recommendation,
    coalesce(sum(graded) FILTER (WHERE is_recent), 0) AS graded,
    coalesce(sum(wins) FILTER (WHERE is_recent), 0) AS wins,
    coalesce(sum(graded) FILTER (WHERE is_recent AND is_of_side), 0) AS side_graded,
    coalesce(sum(wins) FILTER (WHERE is_recent AND is_of_side), 0) AS side_wins,
    coalesce(sum(graded) FILTER (WHERE is_of_side), 0) AS season_graded,
    coalesce(sum(wins) FILTER (WHERE is_of_side), 0) AS season_wins,
    least(
        CAST(coalesce(sum(graded) FILTER (WHERE is_recent AND is_of_side), 0) AS DOUBLE) / shrink_graded,
        1.0
    ) AS credibility
FROM counted
GROUP BY candidate_set, game_date, system_id, recommendation, shrink_graded
