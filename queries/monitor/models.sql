-- models: every name under which a model appears, matched between deployment and run time by its family
-- (specification: monitoring, "Model names").
-- Grain: kind (system_id: at run time; model_id: at deployment, in model_registry), name.
-- Inputs: model_names, player_prop_predictions, player_game_summary, prediction_accuracy, model_registry, training_spans,
-- monitor_model_performance.
-- matches: of a system_id the registry's model_ids of its family, of a model_id the graded system_ids; empty for none. why
-- says in words what matched it, or what did not. first_slate to gradings are a system_id's. training_end is a model_id's
-- own, and a system_id's as model performance reads it on the newest slate, from which days_since_training count. state is
-- that of the newest date of model performance, as shipped; NULL for a model without a row on it.
SELECT
    n.kind,
    n.name,
    n.family,
    m.matches IS NOT NULL AS is_matched,
    coalesce(m.matches, make_array()) AS matches,
    CAST(
        CASE
            WHEN n.family IS NULL THEN 'fits the pattern of no model family'
            WHEN m.matches IS NOT NULL
                THEN concat(CASE n.match WHEN 'equals' THEN 'is ' ELSE 'starts with ' END, n.pattern, ', so of family ', n.family)
            WHEN n.kind = 'system_id' THEN concat('no registry row is of its family, ', n.family)
            ELSE concat('no graded system_id is of its family, ', n.family)
        END
        AS VARCHAR
    ) AS why,
    p.first_slate,
    p.last_slate,
    coalesce(p.predictions, 0) AS predictions,
    coalesce(g.gradings, 0) AS gradings,
    coalesce(r.training_end, f.training_end) AS training_end,
    t.newest_slate - coalesce(r.training_end, f.training_end) AS days_since_training,
    s.state
FROM model_names AS n
CROSS JOIN (
    SELECT max(game_date) AS newest_slate
    FROM (SELECT game_date FROM player_prop_predictions UNION ALL SELECT game_date FROM player_game_summary)
) AS t
LEFT JOIN (
    SELECT a.kind, a.name, array_agg(b.name ORDER BY b.name) AS matches
    FROM model_names AS a
    JOIN model_names AS b ON b.family = a.family AND b.kind <> a.kind
    WHERE b.kind = 'model_id' OR b.name IN (SELECT system_id FROM prediction_accuracy)
    GROUP BY a.kind, a.name
) AS m
    ON m.kind = n.kind AND m.name = n.name
LEFT JOIN (
    SELECT
        'system_id' AS kind,
        system_id,
        min(game_date) AS first_slate,
        max(game_date) AS last_slate,
        count(*) FILTER (WHERE is_active) AS predictions
    FROM player_prop_predictions
    GROUP BY system_id
) AS p
    ON p.kind = n.kind AND p.system_id = n.name
LEFT JOIN (
    SELECT 'system_id' AS kind, system_id, count(*) AS gradings FROM prediction_accuracy GROUP BY system_id
) AS g
    ON g.kind = n.kind AND g.system_id = n.name
LEFT JOIN (
    SELECT 'model_id' AS kind, model_id, max(training_end_date) AS training_end FROM model_registry GROUP BY model_id
) AS r
    ON r.kind = n.kind AND r.model_id = n.name
LEFT JOIN (
    SELECT 'system_id' AS kind, e.family, e.training_end
    FROM training_spans AS e
    JOIN (
        SELECT max(game_date) AS newest_slate
        FROM (SELECT game_date FROM player_prop_predictions UNION ALL SELECT game_date FROM player_game_summary)
    ) AS d
        ON d.newest_slate >= e.known_from AND d.newest_slate < e.known_until
    WHERE e.family_set = -1
) AS f
    ON f.kind = n.kind AND f.family = n.family
LEFT JOIN (
    SELECT 'system_id' AS kind, model_id, state
    FROM monitor_model_performance
    WHERE fidelity = 'as-shipped'
        AND game_date = (SELECT max(game_date) FROM monitor_model_performance WHERE fidelity = 'as-shipped')
) AS s
    ON s.kind = n.kind AND s.model_id = n.name
