-- missing_inputs: what a version needs of a slate and the snapshot does not have, without which its picks say nothing.
-- Grain: version, game_date, missing (in words).
-- Inputs: slate_versions, params, candidate_sets, slate_systems, system_families, signal_health.
SELECT
    d.version,
    d.game_date,
    CASE p.candidates WHEN 'champion' THEN concat('no predictions by ', p.champion)
        ELSE 'no predictions by any of its model families' END AS missing
FROM slate_versions AS d
JOIN params AS p ON p.version = d.version
LEFT ANTI JOIN (
    SELECT c.candidate_set, y.game_date
    FROM candidate_sets AS c
    CROSS JOIN slate_systems AS y
    LEFT JOIN system_families AS f ON f.family_set = c.family_set AND f.system_id = y.system_id
    WHERE CASE c.candidates WHEN 'champion' THEN y.system_id = c.champion ELSE f.is_candidate END
) AS bidding
    ON bidding.candidate_set = p.candidate_set AND bidding.game_date = d.game_date
UNION ALL
SELECT d.version, d.game_date, 'no signal health' AS missing
FROM slate_versions AS d
JOIN params AS p ON p.version = d.version
LEFT ANTI JOIN signal_health AS w ON w.health_set = p.health_set AND w.game_date = d.game_date
WHERE p.score = 'composite' AND p.health <> 'live'
