-- frozen_current_subset_picks: the production subsets of a slate that its decision attaches.
-- Grain: a row of current_subset_picks.
-- Inputs: current_subset_picks, slates.
SELECT c.*
FROM current_subset_picks AS c
LEFT SEMI JOIN slates AS s
    ON s.game_date = c.game_date
    AND s.subset_version = c.version_id
    AND (s.as_of IS NULL OR c.computed_at IS NULL OR c.computed_at <= s.as_of)
WHERE c.subset_id <> 'best_bets'
