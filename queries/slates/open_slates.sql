-- open_slates: the slates of which a version decides candidates: all but those that its health gate closes
-- (specification: versions, "Health gate").
-- Grain: version, game_date.
-- Inputs: slate_versions, params, slate_health.
-- A hit rate that is not known closes nothing.
SELECT
    slate_versions.version,
    slate_versions.game_date
FROM slate_versions
JOIN params ON params.version = slate_versions.version
JOIN slate_health
    ON slate_health.feature_set = params.feature_set
    AND slate_health.game_date = slate_versions.game_date
WHERE coalesce(slate_health.hit_rate_7d >= params.health_gate, TRUE)
