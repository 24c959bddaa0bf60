-- best_bets_records: the production record of the best_bets subset before each slate (specification: selection, "Record").
-- Grain: game_date.
-- Inputs: slates, subset_performance.
-- History: the record.
-- The season counts from November 1st, the month from its 1st, the week from Monday. Rates in percent, 0 when nothing is there.
SELECT
    slates.game_date,
    coalesce(sum(result.wins) FILTER (WHERE result.game_date >= slates.record_season_start), 0) AS season_wins,
    coalesce(sum(result.graded_picks) FILTER (WHERE result.game_date >= slates.record_season_start), 0)
        AS season_graded,
    coalesce(sum(result.wins) FILTER (WHERE result.game_date >= date_trunc('month', slates.game_date)), 0)
        AS month_wins,
    coalesce(sum(result.graded_picks) FILTER (WHERE result.game_date >= date_trunc('month', slates.game_date)), 0)
        AS month_graded,
    coalesce(sum(result.wins) FILTER (WHERE result.game_date >= date_trunc('week', slates.game_date)), 0)
        AS week_wins,
    coalesce(sum(result.graded_picks) FILTER (WHERE result.game_date >= date_trunc('week', slates.game_date)), 0)
        AS week_graded
FROM slates
LEFT JOIN subset_performance AS result
    ON result.subset_id = 'best_bets'
    AND result.game_date >= least(slates.record_season_start, date_trunc('week', slates.game_date))
    AND result.game_date < slates.known_before
GROUP BY slates.game_date
