-- frozen_subset_performance: what the record of a decision document counts: the results of the best_bets subset this season
-- and this week.
-- Grain: a row of subset_performance.
-- Inputs: subset_performance, slates.
-- Slates: together.
SELECT result.*
FROM subset_performance AS result
LEFT SEMI JOIN slates
    ON result.game_date < slates.known_before
    AND (result.game_date >= slates.record_season_start OR result.game_date >= date_trunc('week', slates.game_date))
WHERE result.subset_id = 'best_bets'
