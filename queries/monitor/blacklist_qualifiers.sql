-- blacklist_qualifiers: how many players qualify for a version's blacklist, whether or not it works as shipped
-- (specification: selection, "Player blacklist").
-- Grain: version, game_date; only slates with such a player.
-- Inputs: params, player_records.
SELECT
    params.version,
    params.blacklist_works,
    player_records.game_date,
    count(*) AS players
FROM params
JOIN player_records ON player_records.feature_set = params.feature_set
WHERE player_records.graded >= params.blacklist_min_picks AND player_records.hit_rate < params.blacklist_hit_rate
GROUP BY params.version, params.blacklist_works, player_records.game_date
