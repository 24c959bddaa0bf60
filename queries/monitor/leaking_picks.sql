-- leaking_picks: recorded picks of slates of which a health row is there, and how many were written when it was, which holds
-- their own results (specification: monitoring, "Doctor").
-- Grain: game_date, algorithm_version.
-- Inputs: slates, signal_best_bets_picks, signal_health_daily.
-- untold: those for which it cannot be told, since the pick does not say when it was written, or the health row when it was.
WITH health_dates AS (
    SELECT game_date, min(computed_at) AS computed_at
    FROM signal_health_daily
    GROUP BY game_date
)

SELECT
    pick.game_date,
    pick.algorithm_version,
    count(*) FILTER (WHERE health_dates.computed_at <= pick.created_at) AS picks,
    count(*) FILTER (WHERE health_dates.computed_at IS NULL OR pick.created_at IS NULL) AS untold
FROM signal_best_bets_picks AS pick
JOIN slates ON slates.game_date = pick.game_date
JOIN health_dates ON health_dates.game_date = pick.game_date
GROUP BY pick.game_date, pick.algorithm_version
