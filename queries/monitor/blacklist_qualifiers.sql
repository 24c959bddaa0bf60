-- blacklist_qualifiers: how many players qualify for a version's blacklist, whether or not it works as shipped
-- (specification: selection, "Player blacklist").
-- Grain: version, game_date; only slates with such a player.
-- Inputs: params, player_records.
SELECT
    p.version,
    p.blacklist_works,
    r.game_date,
    count(*) AS players
FROM params AS p
JOIN player_records AS r ON r.feature_set = p.feature_set
WHERE r.graded >= p.blacklist_min_picks AND r.hit_rate < p.blacklist_hit_rate
GROUP BY p.version, p.blacklist_works, r.game_date
