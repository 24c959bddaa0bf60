-- monitor_tag_results: how the candidates with a signal did on a date (specification: monitoring, "signal_health_daily").
-- Grain: version, fidelity, signal_tag, game_date; only dates with results, from the start of the season's statistics.
-- Inputs: monitor_tags, params, lookbacks, monitor_gradings.
SELECT
    t.version,
    g.fidelity,
    t.signal_tag,
    l.season,
    t.game_date,
    count(*) AS picks,
    sum(g.win) AS wins
FROM (
    SELECT version, game_date, player_lookup, system_id, unnest(signal_tags) AS signal_tag
    FROM monitor_tags
) AS t
JOIN params AS p ON p.version = t.version
JOIN lookbacks AS l ON l.feature_set = p.feature_set AND l.game_date = t.game_date
JOIN monitor_gradings AS g
    ON g.player_lookup = t.player_lookup AND g.game_date = t.game_date AND g.system_id = t.system_id
WHERE t.game_date >= l.stats_since
GROUP BY t.version, g.fidelity, t.signal_tag, l.season, t.game_date
