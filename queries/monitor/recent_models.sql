-- recent_models: the models of the last three slates by the families of the version that decides the newest one, and the
-- families that have none (specification: monitoring, "Configuration view").
-- Grain: a system_id with active predictions on the last three slates, or a family without any (system_id NULL).
-- Inputs: slates, player_prop_predictions, deciding_families, prediction_accuracy.
-- state: ACTIVE, UNCLASSIFIED (a system_id that fits the pattern of no family), INACTIVE (a family without predictions).
-- days_since_grading: from its last graded date to the last graded date of any model, up to the newest slate; NULL for one
-- never graded.
SELECT
    coalesce(n.family, r.family) AS family,
    n.system_id,
    CASE WHEN n.system_id IS NULL THEN 'INACTIVE' WHEN n.family IS NULL THEN 'UNCLASSIFIED' ELSE 'ACTIVE' END AS state,
    coalesce(n.predictions, 0) AS predictions,
    g.last_graded,
    l.newest_graded - g.last_graded AS days_since_grading
FROM (
    SELECT c.system_id, f.family, c.predictions
    FROM (
        SELECT p.system_id, count(*) AS predictions
        FROM player_prop_predictions AS p
        JOIN (SELECT game_date FROM slates ORDER BY game_date DESC LIMIT 3) AS s ON s.game_date = p.game_date
        WHERE p.is_active
        GROUP BY p.system_id
    ) AS c
    LEFT JOIN deciding_families AS f
        ON CASE f.match WHEN 'equals' THEN c.system_id = f.pattern ELSE starts_with(c.system_id, f.pattern) END
    QUALIFY row_number() OVER (PARTITION BY c.system_id ORDER BY f.ordinal NULLS LAST) = 1
) AS n
FULL JOIN (SELECT DISTINCT family FROM deciding_families WHERE is_candidate) AS r ON r.family = n.family
LEFT JOIN (
    SELECT a.system_id, max(a.game_date) AS last_graded
    FROM prediction_accuracy AS a
    JOIN (SELECT max(game_date) AS newest_slate FROM slates) AS t ON a.game_date <= t.newest_slate
    GROUP BY a.system_id
) AS g
    ON g.system_id = n.system_id
CROSS JOIN (
    SELECT max(a.game_date) AS newest_graded
    FROM prediction_accuracy AS a
    JOIN (SELECT max(game_date) AS newest_slate FROM slates) AS t ON a.game_date <= t.newest_slate
) AS l
