-- best_bets_records: the production record of the best_bets subset before each slate (specification: selection, "Record").
-- Grain: game_date.
-- Inputs: slates, subset_performance.
-- The season counts from November 1st, the month from its 1st, the week from Monday. Rates in percent, 0 when nothing is there.
SELECT
    s.game_date,
    coalesce(sum(b.wins) FILTER (WHERE b.game_date >= s.record_season_start), 0) AS season_wins,
    coalesce(sum(b.graded_picks) FILTER (WHERE b.game_date >= s.record_season_start), 0) AS season_graded,
    coalesce(sum(b.wins) FILTER (WHERE b.game_date >= date_trunc('month', s.game_date)), 0) AS month_wins,
    coalesce(sum(b.graded_picks) FILTER (WHERE b.game_date >= date_trunc('month', s.game_date)), 0) AS month_graded,
    coalesce(sum(b.wins) FILTER (WHERE b.game_date >= date_trunc('week', s.game_date)), 0) AS week_wins,
    coalesce(sum(b.graded_picks) FILTER (WHERE b.game_date >= date_trunc('week', s.game_date)), 0) AS week_graded
FROM slates AS s
LEFT JOIN subset_performance AS b ON b.subset_id = 'best_bets' AND b.game_date < s.known_before
GROUP BY s.game_date
