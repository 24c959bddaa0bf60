-- frozen_subset_performance: what the record of a decision document counts: the results of the best_bets subset this season
-- and this week.
-- Grain: a row of subset_performance.
-- Inputs: subset_performance, slates.
SELECT b.*
FROM subset_performance AS b
LEFT SEMI JOIN slates AS s
    ON b.game_date < s.known_before
    AND (b.game_date >= s.record_season_start OR b.game_date >= date_trunc('week', s.game_date))
WHERE b.subset_id = 'best_bets'
