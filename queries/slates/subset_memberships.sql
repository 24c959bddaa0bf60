-- subset_memberships: the production subsets that picked a player on a slate (specification: selection, "Subsets").
-- Grain: game_date, player_lookup, game_id.
-- Inputs: slates, current_subset_picks.
-- Only rows of the slate's subset version (slates.subset_version) count; without one there are none.
SELECT
    c.game_date,
    c.player_lookup,
    c.game_id,
    array_agg(
        named_struct('subset_id', c.subset_id, 'system_id', c.system_id)
        ORDER BY c.subset_id, c.system_id
    ) AS qualifying_subsets
FROM current_subset_picks AS c
JOIN slates AS s ON s.game_date = c.game_date AND s.subset_version = c.version_id
WHERE c.subset_id <> 'best_bets'
    AND (s.as_of IS NULL OR c.computed_at IS NULL OR c.computed_at <= s.as_of)
GROUP BY c.game_date, c.player_lookup, c.game_id
