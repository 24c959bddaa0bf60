-- leaking_picks: recorded picks of slates of which a health row is there, and how many were written when it was, which holds
-- their own results (specification: monitoring, "Doctor").
-- Grain: game_date, algorithm_version.
-- Inputs: slates, signal_best_bets_picks, signal_health_daily.
-- untold: those of which nobody can tell, since the pick does not say when it was written, or the health row when it was.
SELECT
    p.game_date,
    p.algorithm_version,
    count(*) FILTER (WHERE h.computed_at <= p.created_at) AS picks,
    count(*) FILTER (WHERE h.computed_at IS NULL OR p.created_at IS NULL) AS untold
FROM signal_best_bets_picks AS p
JOIN slates AS s ON s.game_date = p.game_date
JOIN (
    SELECT game_date, min(computed_at) AS computed_at FROM signal_health_daily GROUP BY game_date
) AS h
    ON h.game_date = p.game_date
GROUP BY p.game_date, p.algorithm_version
