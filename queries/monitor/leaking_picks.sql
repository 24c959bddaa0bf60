-- leaking_picks: recorded picks that were written when the health row of their own date was there, which holds their own
-- results.
-- Grain: game_date, algorithm_version.
-- Inputs: slates, signal_best_bets_picks, signal_health_daily.
SELECT p.game_date, p.algorithm_version, count(*) AS picks
FROM signal_best_bets_picks AS p
JOIN slates AS s ON s.game_date = p.game_date
JOIN (
    SELECT game_date, min(computed_at) AS computed_at FROM signal_health_daily GROUP BY game_date
) AS h
    ON h.game_date = p.game_date AND h.computed_at <= p.created_at
GROUP BY p.game_date, p.algorithm_version
