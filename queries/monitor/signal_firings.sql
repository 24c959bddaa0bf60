-- signal_firings: when each signal of a version last qualified on a candidate
-- (specification: monitoring, "Configuration view").
-- Grain: version, signal_tag; a signal that never qualified has no row.
-- Inputs: verdicts.
-- Slates: together.
WITH qualifying AS (
    SELECT version, game_date, unnest(signal_tags) AS signal_tag FROM verdicts
)

SELECT
    version,
    signal_tag,
    count(*) AS firings,
    max(game_date) AS last_fired
FROM qualifying
GROUP BY version, signal_tag
