-- missing_inputs: what a version needs of a slate and the snapshot does not have, without which its picks say nothing.
-- Grain: version, game_date, missing (in words).
-- Inputs: slate_versions, params, candidate_sets, slate_systems, system_families, signal_health.
WITH bidding AS (
    SELECT candidate_sets.candidate_set, slate_systems.game_date
    FROM candidate_sets
    CROSS JOIN slate_systems
    LEFT JOIN system_families
        ON system_families.family_set = candidate_sets.family_set
        AND system_families.system_id = slate_systems.system_id
    WHERE CASE candidate_sets.candidates
        WHEN 'champion' THEN slate_systems.system_id = candidate_sets.champion
        ELSE system_families.is_candidate
    END
)

SELECT
    slate_versions.version,
    slate_versions.game_date,
    CASE params.candidates
        WHEN 'champion' THEN concat('no predictions by ', params.champion)
        ELSE 'no predictions by any of its model families'
    END AS missing
FROM slate_versions
JOIN params ON params.version = slate_versions.version
LEFT ANTI JOIN bidding
    ON bidding.candidate_set = params.candidate_set
    AND bidding.game_date = slate_versions.game_date
UNION ALL
SELECT
    slate_versions.version,
    slate_versions.game_date,
    'no signal health' AS missing
FROM slate_versions
JOIN params ON params.version = slate_versions.version
LEFT ANTI JOIN signal_health
    ON signal_health.health_set = params.health_set
    AND signal_health.game_date = slate_versions.game_date
WHERE params.reads_signal_health AND params.health <> 'live'
