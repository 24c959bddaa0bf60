-- model_records: how each model did before a slate, lately and this season, where a version weighs models
-- (specification: versions, "Source weights").
-- Grain: candidate_set, game_date, system_id (with predictions on the slate), recommendation (a side).
-- Inputs: candidate_sets, slates, slate_systems, model_results.
-- Gradings of the season, dated before the slate. graded and wins: of the last source_weight_days days, both sides;
-- side_*: of the side alone; season_*: of the side since opening night. credibility (0-1): how much of the side's recent
-- rate counts, source_weight_shrink_graded gradings being all of it.
SELECT
    m.candidate_set,
    m.game_date,
    m.system_id,
    m.recommendation,
    coalesce(sum(r.graded) FILTER (WHERE r.game_date >= m.since), 0) AS graded,
    coalesce(sum(r.wins) FILTER (WHERE r.game_date >= m.since), 0) AS wins,
    coalesce(sum(r.graded) FILTER (WHERE r.game_date >= m.since AND r.recommendation = m.recommendation), 0)
        AS side_graded,
    coalesce(sum(r.wins) FILTER (WHERE r.game_date >= m.since AND r.recommendation = m.recommendation), 0) AS side_wins,
    coalesce(sum(r.graded) FILTER (WHERE r.recommendation = m.recommendation), 0) AS season_graded,
    coalesce(sum(r.wins) FILTER (WHERE r.recommendation = m.recommendation), 0) AS season_wins,
    least(
        CAST(
            coalesce(sum(r.graded) FILTER (WHERE r.game_date >= m.since AND r.recommendation = m.recommendation), 0)
            AS DOUBLE
        ) / m.shrink_graded,
        1.0
    ) AS credibility
FROM (
    SELECT
        c.candidate_set,
        s.game_date,
        s.vantage,
        s.known_before,
        s.opening_night,
        s.game_date - c.source_weight_days AS since,
        c.source_weight_shrink_graded AS shrink_graded,
        y.system_id,
        d.recommendation
    FROM candidate_sets AS c
    CROSS JOIN slates AS s
    JOIN slate_systems AS y ON y.game_date = s.game_date
    CROSS JOIN (VALUES ('OVER'), ('UNDER')) AS d (recommendation)
    WHERE c.source_weight IS NOT NULL
) AS m
LEFT JOIN model_results AS r
    ON r.candidate_set = m.candidate_set
    AND r.vantage = m.vantage
    AND r.system_id = m.system_id
    AND r.game_date >= m.opening_night
    AND r.game_date < m.known_before
GROUP BY m.candidate_set, m.game_date, m.system_id, m.recommendation, m.shrink_graded
