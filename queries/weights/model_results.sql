-- model_results: how each model's gradings went by date and side, where a version weighs models
-- (specification: versions, "Source weights").
-- Grain: candidate_set, vantage (slates seen from the same moment), system_id, recommendation, game_date.
-- Inputs: candidate_sets, slates, prediction_accuracy.
-- Decided gradings with |edge| >= source_weight_min_edge; of a regraded one the latest, as written by as_of, counts.
SELECT
    candidate_set,
    vantage,
    system_id,
    recommendation,
    game_date,
    count(*) AS graded,
    sum(CAST(prediction_correct AS BIGINT)) AS wins
FROM (
    SELECT
        v.candidate_set,
        v.vantage,
        g.system_id,
        g.recommendation,
        g.game_date,
        g.prediction_correct,
        g.is_voided
    FROM (
        SELECT
            c.candidate_set,
            c.source_weight_min_edge AS min_edge,
            s.vantage,
            s.past_as_of AS as_of,
            max(s.known_before) AS known_before
        FROM candidate_sets AS c
        CROSS JOIN slates AS s
        WHERE c.source_weight IS NOT NULL
        GROUP BY c.candidate_set, c.source_weight_min_edge, s.vantage, s.past_as_of
    ) AS v
    JOIN prediction_accuracy AS g
        ON g.game_date < v.known_before
        AND abs(g.predicted_points - g.line_value) >= v.min_edge
        AND (v.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= v.as_of)
    QUALIFY row_number() OVER (
        PARTITION BY
            v.candidate_set, v.vantage, g.player_lookup, g.game_id, g.system_id, g.recommendation, g.line_value
        ORDER BY g.graded_at DESC NULLS LAST, g.is_voided NULLS FIRST, g.prediction_correct NULLS FIRST
    ) = 1
)
WHERE prediction_correct IS NOT NULL AND is_voided IS NOT TRUE
GROUP BY candidate_set, vantage, system_id, recommendation, game_date
