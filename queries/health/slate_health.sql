-- slate_health: how the champion had done before a slate (specification: selection, "Model health", "Direction health").
-- Grain: feature_set, game_date.
-- Inputs: lookbacks, graded_days.
-- Rates in percent. A direction's rate of exactly 0 is NULL, as production reported it.
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
FROM (
    SELECT
        l.feature_set,
        l.game_date,
        l.health_blocked,
        l.health_watch,
        coalesce(sum(d.n) FILTER (WHERE d.game_date >= l.health_since), 0) AS n,
        coalesce(sum(d.wins) FILTER (WHERE d.game_date >= l.health_since), 0) AS wins,
        coalesce(sum(d.over_n) FILTER (WHERE d.game_date >= l.direction_since), 0) AS over_n,
        coalesce(sum(d.over_wins) FILTER (WHERE d.game_date >= l.direction_since), 0) AS over_wins,
        coalesce(sum(d.under_n) FILTER (WHERE d.game_date >= l.direction_since), 0) AS under_n,
        coalesce(sum(d.under_wins) FILTER (WHERE d.game_date >= l.direction_since), 0) AS under_wins
    FROM lookbacks AS l
    LEFT JOIN graded_days AS d
        ON d.feature_set = l.feature_set
        AND d.vantage = l.vantage
        AND d.game_date >= least(l.health_since, l.direction_since)
        AND d.game_date < l.known_before
    GROUP BY l.feature_set, l.game_date, l.health_blocked, l.health_watch
)
