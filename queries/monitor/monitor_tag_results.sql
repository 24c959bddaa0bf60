-- monitor_tag_results: how the candidates with a signal did on a date (specification: monitoring, "signal_health_daily").
-- Grain: version, fidelity, signal_tag, game_date; only dates with results, from the start of the season's statistics.
-- Inputs: monitor_tags, params, lookbacks, monitor_gradings.
WITH tags AS (
    SELECT version, game_date, player_lookup, system_id, unnest(signal_tags) AS signal_tag
    FROM monitor_tags
)

SELECT
    tags.version,
    monitor_gradings.fidelity,
    tags.signal_tag,
    lookbacks.season,
    tags.game_date,
    count(*) AS picks,
    sum(monitor_gradings.win) AS wins
FROM tags
JOIN params ON params.version = tags.version
JOIN lookbacks ON lookbacks.feature_set = params.feature_set AND lookbacks.game_date = tags.game_date
JOIN monitor_gradings
    ON monitor_gradings.player_lookup = tags.player_lookup
    AND monitor_gradings.game_date = tags.game_date
    AND monitor_gradings.system_id = tags.system_id
WHERE tags.game_date >= lookbacks.stats_since
GROUP BY tags.version, monitor_gradings.fidelity, tags.signal_tag, lookbacks.season, tags.game_date
