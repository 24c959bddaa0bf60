-- frozen_current_subset_picks: the production subsets of a slate that its decision attaches.
-- Grain: a row of current_subset_picks.
-- Inputs: current_subset_picks, slates.
-- Slates: together.
SELECT pick.*
FROM current_subset_picks AS pick
LEFT SEMI JOIN slates
    ON slates.game_date = pick.game_date
    AND slates.subset_version = pick.version_id
    AND (slates.as_of IS NULL OR pick.computed_at IS NULL OR pick.computed_at <= slates.as_of)
WHERE pick.subset_id <> 'best_bets'
