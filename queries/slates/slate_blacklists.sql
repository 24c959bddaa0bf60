-- slate_blacklists: the blacklist of every version on every slate (specification: selection, "Player blacklist").
-- Grain: version, game_date; a slate on which no player has a record has no row.
-- Inputs: params, player_records.
-- players: the worst ten by hit rate, then player_lookup; all_players: every one. Empty where the version's blacklist does
-- not work as shipped.
SELECT
    version,
    game_date,
    count(*) AS evaluated,
    count(*) FILTER (WHERE is_blacklisted) AS blacklisted,
    array_agg(player_lookup ORDER BY hit_rate, player_lookup) FILTER (WHERE is_blacklisted AND place <= 10) AS players,
    array_agg(player_lookup ORDER BY hit_rate, player_lookup) FILTER (WHERE is_blacklisted) AS all_players
FROM (
    SELECT
        p.version,
        r.game_date,
        r.player_lookup,
        r.hit_rate,
        r.hit_rate < p.blacklist_hit_rate AS is_blacklisted,
        row_number() OVER (PARTITION BY p.version, r.game_date ORDER BY r.hit_rate, r.player_lookup) AS place
    FROM params AS p
    JOIN player_records AS r ON r.feature_set = p.feature_set
    WHERE p.blacklist_works AND r.graded >= p.blacklist_min_picks
)
GROUP BY version, game_date
