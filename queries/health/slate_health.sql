-- slate_health: how the champion had done before a slate (specification: selection, "Model health", "Direction health").
-- Grain: feature_set, game_date.
-- Inputs: lookbacks, graded_days.
-- Rates in percent. A direction's rate of exactly 0 is NULL, as production reported it.
WITH counts AS (
    SELECT
        lookbacks.feature_set,
        lookbacks.game_date,
        lookbacks.health_blocked,
        lookbacks.health_watch,
        coalesce(sum(graded_days.n) FILTER (WHERE graded_days.game_date >= lookbacks.health_since), 0) AS n,
        coalesce(sum(graded_days.wins) FILTER (WHERE graded_days.game_date >= lookbacks.health_since), 0) AS wins,
        coalesce(sum(graded_days.over_n) FILTER (WHERE graded_days.game_date >= lookbacks.direction_since), 0)
            AS over_n,
        coalesce(sum(graded_days.over_wins) FILTER (WHERE graded_days.game_date >= lookbacks.direction_since), 0)
            AS over_wins,
        coalesce(sum(graded_days.under_n) FILTER (WHERE graded_days.game_date >= lookbacks.direction_since), 0)
            AS under_n,
        coalesce(sum(graded_days.under_wins) FILTER (WHERE graded_days.game_date >= lookbacks.direction_since), 0)
            AS under_wins
    FROM lookbacks
    LEFT JOIN graded_days
        ON graded_days.feature_set = lookbacks.feature_set
        AND graded_days.vantage = lookbacks.vantage
        AND graded_days.game_date >= least(lookbacks.health_since, lookbacks.direction_since)
        AND graded_days.game_date < lookbacks.known_before
    GROUP BY lookbacks.feature_set, lookbacks.game_date, lookbacks.health_blocked, lookbacks.health_watch
)

SELECT
    feature_set,
    game_date,
    hit_rate(wins, n) AS hit_rate_7d,
    CASE
        WHEN n = 0 THEN 'unknown'
        WHEN hit_rate(wins, n) < health_blocked THEN 'blocked'
        WHEN hit_rate(wins, n) < health_watch THEN 'watch'
        ELSE 'healthy'
    END AS model_health_status,
    n AS graded_count,
    nullif(hit_rate(over_wins, over_n), 0) AS over_hr_14d,
    nullif(hit_rate(under_wins, under_n), 0) AS under_hr_14d,
    over_n,
    under_n
FROM counts
