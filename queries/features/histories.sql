-- histories: the stretches of time from which statistics are taken: a season up to the last slate wanted of it, as seen from a
-- vantage (everything the snapshot holds, or what had been written by an --as-of time) (specification: selection, "Features").
-- Grain: feature_set, season, vantage.
-- Inputs: lookbacks.
SELECT
    feature_set,
    champion,
    season,
    vantage,
    as_of,
    stats_since,
    max(known_before) AS ends_before,
    min(lines_since) AS lines_since,
    max(game_date) AS last_slate
FROM lookbacks
GROUP BY feature_set, champion, season, vantage, as_of, stats_since
