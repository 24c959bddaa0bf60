-- slate_blacklists: the blacklist of every version on every slate (specification: selection, "Player blacklist").
-- Grain: version, game_date; a slate on which no player has a record has no row.
-- Inputs: params, player_records.
-- players: the worst ten by hit rate, then player_lookup; all_players: every one. Empty where the version's blacklist does
-- not work as shipped.
WITH evaluated AS (
    SELECT
        params.version,
        player_records.game_date,
        player_records.player_lookup,
        player_records.hit_rate,
        player_records.hit_rate < params.blacklist_hit_rate AS is_blacklisted,
        row_number() OVER (
            PARTITION BY params.version, player_records.game_date
            ORDER BY player_records.hit_rate, player_records.player_lookup
        ) AS place
    FROM params
    JOIN player_records ON player_records.feature_set = params.feature_set
    WHERE params.blacklist_works AND player_records.graded >= params.blacklist_min_picks
)

SELECT
    version,
    game_date,
    count(*) AS evaluated,
    count(*) FILTER (WHERE is_blacklisted) AS blacklisted,
    array_agg(player_lookup ORDER BY hit_rate, player_lookup) FILTER (WHERE is_blacklisted AND place <= 10) AS players,
    array_agg(player_lookup ORDER BY hit_rate, player_lookup) FILTER (WHERE is_blacklisted) AS all_players
FROM evaluated
GROUP BY version, game_date
