-- histories: the stretches of time from which statistics are taken: a season up to the last slate wanted of it, as seen
-- from a vantage (everything the snapshot holds, or what had been written by an --as-of time).
-- Grain: feature_set, season, vantage.
-- Inputs: feature_sets, slates.
SELECT
    f.feature_set,
    f.champion,
    s.season,
    s.vantage,
    s.as_of,
    coalesce(f.stats_since, s.stats_since) AS stats_since,
    max(s.known_before) AS ends_before,
    f.line_move_days,
    min(s.game_date) AS first_slate,
    max(s.game_date) AS last_slate
FROM feature_sets AS f
CROSS JOIN slates AS s
GROUP BY
    f.feature_set,
    f.champion,
    f.line_move_days,
    s.season,
    s.vantage,
    s.as_of,
    coalesce(f.stats_since, s.stats_since)
