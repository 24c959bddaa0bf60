-- subset_memberships: the production subsets that picked a player on a slate (specification: selection, "Subsets").
-- Grain: game_date, player_lookup, game_id.
-- Inputs: slates, current_subset_picks.
-- History: the slates.
-- Only rows of the slate's subset version (slates.subset_version) count; without one there are none.
SELECT
    pick.game_date,
    pick.player_lookup,
    pick.game_id,
    array_agg(
        named_struct('subset_id', pick.subset_id, 'system_id', pick.system_id)
        ORDER BY pick.subset_id, pick.system_id
    ) AS qualifying_subsets
FROM current_subset_picks AS pick
JOIN slates ON slates.game_date = pick.game_date AND slates.subset_version = pick.version_id
WHERE
    pick.subset_id <> 'best_bets'
    AND (slates.as_of IS NULL OR pick.computed_at IS NULL OR pick.computed_at <= slates.as_of)
GROUP BY pick.game_date, pick.player_lookup, pick.game_id
