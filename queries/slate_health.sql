-- slate_health: how the champion had done before a slate (selection, section 2, "Slate-level").
-- Grain: feature_set, game_date.
-- Inputs: lookbacks, prediction_accuracy.
-- Rates in percent. A direction's rate of exactly 0 is NULL, as production reported it.
SELECT
    l.feature_set,
    l.game_date,
    hit_rate(health.wins, health.n) AS hit_rate_7d,
    CASE
        WHEN coalesce(health.n, 0) = 0 THEN 'unknown'
        WHEN hit_rate(health.wins, health.n) < l.health_blocked THEN 'blocked'
        WHEN hit_rate(health.wins, health.n) < l.health_watch THEN 'watch'
        ELSE 'healthy'
    END AS model_health_status,
    coalesce(health.n, 0) AS graded_count,
    nullif(hit_rate(direction.over_wins, direction.over_n), 0) AS over_hr_14d,
    nullif(hit_rate(direction.under_wins, direction.under_n), 0) AS under_hr_14d,
    coalesce(direction.over_n, 0) AS over_n,
    coalesce(direction.under_n, 0) AS under_n
FROM lookbacks AS l
LEFT JOIN (
    SELECT
        l.feature_set,
        l.game_date,
        count(*) AS n,
        sum(CAST(g.prediction_correct AS BIGINT)) AS wins
    FROM lookbacks AS l
    JOIN prediction_accuracy AS g
        ON g.system_id = l.champion
        AND g.game_date >= l.health_since
        AND g.game_date < l.known_before
        AND (l.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= l.as_of)
    WHERE abs(g.predicted_points - g.line_value) >= l.health_min_edge
        AND g.prediction_correct IS NOT NULL
        AND g.is_voided IS NOT TRUE
    GROUP BY l.feature_set, l.game_date
) AS health
    ON health.feature_set = l.feature_set AND health.game_date = l.game_date
LEFT JOIN (
    SELECT
        l.feature_set,
        l.game_date,
        sum(CASE WHEN g.recommendation = 'OVER' THEN 1 ELSE 0 END) AS over_n,
        sum(CASE WHEN g.recommendation = 'OVER' AND g.prediction_correct THEN 1 ELSE 0 END) AS over_wins,
        sum(CASE WHEN g.recommendation = 'UNDER' THEN 1 ELSE 0 END) AS under_n,
        sum(CASE WHEN g.recommendation = 'UNDER' AND g.prediction_correct THEN 1 ELSE 0 END) AS under_wins
    FROM lookbacks AS l
    JOIN prediction_accuracy AS g
        ON g.system_id = l.champion
        AND g.game_date >= l.direction_since
        AND g.game_date < l.known_before
        AND (l.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= l.as_of)
    WHERE abs(g.predicted_points - g.line_value) >= l.health_min_edge
        AND g.is_voided = FALSE
    GROUP BY l.feature_set, l.game_date
) AS direction
    ON direction.feature_set = l.feature_set AND direction.game_date = l.game_date
